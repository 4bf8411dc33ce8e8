#!/usr/bin/env bash
# CatBoost 1.2.10 (beside scikit-learn 1.9.1): share of tiles that a classifier of two and of three classes gets right, by hand.
# Guess: predict() gives a row of labels, as it does for two classes and as other classifiers do: (predict(X) == y).mean() is the accuracy.
# Seen:  for more than two classes it gives a column. Compared with the labels, that is a table of all tiles with all labels, and its mean
#        the share of pairs with the same label: 0.38 where all are right, and about as much for any other model. score() and
#        scikit-learn's metrics are right. ravel() it.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile catboost==1.2.10 scikit-learn==1.9.1 pandas==2.3.3 numpy==2.4.6
env/bin/python -W ignore - <<'P'
import numpy as np
from catboost import CatBoostClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score

features = np.random.default_rng(0).normal(size=(600, 3))
found = {}
for count, labels in ((2, (features[:, 0] > 0).astype(int)), (3, (features[:, 0] > 0).astype(int) + (features[:, 1] > 0))):
    for model in (RandomForestClassifier(20, random_state=0), CatBoostClassifier(iterations=50, verbose=0, random_seed=0, thread_count=1)):
        predicted = model.fit(features, labels).predict(features)
        by_hand, right = float((predicted == labels).mean()), accuracy_score(labels, predicted)
        found[type(model).__name__, count] = by_hand, right, predicted.shape
        print(f"{type(model).__name__}, {count} classes: shape {predicted.shape}, by hand {by_hand:.3f}, accuracy_score {right:.3f}")
if any(right < 0.95 for _, right, _ in found.values()) or found["CatBoostClassifier", 3][2] != (600, 1) or any(
    (abs(by_hand - right) > 1e-9) != (case == ("CatBoostClassifier", 3)) for case, (by_hand, right, _) in found.items()
):
    raise SystemExit("changed")
P
