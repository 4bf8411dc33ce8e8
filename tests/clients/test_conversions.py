"""What tools make of a class map that is warped, merged, thinned or converted with their defaults, and with the option that is right."""

import shutil

import numpy as np
import pytest
import rasterio
from consumers import install, python, run
from rasterio.merge import merge


def values(path):
    """Return the cells of a raster."""
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def areas(path):
    """Return the area of every value [m2]."""
    with rasterio.open(path) as dataset:
        return np.bincount(dataset.read(1).ravel().astype(int), minlength=256) * abs(dataset.transform.a * dataset.transform.e)


def named(path):
    """Tell whether GDAL shows names of the values of a raster."""
    return "Categories:" in run("gdalinfo", path)


@pytest.fixture
def given(class_map, tmp_path):
    """Return a copy of the class map with all that lies beside it."""
    for path in class_map.parent.glob(f"{class_map.stem}.*"):
        shutil.copy(path, tmp_path / path.name.replace(class_map.stem, "map"))
    assert named(tmp_path / "map.tif")
    return tmp_path / "map.tif"


@pytest.fixture
def wide(given):
    """Return a raster around the map, of larger cells, to which others are resampled."""
    with rasterio.open(given) as dataset:
        west, south, east, north = dataset.bounds
    size = ["-a_ullr", west - 50, north + 50, east + 50, south - 50]
    run("gdal_translate", "-q", *size, given, given.with_name("wide.tif"))
    return given.with_name("wide.tif")


@pytest.mark.converts("GDAL", "gdalwarp", "keeps values and colours, drops names", "copy `.qml` and `.tif.aux.xml`")
def test_gdalwarp_drops_names(given):
    install("gdalwarp", "gdal-bin")
    out = given.with_name("out.tif")
    run("gdalwarp", "-q", "-t_srs", "EPSG:4326", given, out)
    assert set(np.unique(values(out))) <= set(np.unique(values(given))) | {255} and not named(out)
    shutil.copy(given.with_name("map.tif.aux.xml"), out.with_name("out.tif.aux.xml"))
    assert named(out)


@pytest.mark.converts("GDAL", "gdalwarp -r bilinear", "makes classes that are not there", "`-r near` (the default) or `-r mode`")
def test_gdalwarp_between_classes(given):
    with rasterio.open(given) as dataset:
        size = [dataset.transform.a / 3, -dataset.transform.e / 3]
    for method in ("bilinear", "near", "mode"):
        run("gdalwarp", "-q", "-r", method, "-tr", *size, given, given.with_name(f"{method}.tif"))
    before = np.bincount(values(given).ravel(), minlength=256)
    assert set(np.unique(values(given.with_name("near.tif")))) == set(before.nonzero()[0])
    assert set(np.unique(values(given.with_name("mode.tif")))) <= set(before.nonzero()[0])
    shares = [
        np.bincount(values(given.with_name(f"{method}.tif")).ravel(), minlength=256)[:255] for method in ("near", "bilinear")
    ]
    near, bilinear = (counts / counts.sum() for counts in shares)
    assert np.abs(near - bilinear).sum() > 0.05


@pytest.mark.converts("GDAL", "gdalbuildvrt", "drops names and attribute table", "`gdalwarp` of all maps into one file, as above")
def test_gdalbuildvrt_drops_names(given):
    out = given.with_name("out.vrt")
    run("gdalbuildvrt", "-q", out, given)
    assert (values(out) == values(given)).all() and not named(out) and "GDALRasterAttributeTable" not in run("gdalinfo", out)


@pytest.mark.converts(
    "rasterio",
    "merge.merge",
    "moves maps by parts of a cell onto the first",
    "`grid: common`, or `gdalwarp -r near` onto one grid",
)
def test_rasterio_merge_moves_maps(given):
    with rasterio.open(given) as dataset:
        content, profile, step = dataset.read(), dataset.profile, dataset.transform.a
    moved = rasterio.Affine.translation(0.4 * step, 0) * dataset.transform
    for name in ("LAYOUT", "driver", "blockxsize", "blockysize", "tiled"):
        profile.pop(name, None)
    with rasterio.open(given.with_name("moved.tif"), "w", driver="GTiff", **(profile | {"transform": moved})) as out:
        out.write(content)
    with rasterio.open(given) as first, rasterio.open(given.with_name("moved.tif")) as second:
        merged, transform = merge([first, second], bounds=second.bounds)
        alone, place = merge([second], bounds=first.bounds)
    assert abs(place.c - first.transform.c) < 1e-6  # the grid of the first, although no cell of the second lies on it
    known = (alone[0] != 255) & (content[0] != 255)
    assert (alone[0] == content[0])[known].all()  # as if nothing had been moved by 0.4 of a cell
    assert merged.shape[1:] == content.shape[1:] and transform.a == step


