"""Maps and series in every projection that ice is mapped in: written, and read again as the same one."""

import json
import subprocess
import sys
import warnings

import classified
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import xarray as xr

from geoclass.core import geodesy
from geoclass.core.grid import Grid
from geoclass.series import netcdf
from geoclass.series.stack import COMPARABLE, Series

CODES = (
    3408,
    3409,
    3411,
    3412,
    3413,
    3031,
    3995,
    3996,
    5041,
    5042,
    32661,
    32761,
    5936,
    5940,
    6931,
    6932,
    3571,
    32633,
    32701,
    3857,
    2193,
)
TRANSFORM = (10.0, 0.0, 1_000_000.0, 0.0, -10.0, 900_000.0)
WRITE = """
import json, sys
import numpy as np
from geoclass.core.grid import Grid
from geoclass.maps import geotiff, map_styles
for name, wkt in json.loads(sys.argv[2]).items():
    layer = map_styles.measures("spacing", "m", 10.0, ("#000000", "#ffffff"))
    geotiff.write_map(f"{sys.argv[1]}/{name}.tif", np.ones((2, 3), np.float32), Grid(2, 3, json.loads(sys.argv[3]), wkt), layer, {})
"""


def apart_m(one, other):
    """Return how far two systems are apart on the ground, in metres, at a place of the grid."""
    places = [pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(1e6, 9e5) for crs in (one, other)]
    return one.get_geod().inv(*places[0], *places[1])[2]


def test_geotiffs_have_the_projection_of_the_scene(tmp_path):
    systems = {code: rasterio.crs.CRS.from_epsg(code).to_wkt() for code in CODES}
    arguments = [str(tmp_path), json.dumps(systems), json.dumps(TRANSFORM)]
    subprocess.run([sys.executable, "-c", WRITE, *arguments], cwd=classified.SCRIPTS, check=True, timeout=120)
    for code in CODES:
        with rasterio.open(tmp_path / f"{code}.tif") as dataset:
            found = pyproj.CRS.from_wkt(dataset.crs.to_wkt())
        assert apart_m(pyproj.CRS.from_epsg(code), found) < 0.001, code
        assert geodesy.same(found, f"EPSG:{code}"), code


@pytest.mark.parametrize("code", CODES)
def test_netcdf_names_the_projection_by_its_parameters(tmp_path, code):
    crs = pyproj.CRS.from_epsg(code)
    values = np.ones((1, 2, 3), np.uint8)
    grid = Grid(2, 3, TRANSFORM, rasterio.crs.CRS.from_epsg(code).to_wkt())
    classes = pd.DataFrame({"class_id": [1], "class_name": ["Snow"], "colour": ["#ffffff"]})
    series = Series(grid, ["2020-01-01"], [["a"]], np.array([1]), values, values, np.full_like(values, COMPARABLE))
    netcdf.write(tmp_path / "a.nc", series, classes, {"title": "t"})
    with xr.open_dataset(tmp_path / "a.nc") as data:
        about = data["crs"].attrs
        place = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(1_000_005.0, 899_995.0)
        assert (float(data["lon"][0, 0]), float(data["lat"][0, 0])) == pytest.approx(place, abs=1e-9)
    assert apart_m(crs, pyproj.CRS.from_wkt(about["crs_wkt"])) < 0.001
    if code != 3857:  # CF has no name for it
        parameters = {name: value for name, value in about.items() if name not in ("crs_wkt", "spatial_ref")}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a name of a datum is not in the database
            assert apart_m(crs, pyproj.CRS.from_cf(parameters)) < 0.001
    if "polar_stereographic" == about.get("grid_mapping_name"):
        assert about["latitude_of_projection_origin"] in (-90, 90)
