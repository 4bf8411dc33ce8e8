#!/usr/bin/env bash
# GSTools 1.7.0 and PyKrige 1.7.3: a model on longitudes and latitudes with lengths in kilometres (geo_scale=KM_SCALE) is given to PyKrige, which
# takes models of GSTools.
# Guess: PyKrige's kriging is that of GSTools, as it is with the same model in radians: only the unit of its lengths differs.
# Seen:  GSTools turns PyKrige's degrees into radians and takes these for kilometres: every point is next door. Values are near, but the
#        variance is about 6371 times too small (standard error 0.01 in the place of 0.82), without a word. Give PyKrige a model in radians.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile gstools==1.7.0 pykrige==1.7.3 numpy==2.4.6 scipy==1.17.1
env/bin/python -W error - <<'P'
import gstools
import numpy as np
from pykrige.ok import OrdinaryKriging

rng = np.random.default_rng(0)
lat, lon = rng.uniform(60, 80, 40), rng.uniform(-20, 20, 40)
lat_to, lon_to = np.array([65.0, 70.0, 78.0]), np.array([0.0, 5.0, 10.0])
ratios = {}
for name, scale in (("radians", gstools.RADIAN_SCALE), ("kilometres", gstools.KM_SCALE)):
    model = gstools.Exponential(latlon=True, var=2, len_scale=0.1 * scale, geo_scale=scale)
    values = gstools.SRF(model, seed=1)((lat, lon))
    ours, ours_variance = gstools.krige.Ordinary(model, (lat, lon), values)((lat_to, lon_to))
    theirs, variance = OrdinaryKriging(lon, lat, values, model, coordinates_type="geographic").execute("points", lon_to, lat_to)
    print(f"lengths in {name}: values by GSTools {ours.round(3)}, by PyKrige {theirs.data.round(3)}")
    print(f"  standard errors by GSTools {np.sqrt(ours_variance).round(3)}, by PyKrige {np.sqrt(variance.data).round(3)}")
    ratios[name] = ours_variance / variance.data
if not (np.allclose(ratios["radians"], 1) and np.allclose(ratios["kilometres"], gstools.KM_SCALE, rtol=0.1)):
    raise SystemExit("changed")
P
