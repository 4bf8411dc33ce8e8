#!/usr/bin/env bash
# scikit-gstat 1.0.26 beside GSTools 1.7.0: directional variograms with a tolerance of 22.5 degrees.
# Guess: the same tolerance takes the same pairs of points, those up to 22.5 degrees from the direction (as in GSLIB).
# Seen:  GSTools does; scikit-gstat takes the tolerance as the whole opening, so that pairs lie up to 11.25 degrees from it. To compare, double it.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q gstools==1.7.0 scikit-gstat==1.0.26 numpy==2.4.6 scipy==1.16.3 pandas==3.1.1
env/bin/python - <<'P'
import gstools
import numpy as np
import skgstat

rng = np.random.default_rng(3)
points = rng.uniform(0, 100, (300, 2))
values = rng.normal(size=300)
edges = np.array([0.0, 60.0])
pairs = np.array([(i, j) for i in range(300) for j in range(i)])
step = points[pairs[:, 0]] - points[pairs[:, 1]]
near = np.hypot(*step.T) < 60
off = np.degrees(np.arctan2(np.abs(step[:, 1]), np.abs(step[:, 0])))  # from the x axis, 0 to 90
within = {angle: int((near & (off <= angle)).sum()) for angle in (11.25, 22.5)}


def scikit_gstat(tolerance):
    return int(skgstat.DirectionalVariogram(points, values, azimuth=0, tolerance=tolerance, bandwidth=100, maxlag=60, n_lags=4,
                                            fit_method="manual", fit_range=1.0, fit_sill=1.0).bin_count.sum())


theirs = gstools.vario_estimate(points.T, values, edges, direction=[[1, 0]], angles_tol=np.radians(22.5), return_counts=True)[2]
print("pairs up to 11.25 and 22.5 degrees from the axis:", within)
print("GSTools 22.5:", int(np.sum(theirs)), " scikit-gstat 22.5:", scikit_gstat(22.5), " scikit-gstat 45:", scikit_gstat(45))
if not (abs(np.sum(theirs) - within[22.5]) < 5 and abs(scikit_gstat(22.5) - within[11.25]) < 5 and abs(scikit_gstat(45) - within[22.5]) < 5):
    raise SystemExit("changed")
P
