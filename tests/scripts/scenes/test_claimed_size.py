"""Rasters that claim more pixels than they hold, or than the disk: refused before any work, by all who read rasters."""

import shutil

import numpy as np
import pytest
import rasterio
from labels.check import check
from rasterio import Affine
from scenes.ingest_scene import ingest_scene

from geoclass.scenes import image_folder, images

SETTINGS = {"band": None, "roi_epsg": None, "radiometry": "percentiles", "low": 0.5, "high": 99.5, "grid": "native"}
COARSE = {"grid": "reproject", "grid_epsg": 32633, "grid_pixel_m": 10_000.0}
TILES = {"height_px": 20, "width_px": 20, "stride_rows_px": None, "stride_columns_px": None}
SIDE = 1_000_000


def sparse(path, side, dtype="uint16"):
    """Write a TIFF without a single block: some ten thousand bytes that claim to be terabytes."""
    profile = {"driver": "GTiff", "height": side, "width": side, "count": 1, "dtype": dtype, "crs": "EPSG:32633"}
    profile |= {"sparse_ok": True, "tiled": True, "blockxsize": 16384, "blockysize": 16384, "compress": "zstd", "bigtiff": "yes"}
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(path, "w", transform=Affine(10, 0, 500_000, 0, -10, 8_700_000), **profile):
        pass
    assert path.stat().st_size < 200_000
    return str(path)


def ingest(folder, scene, mask=None, settings=None):
    outputs = [str(folder / "out" / name) for name in ("a.tif", "a.json", "a.png")]
    ingest_scene("a", scene, None, "2016-06-25", mask, None, SETTINGS | (settings or {}), *outputs)


def masked(folder):
    profile = {"driver": "GTiff", "height": 40, "width": 50, "count": 1, "dtype": "uint8", "crs": "EPSG:32633"}
    with rasterio.open(folder / "s.tif", "w", transform=Affine(10, 0, 500_000, 0, -10, 8_700_000), **profile) as out:
        out.write(np.random.default_rng(1).integers(1, 200, (1, 40, 50)).astype(np.uint8))
    ingest(folder, str(folder / "s.tif"), sparse(folder / "m.tif", SIDE, "uint8"))


def class_folder(folder):
    sparse(folder / "set" / "Snow" / "a.tif", SIDE)
    images.survey(folder / "set", "set", 30, 40, 1.0)


def flat_folder(folder):
    sparse(folder / "set" / "a.tif", SIDE)
    image_folder.survey(folder / "set", (30, 40), 1.0, "percentiles", 0.5, 99.5)


READERS = {
    "scene": lambda folder: ingest(folder, sparse(folder / "a.tif", SIDE)),
    "scene on a coarse grid": lambda folder: ingest(folder, sparse(folder / "a.tif", SIDE), settings=COARSE),
    "mask": masked,
    "image of a class": class_folder,
    "image of a folder": flat_folder,
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_side_of_a_million_pixels_is_refused_by_its_size(tmp_path, read):
    with pytest.raises(ValueError, match=r"1,000,000(,000,000 pixels| x 1,000,000 px), expected at most"):
        read(tmp_path)
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


@pytest.mark.parametrize("settings", [None, COARSE | {"grid_pixel_m": 10.0}])
def test_what_the_disk_cannot_hold_is_refused_by_what_it_takes(tmp_path, monkeypatch, settings):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=50_000_000_000))
    with pytest.raises(
        OSError, match=r"190,000 x 190,000 px of uint16 take 96.3 GB while they are stored, but 50 GB are free at"
    ):
        ingest(tmp_path, sparse(tmp_path / "a.tif", 190_000), settings=settings)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("side", "words"), [(SIDE, "1,000,000 x 1,000,000 px, expected at most"), (190_000, "take about 144 GB; 50 GB")]
)
def test_the_check_before_work_says_so(tmp_path, monkeypatch, side, words):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=50_000_000_000))
    (tmp_path / "classes.tsv").write_text("class_id\tclass_name\tcolour\n1\tSnow\t#ffffff\n2\tChaos\t#54278f\n")
    rows = {"a": {"path": sparse(tmp_path / "a.tif", side), "date": "2016-06-25", "mask": "", "labelled": True}}
    settings = {"ingest_scene": SETTINGS, "tile_scene": TILES, "block_m": 1000.0, "trained": False, "no_store": ""}
    page = tmp_path / "check.md"
    assert check(rows, [], str(tmp_path / "classes.tsv"), None, settings, str(page)) == 1
    assert "- refused: " in page.read_text() and words in page.read_text()
