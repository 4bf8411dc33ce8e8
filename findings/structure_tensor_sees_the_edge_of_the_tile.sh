#!/usr/bin/env bash
# scikit-image 0.26.0: orientation of crevasses of a tile of 201 x 268 px, from the mean of feature.structure_tensor.
# Guess: the derivatives at the edge of a tile are taken as SciPy's filters do by default (mirrored): of clear stripes the mean tensor finds the
#        orientation to within a degree, and says how well they are aligned (near 1).
# Seen:  beyond the tile lie zeros by default, on bright ice the strongest edges of the picture: stripes at 30 degrees come out at 14, with
#        alignment 0.21, and it depends on how bright the ice is. mode="reflect" finds 30 and 1.00. (hessian_matrix has the same default.)
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile scikit-image==0.26.0 numpy==2.4.6
env/bin/python - <<'P'
import numpy as np
from skimage.feature import structure_tensor

rows, columns = np.mgrid[0:201, 0:268]
angle = np.radians(30)  # of the stripes, from the rows' direction
waves = np.sin(2 * np.pi * (columns * np.sin(angle) + rows * np.cos(angle)) / 12)
found = {}
for brightness in (50, 200):
    for mode in ("constant", "reflect"):
        default = {} if mode == "constant" else {"mode": mode}
        down, mixed, along = (part.mean() for part in structure_tensor(brightness + 10 * waves, sigma=3, **default))
        across = np.degrees(np.arctan2(2 * mixed, along - down)) / 2
        alignment = np.hypot(along - down, 2 * mixed) / (along + down)
        found[brightness, mode] = 90 - across, alignment
        print(f"brightness {brightness}, {mode}: stripes at {90 - across:.1f} degrees, alignment {alignment:.2f}")
if not (all(abs(found[b, "reflect"][0] - 30) < 0.5 and found[b, "reflect"][1] > 0.99 for b in (50, 200))
        and found[200, "constant"][0] < 15 and found[200, "constant"][1] < 0.25 and found[50, "constant"][0] > 25):
    raise SystemExit("changed")
P
