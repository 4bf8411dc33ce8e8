"""Scenes in the formats that image archives and programs write: the same counts, grid and validity from each, or one sentence."""

import numpy as np
import pytest
import rasterio
import rasterio.shutil
import xarray as xr
from PIL import Image

from geoclass.scenes import bands, raster

COUNTS = (np.arange(1200).reshape(30, 40) % 250 + 1).astype(np.uint8)
HOLE = (slice(10, 14), slice(20, 30))
FORMATS = {
    "a.tif": ("GTiff", {}),
    "a.jp2": ("JP2OpenJPEG", {"QUALITY": "100", "REVERSIBLE": "YES"}),
    "a.nc": ("netCDF", {}),
    "envi.img": ("ENVI", {}),
    "imagine.img": ("HFA", {}),
    "a.png": ("PNG", {}),
    "a.bmp": ("BMP", {}),
    "a.vrt": ("VRT", {}),
}


def write(folder, name, nodata=255, dtype="uint8"):
    """Write the scene with a hole by way of a GeoTIFF, as gdal_translate does; return its path."""
    driver, options = FORMATS[name]
    counts = COUNTS.astype(dtype)
    counts[HOLE] = nodata
    profile = {"height": 30, "width": 40, "count": 1, "dtype": dtype, "crs": "EPSG:32633", "nodata": nodata}
    path = folder / ("source.tif" if name != "a.tif" else name)
    with rasterio.open(path, "w", driver="GTiff", transform=rasterio.Affine(2, 0, 5e5, 0, -2, 8.7e6), **profile) as dataset:
        dataset.write(counts, 1)
    if name != "a.tif":
        rasterio.shutil.copy(path, folder / name, driver=driver, **options)
    return folder / name


@pytest.mark.parametrize(
    ("name", "dtype"),
    [*((name, "uint8") for name in FORMATS), ("a.jp2", "uint16"), ("a.nc", "float32"), ("envi.img", "int16")],
)
def test_a_scene_is_the_same_in_every_format(tmp_path, name, dtype):
    path = write(tmp_path, name, dtype=dtype)
    with raster.environment(), raster.opened(path) as dataset:
        grid = raster.grid_of(path, dataset)
        counts, valid = bands.Band(dataset, bands.choose(path, dataset, None), grid).read(0, 30, (0, 40))
    assert grid.crs.to_epsg() == 32633 and list(grid.transform)[:6] == [2, 0, 5e5, 0, -2, 8.7e6]
    hole = np.zeros((30, 40), bool)
    hole[HOLE] = True
    np.testing.assert_array_equal(valid, ~hole)
    np.testing.assert_array_equal(counts[~hole], COUNTS[~hole])


def refusal(path):
    with raster.environment(), pytest.raises(ValueError) as caught, raster.opened(path):
        pass
    return str(caught.value)


def test_a_netcdf_file_of_several_variables_is_refused_by_their_names(tmp_path):
    places = {"x": np.arange(40.0), "y": np.arange(30.0)}
    layers = {name: (("y", "x"), COUNTS.astype("f4")) for name in ("vv", "hh")}
    xr.Dataset(layers, places).to_netcdf(tmp_path / "two.nc")
    text = refusal(tmp_path / "two.nc")
    assert "2 images in one file (vv, hh), expected one" in text and "gdal_translate netcdf:" in text


@pytest.mark.parametrize("name", ["pages.tif", "frames.png", "frames.webp"])
def test_several_pages_or_frames_are_refused(tmp_path, name):
    first, *rest = (Image.fromarray(COUNTS // 2 + 40 * k).convert("RGB") for k in range(3))
    first.save(tmp_path / name, save_all=True, append_images=rest)
    assert ("3 images in one file (1, 2, 3)" if name == "pages.tif" else "several frames") in refusal(tmp_path / name)


def test_a_format_that_is_not_named_is_refused(tmp_path):
    (tmp_path / "a.asc").write_text("ncols 2\nnrows 1\nxllcorner 0\nyllcorner 0\ncellsize 1\n1 2\n")
    with raster.environment(), pytest.raises(OSError, match="not a readable raster"), raster.opened(tmp_path / "a.asc"):
        pass


def test_overviews_and_masks_inside_a_file_are_no_further_images(tmp_path):
    path = write(tmp_path, "a.tif")
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "r+") as dataset:
        dataset.write_mask(COUNTS > 9)
        dataset.build_overviews([2, 4])
    with raster.environment(), raster.opened(path) as dataset:
        assert dataset.count == 1
