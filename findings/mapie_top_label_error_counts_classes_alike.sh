#!/usr/bin/env bash
# MAPIE 1.6.0: top_label_ece, the calibration error of the predicted class (Gupta and Ramdas, 2021).
# Guess: it is an expectation over tiles, as in that paper and as the common ECE is: a class that is predicted for one tile in a hundred
#        adds up to a hundredth.
# Seen:  it is the plain mean over predicted classes, whatever their sizes: one rare class that is off by 0.5 among 1000 tiles that are else
#        perfectly calibrated makes an error of 0.25, where 0.005 is due. A network that never calls the rare class has 0.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q mapie==1.6.0 scikit-learn==1.9.1 numpy==2.4.6
env/bin/python - <<'P'
import numpy as np
from mapie.metrics.calibration import expected_calibration_error, top_label_ece

# 990 tiles are called class 0 at 0.9, of which 891 are; 10 are called class 1 at 0.9, of which 4 are
predicted = np.repeat([0, 1], [990, 10])
right = np.concatenate([np.arange(990) < 891, np.arange(10) < 4])
truth = np.where(right, predicted, 1 - predicted)
scores = np.where(np.arange(2) == predicted[:, None], 0.9, 0.1)
due = sum((predicted == k).mean() * abs(right[predicted == k].mean() - 0.9) for k in (0, 1))
plain = np.mean([abs(right[predicted == k].mean() - 0.9) for k in (0, 1)])
found = top_label_ece(truth, scores, num_bins=10, split_strategy="uniform")
common = expected_calibration_error(right.astype(int), scores, num_bins=10, split_strategy="uniform")
print(f"expectation over tiles {due:.4f}, mean over classes {plain:.4f}; MAPIE: top_label_ece {found:.4f}, ECE without classes {common:.4f}")
if not (abs(found - plain) < 1e-6 and found > 40 * due and abs(common - due) < 1e-6):
    raise SystemExit("changed")
P
