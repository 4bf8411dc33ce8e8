#!/usr/bin/env bash
# folium 0.20.0: a class map in degrees laid over a web map (ImageOverlay), as it is and with mercator_project=True.
# Guess: mercator_project moves rows to where a Mercator map needs them; each cell has the color of its class.
# Seen:  classes are interpolated from row to row before they get their colors: between 1 (smooth) and 3 (crevasses) lie rows of 2, and
#        one cell in sixteen of this map is of a class that it does not hold. Without mercator_project, rows are up to 4.6 km off between
#        77 and 79 degrees north. Project the map to EPSG:3857 before, by nearest neighbors.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile folium==0.20.0 pillow==13.0.0 numpy==2.4.6
env/bin/python - <<'P'
import base64
import io

import numpy as np
from folium.raster_layers import ImageOverlay
from PIL import Image

SOUTH, NORTH = 77, 79
classes = np.where(np.arange(400) // 7 % 2, 3, 1)[:, None] * np.ones((1, 4), int)  # bands of seven rows, of 1 and 3
colors = {1: (0, 0, 1, 1), 2: (0, 1, 0, 1), 3: (1, 0, 0, 1)}
shares = {}
for mercator in (False, True):
    overlay = ImageOverlay(classes, [[SOUTH, 15], [NORTH, 16]], colormap=lambda value: colors[round(value)], mercator_project=mercator)
    drawn = np.array(Image.open(io.BytesIO(base64.b64decode(overlay.url.split(",")[1]))))
    shares[mercator] = float((drawn[..., 1] == 255).mean())
    print(f"mercator_project={mercator}: {shares[mercator]:.4f} of the cells drawn as class 2; the map holds {np.unique(classes).tolist()}")
stretched = np.arcsinh(np.tan(np.radians([SOUTH, NORTH])))
rows = np.linspace(0, 1, 1001)
off = np.degrees(np.arctan(np.sinh(stretched[0] + rows * (stretched[1] - stretched[0])))) - (SOUTH + rows * (NORTH - SOUTH))
print(f"rows drawn without it: up to {abs(off).max() * 111.7:.2f} km off")
if shares[False] != 0 or not 0.05 < shares[True] < 0.08:
    raise SystemExit("changed")
P
