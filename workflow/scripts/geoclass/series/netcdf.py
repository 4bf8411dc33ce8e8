"""A series of class maps as NetCDF that follows the CF conventions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import xarray as xr

from geoclass.core import files
from geoclass.core.grid import NODATA, Grid
from geoclass.series.stack import ABSTAINED, COMPARABLE, NOT_APPLICABLE, Series

STATES = {COMPARABLE: "comparable", NOT_APPLICABLE: "outside_area_of_applicability", ABSTAINED: "abstained"}


def write(path: str | Path, series: Series, classes: pd.DataFrame, facts: dict[str, str]) -> None:
    """Write class, confidence and state by date.

    Parameters
    ----------
    path
        NetCDF file to write.
    series
        Maps on one grid.
    classes
        Class list in the order of `series.class_ids`.
    facts
        Global attributes: title, source, history and provenance.

    References
    ----------
    CF Metadata Conventions 1.11: flag_values and flag_meanings (section 3.5), time coordinate (4.4), latitude and longitude of a
    projected grid (5.2), grid_mapping (5.6).
    """
    crs = pyproj.CRS.from_wkt(series.grid.crs_wkt)
    rows, columns = np.arange(series.grid.height) + 0.5, np.arange(series.grid.width) + 0.5
    x, _ = series.grid.coordinates(np.zeros_like(columns), columns)
    _, y = series.grid.coordinates(rows, np.zeros_like(rows))
    to_geographic = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    longitude, latitude = to_geographic.transform(*np.meshgrid(x, y))
    days = (np.array(series.dates, "datetime64[D]") - np.datetime64("1970-01-01")).astype(np.int32)
    on_grid = {"grid_mapping": "crs", "coordinates": "lat lon"}
    dimensions = ("time", "y", "x")
    variables = {
        "class": (series.classes, "ice-surface class", dict(zip(series.class_ids, _slugs(classes["class_name"]), strict=True))),
        "confidence": (series.confidence, "calibrated probability of the class", None),
        "state": (series.state, "whether the class may be compared with other dates", STATES),
    }
    data = {}
    for name, (values, long_name, flags) in variables.items():
        about = {"units": "percent"}
        if flags:
            about = {"flag_values": np.array(list(flags), np.uint8), "flag_meanings": " ".join(flags.values())}
        data[name] = (dimensions, values, {"long_name": long_name, **about, **on_grid})
    a, b, c, d, e, f = series.grid.transform
    mapping = {key: value for key, value in crs.to_cf().items() if value is not None}
    if mapping.get("grid_mapping_name") == "polar_stereographic":  # CF wants the pole, which PROJ does not say
        mapping.setdefault("latitude_of_projection_origin", 90.0 if mapping["standard_parallel"] > 0 else -90.0)
    mapping |= {"long_name": "coordinate system", "spatial_ref": mapping["crs_wkt"]}  # the second for GDAL, as is the next
    mapping["GeoTransform"] = " ".join(repr(float(part)) for part in (c, a, b, f, d, e))
    dataset = xr.Dataset(
        {**data, "crs": ((), np.int32(0), mapping)},
        {
            "time": (
                "time",
                days,
                {"standard_name": "time", "long_name": "day of the scenes", "units": "days since 1970-01-01", "calendar": "standard",
                 "units_metadata": "leap_seconds: utc",
                 "axis": "T"},
            ),
            "y": ("y", y, {"standard_name": "projection_y_coordinate", "long_name": "northing", "units": "m", "axis": "Y"}),
            "x": ("x", x, {"standard_name": "projection_x_coordinate", "long_name": "easting", "units": "m", "axis": "X"}),
            "lat": (("y", "x"), latitude, {"standard_name": "latitude", "long_name": "latitude", "units": "degrees_north"}),
            "lon": (("y", "x"), longitude, {"standard_name": "longitude", "long_name": "longitude", "units": "degrees_east"}),
        },
        {"Conventions": "CF-1.11", **facts, "scenes": "; ".join(",".join(names) for names in series.scenes)},
    )  # fmt: skip
    packed = {"zlib": True, "complevel": 4, "_FillValue": np.uint8(NODATA)}
    encoding = {name: packed for name in variables} | {name: {"_FillValue": None} for name in ("y", "x", "lat", "lon")}
    with files.replacing(path) as temporary:
        dataset.to_netcdf(temporary, encoding=encoding, engine="netcdf4")


def read(path: str | Path) -> tuple[Series, dict[str, str]]:
    """Read a series that `write` has written, and its global attributes."""
    with xr.open_dataset(path, mask_and_scale=False, decode_times=False, engine="netcdf4") as data:
        c, a, b, f, d, e = map(float, data["crs"].attrs["GeoTransform"].split())
        grid = Grid(data.sizes["y"], data.sizes["x"], (a, b, c, d, e, f), data["crs"].attrs["crs_wkt"])
        days = np.datetime64("1970-01-01") + data["time"].to_numpy().astype("timedelta64[D]")
        facts = dict(data.attrs)
        scenes = [names.split(",") for names in facts.pop("scenes").split("; ")]
        layers = [data[name].to_numpy() for name in ("class", "confidence", "state")]
        class_ids = np.atleast_1d(data["class"].attrs["flag_values"])
    classes, confidence, state = layers
    return Series(grid, [str(day) for day in days], scenes, class_ids, classes, confidence, state), facts


def _slugs(names: pd.Series) -> list[str]:
    """Return class names as words of letters, digits and `_`, as flag_meanings wants them."""
    return ["".join(character if character.isalnum() else "_" for character in name) for name in names]
