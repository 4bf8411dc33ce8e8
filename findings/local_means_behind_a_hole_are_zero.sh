#!/usr/bin/env bash
# SciPy 1.17.1 (uniform_filter) and OpenCV 5.0.0.93 (blur): local means of 5 x 5 cells of heights, one cell of which holds the nodata
# of many float32 files (-3.4e38).
# Guess: the 5 x 5 means that have the cell in their window are nonsense, all others are means of heights.
# Seen:  both carry the sum of the window on, and 1500 m is lost beside 3.4e38: SciPy's means are 0, a plausible height, from there to the end of the rows,
#        OpenCV's too low to the end of the columns; a NaN makes all of them NaN. ndimage.convolve is as guessed. Fill such cells first.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile scipy==1.17.1 opencv-python-headless==5.0.0.93 numpy==2.4.6
env/bin/python - <<'P'
import cv2
import numpy as np
from scipy import ndimage

ROW, COLUMN = 20, 100
heights = np.full((60, 400), 1500, np.float32)
near = np.zeros(heights.shape, bool)
near[ROW - 2 : ROW + 3, COLUMN - 2 : COLUMN + 3] = True
filters = {
    "SciPy": lambda values: ndimage.uniform_filter(values, 5),
    "OpenCV": lambda values: cv2.blur(values, (5, 5)),
    "SciPy, convolve": lambda values: ndimage.convolve(values, np.full((5, 5), 1 / 25)),
}
wrong, last = {}, {}
for hole in (np.finfo(np.float32).min, np.nan):
    heights[ROW, COLUMN] = hole
    for name, smooth in filters.items():
        means = smooth(heights)
        key = name, bool(np.isnan(hole))
        wrong[key] = int((~near & ~(np.abs(means - 1500) < 1)).sum())
        last[key] = float(means[ROW, -1]), float(means[-1, COLUMN])
        ends = f"at the end of its row {last[key][0]:.0f}, of its column {last[key][1]:.0f}"
        print(f"{name}, one cell of {hole:.3g}: {wrong[key]} means are wrong whose window lacks it; {ends}")
if not (last["SciPy", False][0] == 0 and last["OpenCV", False][0] == 1500 and last["OpenCV", False][1] < 1000
        and min(wrong["SciPy", True], wrong["OpenCV", True]) > 100 and wrong["SciPy, convolve", False] == wrong["SciPy, convolve", True] == 0):
    raise SystemExit("changed")
P
