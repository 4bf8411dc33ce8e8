#!/usr/bin/env bash
# matplotlib 3.11.2: LightSource.hillshade, the light that a glacier's surface gets, to correct the brightness of an image.
# Guess: as documented, 0 is full shade and 1 full light: the cosine between the sun and the surface, the same for the same slope in every tile.
# Seen:  values are stretched so that the darkest cell of each tile is 0 and the brightest 1, unless all are equal: an even slope lit by 0.73 has
#        0.73 alone, 1 beside a flat part, and from 0 to 1 with a centimetre of roughness. shade_normals has it, too. Take the cosine by yourself.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile matplotlib==3.11.2 numpy==2.4.6
MPLBACKEND=Agg env/bin/python - <<'P'
import numpy as np
from matplotlib.colors import LightSource

CELL, SLOPE, ALTITUDE = 10.0, 0.3, np.radians(30)
x = CELL * np.arange(60)
slope = np.tile(-SLOPE * x, (60, 1))  # falls to the east, where the sun is
rough = slope + np.random.default_rng(0).normal(0, 0.01, slope.shape)
beside = np.where(x < 300, slope, slope[:, 30:31])  # its eastern half is flat
cosine = (np.sin(ALTITUDE) + SLOPE * np.cos(ALTITUDE)) / np.hypot(1, SLOPE)
sun = LightSource(azdeg=90, altdeg=30)
light = {name: sun.hillshade(heights, dx=CELL, dy=CELL)[:, columns] for name, heights, columns in (
    ("alone", slope, slice(None)), ("beside a flat part", beside, slice(25)), ("rough by 1 cm", rough, slice(None)))}
print(f"cosine between sun and slope: {cosine:.3f}")
for name, values in light.items():
    print(f"the slope {name}: {values.min():.3f} to {values.max():.3f}, mean {values.mean():.3f}")
alone, beside, rough = light.values()
if not (np.allclose(alone, cosine, atol=2e-3) and np.allclose(beside, 1, atol=2e-3) and np.allclose([rough.min(), rough.max()], [0, 1])):
    raise SystemExit("changed")
P
