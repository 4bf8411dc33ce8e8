"""Tile tables for tests and benches: a scene's grid of tiles with footprints, a set of images, pixels of one value or given ones."""

import numpy as np
import pyarrow as pa
import pyproj
import shapely

from geoclass.core import tables
from geoclass.scenes import tile_table, tiling

UTM = "EPSG:32718"


def grid(
    path, scene, shape=(100, 100), size=(10, 10), stride=None, corner=(0.0, 0.0), pixel=(1.0, 1.0), crs=UTM, source=None, **facts
):
    """Write the tile table of a scene of `shape` pixels whose upper left corner is at `corner`; return its path as text."""
    stride = stride or size
    transform = [pixel[1], 0.0, corner[0], 0.0, -pixel[0], corner[1]]
    columns = tiling.origins(shape[1], size[1], stride[1])
    rows = tiling.origins(shape[0], size[0], stride[0])
    polygons = np.concatenate([tiling.footprints(row, columns, *size, transform) for row in rows])
    places = [(row, column) for row in rows for column in columns]
    centres = shapely.get_coordinates(shapely.centroid(polygons))
    frame = {
        "tile_id": [tiling.tile_id(scene, row, column) for row, column in places],
        "row_px": [row for row, _ in places],
        "column_px": [column for _, column in places],
        "x_m": centres[:, 0],
        "y_m": centres[:, 1],
        "geometry": shapely.to_wkb(polygons),
    }
    metadata = {"scene": scene, "source": source or f"images/WV02_{scene}.tif", "epsg": pyproj.CRS(crs).to_epsg()}
    metadata |= {"crs_wkt": pyproj.CRS(crs).to_wkt(), "transform": transform, "date": "2016-06-25T17:03:09Z"}
    return _write(path, metadata | {"height_px": shape[0], "width_px": shape[1]} | facts, size, stride, frame)


def images(path, name, relative_paths, size=(10, 10)):
    """Write the tile table of a set of images without georeference; return its path as text."""
    frame = {"tile_id": [tiling.image_tile_id(name, relative) for relative in relative_paths]}
    frame |= dict.fromkeys(["row_px", "column_px", "x_m", "y_m", "geometry"], [None] * len(relative_paths))
    metadata = {"scene": name, "source": f"images/{name}", "epsg": None, "crs_wkt": None, "date": None}
    return _write(path, metadata, size, size, frame)


def of_pixels(path, pixels, valid=None, times=1, pixel=(0.5, 0.4), crs=None, centre=(None, None), **facts):
    """Write the tile table of a scene "a" of these pixels (N, H, W), so many times over, all in one place; return its path as text."""
    n, *size = pixels.shape
    metadata = {"scene": "a", "date": None, "synthetic": True, "crs_wkt": crs}
    metadata |= {"height_px": size[0] * n * times, "width_px": size[1]}
    metadata |= {"pixel_height_m": pixel and pixel[0], "pixel_width_m": pixel and pixel[1]}
    metadata["transform"] = crs and [pixel[1], 0, centre[0], 0, -pixel[0], centre[1]]
    frame = {"scene": ["a"] * n, "x_m": [centre[0]] * n, "y_m": [centre[1]] * n, "geometry": [None] * n, "column_px": [0] * n}
    frame |= {"roi_share": np.ones(n), "valid_share": np.ones(n), "pixels": tile_table.pixel_column(pixels)} if n else {}
    frame["mask"] = [None] * n if valid is None else tile_table.mask_column(valid)
    schema = tile_table.table_schema(metadata | facts, _sizes(size, size) | {"dtype": str(pixels.dtype)})
    with tables.writer(path, schema) as table:
        for turn in range(times if n else 0):
            rows = [size[0] * (turn * n + index) for index in range(n)]
            table.write(frame | {"row_px": rows, "tile_id": [tiling.tile_id("a", row, 0) for row in rows]})
    return str(path)


def _sizes(size, stride):
    return {"height_px": size[0], "width_px": size[1], "stride_rows_px": stride[0], "stride_columns_px": stride[1]}


def _write(path, scene, size, stride, frame):
    tiles = _sizes(size, stride) | {"dtype": "uint8"}
    n = len(frame["tile_id"])
    frame |= {"scene": [scene["scene"]] * n, "valid_share": [1.0] * n, "roi_share": [1.0] * n, "mask": [None] * n}
    scene = scene | {"radiometry": {"method": "counts", "low_percent": None, "high_percent": None, "low": 0.0, "high": 250.0}}
    frame["pixels"] = [bytes([number % 251] * (size[0] * size[1])) for number in range(n)]
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = tables.schema(tile_table.TILES, {"scene": scene, "tiles": tiles}, pixels=pa.binary(size[0] * size[1]))
    with tables.writer(path, schema) as table:
        table.write(frame)
    return str(path)
