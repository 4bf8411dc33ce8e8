#!/usr/bin/env bash
# scipy.ndimage.distance_transform_edt 1.17.1 beside OpenCV 5.0.0.93: distance from every cell of a tile to the nearest open water, in a tile that has none.
# Guess: infinite, NaN or as large as the type allows, as SciPy's own "bf" transform and OpenCV have it, so that a look at the maximum tells.
# Seen:  plausible distances, to a cell that is not there: just above the upper left corner. A tile without water looks as if water began at
#        that corner, and a class "within 100 m of water" gets cells.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q scipy==1.17.1 opencv-python-headless==5.0.0.93 numpy==2.4.6
env/bin/python -W error - <<'P'
import cv2
import numpy as np
from scipy import ndimage

CELL = 30.0
land = np.ones((20, 30), np.uint8)  # no cell is 0: no water
exact = ndimage.distance_transform_edt(land, sampling=CELL)
others = {
    "SciPy, brute force": ndimage.distance_transform_bf(land, sampling=[CELL, CELL]),
    "OpenCV": cv2.distanceTransform(land, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) * CELL,
}
rows, columns = np.indices(land.shape)
print(f"distance_transform_edt: {exact.min():.0f} m to {exact.max():.0f} m, {int((exact <= 100).sum())} cells within 100 m of water")
for name, found in others.items():
    print(f"{name}: at least {found.min():.3g} m")
if not (np.allclose(exact, CELL * np.hypot(rows + 1, columns)) and all(found.min() > 1e6 for found in others.values())):
    raise SystemExit("changed")
P
