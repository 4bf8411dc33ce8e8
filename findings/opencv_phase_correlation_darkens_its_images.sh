#!/usr/bin/env bash
# OpenCV 5.0.0.93: phaseCorrelate with a Hanning window along a series of images, each with the next one.
# Guess: the images are inputs, as src1 and src2 are everywhere in OpenCV, and are as they were after the call.
# Seen:  tiles whose sides need no padding for the Fourier transform (256 px) are multiplied by the window in place, those of 201 px are
#        not: mean brightness falls to 0.4 or 0.25, and each image meets the next one windowed twice. Whatever is computed from the same
#        arrays after it (textures, classes, a second look without a window) is of tiles with dark edges. Hand in copies.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile opencv-python-headless==5.0.0.93 scikit-image==0.26.0 scipy==1.17.1 numpy==2.4.6
env/bin/python - <<'P'
import cv2
import numpy as np
from skimage import data

changed = False
for size, kept_due in ((256, False), (201, True)):
    whole = data.gravel().astype(float)
    places = [slice(100 - 3 * k, 100 - 3 * k + size) for k in range(4)]  # 3 px to the right each time
    series = [np.ascontiguousarray(whole[100:100 + size, place]) for place in places]
    before = [image.copy() for image in series]
    window = cv2.createHanningWindow((size, size), cv2.CV_64F)
    moved = [round(cv2.phaseCorrelate(first, then, window)[0][0], 2) for first, then in zip(series, series[1:])]
    kept = all(np.array_equal(image, old) for image, old in zip(series, before))
    times = [next(k for k in range(4) if np.allclose(image, old * window**k)) for image, old in zip(series, before)]
    brightness = [round(float(image.mean() / old.mean()), 2) for image, old in zip(series, before)]
    edge = [round(float(image[:, :10].mean() / old[:, :10].mean()), 2) for image, old in zip(series, before)]
    print(f"{size} px: moved by {moved} px; afterwards images are {'as before' if kept else 'changed'}, windowed {times} times,",
          f"brightness {brightness} of what it was, at the edge {edge}")
    changed |= kept != kept_due or (not kept and times != [1, 2, 2, 1])
if changed:
    raise SystemExit("changed")
P
