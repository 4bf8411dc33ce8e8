"""Rasters on another grid."""

import numpy as np
import pytest
import rasterio
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
