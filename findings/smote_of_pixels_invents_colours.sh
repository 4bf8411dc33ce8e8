#!/usr/bin/env bash
# imbalanced-learn 0.14.2: SMOTE, which adds samples of a rare class between its neighbours, here pixels of melt ponds in three bands as
# images store them (uint8, uint16).
# Guess: what is added lies between two samples of its class, as the documentation and the paper have it, so inside the range of the class
#        in each band; from counts come counts.
# Seen:  differences of neighbours are taken in the type of the pixels: where the other one is darker, they wrap around, and the new sample
#        is anywhere from 0 to 255, in uint16 to 65,535. Six to nine in ten of the added ponds have colours that no pond has, many as
#        bright as snow; BorderlineSMOTE and ADASYN do the same. Nothing is said. In float all are right.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile imbalanced-learn==0.14.2 scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
env/bin/python -W ignore - <<'P'
import numpy as np
from imblearn.over_sampling import ADASYN, SMOTE, BorderlineSMOTE

rng = np.random.default_rng(0)
snow = rng.integers(0, 200, (600, 3))  # in three bands, some of it in shadow
ponds = rng.integers([20, 40, 60], [60, 90, 120], (60, 3))
pixels, classes = np.concatenate([snow, ponds]), np.repeat([0, 1], [600, 60])
low, high = ponds.min(0), ponds.max(0)
print("ponds: bands from", low.tolist(), "to", high.tolist())
changed = False
for kind in (SMOTE, BorderlineSMOTE, ADASYN):
    for types in ("uint8", "uint16", "float32"):
        sampled, labels = kind(random_state=0).fit_resample(pixels.astype(types), classes)
        added = sampled[len(pixels):].astype(float)
        outside = ((added < low) | (added > high)).any(1).mean()
        span = added.min(0).round().tolist(), added.max(0).round().tolist()
        print(f"{kind.__name__}, {types}: {len(added)} added, bands from {span[0]} to {span[1]}, {outside:.0%} outside of the ponds'")
        changed |= bool(outside > 0 if types == "float32" else outside < 0.5)
if changed:
    raise SystemExit("changed")
P
