#!/usr/bin/env bash
# XGBoost 3.2.0, LightGBM 4.7.0, CatBoost 1.2.10 and scikit-learn 1.9.1 (HistGradientBoostingClassifier): probabilities of a
# tile all of whose features are missing (NaN), by models whose training had none missing.
# Guess: they know of missing values, so that a tile about which nothing is known gets about the share of the class, 0.5; else an error.
# Seen:  XGBoost, LightGBM and CatBoost say 1.00 for one class (not all for the same), scikit-learn 0.98. Holes of a
#        scene come out as one class, with the highest confidence of the map. Mask them after.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile xgboost-cpu==3.2.0 lightgbm==4.7.0 catboost==1.2.10 scikit-learn==1.9.1 pandas==2.3.3 scipy==1.17.1 numpy==2.4.6
env/bin/python -W ignore - <<'P'
import numpy as np
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from xgboost import XGBClassifier

features = np.random.default_rng(0).normal(7, 1, (2000, 4))
labels = (features[:, 0] + features[:, 1] > 14).astype(int)
unknown = np.full((1, 4), np.nan)
models = (
    XGBClassifier(n_jobs=1), LGBMClassifier(verbose=-1, n_jobs=1), CatBoostClassifier(iterations=200, verbose=0, thread_count=1, random_seed=0),
    HistGradientBoostingClassifier(random_state=0),
)
print(f"share of class 1 in training: {labels.mean():.2f}")
surest = []
for model in models:
    chances = model.fit(features, labels).predict_proba(unknown)[0]
    surest.append(float(chances.max()))
    print(f"{type(model).__name__}: {chances.round(4).tolist()} of a tile without any value")
if min(surest) < 0.95:
    raise SystemExit("changed")
P
