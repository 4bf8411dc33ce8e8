"""Which pixels of an input are valid, whatever its type and form: the same native, on the common grid and reprojected."""

import os
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pytest
import rasterio
import rasterio.shutil
import xarray as xr
from PIL import Image
from rasterio import Affine
from rasterio.enums import ColorInterp

from geoclass.scenes import bands, border, raster, reprojection

HEIGHT, WIDTH = 40, 50
TRANSFORM = Affine(2.0, 0, 500_000, 0, -2.0, 8_700_000)
HOLE = np.zeros((HEIGHT, WIDTH), bool)
HOLE[10:20, 15:30] = True
COUNTS = np.random.default_rng(3).integers(20, 120, (HEIGHT, WIDTH))
SIDE_CAR = "<PAMDataset><PAMRasterBand band='1'><NoDataValue>{}</NoDataValue></PAMRasterBand></PAMDataset>"


def filled(dtype, value):
    counts = COUNTS.astype(dtype)
    counts[HOLE] = value
    return counts


def write(path, layers, driver="GTiff", colours=None, mask=None, tags=None, **profile):
    """Write bands of one type; `colours` are their interpretations, `mask` a mask of the whole raster."""
    layers = np.stack(layers)
    profile = {"crs": "EPSG:32633", "transform": TRANSFORM} | profile
    profile |= {"driver": driver, "height": layers.shape[1], "width": layers.shape[2]}
    with rasterio.open(path, "w", count=len(layers), dtype=layers.dtype, **profile) as out:
        if colours:
            out.colorinterp = colours
        out.write(layers)
        if mask is not None:
            out.write_mask(mask)
    return path


def tag(dtype, value):
    return lambda folder: write(folder / "a.tif", [filled(dtype, value)], nodata=value)


def tag_beside(dtype, value, text=None):
    def make(folder):
        path = write(folder / "a.tif", [filled(dtype, value)])
        Path(f"{path}.aux.xml").write_text(SIDE_CAR.format(text or value))
        return path

    return make


def alpha(dtype, opaque, others, position=None):
    """Return a maker of a raster of `others` bands and alpha, at the end or at a position from 0."""

    def make(folder):
        see_through = np.where(HOLE, 0, opaque).astype(dtype)
        layers = [filled(dtype, 0)] + [COUNTS.astype(dtype)] * (others - 1)
        colours = [ColorInterp.gray] + [ColorInterp.undefined] * (others - 1)
        at = others if position is None else position
        layers.insert(at, see_through)
        colours.insert(at, ColorInterp.alpha)
        return write(folder / "a.tif", layers, colours=colours)

    return make


def mask_inside(dtype):
    return lambda folder: write(folder / "a.tif", [filled(dtype, 0)], mask=~HOLE)


def mask_beside(dtype):
    def make(folder):
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False):
            path = write(folder / "a.tif", [filled(dtype, 0)], mask=~HOLE)
        assert Path(f"{path}.msk").is_file()
        return path

    return make


def nan(folder):
    return write(folder / "a.tif", [filled("float32", np.nan)])


def infinite(folder):
    return write(folder / "a.tif", [filled("float64", np.inf)])


def tag_and_mask(folder):
    """Half of the hole is hidden by the tag, half by the mask."""
    counts = filled("int16", -9999)
    counts[:, 22:][HOLE[:, 22:]] = 50
    half = ~HOLE
    half[:, :22] = True
    return write(folder / "a.tif", [counts], nodata=-9999, mask=half)


def tag_of_other_band(folder):
    """The other band is nodata elsewhere: only the chosen one counts."""
    other = COUNTS.astype("uint16")
    other[:5] = 7
    return write(folder / "a.tif", [filled("uint16", 7), other], nodata=7)


def tag_out_of_reach(folder):
    """A tag that no pixel of the type can have hides nothing; NaN does not occur in it either."""
    path = write(folder / "a.tif", [filled("uint16", 3)], mask=~HOLE)
    Path(f"{path}.aux.xml").write_text(SIDE_CAR.format(-9999))
    return path


def virtual(folder):
    write(folder / "source.tif", [filled("int16", -9999)], nodata=-9999)
    bands_of = "<VRTRasterBand dataType='Int16' band='1'><NoDataValue>-9999</NoDataValue><SimpleSource><SourceFilename "
    bands_of += "relativeToVRT='1'>source.tif</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
    with rasterio.open(folder / "source.tif") as source:
        place = f"<SRS>{source.crs.to_wkt()}</SRS><GeoTransform>{', '.join(map(str, TRANSFORM.to_gdal()))}</GeoTransform>"
    (folder / "a.vrt").write_text(f"<VRTDataset rasterXSize='{WIDTH}' rasterYSize='{HEIGHT}'>{place}{bands_of}</VRTDataset>")
    return folder / "a.vrt"


def rows_run_north(folder):
    path = write(
        folder / "a.tif", [filled("int16", -9999)[::-1]], nodata=-9999,
        transform=Affine(2.0, 0, 500_000, 0, 2.0, 8_700_000 - 2 * HEIGHT),
    )  # fmt: skip
    return path


