#!/usr/bin/env bash
# xDEM 0.2.3 beside xarray-spatial 0.5.3: curvature of a glacier's surface, from terrain attributes of a DEM.
# Guess: it is what xDEM's pages say, the second derivative of the heights times 100 (Zevenbergen and Thorne, 1987), positive on ridges: 0.1
#        on a ridge that bends by 1 / (1000 m), 0.2 on a dome that does so both ways, as in xarray-spatial.
# Seen:  it is twice that, on all surfaces and with cells of all sizes; profile_curvature of the same call is not doubled. The function of
#        that name is deprecated, without a word about this, and get_terrain_attribute still gives it, without a warning. Thresholds for
#        ridges and basins from papers or from other tools find twice as much as there is.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile xdem==0.2.3 xarray-spatial==0.5.3 xarray==2026.9.0 numpy==2.4.6
env/bin/python -W ignore - <<'P'
import numpy as np
import rasterio
import xarray as xr
import xdem
import xrspatial

SIZE, BEND = 81, 1 / 1000
changed = False
for cell in (2.0, 10.0, 40.0):
    x = cell * (np.arange(SIZE) - SIZE // 2)
    shapes = {"ridge": (np.tile(-x**2 * BEND / 2, (SIZE, 1)), BEND), "dome": (-np.add.outer(x**2, x**2) * BEND / 2, 2 * BEND),
              "trough": (np.tile(x**2 * BEND / 2, (SIZE, 1)), -BEND)}
    for name, (heights, bend) in shapes.items():
        dem = xdem.DEM.from_array(heights, rasterio.transform.from_origin(500_000, 8_700_000, cell, cell), 32633)
        middle = SIZE // 2, SIZE // 2 + 2
        given, profile = (float(part.data[middle]) for part in xdem.terrain.get_terrain_attribute(dem, ["curvature", "profile_curvature"]))
        grid = xr.DataArray(heights, dims=("y", "x"), coords={"y": -x, "x": x}, attrs={"res": (cell, cell)})
        beside = float(xrspatial.curvature(grid).values[middle])
        print(f"{name}, cells of {cell:.0f} m: second derivative x 100 {100 * bend:.2f}, xDEM {given:.3f}, its profile curvature {profile:.3f}, "
              f"xarray-spatial {beside:.3f}")
        changed |= not np.allclose([given, beside], [200 * bend, 100 * bend], rtol=0.01)
        changed |= abs(abs(profile) - 100 * BEND) > 0.01
if changed:
    raise SystemExit("changed")
P
