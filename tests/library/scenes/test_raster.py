"""Rasters: grids, strips and what is refused."""

import threading
import time

import numpy as np
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio import Affine
from rasterio.crs import CRS

from geoclass.core import streams
from geoclass.scenes import raster

TRANSFORM = Affine(0.5, 0, 1_000_000, 0, -0.25, -500_000)


def written(path, counts, crs=3413, transform=TRANSFORM, mask=None, **profile):
    bands = np.atleast_3d(counts.T).T if counts.ndim == 2 else counts
    profile = {"driver": "GTiff", "count": len(bands), "dtype": bands.dtype, "crs": crs and f"EPSG:{crs}"} | profile
    with rasterio.open(path, "w", height=bands.shape[1], width=bands.shape[2], transform=transform, **profile) as out:
        out.write(bands)
        if mask is not None:
            out.write_mask(mask)
    return path


def grid(path):
    with raster.opened(path) as dataset:
        return raster.grid_of(path, dataset)


@pytest.fixture
def counts():
    return np.random.default_rng(1).integers(1, 2048, (700, 90)).astype(np.uint16)


def test_a_grid_is_described_in_metres(tmp_path, counts):
    found = grid(written(tmp_path / "a.tif", counts))
    facts = found.metadata()
    assert facts["epsg"] == 3413 and facts["transform"] == [0.5, 0, 1_000_000, 0, -0.25, -500_000]
    assert (facts["height_px"], facts["width_px"], facts["pixel_height_m"], facts["pixel_width_m"]) == (700, 90, 0.25, 0.5)
    assert found.frame.bounds == (1_000_000, -500_175, 1_000_045, -500_000)
    assert found.strip(256, 10).frame.bounds == (1_000_000, -500_066.5, 1_000_045, -500_064)
    assert raster.strips_of(700) == [(0, 256), (256, 256), (512, 188)]


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"crs": None}, "no georeference (coordinate system missing), expected an orthorectified GeoTIFF"),
        ({"transform": Affine.identity()}, "no georeference (place in its coordinate system missing)"),
        (
            {"crs": 4326, "transform": Affine(1e-5, 0, 18, 0, -1e-5, 78)},
            "coordinates in degrees, expected a projection in metres; set",
        ),
        ({"crs": 2263}, "expected a projection in metres"),
        (
            {"transform": TRANSFORM @ Affine.rotation(20)},
            "grid is rotated or not north-up, expected north-up; set ingest_scene/grid",
        ),
        ({"transform": Affine(0.5, 0, 0, 0, 0.5, 9)}, "grid is rotated or not north-up"),
    ],
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_grids_that_cannot_be_used_are_refused(tmp_path, counts, changes, sentence):
    path = written(tmp_path / "a.tif", counts, **changes)
    with pytest.raises(ValueError) as error:
        grid(path)
    assert str(error.value).startswith(f"{path}: ") and sentence in str(error.value)


def test_files_that_are_missing_or_no_raster_are_refused(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"II*\0 this is no image")
    for name in ("a.tif", "gone.tif"):
        with pytest.raises(OSError, match=rf"{name}: not a readable raster \(.+\); expected a whole GeoTIFF"):
            grid(tmp_path / name)


def test_a_truncated_file_is_refused_when_it_is_read(tmp_path, counts):
    path = written(tmp_path / "a.tif", counts)
    path.write_bytes(path.read_bytes()[:50_000])
    with raster.opened(path) as dataset, pytest.raises(OSError, match=r"a\.tif: not a readable raster \(.+\); expected a whole"):
        list(raster.read_strips(dataset, 1, [(0, 256), (256, 256), (512, 188)]))


def test_bands_are_chosen_or_refused(tmp_path, counts):
    colours = np.stack([counts, counts, counts, np.full_like(counts, 65535)])
    path = written(tmp_path / "a.tif", colours, photometric="rgb", alpha="yes")
    with raster.opened(path) as dataset:
        assert raster.choose_band(path, dataset, 2) == 2
        with pytest.raises(ValueError, match=r"a\.tif: 3 bands, expected 1; choose one with ingest_scene/band"):
            raster.choose_band(path, dataset, None)
        for band in (4, 5):
            with pytest.raises(ValueError, match=f"no band {band}, found 3; correct ingest_scene/band"):
                raster.choose_band(path, dataset, band)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "float64"])
