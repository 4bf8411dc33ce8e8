#!/usr/bin/env bash
# Pillow 13.0.0: mean and spread (ImageStat), histogram, and conversion to grey and color, of a 16-bit scene (mode I;16).
# Guess: statistics of the counts, whose extremes getextrema() has right; converted to L or RGB, counts are scaled to 8 bits, or an error.
# Seen:  the statistics are of single bytes, high and low ones alike, of the left half of the scene: a mean of 111 in the place of 28 350, and
#        the right half may hold anything. Conversion clips at 255: all but the darkest pixels are white. Take NumPy's.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile pillow==13.0.0 numpy==2.4.6
env/bin/python -W error - <<'P'
import numpy as np
from PIL import Image, ImageStat

counts = (np.arange(64).reshape(8, 8) * 900).astype(np.uint16)
scene = Image.fromarray(counts)
statistics = ImageStat.Stat(scene)
halved = counts.view(np.uint8)[:, :8]  # as many bytes as pixels, of each row
other = ImageStat.Stat(Image.fromarray(np.where(np.arange(8) < 4, counts, 65535).astype(np.uint16)))
grey, color = (np.array(scene.convert(mode)).astype(int) for mode in ("L", "RGB"))
print(f"counts: mean {counts.mean():.2f}, standard deviation {counts.std():.2f}; getextrema {scene.getextrema()}")
print(f"ImageStat: mean {statistics.mean[0]:.2f}, standard deviation {statistics.stddev[0]:.2f}, extrema {statistics.extrema[0]}")
print(f"bytes of the left half: mean {halved.mean():.2f}; ImageStat with a white right half: mean {other.mean[0]:.2f}")
print(f"histogram: {len(scene.histogram())} bins")
print(f"converted to L: mean {grey.mean():.2f}, {(grey == 255).mean():.2f} of it white; to RGB: {(color == 255).mean():.2f} white")
if (
    scene.getextrema() != (0, 56700) or abs(statistics.mean[0] - halved.mean()) > 1e-6 or statistics.mean != other.mean or not
    ((grey == np.minimum(counts, 255)).all() and (color[..., 0] == np.minimum(counts, 255)).all()) or len(scene.histogram()) != 256
):
    raise SystemExit("changed")
P
