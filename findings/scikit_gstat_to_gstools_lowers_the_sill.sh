#!/usr/bin/env bash
# scikit-gstat 1.0.26: a fitted variogram with a nugget is handed on to GSTools 1.7.0 by `to_gstools()`, for kriging or random fields.
# Guess: GSTools' model is the same curve, for all distances, as it is without a nugget.
# Seen:  the nugget is taken off a sill which, in scikit-gstat's models, is the partial sill and never held it: the curve starts at the
#        nugget and levels off too low by the whole nugget; `to_gs_krige()` has it too. `to_gstools(var=...)` with the fitted sill is right.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q gstools==1.7.0 scikit-gstat==1.0.26 numpy==2.4.6 scipy==1.16.3 pandas==3.1.1
env/bin/python - <<'P'
import gstools
import numpy as np
import skgstat

points = np.random.default_rng(0).uniform(0, 100, (300, 2))
values = gstools.SRF(gstools.Spherical(dim=2, var=1, len_scale=30, nugget=0.5), seed=2)(points.T)
far = np.array([1e-6, 10, 20, 30, 60])
off = {}
for nugget in (False, True):
    fitted = skgstat.Variogram(points, values, model="spherical", maxlag=60, n_lags=12, use_nugget=nugget)
    sill = float(fitted.parameters[1])
    first = fitted.fitted_model(far)
    for name, model in (("as it is", fitted.to_gstools()), ("with var", fitted.to_gstools(var=sill)), ("kriging", fitted.to_gs_krige().model)):
        off[nugget, name] = first - model.variogram(far)
        print(f"nugget {fitted.parameters[-1] if nugget else 0:.2f}, {name}: scikit-gstat {first.round(2)}, GSTools {model.variogram(far).round(2)}")
lost = float(fitted.parameters[-1])
same = [np.abs(off[key]).max() for key in off if not key[0] or key[1] == "with var"]
if not (lost > 0.2 and max(same) < 1e-3 and all(abs(off[True, name][-1] - lost) < 1e-3 for name in ("as it is", "kriging"))):
    raise SystemExit("changed")
P
