"""What QGIS itself makes of rasters, as JSON: run by Debian's Python, which has QGIS's bindings. Arguments: a folder, rasters."""

import json
import os
import sys
from pathlib import Path

from qgis.core import QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsRasterLayer
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

application = QgsApplication([], False)
application.initQgis()
found = []
for path in map(Path, sys.argv[2:]):
    layer = QgsRasterLayer(str(path), path.stem)  # as when a file is dragged into the window: a style beside it is taken
    assert layer.isValid(), path
    renderer, about = layer.renderer(), {}
    if renderer.type() == "paletted":
        about["classes"] = [[int(part.value), part.label, part.color.name()] for part in renderer.classes()]
    else:
        items = renderer.shader().rasterShaderFunction().colorRampItemList()
        about["items"] = [[part.value, part.label, part.color.name()] for part in items]
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(layer.extent())
    unit = layer.rasterUnitsPerPixelX() / 16  # ground of a pixel of the picture
    settings.setOutputSize(QSize(round(layer.extent().width() / unit), round(layer.extent().height() / unit)))
    settings.setBackgroundColor(QColor("#123456"))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    assert job.renderedImage().save(f"{sys.argv[1]}/{path.stem}.png")
    about |= {"renderer": renderer.type(), "crs": layer.crs().authid(), "nodata": layer.dataProvider().sourceNoDataValue(1)}
    shown = settings.visibleExtent()
    about["shown"] = [shown.xMinimum(), shown.yMaximum(), settings.mapUnitsPerPixel()]
    found.append(about | {"extent": layer.extent().asWktPolygon()})
print(json.dumps(found), flush=True)
os._exit(0)  # layers that Python still holds crash QGIS on its way out
