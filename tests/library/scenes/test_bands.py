"""Bands: which is read, what of it is valid, and strips of rows."""

import threading
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasters import written

from geoclass.core import streams
from geoclass.scenes import bands, raster


@pytest.fixture
def counts():
    return np.random.default_rng(1).integers(1, 2048, (700, 90)).astype(np.uint16)


def whole(dataset):
    return bands.Band(dataset, 1, raster.grid_of(dataset.name, dataset))


def test_bands_are_chosen_or_refused(tmp_path, counts):
    colours = np.stack([counts, counts, counts, np.full_like(counts, 65535)])
    path = written(tmp_path / "a.tif", colours, photometric="rgb", alpha="yes")
    with raster.opened(path) as dataset:
        assert bands.choose(path, dataset, 2) == 2
        with pytest.raises(ValueError, match=r"a\.tif: 3 bands, expected 1; choose one with ingest_scene/band"):
            bands.choose(path, dataset, None)
        for band in (4, 5):
            with pytest.raises(ValueError, match=f"no band {band}, found 3; correct ingest_scene/band"):
                bands.choose(path, dataset, band)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "float64"])
def test_bands_of_the_types_of_vario_functions_are_taken(tmp_path, counts, dtype):
    path = written(tmp_path / "a.tif", counts.astype(dtype))
    with raster.opened(path) as dataset:
        assert bands.choose(path, dataset, None) == 1


@pytest.mark.parametrize("dtype", ["int8", "uint32", "int32", "complex64"])
def test_bands_of_other_types_are_refused_at_the_door(tmp_path, counts, dtype):
    path = written(tmp_path / "a.tif", counts.astype(dtype))
    sentence = (
        rf"a\.tif: numbers of type {dtype}, expected uint8, uint16, int16, float32 or float64; convert it, .*gdal_translate"
    )
    with raster.opened(path) as dataset, pytest.raises(ValueError, match=sentence):
        bands.choose(path, dataset, None)


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
            strips = list(bands.read_strips(whole(dataset), raster.strips_of(700), (10, 40)))
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
        groups = list(bands.read_rows(whole(dataset), starts, n_rows, (5, 80)))
    assert len(groups) == len(starts)
    for start, (found, valid) in zip(starts, groups, strict=True):
        np.testing.assert_array_equal(found, counts[start : start + n_rows, 5:80])
        np.testing.assert_array_equal(valid, counts[start : start + n_rows, 5:80] % 7 > 0)


def test_each_strip_is_read_once_and_only_where_it_is_needed(tmp_path, counts, monkeypatch):
    asked = []
    original = bands.read_strips
    monkeypatch.setattr(bands, "read_strips", lambda source, strips, c: asked.extend(strips) or original(source, strips, c))
    path = written(tmp_path / "a.tif", np.tile(counts, (3, 1)))
    with raster.opened(path) as dataset:
        list(bands.read_rows(whole(dataset), [10, 20, 250, 1100], 30))
    assert asked == [(0, 256), (256, 256), (1024, 256)]


def test_a_full_disk_in_the_middle_ends_the_reading_thread_before_the_raster_is_closed(tmp_path, counts):
    path, read = written(tmp_path / "a.tif", np.tile(counts, (3, 1))), []

    class Slow:
        """A raster whose reading takes longer than the writer needs to fail."""

        def __init__(self, dataset):
            self.dataset, self.source = dataset, whole(dataset)
            self.grid = self.source.grid

        def read(self, *arguments):
            time.sleep(0.05)
            read.append(self.dataset.closed)
            return self.source.read(*arguments)

    before = threading.active_count()
    with pytest.raises(OSError, match="No space left"), raster.opened(path) as dataset:
        with streams.walking(bands.read_rows(Slow(dataset), [0, 300, 600, 900, 1200], 100)) as groups:
            for _ in groups:
                raise OSError(28, "No space left on device")
    assert read and not any(read) and threading.active_count() == before