def test_bands_of_the_types_of_vario_functions_are_taken(tmp_path, counts, dtype):
    path = written(tmp_path / "a.tif", counts.astype(dtype))
    with raster.opened(path) as dataset:
        assert raster.choose_band(path, dataset, None) == 1


@pytest.mark.parametrize("dtype", ["int8", "uint32", "int32", "complex64"])
def test_bands_of_other_types_are_refused_at_the_door(tmp_path, counts, dtype):
    path = written(tmp_path / "a.tif", counts.astype(dtype))
    sentence = (
        rf"a\.tif: numbers of type {dtype}, expected uint8, uint16, int16, float32 or float64; convert it, .*gdal_translate"
    )
    with raster.opened(path) as dataset, pytest.raises(ValueError, match=sentence):
        raster.choose_band(path, dataset, None)


def test_validity_is_read_from_tag_mask_alpha_and_finiteness(tmp_path, counts):
    hole = np.zeros(counts.shape, bool)
    hole[300:310, 20:30] = True
    alpha = np.stack([counts, np.where(hole, 0, 65535).astype(np.uint16)])
    cases = {
        "tag": written(tmp_path / "tag.tif", np.where(hole, 7, counts | 8).astype(np.uint16), nodata=7),
        "mask": written(tmp_path / "mask.tif", counts, mask=~hole),
        "alpha": written(tmp_path / "alpha.tif", alpha, alpha="yes"),
        "nan": written(tmp_path / "nan.tif", np.where(hole, np.nan, counts).astype(np.float32)),
    }
    for path in cases.values():
        with raster.opened(path) as dataset:
            strips = list(raster.read_strips(dataset, 1, raster.strips_of(700), (10, 40)))
        assert [first for first, _, _ in strips] == [0, 256, 512]
        np.testing.assert_array_equal(np.concatenate([valid for _, _, valid in strips]), ~hole[:, 10:40])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.integers(1, 400), st.lists(st.integers(0, 699), min_size=1, max_size=12, unique=True))
def test_groups_of_rows_are_those_of_the_image(tmp_path, counts, n_rows, starts):
    path = tmp_path / "rows.tif"
    if not path.exists():
        written(path, counts, mask=counts % 7 > 0)
    starts = sorted(start for start in starts if start + n_rows <= 700) or [0]
    with raster.opened(path) as dataset:
        groups = list(raster.read_rows(dataset, starts, n_rows, (5, 80)))
    assert len(groups) == len(starts)
    for start, (found, valid) in zip(starts, groups, strict=True):
        np.testing.assert_array_equal(found, counts[start : start + n_rows, 5:80])
        np.testing.assert_array_equal(valid, counts[start : start + n_rows, 5:80] % 7 > 0)


def test_each_strip_is_read_once_and_only_where_it_is_needed(tmp_path, counts, monkeypatch):
    asked = []
    original = raster.read_strips
    monkeypatch.setattr(raster, "read_strips", lambda d, b, strips, c: asked.extend(strips) or original(d, b, strips, c))
    path = written(tmp_path / "a.tif", np.tile(counts, (3, 1)))
    with raster.opened(path) as dataset:
        list(raster.read_rows(dataset, [10, 20, 250, 1100], 30))
    assert asked == [(0, 256), (256, 256), (1024, 256)]


