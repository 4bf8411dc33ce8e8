#!/usr/bin/env bash
# OpenCV 5.0.0.93 beside scikit-image 0.26.0: ice is followed from one image to the next by matchTemplate with TM_CCOEFF_NORMED, the
# normalized cross-correlation; some templates are saturated snow or shadow, the same value in all of their pixels.
# Guess: a template without any contrast has no correlation with anything: NaN or 0, so that the usual limit on the correlation (0.7, say)
#        drops it.
# Seen:  it is 1 everywhere, the best match there is. The displacement is the first place of the search window, its upper left corner,
#        the longest that can be found, and the quality is perfect: a mean of speeds weighted by it goes by shadows. scikit-image has 0.
#        A flat part of the search window under a template with contrast has 0 in both.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile opencv-python-headless==5.0.0.93 scikit-image==0.26.0 scipy==1.17.1 numpy==2.4.6
env/bin/python - <<'P'
import cv2
import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.feature import match_template

SIZE, SEARCH, MOVED = 32, 16, (3, 5)  # rows, columns
rng = np.random.default_rng(0)
first = gaussian_filter(rng.normal(size=(400, 400)), 1)
first = 120 + 50 * first / first.std()
first[200:300, 80:320] = 255 + 20  # saturated snow, which moves along
second = np.roll(first, MOVED, (0, 1)) + rng.normal(0, 5, first.shape)  # noise of the second image
pair = [image.round().clip(0, 255).astype("uint8") for image in (first, second)]
found = {}
for what, row, column in (("textured ice", 60, 180), ("saturated snow", 230, 180), ("edge of the snow", 190, 180)):
    template = pair[0][row:row + SIZE, column:column + SIZE]
    window = pair[1][row - SEARCH:row + SIZE + SEARCH, column - SEARCH:column + SIZE + SEARCH]
    for name, types in (("OpenCV, uint8", "uint8"), ("OpenCV, float32", "float32"), ("scikit-image", None)):
        if types:
            surface = cv2.matchTemplate(window.astype(types), template.astype(types), cv2.TM_CCOEFF_NORMED)
        else:
            surface = match_template(window, template)
        best = np.unravel_index(surface.argmax(), surface.shape)
        move = tuple(int(place) - SEARCH for place in best)
        found[what, name] = float(surface.max()), move, bool((surface == surface.max()).all())
        print(f"{what}, {name}: correlation {surface.max():.2f} at {move} (moved by {MOVED}), the same everywhere: {found[what, name][2]}")
opencv = [found["saturated snow", f"OpenCV, {types}"] for types in ("uint8", "float32")]
if not (all(at == (1.0, (-SEARCH, -SEARCH), True) for at in opencv) and found["saturated snow", "scikit-image"][0] == 0
        and all(found[what, name][1] == MOVED for what, name in found if what != "saturated snow")):
    raise SystemExit("changed")
P
