"""The advice for strips in parts, docs/pgc.md: each command keeps every pixel where parts overlap in their borders."""

import re
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoclass.scenes import bands, common_form, raster

PAGE = (Path(__file__).parents[3] / "docs" / "pgc.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^gdalbuildvrt .*$", PAGE, re.M)
TRANSFORM = rasterio.Affine(0.5, 0, 1_000_000, 0, -0.5, -500_000)
HEIGHT, WIDTH = 400, 240
SHADOWS = (slice(120, 124), slice(100, 110))  # valid zeros in the middle of the first part


def strip(folder, outside, nodata):
    """Write two parts of a turned strip that overlap by a fifth, each in a border; return all counts and where the strip is."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    inside = (columns > 20 + 0.15 * rows) & (columns < 140 + 0.15 * rows)  # a footprint turned against the grid
    counts = np.random.default_rng(3).integers(100, 2000, (HEIGHT, WIDTH)).astype(np.uint16)
    counts[SHADOWS] = 0
    along = rows + 0.3 * columns
    for name, part in {"P001": along < 270, "P002": along > 190}.items():
        seen = inside & part
        found = np.nonzero(seen.any(axis=1))[0]
        top, bottom = found[0], found[-1] + 1
        profile = {"driver": "GTiff", "height": bottom - top, "width": WIDTH, "count": 1, "dtype": "uint16", "nodata": nodata}
        place = TRANSFORM @ rasterio.Affine.translation(0, top)
        with rasterio.open(folder / f"{name}.tif", "w", crs="EPSG:3413", transform=place, **profile) as dataset:
            dataset.write(np.where(seen, counts, outside)[top:bottom], 1)
    return counts, inside


def mosaic(folder, command):
    """Run a command of the page and bring its result into the common form; return counts and validity."""
    subprocess.run(shlex.split(command), cwd=folder, check=True, capture_output=True)
    path = folder / "strip.vrt"
    with raster.environment(), raster.opened(path) as dataset:
        band = bands.Band(dataset, 1, raster.grid_of(path, dataset))
        common_form.store(band, {}, lambda first, n_rows: np.zeros((n_rows, band.grid.width), bool), None, folder / "out.tif")
    with rasterio.open(folder / "out.tif") as stored:
        return stored.read(1), stored.read_masks(1) > 0


@pytest.mark.parametrize(("command", "outside", "nodata"), zip(COMMANDS, (0, 65535), (None, 65535), strict=True))
def test_the_commands_of_the_page_keep_every_pixel(tmp_path, command, outside, nodata):
    counts, inside = strip(tmp_path, outside, nodata)
    found, valid = mosaic(tmp_path, command)
    np.testing.assert_array_equal(valid, inside)
    np.testing.assert_array_equal(found[inside], counts[inside])


def test_without_its_options_the_first_command_would_lose_pixels(tmp_path):
    _, inside = strip(tmp_path, 0, None)
    _, valid = mosaic(tmp_path, "gdalbuildvrt strip.vrt P001.tif P002.tif")
    assert 0.02 < 1 - valid[inside].mean() < 0.4
