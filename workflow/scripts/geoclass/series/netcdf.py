"""A series of class maps as NetCDF that follows the CF conventions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import xarray as xr

from geoclass.core import files, geodesy
from geoclass.core.grid import NODATA, Grid
from geoclass.core.identifiers import identifiers
from geoclass.maps import map_styles
from geoclass.series.stack import ABSTAINED, COMPARABLE, NOT_APPLICABLE, Series

STATES = {COMPARABLE: "comparable", NOT_APPLICABLE: "outside_area_of_applicability", ABSTAINED: "abstained"}


def write(path: str | Path, series: Series, classes: pd.DataFrame, facts: dict[str, str]) -> None:
    """Write class, confidence and state by date, with the bounds and the areas of the cells.

    Parameters
    ----------
    path
        NetCDF file to write. For QGIS a layer definition of the same stem, `.qlr`, is written beside it, which opens every date as a
        layer in the classes' colours; and their style alone, `.qml`.
    series
        Maps on one grid.
    classes
        Class list in the order of `series.class_ids`.
    facts
        Global attributes: title, source, history and provenance.

    References
    ----------
    CF Metadata Conventions 1.11: flag_values and flag_meanings (section 3.5), time coordinate (4.4), latitude and longitude of a
    projected grid (5.2), grid_mapping (5.6), cell boundaries (7.1), cell measures (7.2).
    """
    days = (np.array(series.dates, "datetime64[D]") - np.datetime64("1970-01-01")).astype(np.int32)
    on_grid = {"grid_mapping": "crs", "coordinates": "lat lon", "cell_measures": "area: cell_area"}
    dimensions = ("time", "y", "x")
    names = dict(zip(series.class_ids, identifiers(classes), strict=True))
    variables = {
        "class": (series.classes, "ice-surface class", names),
        "confidence": (series.confidence, "calibrated probability of the class", None),
        "state": (series.state, "whether the class may be compared with other dates", STATES),
    }
    data = {}
    for name, (values, long_name, flags) in variables.items():
        about = {"units": "percent"}
        if flags:
            about = {"flag_values": np.array(list(flags), np.uint8), "flag_meanings": " ".join(flags.values())}
        data[name] = (dimensions, values, {"long_name": long_name, **about, **on_grid})
    given = zip(series.class_ids, classes["class_name"], classes["colour"], strict=True)
    data["class"][2]["comment"] = "; ".join(f"{class_id} = {name} ({colour})" for class_id, name, colour in given)
    time = {"standard_name": "time", "long_name": "day of the scenes", "units": "days since 1970-01-01", "calendar": "standard",
            "units_metadata": "leap_seconds: utc", "axis": "T"}  # fmt: skip
    dataset = xr.Dataset(
        {**data, **_places(series.grid)},
        {"time": ("time", days, time)},
        {"Conventions": "CF-1.11", **facts, "scenes": "; ".join(",".join(names) for names in series.scenes)},
    )
    dataset = dataset.set_coords(["y", "x", "lat", "lon"])
    packed = {"zlib": True, "complevel": 4, "_FillValue": np.uint8(NODATA)}
    exact = {"zlib": True, "complevel": 4, "_FillValue": None}
    encoding = {name: packed for name in variables} | {
        name: exact for name, values in dataset.variables.items() if values.dtype.kind == "f"
    }
    with files.replacing(path) as temporary:
        dataset.to_netcdf(temporary, encoding=encoding, engine="netcdf4")
    style, source = map_styles.named("", classes).style, f'NETCDF:"./{Path(path).name}":class'
    beside = {
        ".qml": map_styles.qml(style, NODATA),
        ".qlr": map_styles.qlr(style, NODATA, source, facts["title"], series.dates, series.grid.crs_wkt),
    }
    for suffix, text in beside.items():
        with files.replacing(Path(path).with_suffix(suffix)) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _places(grid: Grid) -> dict[str, tuple]:
    """Return where the cells of a north-up grid lie: coordinates with bounds, areas on the ground, and the coordinate system."""
    crs = pyproj.CRS.from_wkt(grid.crs_wkt)
    to_geographic = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    across, down = np.arange(grid.width + 1), np.arange(grid.height + 1)
    x_edges, y_edges = grid.coordinates(0 * across, across)[0], grid.coordinates(down, 0 * down)[1]
    x, y = (edges[:-1] + np.diff(edges) / 2 for edges in (x_edges, y_edges))
    longitude, latitude = to_geographic.transform(*np.meshgrid(x, y))
    corners = to_geographic.transform(*np.meshgrid(x_edges, y_edges))
    corners = [  # counterclockwise from the lower left one, and no step of 360° within a cell
        np.stack([edge[1:, :-1], edge[1:, 1:], edge[:-1, 1:], edge[:-1, :-1]], axis=-1) for edge in corners
    ]
    corners[0] = longitude[..., None] + (corners[0] - longitude[..., None] + 180) % 360 - 180
    a, _, _, _, e, _ = grid.transform
    area = abs(a * e) * geodesy.ground_area(grid.crs_wkt, *np.meshgrid(x, y))
    mapping = _mapping(crs) | {
        "long_name": "coordinate system",
        "spatial_ref": crs.to_wkt(),
    }  # the second for GDAL, as is the next
    mapping["GeoTransform"] = " ".join(repr(float(part)) for part in (grid.transform[i] for i in (2, 0, 1, 5, 3, 4)))
    return {
        "crs": ((), np.int32(0), mapping),
        "x": ("x", x, _about("projection_x_coordinate", "easting", "m") | {"axis": "X", "bounds": "x_bnds"}),
        "y": ("y", y, _about("projection_y_coordinate", "northing", "m") | {"axis": "Y", "bounds": "y_bnds"}),
        "lat": (("y", "x"), latitude, _about("latitude", "latitude", "degrees_north") | {"bounds": "lat_bnds"}),
        "lon": (("y", "x"), longitude, _about("longitude", "longitude", "degrees_east") | {"bounds": "lon_bnds"}),
        "x_bnds": (("x", "side"), np.stack([x_edges[:-1], x_edges[1:]], axis=-1)),
        "y_bnds": (("y", "side"), np.stack([y_edges[:-1], y_edges[1:]], axis=-1)),
        "lat_bnds": (("y", "x", "corner"), corners[1]),
        "lon_bnds": (("y", "x", "corner"), corners[0]),
        "cell_area": (
            ("y", "x"),
            area,
            _about("cell_area", "area of the cell on the ground", "m2") | {"coordinates": "lat lon", "grid_mapping": "crs"},
        ),
    }


def _mapping(crs: pyproj.CRS) -> dict[str, str | float]:
    """Return the parameters of a coordinate system by the names that CF has for them."""
    described = crs.to_json_dict()
    # EASE-Grid's is spherical: CF has one name for both.
    if crs.coordinate_operation.method_name == "Lambert Azimuthal Equal Area (Spherical)":
        described["conversion"]["method"] = {"name": "Lambert Azimuthal Equal Area"}
    mapping = pyproj.CRS.from_json_dict(described).to_cf() | {"crs_wkt": crs.to_wkt()}
    mapping = {key: value for key, value in mapping.items() if value is not None}
    if "standard_parallel" in mapping and mapping.get("grid_mapping_name") == "polar_stereographic":  # CF wants the pole, too
        mapping.setdefault("latitude_of_projection_origin", 90.0 if mapping["standard_parallel"] > 0 else -90.0)
    return mapping


def _about(standard_name: str, long_name: str, units: str) -> dict[str, str]:
    """Return the attributes that every coordinate has."""
    return {"standard_name": standard_name, "long_name": long_name, "units": units}


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