def test_a_full_disk_in_the_middle_ends_the_reading_thread_before_the_raster_is_closed(tmp_path, counts):
    path, read = written(tmp_path / "a.tif", np.tile(counts, (3, 1))), []

    class Slow:
        """A raster whose reading takes longer than the writer needs to fail."""

        def __init__(self, dataset):
            self.dataset, self.name, self.height, self.width = dataset, dataset.name, dataset.height, dataset.width

        def read(self, *arguments, **more):
            time.sleep(0.05)
            read.append(self.dataset.closed)
            return self.dataset.read(*arguments, **more)

        def read_masks(self, *arguments, **more):
            return self.dataset.read_masks(*arguments, **more)

    before = threading.active_count()
    with pytest.raises(OSError, match="No space left"), raster.opened(path) as dataset:
        with streams.walking(raster.read_rows(Slow(dataset), [0, 300, 600, 900, 1200], 100)) as groups:
            for _ in groups:
                raise OSError(28, "No space left on device")
    assert read and not any(read) and threading.active_count() == before


def reference(transform=TRANSFORM, crs=3413):
    return raster.Grid(CRS.from_epsg(crs), transform, 700, 90)


@pytest.mark.parametrize("rows, columns", [(0, 0), (37, -12), (-400.3, 8.4)])
def test_the_common_lattice_counts_pixels_from_the_first_scene(rows, columns):
    shifted = reference(TRANSFORM @ Affine.translation(columns, rows))
    assert raster.common_lattice("b.tif", shifted, "a.tif", reference()) == (round(rows), round(columns))


@pytest.mark.parametrize(
    "other, sentence",
    [
        (
            reference(crs=32633),
            r"b\.tif: EPSG:32633, expected EPSG:3413 as in a\.tif; set ingest_scene/grid to native or reproject",
        ),
        (
            reference(TRANSFORM @ Affine.scale(1.001, 1)),
            r"b\.tif: pixels of 0\.25 x 0\.5005 m, expected 0\.25 x 0\.5 m as in a\.tif",
        ),
    ],
)
def test_scenes_of_another_grid_are_refused_where_a_common_one_is_asked_for(other, sentence):
    with pytest.raises(ValueError, match=sentence):
        raster.common_lattice("b.tif", other, "a.tif", reference())


def test_a_target_grid_holds_the_scene_and_lies_on_whole_pixels(tmp_path, counts):
    path = written(tmp_path / "a.tif", counts, crs=32633, transform=Affine(10, 0, 585_000, 0, -10, 8_730_000))
    with raster.opened(path) as dataset:
        target = raster.target_grid(path, dataset, 3413, 12.0, 15.0)
        left, bottom, right, top = rasterio.warp.transform_bounds(32633, 3413, *dataset.bounds, densify_pts=101)
    assert target.transform.c % 15 == 0 and target.transform.f % 12 == 0
    frame = target.frame.bounds
    assert frame[0] <= left < frame[0] + 15 and frame[2] - 15 < right <= frame[2]
    assert frame[1] <= bottom < frame[1] + 12 and frame[3] - 12 < top <= frame[3]


@pytest.mark.parametrize(
    "target, sentence",
    [
        ((None, 1.0, 1.0), "reproject without a target; give grid_epsg, grid_pixel_height_m and grid_pixel_width_m beside it"),
        ((999999, 1.0, 1.0), "EPSG code 999999 is unknown"),
        ((4326, 1.0, 1.0), "EPSG code 4326 is no projection in metres"),
    ],
)
def test_targets_that_are_none_are_refused(tmp_path, counts, target, sentence):
    path = written(tmp_path / "a.tif", counts)
    with raster.opened(path) as dataset, pytest.raises(ValueError, match=sentence):
        raster.target_grid(path, dataset, *target)


def test_warping_takes_the_nearest_pixel_and_leaves_the_outside_invalid(tmp_path, counts):
    path = written(tmp_path / "a.tif", counts)
    moved = raster.Grid(CRS.from_epsg(3413), TRANSFORM @ Affine.translation(-5, -7), 720, 100)
    with raster.opened(path) as dataset, raster.warped(dataset, moved) as view:
        (_, found, valid), *_ = raster.read_strips(view, 1, [(0, 720)])
    expected = np.zeros((720, 100), np.uint16)
    expected[7:707, 5:95] = counts
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(valid, expected > 0)
