"""What QGIS itself makes of layers, as JSON: run by Debian's Python, which has QGIS's bindings. Arguments: a folder, files."""

import json
import os
import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsLayerDefinition,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

BACKGROUND = QColor("#123456")


def opened(path):
    """Yield the layers of a file as when it is dragged into the window: a style that QGIS finds by itself is taken."""
    if path.suffix == ".gpkg":
        yield QgsVectorLayer(f"{path}|layername=labels", path.stem, "ogr"), True
    elif path.suffix == ".qlr":
        project = QgsProject.instance()
        done, error = QgsLayerDefinition.loadLayerDefinition(str(path), project, project.layerTreeRoot())
        assert done, error
        yield from [(node.layer(), node.isVisible()) for node in project.layerTreeRoot().findLayers()]
    else:
        yield QgsRasterLayer(str(path), path.stem), True


def symbology(layer):
    """Return names and colours of a layer."""
    renderer, about = layer.renderer(), {"renderer": layer.renderer().type()}
    if isinstance(layer, QgsVectorLayer):
        about["features"] = layer.featureCount()
        if renderer.type() == "categorizedSymbol":
            about["categories"] = [[part.label(), part.symbol().color().name()] for part in renderer.categories()]
        return about
    about["nodata"] = layer.dataProvider().sourceNoDataValue(1)
    if renderer.type() == "paletted":
        about |= {"classes": [[int(part.value), part.label, part.color.name()] for part in renderer.classes()]}
        about["band"] = renderer.band()
    elif renderer.type() == "singlebandpseudocolor":
        items = renderer.shader().rasterShaderFunction().colorRampItemList()
        about["items"] = [[part.value, part.label, part.color.name()] for part in items]
    return about


def picture(layer):
    """Draw a layer, a raster with 16 pixels a cell; return the picture, and left, top and ground of a pixel."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(layer.extent())
    raster = isinstance(layer, QgsRasterLayer)
    unit = layer.rasterUnitsPerPixelX() / 16 if raster else layer.extent().width() / 400
    settings.setOutputSize(QSize(round(layer.extent().width() / unit), round(layer.extent().height() / unit)))
    settings.setBackgroundColor(BACKGROUND)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    shown = settings.visibleExtent()
    return job.renderedImage(), [shown.xMinimum(), shown.yMaximum(), settings.mapUnitsPerPixel()]


application = QgsApplication([], False)
application.initQgis()
found = []
for given in map(Path, sys.argv[2:]):
    for layer, visible in opened(given):
        assert layer.isValid(), given
        image, shown = picture(layer)
        assert image.save(f"{sys.argv[1]}/{given.stem}.png")
        drawn = sum(image.pixelColor(x, y) != BACKGROUND for x in range(image.width()) for y in range(image.height()))
        about = {"path": layer.source(), "name": layer.name(), "checked": visible, "drawn": drawn, "shown": shown}
        about |= {"crs": layer.crs().authid(), "extent": layer.extent().asWktPolygon()}
        found.append(about | symbology(layer))
print(json.dumps(found), flush=True)
os._exit(0)  # layers that Python still holds crash QGIS on its way out
