#!/usr/bin/env bash
# glacier-strain-tools 2.0.1: nominal strain rates of velocities in NumPy arrays whose first row is the northernmost, as read from a GeoTIFF.
# Guess: ydir says which way y runs, as documented and as in logarithmic() of the same library; its default, 1, is a first row in the north.
# Seen:  nominal() never looks at ydir where it is given arrays, and takes the first row as the south: a glacier that stretches to the north is
#        squeezed, and shear has another value, not only another sign. With xarray it goes by the coordinates and is right; else flip the rows.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile glacier-strain-tools==2.0.1 xarray==2026.9.0 numpy==2.4.6
env/bin/python -W error::UserWarning - <<'P'
import numpy as np
import xarray as xr
from strain_tools import strain

CELL, SIZE = 100.0, 40
row, column = np.indices((SIZE, SIZE))
x, y = CELL * column, CELL * (SIZE - 1 - row)  # the first row is the northernmost
due = np.array([0.002, 0.0005, 0.5 * (0.001 - 0.003)])  # a year: exx, eyy (stretches to the north), exy
vx, vy = 100 + 0.002 * x + 0.001 * y, 50 - 0.003 * x + 0.0005 * y
named = [xr.DataArray(v, coords={"y": y[:, 0], "x": x[0]}, dims=("y", "x"), attrs={"crs": "EPSG:3413"}) for v in (vx, vy)]
found = {
    "logarithmic, arrays, ydir=1": strain.logarithmic(vx, vy, CELL, 400.0, ydir=1),
    "nominal, xarray": strain.nominal(*named, CELL, ydir=1).data_vars.values(),
    "nominal, arrays, ydir=1": strain.nominal(vx, vy, CELL, ydir=1),
    "nominal, arrays, ydir=-1": strain.nominal(vx, vy, CELL, ydir=-1),
}
found = {name: np.array([float(part[20, 20]) for part in parts]) for name, parts in found.items()}
print("true exx, eyy, exy:", due)
for name, values in found.items():
    print(f"{name}:", values.round(5))
right, wrong = list(found)[:2], list(found)[2:]
if not (all(np.allclose(found[name], due, atol=1e-5) for name in right)
        and all(np.allclose(found[name], [0.002, -0.0005, 0.5 * (-0.001 - 0.003)], atol=1e-5) for name in wrong)):
    raise SystemExit("changed")
P
