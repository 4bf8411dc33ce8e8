#!/usr/bin/env bash
# pycircstat2 0.1.15: Axial, made for axes such as orientations of crevasses (0 to 180 degrees), which it doubles for its statistics.
# Guess: what it reports is folded back to axes: mean, median and standard deviation are degrees of the orientations that were given.
# Seen:  mean and its interval are; the median is left doubled (160 degrees for crevasses about 80), and so are both deviations (52 for 26), under
#        one heading "Unit: degree" with the mean. Halve them; SciPy's circmean and circstd with high=180 give axes.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile pycircstat2==0.1.15 scipy==1.17.1 pandas==3.1.1 matplotlib==3.11.2 numpy==2.4.6
MPLBACKEND=Agg env/bin/python -W ignore - <<'P'
import numpy as np
from pycircstat2 import Axial
from scipy import stats

crevasses = np.degrees(np.random.default_rng(0).vonmises(np.radians(160), 2, 301)) / 2 % 180
axial = Axial(crevasses, unit="degree")
found = {"mean": axial.mean, "median": axial.median, "circular standard deviation": axial.s0}
found = {name: float(np.degrees(value)) for name, value in found.items()}
apart = np.abs((crevasses[:, None] - crevasses[None] + 90) % 180 - 90).mean(1)
true = {
    "mean": stats.circmean(crevasses, high=180),
    "median": crevasses[apart.argmin()],  # the axis that is nearest to all others
    "circular standard deviation": stats.circstd(crevasses, high=180),
}
for name in true:
    print(f"{name}: of the axes {true[name]:.1f}, by pycircstat2 {found[name]:.1f} degrees")
print("as it prints them:", [line.strip() for line in str(axial).splitlines() if any(word in line for word in ("Unit", "Angular me", "standard"))])
ratios = [found[name] / true[name] for name in true]
if not np.allclose(ratios, [1, 2, 2], rtol=0.02):
    raise SystemExit("changed")
P