GEOUTILS = """
import sys
import geoutils, numpy
for options in ({}, {"resampling": "nearest"}):
    map = geoutils.Raster(sys.argv[1]).reproject(res=float(sys.argv[2]), **options)
    print(*numpy.bincount(map.data.compressed().astype(int), minlength=256))
"""


@pytest.mark.converts("geoutils", "Raster.reproject", "averages class numbers (bilinear)", '`resampling="nearest"`')
def test_geoutils_averages_classes(given):
    with rasterio.open(given) as dataset:
        size = -dataset.transform.e / 3
    default, nearest = (np.array(line.split(), float) for line in run(python(), "-c", GEOUTILS, given, size).splitlines())
    before = np.bincount(values(given).ravel(), minlength=256)[:255]
    shares = [counts[:255] / counts[:255].sum() for counts in (default, nearest, before)]
    assert np.abs(shares[0] - shares[2]).sum() > 2 * np.abs(shares[1] - shares[2]).sum()
    assert set(nearest[:255].nonzero()[0]) == set(before.nonzero()[0])


@pytest.mark.converts(
    "SAGA", "io_gdal 0", "makes cells square, changes areas", "first `gdalwarp -tr 1 1 -r near`, a small square cell"
)
def test_saga_changes_areas(given):
    install("saga_cmd", "saga")
    run("gdalwarp", "-q", "-tr", "1", "1", "-r", "near", given, given.with_name("square.tif"))
    for name in ("map", "square"):
        files = ["-FILES", given.with_name(f"{name}.tif"), "-GRIDS", given.with_name(f"{name}.sgrd")]
        run("saga_cmd", "io_gdal", "0", *files, "-RESAMPLING", "0")
    before = areas(given)[:255]
    known = before > 0.02 * before.sum()  # of fewer cells, a cell's width decides
    changed, kept = (
        np.abs(areas(given.with_name(f"{name}.sdat"))[:255][known] / before[known] - 1) for name in ("map", "square")
    )
    assert changed.max() > 0.03 and kept.max() < 0.03


@pytest.mark.converts("OTB", "Superimpose", "fills ground without map with 0", "`-fv 255`")
def test_otb_fills_with_zero(given, wide):
    install("otbcli_Superimpose", "otb-bin")
    for name, options in (("default", ()), ("filled", ("-fv", "255"))):
        out = [given.with_name(f"{name}.tif"), "uint8"]
        run("otbcli_Superimpose", "-inr", wide, "-inm", given, "-interpolator", "nn", *options, "-out", *out)
    assert (values(given.with_name("default.tif")) == 0).any() and not (values(given.with_name("filled.tif")) == 0).any()


@pytest.mark.converts("OTB", "Mosaic", "sets nodata to 0", "`-nodata 255`")
def test_otb_mosaic_sets_nodata(given):
    for name, options in (("default", ()), ("right", ("-nodata", "255"))):
        run("otbcli_Mosaic", "-il", given, *options, "-out", given.with_name(f"{name}.tif"), "uint8")
    found = []
    for name in ("default", "right"):
        with rasterio.open(given.with_name(f"{name}.tif")) as dataset:
            found.append(dataset.nodata)
    assert found == [0, 255]


TERRA = """
suppressWarnings(suppressMessages(library(terra)))
map <- rast(commandArgs(TRUE)[1])
for (made in list(aggregate(map, 2), aggregate(map, 2, fun = "modal", na.rm = TRUE), project(map, "EPSG:4326")))
    cat(sum(values(made) %% 1 != 0, na.rm = TRUE), "\\n")
"""


@pytest.mark.converts("terra (R)", "aggregate", "averages class numbers", '`fun = "modal"`; `project` is right by default')
def test_terra_averages_classes(given):
    install("/usr/lib/R/site-library/terra", "r-cran-terra")
    given.with_name("thin.R").write_text(TERRA)
    averaged, modal, projected = map(int, run("Rscript", given.with_name("thin.R"), given).split())
    assert averaged > 0 and modal == projected == 0
