"""What lies inside an area or is hidden, strip by strip."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
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


@pytest.mark.parametrize("bounds", [(-180, -90, 180, 90), (0, -90, 360, 90), (10, 78, 25, 90), (370, 78, 385, 90)], ids=str)
def test_a_raster_hides_however_it_counts_longitudes(tmp_path, bounds):
    """The scene lies at 79.7 degrees north, 18.4 degrees east."""
    transform = rasterio.transform.from_bounds(*bounds, 36, 18)
    assert whole(written(tmp_path / "cloud.tif", np.ones((18, 36), np.uint8), transform, "EPSG:4326")).all()


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
    np.save(tmp_path / "contour.npy", shapely.get_coordinates(AREA))
    with pytest.raises(ValueError, match=r"contour\.npy: a contour without coordinate system, expected polygons .* or a raster"):
        whole(tmp_path / "contour.npy")
    (tmp_path / "no.tif").write_text("no image")
    with pytest.raises(OSError, match=r"no\.tif: not a readable raster"):
        whole(tmp_path / "no.tif")
