#!/usr/bin/env bash
# OpenCV 5.0.0.93 (fillPoly) and Pillow 13.0.0 (ImageDraw.polygon), with which tools for labels turn polygons into masks, beside rasterio
# 1.4.4 and scikit-image 0.26.0: crevasses 2, 4 and 16 px wide, drawn as polygons.
# Guess: the mask has the area of the polygons: a pixel belongs to it if its middle does, and what is gained on one side is lost on the other.
# Seen:  OpenCV and Pillow paint the pixels that the outline runs through, too: half a pixel more on every side. Crevasses 4 px wide gain a
#        sixth to a quarter of their area, those 2 px wide a third to a half; large polygons hide it. Shares of crevassed ground are too high
#        by as much, and a network learns to paint them so. rasterio and scikit-image are right to the percent.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile opencv-python-headless==5.0.0.93 pillow==13.0.0 rasterio==1.4.4 scikit-image==0.26.0 scipy==1.17.1 \
    numpy==2.4.6
env/bin/python - <<'P'
import cv2
import numpy as np
from PIL import Image, ImageDraw
from rasterio.features import rasterize
from skimage.draw import polygon2mask

SIZE = 200
rng = np.random.default_rng(0)


def of_opencv(corners):
    # pixels have their middles at whole numbers; 4 bits of a pixel are kept
    mask = np.zeros((SIZE, SIZE), np.uint8)
    return cv2.fillPoly(mask, [np.round((corners - 0.5) * 16).astype(np.int32)], 1, shift=4)


def of_opencv_whole(corners):
    mask = np.zeros((SIZE, SIZE), np.uint8)
    return cv2.fillPoly(mask, [np.round(corners - 0.5).astype(np.int32)], 1)


def of_pillow(corners):
    image = Image.new("L", (SIZE, SIZE))
    ImageDraw.Draw(image).polygon([tuple(corner) for corner in corners - 0.5], fill=1)
    return np.asarray(image)


def of_rasterio(corners):
    return rasterize([{"type": "Polygon", "coordinates": [[*corners.tolist(), corners[0].tolist()]]}], (SIZE, SIZE))


def of_skimage(corners):
    return polygon2mask((SIZE, SIZE), corners[:, ::-1] - 0.5)


ways = {"OpenCV, whole pixels": of_opencv_whole, "OpenCV, shift=4": of_opencv, "Pillow": of_pillow, "rasterio": of_rasterio,
        "scikit-image": of_skimage}
found = {}
for width in (2, 4, 16):
    areas = dict.fromkeys(ways, 0)
    for _ in range(300):
        middle, turned = rng.uniform(60, 140, 2), rng.uniform(0, np.pi)
        along, across = np.array([[np.cos(turned), np.sin(turned)], [-np.sin(turned), np.cos(turned)]])
        corners = middle + 40 * np.outer([1, -1, -1, 1], along) + width / 2 * np.outer([1, 1, -1, -1], across)
        for name, draw in ways.items():
            areas[name] += int(draw(corners).sum())
    found[width] = {name: area / (300 * 80 * width) for name, area in areas.items()}
    print(f"{width} px wide: area of the mask over that of the polygons", {name: round(share, 2) for name, share in found[width].items()})
fat = [found[width][name] for width in (2, 4) for name in ("OpenCV, whole pixels", "OpenCV, shift=4", "Pillow")]
right = [found[width][name] for width in found for name in ("rasterio", "scikit-image")]
if not (min(fat) > 1.1 and np.allclose(right, 1, atol=0.02) and found[2]["Pillow"] > 1.25):
    raise SystemExit("changed")
P