def columns_run_west(folder):
    transform = Affine(-2.0, 0, 500_000 + 2 * WIDTH, 0, -2.0, 8_700_000)
    return write(folder / "a.tif", [filled("float32", np.nan)[:, ::-1]], transform=transform)


def both_turned(folder):
    transform = Affine(-2.0, 0, 500_000 + 2 * WIDTH, 0, 2.0, 8_700_000 - 2 * HEIGHT)
    return write(folder / "a.tif", [filled("uint8", 0)[::-1, ::-1]], mask=~HOLE[::-1, ::-1], transform=transform)


def palette(colour_of):
    """Return a maker of a picture whose indices are put into grey by its colour table."""

    def make(folder):
        table = {index: (*colour_of(index), 255) for index in range(256)}
        index_of = np.argsort([grey for grey, *_ in table.values()]).astype(np.uint8)
        path = write(folder / "a.tif", [index_of[COUNTS]], mask=~HOLE)
        with rasterio.open(path, "r+") as out:
            out.write_colormap(1, table)
        return path

    return make


def white_is_zero(folder):
    return write(folder / "a.tif", [255 - COUNTS.astype("uint8")], mask=~HOLE, photometric="MINISWHITE")


def copied(driver, suffix, **options):
    """Return a maker of a raster with a nodata tag, written by way of a GeoTIFF as gdal_translate does."""

    def make(folder):
        write(folder / "source.tif", [filled("uint8", 0)], nodata=0)
        rasterio.shutil.copy(folder / "source.tif", folder / f"a.{suffix}", driver=driver, **options)
        return folder / f"a.{suffix}"

    return make


def placed(path):
    """Say in GDAL's side-car where a picture lies."""
    srs = escape(rasterio.crs.CRS.from_epsg(32633).to_wkt())
    place = ", ".join(map(str, TRANSFORM.to_gdal()))
    Path(f"{path}.aux.xml").write_text(f"<PAMDataset><SRS>{srs}</SRS><GeoTransform>{place}</GeoTransform></PAMDataset>")
    return path


def transparent_entry(folder):
    """A picture whose colour 255 is transparent."""
    picture = Image.fromarray(filled("uint8", 255), mode="P")
    picture.putpalette([part for index in range(256) for part in (index, index, index)])
    picture.save(folder / "a.png", transparency=bytes([255] * 255 + [0]))
    return placed(folder / "a.png")


def virtual_colours(folder):
    gdal_of = palette(lambda index: (index * 37 % 256,) * 3)(folder)
    rasterio.shutil.copy(gdal_of, folder / "b.vrt", driver="VRT")
    return folder / "b.vrt"


def valid_range(**attributes):
    """Return a maker of a NetCDF file without a fill value that says which numbers are valid."""

    def make(folder):
        srs = rasterio.crs.CRS.from_epsg(32633).to_wkt()
        axis = {"units": "m"}
        places = {
            "x": ("x", 500_001.0 + 2 * np.arange(WIDTH), axis | {"standard_name": "projection_x_coordinate"}),
            "y": ("y", 8_699_999.0 - 2 * np.arange(HEIGHT), axis | {"standard_name": "projection_y_coordinate"}),
            "crs": ((), 0, {"crs_wkt": srs, "spatial_ref": srs}),
        }
        about = {name: np.array(value, "int16") for name, value in attributes.items()}
        layer = (("y", "x"), filled("int16", -9999), about | {"grid_mapping": "crs"})
        xr.Dataset({"counts": layer}, places).to_netcdf(folder / "a.nc")
        return folder / "a.nc"

    return make


