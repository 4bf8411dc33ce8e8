"""The grid of tiles: names, places, shares, columns."""

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geoclass.core import tables
from geoclass.scenes import tile_table, tiling

TRANSFORM = [0.5, 0.0, 1000.0, 0.0, -0.25, 2000.0]
SCENE = {"scene": "a", "crs_wkt": None}
TILES = {"height_px": 3, "width_px": 4, "stride_rows_px": 3, "stride_columns_px": 4, "dtype": "uint16"}


def test_names_tell_scene_row_and_column():
    assert tiling.tile_id("wv02", 402, 1072) == "wv02_r000402_c001072"
    assert tiling.image_tile_id("hirise", "crater/ESP_01.RED-1.jpg") == "hirise_crater_ESP_01.RED-1"


@given(st.integers(1, 500), st.integers(1, 60), st.integers(1, 80), st.integers(-300, 300))
def test_origins_are_all_places_of_the_lattice_where_a_whole_tile_fits(length, size, stride, lattice):
    expected = [x for x in range(length) if x + size <= length and (x + lattice) % stride == 0]
    assert tiling.origins(length, size, stride, lattice).tolist() == expected


def test_tiles_of_two_scenes_on_one_pixel_grid_show_the_same_ground():
    first, second = tiling.origins(100, 10, 10, 0), tiling.origins(100, 10, 10, 37)
    assert set(second + 37) & set(first) == set(range(40, 91, 10))


def test_a_footprint_has_the_pixels_shape_on_the_ground():
    (polygon,) = tiling.footprints(8, np.array([10]), 4, 6, TRANSFORM)
    assert polygon.bounds == (1005.0, 1997.0, 1008.0, 1998.0)
    assert polygon.exterior.is_ccw


@given(st.lists(st.tuples(st.floats(0, 40), st.floats(0, 10)), min_size=3, max_size=12))
def test_roi_shares_are_areas_of_intersection(points):
    roi = shapely.make_valid(shapely.Polygon(points))
    tiles = shapely.box(np.arange(0, 40, 4), 0.0, np.arange(0, 40, 4) + 4, 3.0)
    expected = [tile.intersection(roi).area / tile.area for tile in tiles]
    np.testing.assert_allclose(tiling.roi_shares(tiles, roi), expected, atol=1e-9)


def test_without_a_region_every_tile_is_inside():
    assert tiling.roi_shares(shapely.box([0, 1], 0, [1, 2], 1), None).tolist() == [1, 1]


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9))
def test_cuts_and_valid_shares_are_those_of_slices(seed, width, stride):
    random = np.random.default_rng(seed)
    rows, valid = random.integers(0, 2048, (5, 40)).astype(np.uint16), random.random((5, 40)) < 0.8
    columns = tiling.origins(40, width, stride)
    np.testing.assert_array_equal(tiling.cut(rows, columns, width), [rows[:, c : c + width] for c in columns])
    np.testing.assert_allclose(tiling.valid_shares(valid, columns, width), [valid[:, c : c + width].mean() for c in columns])


@pytest.mark.parametrize("dtype", ["uint8", "<u2", ">u2", "float32"])
def test_pixels_come_back_from_the_table(tmp_path, dtype):
    tiles = np.arange(24).reshape(2, 3, 4).astype(dtype)
    metadata = TILES | {"dtype": np.dtype(dtype).newbyteorder("=").name}
    column = tile_table.pixel_column(tiles)
    found = tile_table.pixels(tables.pa.chunked_array([column]), {"tiles": metadata})
    np.testing.assert_array_equal(found, tiles)


def test_masks_come_back_and_complete_tiles_have_none():
    valid = np.ones((2, 3, 4), bool)
    valid[1, 2, 1] = False
    column = tile_table.mask_column(valid)
    assert column[0] is None and len(column[1]) == 2
    np.testing.assert_array_equal(tile_table.masks(tables.pa.chunked_array([column]), {"tiles": TILES}), valid)


def test_only_georeferenced_tables_are_geoparquet():
    assert b"geo" not in tile_table.table_schema(SCENE, TILES).metadata
    assert (
        b'"id": {"authority": "EPSG", "code": 3413}'
        in tile_table.table_schema(SCENE | {"crs_wkt": pyproj.CRS.from_epsg(3413).to_wkt()}, TILES).metadata[b"geo"]
    )
