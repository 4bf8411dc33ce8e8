"""What lies inside an area or is hidden, strip by strip."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import rasters
import shapely
from rasterio import Affine
from rasterio.crs import CRS

from geoclass.scenes import masks, raster

GRID = raster.Grid(CRS.from_epsg(3413), Affine(0.5, 0, 1_000_000, 0, -0.25, -500_000), 300, 60)
AREA = shapely.Polygon(
    [(1_000_005.13, -500_010.07), (1_000_025.31, -500_020.3), (1_000_020.7, -500_070.9), (999_990, -500_060.11)]
)


def centres():
    columns, rows = np.meshgrid(np.arange(GRID.width) + 0.5, np.arange(GRID.height) + 0.5)
    return GRID.transform @ (columns, rows)


def whole(path):
    with masks.hidden(path, GRID, path and path.parent) as hidden:
        return np.concatenate([hidden(*strip) for strip in raster.strips_of(GRID.height)])


def written(path, mask, transform=GRID.transform, crs="EPSG:3413", **profile):
    profile = {"driver": "GTiff", "count": 1, "height": mask.shape[0], "width": mask.shape[1], "dtype": mask.dtype} | profile
    with rasterio.open(path, "w", crs=crs, transform=transform, **profile) as out:
        out.write(np.stack([mask] * profile["count"]))
    return path


def test_pixels_are_inside_by_their_centre():
    expected = shapely.contains_xy(AREA, *centres())
    np.testing.assert_array_equal(masks.inside(AREA, GRID), expected)
    parts = [masks.inside(AREA, GRID.strip(first, 50)) for first in range(0, 300, 50)]
    np.testing.assert_array_equal(np.concatenate(parts), expected)
    assert masks.inside(None, GRID).all() and not masks.inside(shapely.box(0, 0, 1, 1), GRID).any()


def test_nothing_is_hidden_without_a_mask():
    assert whole(None).shape == (300, 60) and not whole(None).any()


def test_polygons_hide_their_inside(tmp_path):
    gpd.GeoDataFrame(geometry=[AREA], crs=3413).to_file(tmp_path / "cloud.gpkg")
    np.testing.assert_array_equal(whole(tmp_path / "cloud.gpkg"), masks.inside(AREA, GRID))


def test_a_raster_on_the_scenes_grid_hides_where_it_is_not_zero(tmp_path):
    cloud = np.random.default_rng(1).integers(0, 3, (300, 60)).astype(np.uint8)
    np.testing.assert_array_equal(whole(written(tmp_path / "cloud.tif", cloud)), cloud > 0)


@pytest.mark.parametrize("turn_deg", [0, 90, 180, 270])
def test_a_raster_that_is_turned_lies_where_it_covers_the_scene(tmp_path, turn_deg):
    """Its corners, not its first and last pixel, tell its place."""
    middle = GRID.transform @ (GRID.width / 2, GRID.height / 2)
    turned = Affine.translation(*middle) @ Affine.rotation(turn_deg) @ Affine.scale(10, -10) @ Affine.translation(-10, -10)
    assert whole(written(tmp_path / "cloud.tif", np.ones((20, 20), np.uint8), turned)).all()


def test_a_raster_on_another_grid_hides_by_its_nearest_pixel(tmp_path):
    cloud = np.random.default_rng(1).integers(0, 2, (8, 9)).astype(np.uint8)
    coarse = Affine(4, 0, 999_995, 0, -5, -500_010)
    x, y = centres()
    columns, rows = np.floor(~coarse @ (x, y)).astype(int)
    covered = (rows >= 0) & (rows < 8) & (columns >= 0) & (columns < 9)
    expected = covered & (cloud[np.clip(rows, 0, 7), np.clip(columns, 0, 8)] > 0)
    np.testing.assert_array_equal(whole(written(tmp_path / "cloud.tif", cloud, coarse)), expected)


def test_nodata_of_a_mask_hides_nothing(tmp_path):
    cloud = np.random.default_rng(1).choice(np.array([0, 1, 255], np.uint8), (200, 30))
    expected = np.zeros((300, 60), bool)
    expected[:200, :30] = cloud == 1
    np.testing.assert_array_equal(whole(written(tmp_path / "cloud.tif", cloud, nodata=255)), expected)


COLOURS = {0: (255, 255, 255, 255), 1: (0, 0, 0, 255)}
LEGEND = {0: (0, 0, 255, 255), 1: (255, 255, 255, 0)}
SHOWN = {
    "a colour table, hidden black": ({}, {"write_colormap": (1, COLOURS)}),
    "a colour table, hidden transparent": ({}, {"write_colormap": (1, LEGEND)}),
    "white is zero": ({"photometric": "MINISWHITE"}, {}),
    "white is zero, of 1 bit": ({"photometric": "MINISWHITE", "nbits": 1}, {}),
    "hidden is nodata": ({"nodata": 1}, {}),
    "open is nodata": ({"nodata": 0}, {}),
}


@pytest.mark.parametrize("profile, further", SHOWN.values(), ids=SHOWN)
def test_the_numbers_of_a_mask_count_however_they_are_shown(tmp_path, profile, further):
    cloud = np.random.default_rng(1).integers(0, 2, (300, 60)).astype(np.uint8)
    path = written(tmp_path / "cloud.tif", cloud, **profile)
    with rasterio.open(path, "r+") as out:
        for name, values in further.items():
            getattr(out, name)(*values)
    np.testing.assert_array_equal(whole(path), cloud == 1)


@pytest.mark.parametrize("number", range(12))
def test_cloud_and_its_shadow_in_sentinel_2s_scene_classification_are_hidden(tmp_path, number):
    """Numbers by the product's definition, in the colours of its legend or others: 0 is no data, 11 snow."""
    path = written(tmp_path / "T33XVG_20160625_SCL_20m.tif", np.full((300, 60), number, np.uint8))
    with rasterio.open(path, "r+") as out:
        out.write_colormap(1, {index: (20 * index, 0, 255 - 20 * index, 255) for index in range(12)})
    defective, shadow, medium, high, cirrus = 1, 3, 8, 9, 10
    assert (whole(path) == (number in (defective, shadow, medium, high, cirrus))).all()


