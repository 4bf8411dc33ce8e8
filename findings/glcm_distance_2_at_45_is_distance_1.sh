#!/usr/bin/env bash
# scikit-image 0.26.0 beside mahotas 1.4.19: grey-level co-occurrence at distances 1, 2, 3 along a diagonal, as beside lags of a variogram.
# Guess: distance d at 45 degrees pairs a cell with the one d rows and d columns away, as in Haralick's definition and in mahotas.
# Seen:  scikit-image rounds d times the sine to whole cells: 2 takes the same pairs as 1, 3 those of step 2, 4 those of step 3, 5 those of
#        step 4. Two features are one and the same, and the contrast of stripes two cells apart is 1 in the place of 0.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q scikit-image==0.26.0 mahotas==1.4.19 numpy==2.4.6
env/bin/python - <<'P'
import mahotas
import numpy as np
from skimage.feature import graycomatrix, graycoprops

SIZE = 64
DISTANCES = (1, 2, 3, 4, 5)
rows, columns = np.mgrid[0:SIZE, 0:SIZE]
stripes = (rows % 2).astype(np.uint8)  # one cell dark, one bright: two steps along a diagonal always end on the same tone
skimage = graycomatrix(stripes, DISTANCES, [np.pi / 4], levels=2)[..., 0]
theirs = [mahotas.features.texture.cooccurence(stripes, 1, symmetric=False, distance=d) for d in DISTANCES]


def step_of(pairs):
    """Say how many rows and columns apart so many pairs lie: (SIZE - step) squared."""
    return int(SIZE - round(float(pairs) ** 0.5))


found = {
    "scikit-image": [step_of(skimage[:, :, k].sum()) for k in range(len(DISTANCES))],
    "mahotas": [step_of(pairs.sum()) for pairs in theirs],
}
for name, steps in found.items():
    print(f"{name}: distances {list(DISTANCES)} at 45 degrees are steps of {steps} rows and columns")
contrast = graycoprops(skimage[..., None], "contrast")[:2, 0].tolist()
expected = [float((pairs[0, 1] + pairs[1, 0]) / pairs.sum()) for pairs in theirs[:2]]
print("contrast of stripes at distances 1 and 2: scikit-image", contrast, "mahotas", expected)
if found != {"scikit-image": [1, 1, 2, 3, 4], "mahotas": [1, 2, 3, 4, 5]} or contrast != [1, 1] or expected != [1, 0]:
    raise SystemExit("changed")
P
