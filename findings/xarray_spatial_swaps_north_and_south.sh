#!/usr/bin/env bash
# xarray-spatial 0.5.3: aspect, and direction to the nearest target, with rows from north to south (GeoTIFF) and from south to north
# (many NetCDF files).
# Guess: y says where north is, as x and y give the cell size: in either order a slope that faces north has aspect 0, and a target in the north
#        lies at 360 degrees, as the library says itself.
# Seen:  planar aspect, the default, takes the first row as north whatever y says: north-facing becomes south-facing. direction() goes by y, but
#        the wrong way: in either order a target in the north is at 180, one in the east at 90. aspect(method="geodesic") is right.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile xarray-spatial==0.5.3 xarray==2026.9.0 numpy==2.4.6
env/bin/python - <<'P'
import warnings

import numpy as np
import xarray as xr
import xrspatial

warnings.simplefilter("error", UserWarning)
lat = np.linspace(77.2, 77.0, 21)
x, y = 30.0 * np.arange(21), 30.0 * np.arange(21)[::-1]
heights = np.repeat(-30_000 * (lat - 77)[:, None], 21, 1)  # lower towards the north
degrees = xr.DataArray(heights, coords={"lat": lat, "lon": np.linspace(-50, -49, 21)}, dims=("lat", "lon"))
metres = xr.DataArray(heights, coords={"y": y, "x": x}, dims=("y", "x"))
marks = {"north": (0, 10), "east": (10, 20)}
seen = {}
for order, step in (("north first", slice(None)), ("south first", slice(None, None, -1))):
    seen[order] = {
        "aspect": xrspatial.aspect(metres[step])[10, 10],
        "geodesic aspect": xrspatial.aspect(degrees[step], method="geodesic")[10, 10],
    }
    for name, place in marks.items():
        targets = xr.zeros_like(metres)
        targets[place] = 1
        seen[order][f"direction to the {name}"] = xrspatial.direction(targets[step], target_values=[1])[10, 10]
    seen[order] = {key: round(float(value), 2) % 360 for key, value in seen[order].items()}
    print(order, seen[order])
north, south = seen.values()
if not (north["aspect"] == 0 and south["aspect"] == 180 and north["geodesic aspect"] == south["geodesic aspect"] == 0
        and all(found["direction to the north"] == 180 and found["direction to the east"] == 90 for found in (north, south))):
    raise SystemExit("changed")
P
