"""Scenes stored in the common form, and their pictures."""

import resource
import signal
import subprocess
import sys

import numpy as np
import pytest
import rasterio
import shapely
from PIL import Image
from rasterio import Affine
from rasterio.crs import CRS

from geoclass.scenes import bands, common_form, masks, quicklook, raster

HEIGHT, WIDTH = 700, 600
TRANSFORM = Affine(0.51, 0, 1_000_000, 0, -0.487, -500_000)
GRID = raster.Grid(CRS.from_epsg(3413), TRANSFORM, HEIGHT, WIDTH)
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
BORDER = (COLUMNS < 120 - 0.2 * ROWS) | (ROWS > 650 - 0.1 * COLUMNS)
HOLE = (ROWS > 250) & (ROWS < 262) & (COLUMNS > 300) & (COLUMNS < 320)
CLOUD = (ROWS - 400) ** 2 + (COLUMNS - 200) ** 2 < 60**2
ROI = shapely.Point(1_000_150, -500_150).buffer(120)


def scene(path, dtype="uint16", **profile):
    counts = np.random.default_rng(1).integers(1, 250, (HEIGHT, WIDTH)).astype(dtype)
    counts[BORDER | HOLE] = 0
    profile = {"driver": "GTiff", "count": 1, "dtype": dtype, "crs": GRID.crs, "transform": TRANSFORM} | profile
    with rasterio.open(path, "w", height=HEIGHT, width=WIDTH, **profile) as out:
        out.update_tags(ATTRIBUTION="somebody")
        out.write(counts, 1)
    return counts


def store(source, stored):
    with raster.environment(), raster.opened(source) as dataset:
        band = bands.Band(dataset, 1, raster.grid_of(source, dataset))
        return common_form.store(band, dataset.tags(), lambda first, n: CLOUD[first : first + n], ROI, stored)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_counts_stay_and_validity_is_known(tmp_path, dtype):
    counts = scene(tmp_path / "a.tif", dtype)
    histogram, n_valid = store(tmp_path / "a.tif", tmp_path / "out" / "a.tif") if (tmp_path / "out").mkdir() is None else None
    valid = ~BORDER & ~CLOUD  # the hole of true zeros inside the scene stays
    with rasterio.open(tmp_path / "out" / "a.tif") as stored:
        np.testing.assert_array_equal(stored.read(1), counts)
        np.testing.assert_array_equal(stored.read_masks(1) > 0, valid)
        assert stored.dtypes == (dtype,) and stored.nodata is None and stored.transform == TRANSFORM
        assert stored.compression.name == "zstd" and stored.overviews(1) == [2, 4] and stored.tags()["ATTRIBUTION"] == "somebody"
    from rio_cogeo import cog_validate  # takes seconds to import, which the processes below do without

    assert cog_validate(tmp_path / "out" / "a.tif", strict=True)[0]
    assert n_valid == valid.sum() and [f.name for f in (tmp_path / "out").iterdir()] == ["a.tif"]
    measured = counts[valid & masks.inside(ROI, GRID)]
    assert histogram.quantiles([0.1, 0.9]) == pytest.approx(np.quantile(measured, [0.1, 0.9]), rel=0.001)


def test_a_nodata_tag_means_invalid_everywhere(tmp_path):
    scene(tmp_path / "a.tif", nodata=0)
    store(tmp_path / "a.tif", tmp_path / "b.tif")
    with rasterio.open(tmp_path / "b.tif") as stored:
        np.testing.assert_array_equal(stored.read_masks(1) > 0, ~BORDER & ~CLOUD & ~HOLE)


def test_a_border_of_zeros_may_lie_behind_another_border(tmp_path):
    counts = scene(tmp_path / "a.tif", nodata=9999)
    with rasterio.open(tmp_path / "a.tif", "r+") as out:
        counts[(ROWS < 5) | (COLUMNS < 5) | (ROWS > HEIGHT - 6) | (COLUMNS > WIDTH - 6)] = 9999
        out.write(counts, 1)
    store(tmp_path / "a.tif", tmp_path / "b.tif")
    with rasterio.open(tmp_path / "b.tif") as stored:
        np.testing.assert_array_equal(stored.read_masks(1) > 0, ~BORDER & ~CLOUD & (counts != 9999))


def test_the_same_scene_gives_the_same_bytes(tmp_path):
    scene(tmp_path / "a.tif")
    store(tmp_path / "a.tif", tmp_path / "b.tif")
    store(tmp_path / "a.tif", tmp_path / "c.tif")
    assert (tmp_path / "b.tif").read_bytes() == (tmp_path / "c.tif").read_bytes()


def test_a_truncated_scene_leaves_nothing_behind(tmp_path):
    scene(tmp_path / "a.tif")
    (tmp_path / "a.tif").write_bytes((tmp_path / "a.tif").read_bytes()[:500_000])
    with pytest.raises(OSError, match=r"a\.tif: not a readable raster \(.+\); expected a whole GeoTIFF"):
        store(tmp_path / "a.tif", tmp_path / "b.tif")
    assert [f.name for f in tmp_path.iterdir()] == ["a.tif"]


FULL = """
import sys; sys.path[:0] = {paths!r}
import test_common_form as t
from pathlib import Path
try:
    t.store(Path({source!r}), Path({stored!r}))
except OSError as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize("limit", [200_000, 1_181_000])
def test_a_full_disk_is_one_sentence_and_leaves_nothing_behind(tmp_path, limit):
    scene(tmp_path / "a.tif")

    def no_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    paths = [path for path in sys.path if path] + [str(__import__("pathlib").Path(__file__).parent)]
    code = FULL.format(paths=paths, source=str(tmp_path / "a.tif"), stored=str(tmp_path / "b.tif"))
    run = subprocess.run([sys.executable, "-c", code], preexec_fn=no_room, capture_output=True, text=True)
    assert run.returncode == 1, run.stderr
    assert "b.tif: could not be written (" in run.stderr and "make room on the disk" in run.stderr
    assert [f.name for f in tmp_path.iterdir()] == ["a.tif"]


def test_a_quicklook_shows_ground_proportions_what_is_invalid_and_the_region(tmp_path):
    scene(tmp_path / "a.tif")
    store(tmp_path / "a.tif", tmp_path / "b.tif")
    with raster.environment():
        quicklook.draw(tmp_path / "b.tif", {"low": 0, "high": 250}, ROI, tmp_path / "b.jpg")
    picture = np.asarray(Image.open(tmp_path / "b.jpg").convert("RGB"))
    assert picture.shape[0] / picture.shape[1] == pytest.approx(HEIGHT * 0.487 / (WIDTH * 0.51), rel=0.01)
    np.testing.assert_allclose(picture[2, 2], quicklook.INVALID, atol=8)
    outline = np.abs(picture.astype(int) - quicklook.OUTLINE).max(axis=2) < 60
    step = 0.51
    radius = np.hypot(*(np.argwhere(outline) * step - np.array([150, 150])).T)
    assert outline.sum() > 1000 and np.abs(radius - 120).max() < 2
    assert sorted(f.name for f in tmp_path.iterdir()) == ["a.tif", "b.jpg", "b.tif"]
