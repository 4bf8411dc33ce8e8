"""Rasters: grids, strips and what is refused."""

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from rasterio.crs import CRS
from rasters import TRANSFORM, written

from geoclass.scenes import bands, raster


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
    assert (facts["height_px"], facts["width_px"]) == (700, 90)
    # metres on the ground: EPSG:3413 is 2.2 % too short at 80 degrees north
    assert (facts["pixel_height_m"], facts["pixel_width_m"]) == pytest.approx((0.25 * 1.02278, 0.5 * 1.02278), rel=1e-4)
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
        ({"transform": TRANSFORM @ Affine.rotation(20)}, "grid is rotated, expected north-up; set ingest_scene/grid"),
    ],
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_grids_that_cannot_be_used_are_refused(tmp_path, counts, changes, sentence):
    path = written(tmp_path / "a.tif", counts, **changes)
    with pytest.raises(ValueError) as error:
        grid(path)
    assert str(error.value).startswith(f"{path}: ") and sentence in str(error.value)


@pytest.mark.parametrize("shift_px, taken", [(1e-9, True), (0.09, True), (0.11, False)])
@pytest.mark.parametrize("along", ["rows", "columns", "both, from south"])
def test_a_rotation_is_one_where_it_shifts_pixels(tmp_path, counts, along, shift_px, taken):
    """Shifts of the last row and column, as programs leave them that compute a geotransform."""
    height, width = counts.shape
    a, b, c, d, e, f = list(TRANSFORM)[:6]
    b, d = a * shift_px / height, e * shift_px / width
    given = {"rows": (a, b, c, 0, e, f), "columns": (a, 0, c, d, e, f), "both, from south": (a, b, c, -d, -e, f)}[along]
    path = written(tmp_path / "a.tif", counts, transform=Affine(*given))
    if taken:
        assert grid(path).transform[:6] == (a, 0, c, 0, e, f if given[4] < 0 else f - e * height)
    else:
        with pytest.raises(ValueError, match=r"a\.tif: grid is rotated"):
            grid(path)


def test_files_that_are_missing_or_no_raster_are_refused(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"II*\0 this is no image")
    for name in ("a.tif", "gone.tif"):
        with pytest.raises(OSError, match=rf"{name}: not a readable raster \(.+\); expected a whole GeoTIFF"):
            grid(tmp_path / name)


def test_a_truncated_file_is_refused_when_it_is_read(tmp_path, counts):
    path = written(tmp_path / "a.tif", counts)
    path.write_bytes(path.read_bytes()[:50_000])
    with raster.opened(path) as dataset, pytest.raises(OSError, match=r"a\.tif: not a readable raster \(.+\); expected a whole"):
        list(bands.read_strips(bands.Band(dataset, 1, raster.grid_of(path, dataset)), [(0, 256), (256, 256), (512, 188)]))


def test_a_raster_of_another_format_than_its_name_says_is_refused(tmp_path, counts):
    other = written(tmp_path / "a.pix", counts, driver="PCIDSK").rename(tmp_path / "a.tif")
    with pytest.raises(OSError, match=r"a.tif: not a readable raster \(.*\); expected a whole GeoTIFF"), raster.opened(other):
        pass
    picture = tmp_path / "b.tif"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 40)
    with (
        pytest.raises(OSError, match=r"b.tif: not a readable raster"),
        raster.opened(picture) as dataset,
        raster.reading(picture),
    ):
        dataset.read(1)


def test_a_local_coordinate_system_is_refused(tmp_path, counts):
    path = written(tmp_path / "a.tif", counts)
    with rasterio.open(path, "r+") as out:
        out.crs = CRS.from_wkt('LOCAL_CS["drawing",UNIT["metre",1]]')
    with (
        raster.opened(path) as dataset,
        pytest.raises(ValueError, match=r"a.tif: a local coordinate system, expected a projection"),
    ):
        raster.grid_of(path, dataset)


@pytest.mark.parametrize("height, width", [(2_000_000, 10), (10, 2_000_000), (300_000, 300_000), (0, 5)])
def test_a_grid_that_no_scene_has_is_refused(height, width):
    with pytest.raises(
        ValueError, match=r"a.tif: .* px, expected at most 1,000,000 px a side and 40,000,000,000 px in all; cut it"
    ):
        raster.check_size("a.tif", height, width, "cut it")
    raster.check_size("a.tif", 60_000, 60_000, "cut it")


def test_a_place_that_is_not_finite_is_refused(tmp_path, counts):
    path = written(tmp_path / "a.tif", counts, transform=Affine(0.5, 0, np.nan, 0, -0.25, 0))
    with (
        raster.opened(path) as dataset,
        pytest.raises(ValueError, match=r"a.tif: (its geotransform is not finite|no georeference)"),
    ):
        raster.grid_of(path, dataset)