INPUTS = {
    "ENVI, data ignore value": copied("ENVI", "img"),
    "ERDAS Imagine": copied("HFA", "img"),
    "JPEG 2000, aux.xml": copied("JP2OpenJPEG", "jp2", QUALITY="100", REVERSIBLE="YES"),
    "PNG, a transparent grey": copied("PNG", "png", WORLDFILE="YES"),
    "PNG, a transparent colour of the table": transparent_entry,
    "virtual raster of a colour table": virtual_colours,
    "NetCDF, valid_min": valid_range(valid_min=1),
    "NetCDF, valid_max and valid_min": valid_range(valid_min=1, valid_max=3000),
    "NetCDF, valid_range": valid_range(valid_range=[1, 3000]),
    "NetCDF, missing_value": valid_range(missing_value=-9999),
    "tag 0, uint8": tag("uint8", 0),
    "tag 255, uint8": tag("uint8", 255),
    "tag 0, uint16": tag("uint16", 0),
    "tag 65535, uint16": tag("uint16", 65535),
    "tag -9999, int16": tag("int16", -9999),
    "tag -32768, int16": tag("int16", -32768),
    "tag 0, int16": tag("int16", 0),
    "tag NaN, float32": tag("float32", np.nan),
    "tag -9999, float32": tag("float32", -9999.0),
    "tag least float32": tag("float32", float(np.finfo("float32").min)),
    "tag -32768, float64": tag("float64", -32768.0),
    "tag least float64": tag("float64", float(np.finfo("float64").min)),
    "aux.xml 65535, uint16": tag_beside("uint16", 65535),
    "aux.xml -9999, int16": tag_beside("int16", -9999),
    "aux.xml rounded least float32": tag_beside("float32", np.finfo("float32").min, "-3.40282e+38"),
    "no tag, NaN": nan,
    "no tag, infinite": infinite,
    "tag and mask": tag_and_mask,
    "tag of two bands": tag_of_other_band,
    "tag out of reach, mask": tag_out_of_reach,
    "virtual raster": virtual,
    "grey, alpha uint8": alpha("uint8", 255, 1),
    "grey, alpha uint16": alpha("uint16", 65535, 1),
    "grey, alpha uint16 of 1": alpha("uint16", 1, 1),
    "grey, alpha int16": alpha("int16", 32767, 1),
    "grey, alpha float32": alpha("float32", 1.0, 1),
    "grey, alpha float64": alpha("float64", 255.0, 1),
    "three and alpha uint8": alpha("uint8", 255, 3),
    "four and alpha uint16": alpha("uint16", 65535, 4),
    "eight and alpha uint16": alpha("uint16", 65535, 8),
    "eight and alpha float32": alpha("float32", 1.0, 8),
    "alpha in the middle": alpha("uint16", 65535, 4, 2),
    **{f"mask inside, {dtype}": mask_inside(dtype) for dtype in ("uint8", "uint16", "int16", "float32", "float64")},
    **{f"mask beside, {dtype}": mask_beside(dtype) for dtype in ("uint8", "int16", "float32")},
    "rows run north": rows_run_north,
    "columns run west": columns_run_west,
    "both turned": both_turned,
    "colour table upside down": palette(lambda index: (255 - index,) * 3),
    "colour table in any order": palette(lambda index: (index * 37 % 256,) * 3),
    "white is zero": white_is_zero,
}


def read(source):
    (_, counts, valid), *_ = bands.read_strips(source, raster.strips_of(source.grid.height))
    return counts, valid


@pytest.mark.parametrize("make", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize("form", ["native", "reprojected"])
def test_what_is_valid_does_not_depend_on_type_form_and_grid(tmp_path, make, form):
    path = make(tmp_path)
    with raster.environment(), raster.opened(path) as dataset:
        grid = raster.grid_of(path, dataset)
        assert grid.transform == TRANSFORM and (grid.height, grid.width) == (HEIGHT, WIDTH)
        if form == "native":
            counts, valid = read(bands.Band(dataset, 1, grid))
        else:
            target = reprojection.target_grid(path, dataset, 32633, 2.0)
            with reprojection.reprojected(bands.Band(dataset, 1), target, tmp_path / "work") as source:
                counts, valid = read(source)
            assert target == grid and (counts[HOLE] == 0).all()
    np.testing.assert_array_equal(valid, ~HOLE)
    np.testing.assert_array_equal(counts[~HOLE], COUNTS[~HOLE])
    assert not list((tmp_path / "work").glob("*")) and not list((tmp_path / "work").glob(".*"))


OTHERS = {  # variables that people set for reading from clouds or for damaged files
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GTIFF_POINT_GEO_IGNORE": "TRUE",
    "GTIFF_IGNORE_READ_ERRORS": "TRUE",
}
READ = """
import sys
import numpy as np
from geoclass.scenes import bands, raster
with raster.environment(), raster.opened(sys.argv[1]) as dataset:
    grid = raster.grid_of(sys.argv[1], dataset)
    _, valid = bands.Band(dataset, 1, grid).read(0, grid.height, (0, grid.width))
print(grid.transform.c, grid.transform.f, np.count_nonzero(valid))
"""


def test_what_users_set_for_other_programs_changes_nothing(tmp_path):
    """In a process of its own: GDAL keeps what it has read of the environment."""
    path = tag_beside("uint16", 65535)(tmp_path)
    with rasterio.open(path, "r+") as out:
        out.update_tags(AREA_OR_POINT="Point")
    environment = os.environ | OTHERS | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", READ, str(path)], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["500000.0", "8700000.0", str(np.count_nonzero(~HOLE))]


@pytest.mark.parametrize(
    "dtype, fill",
    [
        ("uint8", 0), ("uint16", 0), ("uint16", 65535), ("int16", 0), ("int16", -9999), ("int16", -32768), ("float32", 0),
        ("float32", -9999), ("float32", np.finfo("float32").min), ("float64", -32768),
    ],
)  # fmt: skip
def test_a_constant_border_without_a_tag_is_found_and_its_count_inside_stays(dtype, fill):
    counts = COUNTS.astype(dtype)
    counts[:6] = counts[:, :4] = fill
    counts[30:32, 30:33] = fill
    found = border.Border()
    found.add(border.empty(counts, np.ones(counts.shape, bool)))
    found.close()
    expected = np.zeros(counts.shape, bool)
    expected[:6] = expected[:, :4] = True
    np.testing.assert_array_equal(found.mark(border.empty(counts, np.ones(counts.shape, bool))), expected)


def test_bright_snow_at_the_edge_of_a_picture_of_8_bits_is_no_border():
    assert not border.empty(np.full((3, 4), 255, np.uint8), np.ones((3, 4), bool)).any()
