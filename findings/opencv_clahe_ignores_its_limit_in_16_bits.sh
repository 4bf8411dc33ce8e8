#!/usr/bin/env bash
# OpenCV 5.0.0.93: createCLAHE, contrast for texture that is even over a scene, on counts of 12 bits as scenes store them (uint16) and on
# the same counts in 8 bits.
# Guess: clipLimit limits the contrast, 1 next to none and 40 much, alike in both; the range of the counts comes back stretched or as it
#        was.
# Seen:  in uint16 the limit is counted against a histogram of 65,536 bins, most of them empty, and never below one count a bin: on tiles
#        of 64 x 64 px every limit up to 31 gives the same image to the last digit. The brightness that comes out goes by the number of
#        pixels in a tile: a mean of 2001 counts becomes 5172 with 4 x 4 tiles and 21,399 with 16 x 16, so that scenes of two sizes differ.
#        In 8 bits limits of 1, 2 and 5 differ as they should.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile opencv-python-headless==5.0.0.93 scipy==1.17.1 numpy==2.4.6
env/bin/python - <<'P'
import cv2
import numpy as np
from scipy.ndimage import gaussian_filter

rng = np.random.default_rng(0)
texture = gaussian_filter(rng.normal(size=(512, 512)), 3)
counts = (2000 + 300 * texture / texture.std()).clip(0, 4095).astype("uint16")
few = (counts >> 4).astype("uint8")
LIMITS = (1, 2, 5, 10, 20, 31, 40, 100)
found = {}
for name, image in (("uint16", counts), ("uint8", few)):
    found[name] = [cv2.createCLAHE(limit, (8, 8)).apply(image) for limit in LIMITS]
    print(f"{name}: from {image.min()} to {image.max()}, standard deviation {image.std():.0f}; after CLAHE with limits {LIMITS}:",
          [round(float(out.std() / image.std()), 2) for out in found[name]], "times as much")
same = [bool((out == found["uint16"][0]).all()) for out in found["uint16"]]
print("uint16, the same image as with limit 1:", dict(zip(LIMITS, same)))
wide = {}
for side in (4, 8, 16):
    wide[side] = float(cv2.createCLAHE(2, (side, side)).apply(counts).mean())
    print(f"uint16, limit 2, {side} x {side} tiles: mean {wide[side]:.0f} of {counts.mean():.0f}")
if not (same == [True] * 6 + [False] * 2 and len({out.tobytes() for out in found["uint8"][:3]}) == 3
        and wide[16] > 3 * wide[4]):
    raise SystemExit("changed")
P
