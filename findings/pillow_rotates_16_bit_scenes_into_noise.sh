#!/usr/bin/env bash
# Pillow 13.0.0: a 16-bit scene (mode I;16) turned or moved by part of a pixel, with bilinear or bicubic interpolation.
# Guess: counts between those of the neighbors, as of the same scene in floats (mode F) or by resize(), or an error for this mode.
# Seen:  8-bit numbers: a ramp of counts from 0 to 57 000 comes out below 256, up and down. What a network is trained on is noise of the
#        right shape. Nearest neighbors and resize() are right. Convert to F before.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile pillow==13.0.0 numpy==2.4.6
env/bin/python -W error - <<'P'
import numpy as np
from PIL import Image

counts = (np.arange(64).reshape(8, 8) * 900).astype(np.uint16)
scene = Image.fromarray(counts)
inner = slice(2, 6), slice(2, 6)
changed = scene.mode != "I;16"
for name, change in (
    ("moved by half a pixel", lambda image, way: image.transform((8, 8), Image.Transform.AFFINE, (1, 0, 0.5, 0, 1, 0), way)),
    ("turned by 10 degrees", lambda image, way: image.rotate(10, way)),
    ("resized to 16 x 16", lambda image, way: image.resize((16, 16), way)),
):
    for way in (Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC):
        found, due = (np.array(change(image, way))[inner].astype(float) for image in (scene, scene.convert("F")))
        off = np.abs(found - due).max()
        print(f"{name}, {way.name}: I;16 {found[0].astype(int).tolist()}, F {due[0].astype(int).tolist()}")
        wrong = way != Image.Resampling.NEAREST and "resized" not in name
        changed |= bool(found.max() > 255 or off < 1000) if wrong else bool(off > 1)
if changed:
    raise SystemExit("changed")
P
