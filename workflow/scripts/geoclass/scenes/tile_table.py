"""The table of tiles: its columns, and pixels and masks as they are encoded in it."""

import json

import numpy as np
import pyarrow as pa
import pyproj

from geoclass.core import tables
from geoclass.core.tables import Column

TILES = (
    Column("tile_id", pa.string(), "name of the tile, stable for ever: scene, row and column of its origin"),
    Column("scene", pa.string(), "scene that the tile is cut from"),
    Column("row_px", pa.int32(), "row of the tile's upper left pixel in the scene; missing for images without georeference"),
    Column("column_px", pa.int32(), "column of the tile's upper left pixel in the scene; missing likewise"),
    Column("x_m", pa.float64(), "easting of the tile's centre in the scene's coordinate system"),
    Column("y_m", pa.float64(), "northing of the tile's centre in the scene's coordinate system"),
    Column("valid_share", pa.float32(), "share of pixels that are valid, 0 to 1"),
    Column("roi_share", pa.float32(), "share of the tile's area inside the region of interest, 0 to 1"),
    Column("geometry", pa.binary(), "footprint of the tile, WKB polygon in the scene's coordinate system"),
    Column("mask", pa.binary(), "one bit a pixel, rows first, 1 = valid; missing where every pixel is valid"),
    Column("pixels", "pixels", "counts of the tile, rows first, little-endian"),
)


def pixel_column(tiles: np.ndarray) -> pa.Array:
    """Return tiles (N, height, width) as the Arrow column `pixels`, without a copy; counts are little-endian."""
    tiles = np.ascontiguousarray(tiles, dtype=tiles.dtype.newbyteorder("<"))
    size = tiles[0].nbytes
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(size), len(tiles), [None, pa.py_buffer(tiles)])


def mask_column(valid: np.ndarray) -> list[bytes | None]:
    """Return the column `mask` of tiles whose valid pixels are given as booleans (N, height, width)."""
    complete = valid.all(axis=(1, 2))
    packed = np.packbits(valid.reshape(len(valid), -1), axis=1)
    return [None if whole else bits.tobytes() for whole, bits in zip(complete, packed, strict=True)]


def table_schema(scene: dict, tiles: dict) -> pa.Schema:
    """Return the schema of a tile table.

    Parameters
    ----------
    scene
        Metadata of the scene or image set; with `crs_wkt`, the table is a GeoParquet file (version 1.1).
    tiles
        height_px, width_px, stride_rows_px, stride_columns_px and dtype.
    """
    size = tiles["height_px"] * tiles["width_px"] * np.dtype(tiles["dtype"]).itemsize
    schema = tables.schema(TILES, {"scene": scene, "tiles": tiles}, pixels=pa.binary(size))
    if scene.get("crs_wkt") is None:
        return schema
    geometry = {
        "encoding": "WKB",
        "geometry_types": ["Polygon"],
        "crs": pyproj.CRS.from_wkt(scene["crs_wkt"]).to_json_dict(),
        "orientation": "counterclockwise",
    }
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}
    return schema.with_metadata({**schema.metadata, "geo": json.dumps(geo, sort_keys=True)})


def pixels(column: pa.ChunkedArray, metadata: dict) -> np.ndarray:
    """Return the column `pixels` as an array (tiles, height_px, width_px) in the scene's dtype; that of a row group is not copied."""
    array = tables.whole(column)
    tile = metadata["tiles"]
    dtype = np.dtype(tile["dtype"])
    start = array.offset * array.type.byte_width
    data = np.frombuffer(array.buffers()[1], np.uint8)[start : start + len(array) * array.type.byte_width]
    return data.view(dtype).reshape(len(array), tile["height_px"], tile["width_px"])


def masks(column: pa.ChunkedArray, metadata: dict) -> np.ndarray | None:
    """Return the column `mask` of tiles as booleans (tiles, height_px, width_px); None where every tile is complete."""
    if column.null_count == len(column):
        return None
    height, width = metadata["tiles"]["height_px"], metadata["tiles"]["width_px"]
    valid = np.ones((len(column), height * width), bool)
    for index, packed in enumerate(column.to_pylist()):
        if packed is not None:
            valid[index] = np.unpackbits(np.frombuffer(packed, np.uint8), count=height * width)
    return valid.reshape(-1, height, width)
