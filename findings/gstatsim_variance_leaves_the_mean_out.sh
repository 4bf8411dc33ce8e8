#!/usr/bin/env bash
# GStatSim 1.2.0, geostatistics for beds of glaciers, beside GSTools 1.7.0: ordinary kriging of heights along a flight line, with the same
# model.
# Guess: var_ok is the variance of ordinary kriging, as it says, which holds that the mean is estimated, too: the estimates of both are
#        equal, and so are the variances; it is never below that of simple kriging, whose mean is known.
# Seen:  estimates are equal; the variance leaves out the Lagrange multiplier. Beside the line it is below that of simple kriging, far from
#        it the sill where 1.5 of it are due: standard errors are up to 18 % too small here. Simulations by ordinary kriging (okrige_sgs)
#        take the same one.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile gstatsim==1.2.0 gstools==1.7.0 scikit-learn==1.9.1 scipy==1.17.1 pandas==2.3.3 numpy==2.4.6
env/bin/python -W ignore - <<'P'
import gstatsim
import gstools
import numpy as np
import pandas as pd

RANGE, SILL = 3000.0, 1.0  # metres; GSTools' lengths are a third of it for the exponential model
rng = np.random.default_rng(0)
line = np.column_stack([np.linspace(0, 2000, 12), rng.uniform(-20, 20, 12)])
heights = rng.normal(size=12)
table = pd.DataFrame({"x": line[:, 0], "y": line[:, 1], "z": heights})
to = np.array([[950.0, 40.0], [950.0, 900.0], [950.0, 2000.0], [950.0, 20_000.0]])
model = gstools.Exponential(dim=2, var=SILL, len_scale=RANGE / 3)
settings = (to, table, "x", "y", "z", 400, [0, 0, RANGE, RANGE, SILL, "Exponential"], 1e6)  # so many points that all are taken
ways = gstatsim.Interpolation
found = {
    "ordinary": (ways.okrige(*settings, quiet=True), gstools.krige.Ordinary(model, line.T, heights)(to.T)),
    "simple": (ways.skrige(*settings, quiet=True), gstools.krige.Simple(model, line.T, heights, mean=heights.mean())(to.T)),
}
same = {}
for name, ((estimate, variance), (estimate_too, variance_too)) in found.items():
    same[name] = np.allclose(estimate, estimate_too, atol=1e-6), np.allclose(variance, variance_too, atol=1e-6)
    print(f"{name}: GStatSim {estimate.round(3)}, variance {variance.round(3)};",
          f"GSTools {estimate_too.round(3)}, variance {variance_too.round(3)}")
ordinary, simple, due = found["ordinary"][0][1], found["simple"][0][1], found["ordinary"][1][1]
print("GStatSim's standard errors of ordinary kriging are too small by", [f"{part:.0%}" for part in 1 - np.sqrt(ordinary / due)])
if not (same == {"ordinary": (True, False), "simple": (True, True)} and (ordinary[1:3] < simple[1:3]).all()
        and abs(ordinary[3] - SILL) < 1e-3 and due[3] > 1.4):
    raise SystemExit("changed")
P