@pytest.mark.parametrize("bit", range(16))
def test_cloud_and_its_shadow_in_landsats_qa_pixel_are_hidden(tmp_path, bit):
    """Bits by the guide to Collection 2: 5 is snow, 6 clear, 7 water, those beyond are confidences."""
    path = written(tmp_path / "LC09_QA_PIXEL.TIF", np.full((300, 60), 1 << bit, np.uint16), nodata=1)
    fill, dilated, cirrus, cloud, shadow = range(5)
    assert (whole(path) == (bit in (fill, dilated, cirrus, cloud, shadow))).all()


@pytest.mark.parametrize("shown", [{}, {"photometric": "RGB", "alpha": "YES"}], ids=["plain", "alpha"])
@pytest.mark.parametrize("band", range(1, 9))
def test_what_planets_udm2_calls_unusable_is_hidden(tmp_path, band, shown):
    """Bands by the product's definition: 1 is clear, 2 snow, 4 light haze, 7 confidence."""
    numbers = np.zeros((8, 300, 60), np.uint8)
    numbers[band - 1] = 1
    shadow, heavy_haze, cloud, unusable = 3, 5, 6, 8
    path = rasters.written(tmp_path / "20160625_udm2.tif", numbers, transform=GRID.transform, **shown)
    assert (whole(path) == (band in (shadow, heavy_haze, cloud, unusable))).all()


@pytest.mark.parametrize("bounds", [(-180, -90, 180, 90), (0, -90, 360, 90), (10, 78, 25, 90), (370, 78, 385, 90)], ids=str)
def test_a_raster_hides_however_it_counts_longitudes(tmp_path, bounds):
    """The scene lies at 79.7 degrees north, 18.4 degrees east."""
    transform = rasterio.transform.from_bounds(*bounds, 36, 18)
    assert whole(written(tmp_path / "cloud.tif", np.ones((18, 36), np.uint8), transform, "EPSG:4326")).all()


def test_polygons_a_turn_beside_a_scene_are_refused(tmp_path):
    """Of a scene that runs on past 180 degrees in Web Mercator they would hide nothing."""
    grid = raster.Grid(CRS.from_epsg(3857), Affine(10, 0, 20_037_600, 0, -10, 14_000_000), 30, 30)
    frame = gpd.GeoSeries([shapely.affinity.translate(grid.frame, -2 * 20_037_508.342789244)], crs=3857)
    frame.to_file(tmp_path / "cloud.gpkg")
    with pytest.raises(ValueError, match=r"cloud\.gpkg: the mask lies beside the scene"):
        masks.check(tmp_path / "cloud.gpkg", grid.crs.to_wkt(), grid.frame)


def test_masks_that_do_not_fit_are_refused(tmp_path):
    cloud = np.ones((10, 10), np.uint8)
    far = GRID.transform @ Affine.translation(1000, 0)
    with pytest.raises(ValueError, match=r"far\.tif: the mask lies beside the scene, expected one that covers some of it"):
        whole(written(tmp_path / "far.tif", cloud, far))
    with pytest.raises(ValueError, match=r"south\.tif: the mask lies beside the scene"):
        whole(written(tmp_path / "south.tif", cloud, Affine(36, 0, -180, 0, -3, -60), "EPSG:4326"))
    gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs=3413).to_file(tmp_path / "far.gpkg")
    with pytest.raises(ValueError, match=r"far\.gpkg: the mask lies beside the scene"):
        whole(tmp_path / "far.gpkg")
    with pytest.raises(ValueError, match=r"bare\.tif: no georeference \(coordinate system missing\)"):
        whole(written(tmp_path / "bare.tif", cloud, crs=None))
    with pytest.raises(ValueError, match=r"rgb\.tif: 3 bands, expected a mask of 1 band"):
        whole(written(tmp_path / "rgb.tif", cloud, count=3))
    with pytest.raises(
        ValueError, match=r"complex\.tif: numbers of type complex64, expected a mask of whole or real ones; convert it"
    ):
        whole(written(tmp_path / "complex.tif", cloud.astype(np.complex64)))
    np.save(tmp_path / "contour.npy", shapely.get_coordinates(AREA))
    with pytest.raises(ValueError, match=r"contour\.npy: a contour without coordinate system, expected polygons .* or a raster"):
        whole(tmp_path / "contour.npy")
    (tmp_path / "no.tif").write_text("no image")
    with pytest.raises(OSError, match=r"no\.tif: not a readable raster"):
        whole(tmp_path / "no.tif")
