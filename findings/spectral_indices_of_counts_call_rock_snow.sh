#!/usr/bin/env bash
# spyndex 0.12.0 and earthpy 1.0.0: NDSI, the snow index, of green and short-wave infrared as scenes store them (uint16 counts).
# Guess: a normalized difference is between -1 and 1; the scale of the counts cancels, so that counts do as well as reflectances.
# Seen:  where infrared is the brighter, the difference is below 0 and wraps around before it is divided: rock at -0.2 comes out at 13.
#        All that is not snow is above the threshold of 0.4, without a warning, while snow itself is right to the last digit; a map of
#        snow is full. Cast to float before.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile spyndex==0.12.0 earthpy==1.0.0 xarray==2026.9.0 numpy==2.4.6
MPLBACKEND=Agg env/bin/python - <<'P'
import earthpy.spatial
import numpy as np
import spyndex
import xarray as xr

green = np.array([[7000, 6500, 2000, 900]], np.uint16)  # two of snow, two of rock
infrared = np.array([[700, 1300, 3000, 1800]], np.uint16)
due = (green.astype(float) - infrared) / (green.astype(float) + infrared)
named = [xr.DataArray(band, dims=("y", "x")) for band in (green, infrared)]
found = {
    "spyndex, NumPy": spyndex.computeIndex("NDSI", {"G": green, "S1": infrared}),
    "spyndex, xarray": spyndex.computeIndex("NDSI", {"G": named[0], "S1": named[1]}).values,
    "earthpy": earthpy.spatial.normalized_diff(green, infrared),
    "spyndex of floats": spyndex.computeIndex("NDSI", {"G": green.astype("float32"), "S1": infrared.astype("float32")}),
    "earthpy of floats": earthpy.spatial.normalized_diff(green.astype("float32"), infrared.astype("float32")),
}
print("NDSI due:", due.round(2).tolist(), "snow:", (due > 0.4).tolist())
changed = False
for name, values in found.items():
    print(f"{name}: {np.asarray(values, float).round(2).tolist()}, snow: {(values > 0.4).tolist()}")
    right = np.abs(values - due).ravel() < 1e-6
    changed |= right.tolist() != ([True] * 4 if "floats" in name else [True, True, False, False])
    changed |= "floats" not in name and bool((values < 0.4).any())
if changed:
    raise SystemExit("changed")
P
