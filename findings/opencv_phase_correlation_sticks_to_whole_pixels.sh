#!/usr/bin/env bash
# OpenCV 5.0.0.93 beside scikit-image 0.26.0: movement of ice from two images, to a part of a pixel, by phase correlation.
# Guess: phaseCorrelate finds shifts "with sub-pixel accuracy", to some hundredths of a pixel in images without noise, above all with the
#        Hanning window of its example, which is to take off the effect of the edges.
# Seen:  with the window a shift of 0.25 px is found as 0.02, of 0.5 as 0.2 or 0.8, of 0.75 as 0.98: whole pixels. Without it, it is
#        little better. Slow ice stands still, and speeds heap up at whole pixels. scikit-image finds the same shifts to 0.02.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile opencv-python-headless==5.0.0.93 scikit-image==0.26.0 scipy==1.17.1 numpy==2.4.6
env/bin/python - <<'P'
import cv2
import numpy as np
from scipy.ndimage import fourier_shift, gaussian_filter
from skimage import data
from skimage.registration import phase_cross_correlation

SHIFTS = (0.1, 0.25, 0.5, 0.75, 1.0, 3.25)
rng = np.random.default_rng(0)
images = {name: getattr(data, name)().astype(float) for name in ("gravel", "grass")}
images["noise"] = gaussian_filter(rng.normal(size=(512, 512)), 0.7)
inside = slice(128, 384)  # 256 px of 512, so that what moves in is image, too
window = cv2.createHanningWindow((256, 256), cv2.CV_64F)
wrong = {"OpenCV, Hanning window": [], "OpenCV, no window": [], "scikit-image": []}
for name, image in images.items():
    found = {way: [] for way in wrong}
    for shift in SHIFTS:
        moved = np.fft.ifft2(fourier_shift(np.fft.fft2(image), (0, shift))).real
        pair = [part[inside, inside] for part in (image, moved)]
        found["OpenCV, Hanning window"].append(cv2.phaseCorrelate(*(part.copy() for part in pair), window)[0][0])
        found["OpenCV, no window"].append(cv2.phaseCorrelate(*(part.copy() for part in pair))[0][0])
        found["scikit-image"].append(-phase_cross_correlation(*pair, upsample_factor=100)[0][1])
    for way, values in found.items():
        print(f"{name}: shifts {SHIFTS}, {way}: {np.round(values, 2).tolist()}")
        wrong[way].append(np.array(values) - SHIFTS)
wrong = {way: np.array(values) for way, values in wrong.items()}
print("largest error:", {way: round(float(abs(values).max()), 2) for way, values in wrong.items()})
sticks = wrong["OpenCV, Hanning window"]
if not ((sticks[:, [1, 5]] < -0.2).all() and (sticks[:, 3] > 0.2).all() and (abs(sticks[:, 4]) < 0.02).all() and
        abs(wrong["scikit-image"]).max() < 0.03):
    raise SystemExit("changed")
P
