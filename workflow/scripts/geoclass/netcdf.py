"""A series of class maps as NetCDF that follows the CF conventions."""

from pathlib import Path

import numpy as np
import pyproj
import xarray as xr

from geoclass import files
from geoclass.mapgrid import NODATA
from geoclass.series import Series


def write(path: str | Path, series: Series, class_names: list[str], title: str, history: str) -> None:
    """Write class, confidence and applicability by date.

    Parameters
    ----------
    path
        NetCDF file to write.
    series
        Maps on one grid.
    class_names
        Names of the classes, in the order of `series.class_ids`.
    title
        What the series shows.
    history
        How it was made.

    References
    ----------
    CF Metadata Conventions 1.11: flag_values and flag_meanings (section 3.5), grid_mapping (5.6), time coordinate (4.4).
    """
    rows, columns = np.arange(series.grid.height) + 0.5, np.arange(series.grid.width) + 0.5
    x, _ = series.grid.coordinates(np.zeros_like(columns), columns)
    _, y = series.grid.coordinates(rows, np.zeros_like(rows))
    days = (np.array(series.dates, "datetime64[D]") - np.datetime64("1970-01-01")).astype(np.int32)
    crs = pyproj.CRS.from_wkt(series.grid.crs_wkt)
    on_grid = {"grid_mapping": "crs"}
    flags = {
        "long_name": "ice-surface class",
        "flag_values": series.class_ids.astype(np.uint8),
        "flag_meanings": " ".join(name.replace(" ", "_") for name in class_names),
    }
    dimensions = ("time", "y", "x")
    data = xr.Dataset(
        {
            "class": (dimensions, series.classes, flags | on_grid),
            "confidence": (dimensions, series.confidence, {"long_name": "confidence of the class", "units": "percent"} | on_grid),
            "applicable": (
                dimensions,
                np.where(series.classes == NODATA, NODATA, series.applicable).astype(np.uint8),
                {
                    "long_name": "within the model's area of applicability",
                    "flag_values": np.array([0, 1], np.uint8),
                    "flag_meanings": "no yes",
                }
                | on_grid,
            ),
            "crs": ((), np.int32(0), {key: value for key, value in crs.to_cf().items() if value is not None}),
        },
        {
            "time": (
                "time",
                days,
                {"standard_name": "time", "units": "days since 1970-01-01", "calendar": "standard", "axis": "T"},
            ),
            "y": ("y", y, {"standard_name": "projection_y_coordinate", "units": "m", "axis": "Y"}),
            "x": ("x", x, {"standard_name": "projection_x_coordinate", "units": "m", "axis": "X"}),
        },
        {"Conventions": "CF-1.11", "title": title, "history": history, "references": "doi:10.3389/feart.2025.1572982"},
    )
    packed = {"zlib": True, "complevel": 4, "_FillValue": np.uint8(NODATA)}
    encoding = {name: packed for name in ("class", "confidence", "applicable")} | {
        name: {"_FillValue": None} for name in ("y", "x")
    }
    with files.replacing(path) as temporary:
        data.to_netcdf(temporary, encoding=encoding, engine="netcdf4")
