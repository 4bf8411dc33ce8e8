#!/usr/bin/env bash
# pymannkendall 1.4.3: the Mann-Kendall test corrected for autocorrelation by Yue and Wang (2004), as for a yearly series of snow areas.
# Guess: on noise without autocorrelation or trend the correction does next to nothing: a trend (5 % level) in about 5 % of series.
# Seen:  a trend in nearly half of them: by default correlations of all lags are summed up, and these always add to about -1/2,
#        so that the variance shrinks to about an eighth, without a warning. With lag=1 and for the plain test it is about 5 %.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q pymannkendall==1.4.3 numpy==2.4.6 scipy==1.16.3
env/bin/python - <<'P'
import warnings

import numpy as np
import pymannkendall as mk

warnings.simplefilter("ignore")  # Hamed and Rao's variance may fall below 0, which NumPy says

rng = np.random.default_rng(0)
series = rng.normal(size=(500, 40))
tests = {
    "plain": mk.original_test,
    "Hamed and Rao": mk.hamed_rao_modification_test,
    "Yue and Wang, lag=1": lambda x: mk.yue_wang_modification_test(x, lag=1),
    "Yue and Wang": mk.yue_wang_modification_test,
}
share = {}
for name, test in tests.items():
    results = [test(one) for one in series]
    share[name] = np.mean([result.h for result in results])
    print(f"{name}: a trend in {share[name]:.1%} of series of noise, variance {np.median([result.var_s for result in results]):.0f} (median)")
warnings.simplefilter("error")
for one in series:
    tests["Yue and Wang"](one)
if not (share["Yue and Wang"] > 0.3 and max(share["plain"], share["Hamed and Rao"], share["Yue and Wang, lag=1"]) < 0.12):
    raise SystemExit("changed")
P
