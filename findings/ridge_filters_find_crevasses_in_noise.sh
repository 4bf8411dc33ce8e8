#!/usr/bin/env bash
# scikit-image 0.26.0: frangi and meijering, filters for dark lines such as crevasses, tile by tile, with one threshold for all tiles.
# Guess: the response says how much of a line there is: next to none in a tile of noise, and for a given crevasse the same whatever else
#        its tile shows; both are made to be compared with a threshold between 0 and 1.
# Seen:  both are measured against the strongest response in the tile: in noise alone frangi reaches 0.7 and meijering 1, as high as on the
#        clearest crevasse, and more than a tenth of a smooth tile is above 0.5 in meijering. The same faint crevasse has 0.95 (meijering)
#        or 0.7 (frangi) in a tile of its own and 0.1 or 0.02 beside a strong one: maps of crevasses change at the edges of the tiles.
#        sato responds to depth and is the same in both. Give gamma to frangi.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile scikit-image==0.26.0 scipy==1.17.1 numpy==2.4.6
env/bin/python - <<'P'
import numpy as np
from skimage.filters import frangi, meijering, sato

rng = np.random.default_rng(0)
noise = rng.normal(0.8, 0.01, (128, 128))  # reflectance of snow
faint, strong = noise.copy(), noise.copy()
faint[60:63] -= 0.05
strong[60:63] -= 0.5
both = np.vstack([faint, strong])
found = {}
for way in (frangi, meijering, sato, lambda image: frangi(image, gamma=0.1)):
    name = "frangi, gamma=0.1" if way.__name__ == "<lambda>" else way.__name__
    alone, beside, empty = way(faint)[61, 20:-20].mean(), way(both)[61, 20:-20].mean(), way(noise)
    found[name] = alone, beside, empty.max(), way(strong)[61, 20:-20].mean(), (empty > 0.5).mean()
    print(f"{name}: a faint crevasse alone in its tile {alone:.3f}, beside a strong one {beside:.3f}, the strong one {found[name][3]:.3f}; "
          f"noise up to {empty.max():.3f}, above 0.5 in {found[name][4]:.1%} of its pixels")
if not (all(found[name][0] > 5 * found[name][1] and found[name][2] > 0.5 for name in ("frangi", "meijering")) and found["meijering"][4] > 0.1
        and all(abs(found[name][0] / found[name][1] - 1) < 0.05 and found[name][2] < 0.1 * found[name][3]
                for name in ("sato", "frangi, gamma=0.1"))):
    raise SystemExit("changed")
P
