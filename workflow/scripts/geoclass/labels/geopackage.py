"""Tiles as layers of a GeoPackage, which QGIS opens in the colours of their classes."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from geoclass.core import files, layer_styles, tables

DATE = "2000-01-01T00:00:00.000Z"
os.environ["OGR_CURRENT_DATE"] = DATE  # the same rows give the same bytes


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
            layer_styles.write(database, layer, layer_styles.qml(classes, "class_name"), DATE)
