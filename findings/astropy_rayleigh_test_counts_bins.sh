#!/usr/bin/env bash
# astropy 8.0.2: the Rayleigh test (and the V test) of a rose of crevasse orientations, 36 bins with their counts as weights.
# Guess: weights are numbers of observations, as the documentation has it (their sum is how many there are): the rose is tested as the
#        same orientations one by one would be.
# Seen:  only the mean direction goes by the weights; the number of observations is that of the bins. 500 orientations that prefer
#        one side clearly (p of 2e-11) are "uniform" (p of 0.17). Repeat each bin by its count: np.repeat(middles, counts).
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile astropy==8.0.2 scipy==1.17.1 numpy==2.4.6
env/bin/python - <<'P'
import numpy as np
from astropy.stats import rayleightest, vtest

doubled = np.random.default_rng(0).vonmises(0.5, 0.5, 500)  # twice the orientations, which makes a circle of them
counts, edges = np.histogram(doubled, 36, (-np.pi, np.pi))
middles = (edges[1:] + edges[:-1]) / 2
tests = {"Rayleigh": rayleightest, "V": lambda data, **more: vtest(data, mu=0.5, **more)}
changed = False
for name, test in tests.items():
    single, repeated, weighted = (float(p) for p in (test(doubled), test(np.repeat(middles, counts)), test(middles, weights=counts.astype(float))))
    print(f"{name}: p of {counts.sum()} orientations {single:.1e}, of bins repeated by their counts {repeated:.1e}, with counts as weights {weighted:.1e}")
    changed |= not (max(single, repeated) < 1e-9 and weighted > 0.01)
if changed:
    raise SystemExit("changed")
P
