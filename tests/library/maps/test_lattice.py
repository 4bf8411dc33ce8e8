"""The grid of a map: cells where the tiles are, for any stride, non-square pixels and turned scenes."""

import numpy as np
import pyproj
import pytest

from geoclass.core import grid
from geoclass.maps import lattice
from geoclass.scenes import tiling

WKT = pyproj.CRS(3413).to_wkt()


def metadata(shape=(100, 140), size=(10, 20), stride=None, pixel=(0.51, 0.487), turn_deg=0.0):
    stride = stride or size
    cosine, sine = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    transform = [pixel[1] * cosine, pixel[0] * sine, 5000.0, pixel[1] * sine, -pixel[0] * cosine, 9000.0]
    scene = {"scene": "a", "height_px": shape[0], "width_px": shape[1], "transform": transform, "crs_wkt": WKT}
    tiles = {"height_px": size[0], "width_px": size[1], "stride_rows_px": stride[0], "stride_columns_px": stride[1]}
    return {"scene": scene, "tiles": tiles}


def origins(about, rows=None, columns=None):
    scene, tiles = about["scene"], about["tiles"]
    rows = np.arange(0, scene["height_px"] - tiles["height_px"] + 1, tiles["stride_rows_px"]) if rows is None else rows
    columns = np.arange(0, scene["width_px"] - tiles["width_px"] + 1, tiles["stride_columns_px"]) if columns is None else columns
    return (part.ravel() for part in np.meshgrid(rows, columns, indexing="ij"))


@pytest.mark.parametrize("turn_deg", [0, 27])
def test_a_cell_is_the_footprint_of_its_tile(turn_deg):
    about = metadata(turn_deg=turn_deg)
    rows, columns = origins(about)
    found = lattice.lattice(about, rows, columns)
    assert (found.grid.height, found.grid.width) == (10, 7)
    place = 23
    down, right = rows[place] + np.array([0, 0, 10, 10]), columns[place] + np.array([0, 20, 20, 0])
    row, column = found.rows[place], found.columns[place]
    cell = found.grid.coordinates(np.array([row, row, row + 1, row + 1]), np.array([column, column + 1, column + 1, column]))
    np.testing.assert_allclose(cell, grid.scene_grid(about["scene"]).coordinates(down, right))
    if not turn_deg:
        polygon = tiling.footprints(int(rows[place]), columns[[place]], 10, 20, about["scene"]["transform"])[0]
        np.testing.assert_allclose(polygon.bounds, (cell[0].min(), cell[1].min(), cell[0].max(), cell[1].max()))


def test_places_are_the_inverse_of_coordinates():
    grid = lattice.lattice(metadata(turn_deg=-40), *origins(metadata())).grid
    rows, columns = np.array([0.0, 3.5, 9.0]), np.array([0.25, 6.0, 2.0])
    found = grid.places(*grid.coordinates(rows, columns))
    np.testing.assert_allclose(found, (rows, columns), atol=1e-9)


def test_the_grid_depends_on_the_lattice_and_not_on_the_tiles_that_are_left():
    about = metadata()
    every = lattice.lattice(about, *origins(about))
    some = lattice.lattice(about, np.array([40, 50]), np.array([60, 80]))
    assert every.grid == some.grid
    assert some.rows.tolist() == [4, 5] and some.columns.tolist() == [3, 4]


def test_a_lattice_that_starts_inside_the_scene():
    about = metadata()
    found = lattice.lattice(about, np.array([3, 13]), np.array([8, 28]))
    assert found.grid.coordinates(0, 0) == pytest.approx((5000 + 8 * 0.487, 9000 - 3 * 0.51))
    assert (found.grid.height, found.grid.width) == (9, 6)


def test_without_overlap_blending_changes_nothing():
    about = metadata()
    tiles = lattice.lattice(about, *origins(about))
    values = np.random.default_rng(0).random((70, 3), np.float32)
    np.testing.assert_array_equal(lattice.blend(tiles, values).reshape(70, 3), values)


def test_overlapping_tiles_are_averaged_where_they_cover_the_centre():
    about = metadata(shape=(10, 40), size=(10, 20), stride=(10, 10))
    tiles = lattice.lattice(about, *origins(about))
    assert tiles.reach == (1, 2)
    found = lattice.blend(tiles, np.array([[1.0], [3.0], [9.0]]))
    assert found[0, :, 0].tolist() == [1, 2, 6, 9]


def test_odd_strides_count_a_tile_for_the_cells_whose_centre_it_covers():
    about = metadata(shape=(50, 50), size=(21, 21), stride=(10, 10))  # centres at 5, 15 and 25 px: two of them inside 21 px
    tiles = lattice.lattice(about, *origins(about))
    assert tiles.reach == (2, 2)
    assert (tiles.grid.height, tiles.grid.width) == (4, 4)


def test_sparse_tiles_stand_in_the_middle_of_their_cells():
    about = metadata(shape=(100, 100), size=(10, 10), stride=(30, 30))
    tiles = lattice.lattice(about, *origins(about))
    assert tiles.reach == (1, 1)
    assert tiles.grid.coordinates(0.5, 0.5) == pytest.approx((5000 + 5 * 0.487, 9000 - 5 * 0.51))


def test_cells_without_a_tile_are_missing():
    tiles = lattice.lattice(metadata(), np.array([0]), np.array([0]))
    found = lattice.blend(tiles, np.ones((1, 2)))
    assert np.isnan(found).sum() == 2 * 69


def test_tiles_off_their_lattice_are_refused():
    with pytest.raises(ValueError, match="scene a: tiles off the lattice of 20 px along columns; run tile_scene again"):
        lattice.lattice(metadata(), np.array([0, 10]), np.array([0, 21]))


def test_a_scene_without_tiles_is_refused():
    with pytest.raises(ValueError, match="scene a: no classified tile, expected at least one; lower tile_scene"):
        lattice.lattice(metadata(), np.array([], int), np.array([], int))
