"""Overviews are the means of all valid pixels under them, whatever strips the scene comes in."""

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from rasterio.crs import CRS

from geoclass.scenes import pyramid, raster

HEIGHT, WIDTH = 1037, 611
GRID = raster.Grid(CRS.from_epsg(3413), Affine(0.5, 0, 1_000_000, 0, -0.5, -500_000), HEIGHT, WIDTH)
RANGES = {"uint8": (0, 256), "uint16": (0, 65536), "int16": (-32768, 32768), "float32": (-1e3, 1e3), "float64": (0, 1)}


def scene(dtype):
    rng = np.random.default_rng(1)
    counts = rng.uniform(*RANGES[dtype], (HEIGHT, WIDTH)).astype(dtype)
    valid = (rng.random(counts.shape) > 0.2) & (np.arange(WIDTH) > 70)
    if dtype.startswith("float"):
        counts[~valid] = np.nan
    return counts, valid


@pytest.mark.parametrize("dtype, rows", [(name, 256) for name in RANGES] + [("uint16", 3), ("float32", HEIGHT)])
def test_overviews_are_means_of_the_valid_pixels(tmp_path, dtype, rows):
    counts, valid = scene(dtype)
    profile = {"driver": "GTiff", "count": 1, "dtype": dtype, "crs": GRID.crs, "transform": GRID.transform}
    with raster.environment(), pyramid.Pyramid(tmp_path, profile, GRID) as overviews:
        for first in range(0, HEIGHT, rows):
            overviews.add(counts[first : first + rows], valid[first : first + rows])
    assert [level.path.name for level in overviews.levels] == ["overview_2.tif", "overview_4.tif", "overview_8.tif"]
    for level, factor in zip(overviews.levels, (2, 4, 8), strict=True):
        height, width = -(-HEIGHT // factor), -(-WIDTH // factor)
        padding = [(0, height * factor - HEIGHT), (0, width * factor - WIDTH)]
        blocks = [np.pad(part, padding).reshape(height, factor, width, factor) for part in (np.where(valid, counts, 0), valid)]
        numbers = blocks[1].sum(axis=(1, 3))
        means = blocks[0].sum(axis=(1, 3), dtype=np.float64) / np.maximum(numbers, 1)
        with rasterio.open(level.path) as stored:
            np.testing.assert_array_equal(stored.read_masks(1) > 0, numbers > 0)
            found = stored.read(1)
            assert stored.bounds[0] == GRID.transform.c and stored.transform.a == 0.5 * factor
        if dtype.startswith("float"):
            np.testing.assert_allclose(found, means, rtol=1e-6)
        else:
            np.testing.assert_array_equal(found, np.floor(means + 0.5))


def test_a_scene_of_one_block_has_none(tmp_path):
    grid = raster.Grid(GRID.crs, GRID.transform, raster.STRIP, raster.STRIP)
    with pyramid.Pyramid(tmp_path, {"driver": "GTiff", "count": 1, "dtype": "uint8"}, grid) as overviews:
        overviews.add(np.zeros((raster.STRIP, raster.STRIP), np.uint8), np.ones((raster.STRIP, raster.STRIP), bool))
    assert not overviews.levels and not list(tmp_path.iterdir())
