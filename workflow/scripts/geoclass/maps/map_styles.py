"""Styles of the maps, as QGIS (`.qml`) and GeoServer or any other OGC software (`.sld`) read them: colours and names at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

import pandas as pd


@dataclass(frozen=True)
class Style:
    """Colours and names of the values of a map.

    `entries` are (value, colour as #rrggbb, label). `ramp` tells whether colours between two entries are interpolated, as for
    percentages, or every value stands for itself, as for classes.
    """

    entries: tuple[tuple[float, str, str], ...]
    ramp: bool = False


@dataclass(frozen=True)
class Layer:
    """What a map shows: its meaning, its style, how cells are joined for overviews, a table of its values if they have names.

    The table has the columns class_id, class_name, colour and cells, the number of cells of each class.
    """

    meaning: str
    style: Style
    overviews: str = "AVERAGE"
    unit: str = ""
    table: pd.DataFrame | None = None


def named(meaning: str, table: pd.DataFrame) -> Layer:
    """Return the layer of a map whose values have names."""
    entries = tuple(zip(table["class_id"].tolist(), table["colour"], table["class_name"], strict=True))
    return Layer(meaning, Style(entries), "MODE", table=table)


def percentages(meaning: str, colours: tuple[str, ...]) -> Layer:
    """Return the layer of a map in percent, whose colours stand at equal steps from 0 to 100."""
    values = [round(100 * index / (len(colours) - 1)) for index in range(len(colours))]
    return Layer(meaning, Style(tuple((v, c, f"{v} %") for v, c in zip(values, colours, strict=True)), ramp=True), unit="%")


def measures(meaning: str, unit: str, high: float, colours: tuple[str, ...], overviews: str = "AVERAGE") -> Layer:
    """Return the layer of a map in real numbers, whose colours stand at equal steps from 0 to `high`."""
    values = [high * index / (len(colours) - 1) for index in range(len(colours))]
    entries = tuple((value, colour, f"{value:.4g} {unit}".rstrip()) for value, colour in zip(values, colours, strict=True))
    return Layer(meaning, Style(entries, ramp=True), overviews, unit)


def qml(style: Style, nodata: int | None) -> str:
    """Return the style as QGIS reads it from a `.qml` file beside the raster; without `nodata`, that of the raster counts."""
    return f"""<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22" styleCategories="Symbology">
{_symbology(style, nodata, 1)}
</qgis>
"""


def qlr(style: Style, nodata: int, source: str, title: str, bands: Sequence[str], crs_wkt: str) -> str:
    """Return a layer definition of QGIS (`.qlr`) that opens each band of a raster as a layer of its own, the last one on top.

    Parameters
    ----------
    style
        Of every band.
    nodata
        Value that is not shown.
    source
        What QGIS opens, relative to the folder of the file.
    title
        Of the group of layers.
    bands
        Names of the bands, of which the last is shown at first.
    crs_wkt
        Coordinate system.
    """
    names = [f"{name}_{number}" for number, name in enumerate(bands, 1)]
    reference = f'<srs><spatialrefsys nativeFormat="Wkt"><wkt>{escape(crs_wkt)}</wkt></spatialrefsys></srs>'
    entries = "".join(
        f'\n    <layer-tree-layer id={quoteattr(name)} name={quoteattr(band)} source={quoteattr(source)} providerKey="gdal" '
        f'checked="{"Qt::Checked" if band == bands[-1] else "Qt::Unchecked"}" expanded="0"/>'
        for name, band in reversed(list(zip(names, bands, strict=True)))
    )
    layers = "".join(
        f"""
    <maplayer type="raster">
      <id>{escape(name)}</id>
      <datasource>{escape(source)}</datasource>
      <layername>{escape(band)}</layername>
      {reference}
      <provider>gdal</provider>
{_symbology(style, nodata, number)}
    </maplayer>"""
        for number, (name, band) in enumerate(zip(names, bands, strict=True), 1)
    )
    return f"""<!DOCTYPE qgis-layer-definition>
<qlr>
  <layer-tree-group name={quoteattr(title)} checked="Qt::Checked" expanded="1">{entries}
  </layer-tree-group>
  <maplayers>{layers}
  </maplayers>
</qlr>
"""


def _symbology(style: Style, nodata: int | None, band: int) -> str:
    """Return how QGIS draws a band of a raster."""
    hidden = "" if nodata is None else f'\n      <noDataRange min="{nodata}" max="{nodata}"/>'
    if style.ramp:
        low, high = style.entries[0][0], style.entries[-1][0]
        items = "".join(
            f'\n            <item value="{value}" color="{colour}" alpha="255" label={quoteattr(label)}/>'
            for value, colour, label in style.entries
        )
        renderer = f"""<rasterrenderer type="singlebandpseudocolor" band="{band}" opacity="1" alphaBand="-1" nodataColor=""
        classificationMin="{low}" classificationMax="{high}">
      <rastershader>
        <colorrampshader colorRampType="INTERPOLATED" classificationMode="1" clip="0"
            minimumValue="{low}" maximumValue="{high}">{items}
        </colorrampshader>
      </rastershader>
    </rasterrenderer>"""
    else:
        items = "".join(
            f'\n        <paletteEntry value="{value}" color="{colour}" alpha="255" label={quoteattr(label)}/>'
            for value, colour, label in style.entries
        )
        renderer = f"""<rasterrenderer type="paletted" band="{band}" opacity="1" alphaBand="-1" nodataColor="">
      <colorPalette>{items}
      </colorPalette>
    </rasterrenderer>"""
    return f"""  <noData>
    <noDataList bandNo="{band}" useSrcNoData="1">{hidden}
    </noDataList>
  </noData>
  <pipe>
    {renderer}
    <brightnesscontrast brightness="0" contrast="0" gamma="1"/>
    <rasterresampler zoomedOutResampler="nearest" zoomedInResampler="nearest"/>
  </pipe>"""


def sld(style: Style, name: str) -> str:
    """Return the style as an OGC Styled Layer Descriptor 1.0.0; `name` is the layer's name."""
    entries = "".join(
        f'\n              <sld:ColorMapEntry color="{colour}" quantity="{value}" label={quoteattr(label)} opacity="1"/>'
        for value, colour, label in style.entries
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<sld:StyledLayerDescriptor version="1.0.0" xmlns:sld="http://www.opengis.net/sld" xmlns:ogc="http://www.opengis.net/ogc">
  <sld:NamedLayer>
    <sld:Name>{escape(name)}</sld:Name>
    <sld:UserStyle>
      <sld:Title>{escape(name)}</sld:Title>
      <sld:FeatureTypeStyle>
        <sld:Rule>
          <sld:RasterSymbolizer>
            <sld:ColorMap type="{"ramp" if style.ramp else "values"}">{entries}
            </sld:ColorMap>
          </sld:RasterSymbolizer>
        </sld:Rule>
      </sld:FeatureTypeStyle>
    </sld:UserStyle>
  </sld:NamedLayer>
</sld:StyledLayerDescriptor>
"""
