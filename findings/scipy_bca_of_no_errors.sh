#!/usr/bin/env bash
# scipy.stats.bootstrap 1.17.1: an interval for an accuracy where every tile is right.
# Guess: BCa, the default, gives an interval at or just below 1.
# Seen:  both ends are NaN (with a warning); "basic" of 9 right in 10 reaches above 1, which no accuracy can.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q scipy==1.17.1 numpy==2.4.6
env/bin/python -W ignore - <<'P'
import numpy as np
from scipy.stats import bootstrap

def interval(right, method):
    return bootstrap((np.array(right),), np.mean, method=method, rng=np.random.default_rng(1)).confidence_interval
bca = interval([1.0] * 20, "BCa")
basic = interval([1.0] * 9 + [0.0], "basic")
print("BCa of 20 right in 20:", bca)
print("basic of 9 right in 10:", basic)
assert np.isnan(bca.low) and np.isnan(bca.high) and basic.high > 1
P
