#!/usr/bin/env bash
# SciPy 1.17.1: signal.wiener, the filter that smooths noise and keeps what stands out of it, on images of snow with narrow crevasses, 60
# counts deep, and noise of 5.
# Guess: it goes by local variances, so that brightness does not matter: of a bright image comes the same as of a dark one, but brighter.
# Seen:  outside the image it takes 0 for granted, and the noise, the mean of all local variances, has the step down to 0 at the edges in
#        it. A crevasse that keeps 55 of its 60 counts about 0 keeps 45 at a brightness of 200 and 24 at 1000, where every cell is the plain
#        mean of its 5 x 5: what was to be kept is smoothed most. Take the image's mean off before, or give noise.
#        Counts as stored (uint16) are, moreover, squared in their type and wrap around.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile scipy==1.17.1 numpy==2.4.6
env/bin/python -W ignore - <<'P'
import numpy as np
from scipy.ndimage import uniform_filter
from scipy.signal import wiener

rng = np.random.default_rng(0)
snow = np.rint(rng.normal(0, 5, (256, 256)))
crevasses = slice(20, None, 40)
snow[:, 20::40] -= 60
snow[:, 21::40] -= 60
inside = slice(20, -20)  # far from the edges of the image


def depth(of):
    return float(np.median(of[inside]) - of[inside, crevasses].mean())


print(f"depth of crevasses: {depth(snow):.0f}, in plain means of 5 x 5 {depth(uniform_filter(snow, 5)):.1f}")
kept, given = {}, {}
for level in (0, 100, 200, 1000, 10_000):
    kept[level] = depth(wiener(snow + level, 5))
    given[level] = depth(wiener(snow + level, 5, noise=25))
    print(f"brightness {level}: after wiener {kept[level]:.1f}, with the noise given {given[level]:.1f}")
bright = snow + 1000
means = np.abs(wiener(bright, 5) - uniform_filter(bright, 5))[inside, inside].max()
centred = depth(wiener(bright - bright.mean(), 5))
stored = depth(wiener(bright.astype("uint16"), 5, noise=25))
print(f"at 1000: off plain means by at most {means:.1e}; mean taken off before {centred:.1f}; as uint16, noise given {stored:.1f}")
if not (kept[0] > 50 and kept[200] < 50 and kept[1000] < 30 and means < 1e-6 and centred > 50 and min(given.values()) > 50
        and abs(stored - given[1000]) > 5):
    raise SystemExit("changed")
P
