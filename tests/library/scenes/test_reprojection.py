"""Rasters on another grid."""

import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from rasterio import Affine
from rasterio.crs import CRS
from rasters import TRANSFORM, written

from geoclass.scenes import bands, raster, reprojection


@pytest.fixture
def counts():
    return np.random.default_rng(1).integers(1, 2048, (700, 90)).astype(np.uint16)


def test_a_target_grid_holds_the_scene_and_lies_on_whole_pixels(tmp_path, counts):
    path = written(tmp_path / "a.tif", counts, crs=32633, transform=Affine(10, 0, 585_000, 0, -10, 8_730_000))
    with raster.opened(path) as dataset:
        target = reprojection.target_grid(path, dataset, 3413, [12.0, 15.0])
        left, bottom, right, top = rasterio.warp.transform_bounds(32633, 3413, *dataset.bounds, densify_pts=101)
    assert target.transform.c % 15 == 0 and target.transform.f % 12 == 0
    frame = target.frame.bounds
    assert frame[0] <= left < frame[0] + 15 and frame[2] - 15 < right <= frame[2]
    assert frame[1] <= bottom < frame[1] + 12 and frame[3] - 12 < top <= frame[3]


def test_one_number_makes_square_pixels(tmp_path, counts):
    path = written(tmp_path / "a.tif", counts, crs=32633, transform=Affine(10, 0, 585_000, 0, -10, 8_730_000))
    with raster.opened(path) as dataset:
        square, listed = (reprojection.target_grid(path, dataset, 3413, given) for given in (12, [12, 12]))
    assert square == listed and square.transform.a == -square.transform.e == 12


@pytest.mark.parametrize(
    "target, sentence",
    [
        ((None, 1.0), "reproject without a target; give grid_epsg and grid_pixel_m beside it"),
        ((3413, None), "reproject without a target; give grid_epsg and grid_pixel_m beside it"),
        ((999999, 1.0), "EPSG code 999999 is unknown"),
        ((4326, [1.0, 1.0]), "EPSG code 4326 is no projection in metres"),
    ],
)
def test_targets_that_are_none_are_refused(tmp_path, counts, target, sentence):
    path = written(tmp_path / "a.tif", counts)
    with raster.opened(path) as dataset, pytest.raises(ValueError, match=sentence):
        reprojection.target_grid(path, dataset, *target)


def test_warping_takes_the_nearest_pixel_and_leaves_the_outside_invalid(tmp_path, counts):
    path = written(tmp_path / "a.tif", counts)
    moved = raster.Grid(CRS.from_epsg(3413), TRANSFORM @ Affine.translation(-5, -7), 720, 100)
    with raster.opened(path) as dataset, reprojection.reprojected(bands.Band(dataset, 1), moved, tmp_path) as view:
        (_, found, valid), *_ = bands.read_strips(view, [(0, 720)])
    expected = np.zeros((720, 100), np.uint16)
    expected[7:707, 5:95] = counts
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(valid, expected > 0)


ACROSS = {  # systems, a place, and upper left corner and pixel of a raster around it
    "in degrees": (4326, 3031, (180.0, -77.5), (179.982, -77.4964), (1e-4, -4e-5)),
    "in degrees from the other side": (4326, 3031, (180.0, -77.5), (-180.018, -77.4964), (1e-4, -4e-5)),
    "in degrees, finer than the grid": (4326, 32701, (180.0, -77.5), (179.99, -77.498), (1e-5, -4e-6)),
    "in degrees, seen from one side": (4326, 32660, (179.996, 77.5), (179.982, 77.5036), (1e-4, -4e-5)),
    "of the Earth, cut at 180": (4326, 3413, (180.0, 70.0), (-180.0, 90.0), (1.0, -1.0)),
    "of the Earth, from 0 to 360": (4326, 3031, (-45.0, -77.5), (0.0, 90.0), (1.0, -1.0)),
    "beyond 180": (4326, 3031, (182.01, -77.5), (181.99, -77.4964), (1e-4, -4e-5)),
    "Web Mercator": (3857, 3031, (180.0, -77.5), (20_036_000.0, -14_104_600.0), (14.0, -20.0)),
}


@pytest.mark.parametrize("system, epsg, place, corner, pixel", ACROSS.values(), ids=ACROSS)
def test_what_runs_on_past_180_degrees_comes_whole(tmp_path, system, epsg, place, corner, pixel):
    """No pixel is lost, and nearly all are the nearest ones by PROJ: GDAL rounds to an eighth of a pixel."""
    fine = pixel[0] < 1e-4
    counts = np.random.default_rng(1).integers(1, 60_000, (1000, 2000) if fine else (180, 360)).astype(np.uint16)
    transform = Affine(pixel[0], 0, corner[0], 0, pixel[1], corner[1])
    path = written(tmp_path / "a.tif", counts, crs=system, transform=transform)
    side = 101 if fine else 301  # of the grid, px of 2 m
    x, y = Transformer.from_crs(4326, epsg, always_xy=True).transform(*place)
    grid = raster.Grid(CRS.from_epsg(epsg), Affine(2, 0, x - side - 0.3, 0, -2, y + side + 0.3), side, side)
    centres = np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)
    x, y = Transformer.from_crs(epsg, system, always_xy=True).transform(*(grid.transform @ tuple(centres)))
    turn = 360 if system == 4326 else 2 * 20_037_508.342789244
    columns, rows = np.floor(((x - corner[0]) % turn) / pixel[0]).astype(int), np.floor((y - corner[1]) / pixel[1]).astype(int)
    with raster.opened(path) as dataset, reprojection.reprojected(bands.Band(dataset, 1), grid, tmp_path) as view:
        found, valid = view.read(0, side, (0, side))
    assert valid.all() and (found == counts[rows, columns]).mean() > 0.95
