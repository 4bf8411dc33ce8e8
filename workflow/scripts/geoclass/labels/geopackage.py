"""Tiles as layers of a GeoPackage, which QGIS opens in the colours of their classes."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import pandas as pd
import shapely

from geoclass.core import files, tables

DATE = "2000-01-01T00:00:00.000Z"
os.environ["OGR_CURRENT_DATE"] = DATE  # the same rows give the same bytes
STYLES = """
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT, f_table_schema TEXT,
    f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
    description TEXT, owner TEXT, ui TEXT, update_time DATETIME);
"""


def placed(frame: pd.DataFrame, tile_tables: list[str]) -> gpd.GeoDataFrame:
    """Return rows that name a tile with its footprint, in the coordinate system of the first scene by name.

    Parameters
    ----------
    frame
        Rows with the column tile_id.
    tile_tables
        Tile tables of all scenes and image sets; only footprints are read. Images have none.
    """
    shapes, common = {}, None
    by_scene = {tables.read_metadata(path)["scene"]["scene"]: path for path in tile_tables}
    for _, path in sorted(by_scene.items()):
        crs = tables.read_metadata(path)["scene"].get("crs_wkt")
        if crs is None:
            continue
        common = common or crs
        tiles = tables.read(path, ["tile_id", "geometry"])
        tiles = tiles[tiles["tile_id"].isin(frame["tile_id"])]
        footprints = gpd.GeoSeries(shapely.from_wkb(tiles["geometry"].to_numpy()), crs=crs)
        shapes |= dict(zip(tiles["tile_id"], footprints.to_crs(common) if crs != common else footprints, strict=True))
    return gpd.GeoDataFrame(frame, geometry=[shapes.get(tile_id) for tile_id in frame["tile_id"]], crs=common or "EPSG:4326")


def write_geopackage(path: str | Path, layer: str, frame: gpd.GeoDataFrame, classes: pd.DataFrame) -> None:
    """Write a layer with the column class_name, and its style beside it where QGIS looks for it.

    Parameters
    ----------
    path
        GeoPackage to write.
    layer
        Name of the layer.
    frame
        Its rows.
    classes
        The table of classes, for names and colours.
    """
    with files.replacing(path) as temporary:
        frame.to_file(temporary, layer=layer, driver="GPKG", geometry_type="Polygon")
        with closing(sqlite3.connect(temporary)) as database, database:
            database.executescript(STYLES)
            columns = (
                "f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, useAsDefault, update_time"
            )
            values = ("", "", layer, "geom", "classes", qml(classes), True, DATE)
            database.execute(f"INSERT INTO layer_styles ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
            registered = ("layer_styles", "attributes", "layer_styles", DATE)
            database.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) VALUES (?, ?, ?, ?)", registered
            )


def qml(classes: pd.DataFrame) -> str:
    """Return a style of QGIS for polygons that are coloured by the column class_name, half transparent."""
    entries = list(zip(classes["class_name"], classes["colour"], strict=True))
    categories = "".join(
        f'\n      <category symbol="{number}" value={quoteattr(name)} label={quoteattr(name)} render="true"/>'
        for number, (name, _) in enumerate(entries)
    )
    symbols = "".join(_symbol(number, colour) for number, (_, colour) in enumerate(entries))
    return f"""<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22" styleCategories="Symbology">
  <renderer-v2 type="categorizedSymbol" attr="class_name" symbollevels="0" enableorderby="0" forceraster="0">
    <categories>{categories}
    </categories>
    <symbols>{symbols}
    </symbols>
  </renderer-v2>
</qgis>
"""


def _symbol(number: int, colour: str) -> str:
    """Return the symbol of one class: an outline in its colour and a transparent filling."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    options = {
        "color": f"{red},{green},{blue},110",
        "outline_color": f"{red},{green},{blue},255",
        "outline_width": "0.4",
        "style": "solid",
        "outline_style": "solid",
    }
    listed = "".join(f'\n            <Option name="{key}" value="{value}" type="QString"/>' for key, value in options.items())
    return f"""
      <symbol type="fill" name="{number}" alpha="1" clip_to_extent="1" force_rhr="0">
        <layer class="SimpleFill" enabled="1" pass="0" locked="0">
          <Option type="Map">{listed}
          </Option>
        </layer>
      </symbol>"""
