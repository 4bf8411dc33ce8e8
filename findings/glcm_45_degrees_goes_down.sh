#!/usr/bin/env bash
# scikit-image 0.26.0 and mahotas 1.4.19: grey-level co-occurrence, the other common texture of glacier images, by direction.
# Guess: 45 degrees is the diagonal that rises to the right, as in Haralick's definition and as angles are measured on a map.
# Seen:  both count rows downwards, so that 45 degrees is the diagonal that falls to the right: stripes that rise are found at 135 degrees, and
#        orientations of crevasses come out mirrored.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q scikit-image==0.26.0 mahotas==1.4.19 numpy==2.4.6
env/bin/python - <<'P'
import mahotas
import numpy as np
from skimage.feature import graycomatrix

rows, columns = np.mgrid[0:32, 0:32]
rising = ((rows + columns) % 4 == 0).astype(np.uint8)  # lines of equal rows + columns: from lower left to upper right
degrees = (0, 45, 90, 135)
skimage = graycomatrix(rising, [1], np.radians(degrees), levels=2)[1, 1, 0]
theirs = [mahotas.features.texture.cooccurence(rising, k, symmetric=False)[1, 1] for k in range(4)]
for name, pairs in (("scikit-image", skimage), ("mahotas", theirs)):
    print(name, {f"{d} degrees": int(n) for d, n in zip(degrees, pairs)})
    if not (pairs[3] > 0 and pairs[1] == 0):
        raise SystemExit("changed: rising lines are no longer found at 135 degrees")
P
