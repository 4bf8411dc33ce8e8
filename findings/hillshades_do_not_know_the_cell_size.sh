#!/usr/bin/env bash
# xarray-spatial 0.5.3 and earthpy 1.0.0: hillshade of one and the same even slope (0.3, facing the sun at 30 degrees) in cells of 2 m and
# of 30 m.
# Guess: the light is that of the slope, whatever the cells: xarray-spatial reads their size from x and y, as its slope() does, and earthpy
#        asks for none since it needs none.
# Seen:  both take heights as if cells were 1 m: the slope of 17 degrees is lit as one of 31 (cells of 2 m) or 84 degrees (30 m), by 0.87
#        and 0.92 where 0.73 is due; slope() of the same map is right. Divide the heights by the cell size before.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile xarray-spatial==0.5.3 earthpy==1.0.0 xarray==2026.9.0 numpy==2.4.6
MPLBACKEND=Agg env/bin/python -W ignore - <<'P'
import numpy as np
import xarray as xr
import xrspatial
from earthpy.spatial import hillshade

SLOPE, ALTITUDE = 0.3, 30


def light(heights):
    one = xrspatial.hillshade(heights, azimuth=90, angle_altitude=ALTITUDE)
    other = hillshade(heights.values, azimuth=90, altitude=ALTITUDE) / 255
    return [2 * float(values[10, 10]) - 1 for values in (one, other)]  # both give (1 + cosine) / 2


found = {}
for cell in (2.0, 30.0):
    x, y = cell * np.arange(21), cell * np.arange(21)[::-1]
    heights = xr.DataArray(np.tile(-SLOPE * x, (21, 1)), coords={"y": y, "x": x}, dims=("y", "x"))  # falls to the east, where the sun is
    slope = float(xrspatial.slope(heights)[10, 10])
    steep = np.arctan(SLOPE * cell)
    found[cell] = slope, light(heights), light(heights / cell), float(np.cos(np.pi / 2 - np.radians(ALTITUDE) - steep))
    print(f"cells of {cell:.0f} m: slope() {slope:.1f} degrees; light by both {np.round(found[cell][1], 3)},"
          f" of heights / cell {np.round(found[cell][2], 3)}; due to a slope of {np.degrees(steep):.0f} degrees {found[cell][3]:.3f}")
true = float(np.cos(np.pi / 2 - np.radians(ALTITUDE) - np.arctan(SLOPE)))
print(f"cosine between sun and slope {true:.3f}, sun and flat ice {np.sin(np.radians(ALTITUDE)):.3f}")
for slope, as_is, divided, steeper in found.values():
    right = abs(slope - np.degrees(np.arctan(SLOPE))) < 0.01 and np.allclose(divided, true, atol=1e-3)
    if not (right and np.allclose(as_is, steeper, atol=1e-3)):
        raise SystemExit("changed")
P
