#!/usr/bin/env bash
# GSTools 1.7.0 beside scikit-gstat 1.0.26: an experimental variogram with bins in which no pair of points lies.
# Guess: such a bin has no value (NaN), as in scikit-gstat, and a model that is fitted passes it over.
# Seen:  GSTools gives 0, which says that points so far apart are equal, and a model fitted without the counts as weights loses half of
#        its sill. `return_counts=True` tells the bins apart; scikit-gstat gives NaN.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q gstools==1.7.0 scikit-gstat==1.0.26 numpy==2.4.6 scipy==1.16.3 pandas==3.1.1
env/bin/python - <<'P'
import gstools
import numpy as np
import skgstat

rng = np.random.default_rng(1)
x = np.concatenate([k * 100 + rng.uniform(0, 10, 40) for k in range(4)])  # four clusters of points along a line
values = rng.normal(size=len(x))  # no correlation at all: the variogram is 1 everywhere
edges = np.arange(0, 321, 20.0)
centres, gamma, counts = gstools.vario_estimate(x, values, edges, return_counts=True)
print("GSTools:     ", gamma.round(2))
theirs = skgstat.Variogram(np.column_stack([x, 0 * x]), values, bin_func=lambda d, n, m: (edges[1:], None), n_lags=len(edges) - 1,
                           fit_method="manual", fit_range=1.0, fit_sill=1.0).experimental
print("scikit-gstat:", np.round(theirs, 2))
sill = [gstools.Nugget(dim=1).fit_variogram(centres[use], gamma[use])[0]["nugget"] for use in (counts >= 0, counts > 0)]
print("fitted level of all bins, of those with pairs:", np.round(sill, 2))
if not ((counts == 0).any() and (gamma[counts == 0] == 0).all() and np.isnan(theirs[counts == 0]).all() and sill[0] < 0.7 * sill[1]):
    raise SystemExit("changed")
P
