#!/usr/bin/env bash
# scikit-gstat 1.0.26 beside GSTools 1.7.0: the directional variogram at 45 degrees of crevasses that run north-east.
# Guess: an azimuth of 45 degrees is north-east, clockwise from north as on a compass or anticlockwise from the x axis as in mathematics.
# Seen:  GSTools' angle is; scikit-gstat counts from east clockwise, so that its azimuth of 45 looks south-east, across the crevasses.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q gstools==1.7.0 scikit-gstat==1.0.26 numpy==2.4.6 scipy==1.16.3 pandas==3.1.1
env/bin/python - <<'P'
import gstools
import numpy as np
import skgstat

rng = np.random.default_rng(1)
points = rng.uniform(0, 100, (400, 2))
values = np.sin((points[:, 0] - points[:, 1]) / 4)  # the same along every line to the north-east
edges = np.array([0.0, 10.0])


def scikit_gstat(azimuth):
    variogram = skgstat.DirectionalVariogram(points, values, azimuth=azimuth, tolerance=20, bandwidth=100, maxlag=40, n_lags=4,
                                             fit_method="manual", fit_range=1.0, fit_sill=1.0)
    return float(variogram.experimental[0])


def gstools_at(angle):
    found = gstools.vario_estimate(points.T, values, edges, angles=np.radians(angle), angles_tol=np.radians(10))[1]
    return float(found[0])


found = {name: (ask(45), ask(-45)) for name, ask in (("scikit-gstat", scikit_gstat), ("GSTools", gstools_at))}
for name, (at, against) in found.items():
    print(f"{name}: semivariance of pairs up to 10 apart {at:.2f} at 45 degrees, {against:.2f} at -45 degrees")
(skgstat_45, skgstat_against), (gstools_45, gstools_against) = found.values()
if not (skgstat_45 > 10 * skgstat_against and gstools_45 < gstools_against / 10):
    raise SystemExit("changed")
P
