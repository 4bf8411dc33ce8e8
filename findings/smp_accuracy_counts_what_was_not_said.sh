#!/usr/bin/env bash
# segmentation-models-pytorch 0.6.0 (PyTorch 2.13.0, CPU): accuracy of maps of 10 classes from get_stats(mode="multiclass").
# Guess: with reduction "micro" it is the share of pixels in their right class, the overall accuracy of a map.
# Seen:  each pixel counts once for every class, and for most classes it is right by not being it: maps drawn by lot, right in one pixel
#        of ten, have 0.82, maps right in half of their pixels 0.9. The share of right pixels is in f1_score, precision and recall with
#        "micro". A pixel without a label (ignore_index) is left out as it should be.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
packages=(torch==2.13.0+cpu numpy==2.4.6)
env/bin/pip install -q "${packages[@]}" || env/bin/pip install -q "${packages[@]}" --extra-index-url https://download.pytorch.org/whl/cpu
env/bin/pip install -q --no-compile --no-deps segmentation-models-pytorch==0.6.0
cd env/lib/python3*/site-packages/segmentation_models_pytorch  # its metrics stand alone; its encoders would ask for torchvision
../../../../bin/python - <<'P'
import torch

import metrics

CLASSES = 10
torch.manual_seed(0)
truth = torch.randint(0, CLASSES, (8, 64, 64))
truth[:, :8] = 255  # without a label
by_lot = torch.randint(0, CLASSES, truth.shape)
known = truth != 255
changed = False
for name, right in (("by lot", 0.0), ("half right", 4 / 9), ("nine tenths right", 8 / 9)):
    predicted = torch.where(known & (torch.rand(truth.shape) < right), truth, by_lot)
    stats = metrics.get_stats(predicted, truth, mode="multiclass", num_classes=CLASSES, ignore_index=255)
    share = float((predicted == truth)[known].float().mean())
    accuracy, f1 = (float(getattr(metrics, way)(*stats, reduction="micro")) for way in ("accuracy", "f1_score"))
    print(f"{name}: share of pixels that are right {share:.2f}, accuracy {accuracy:.2f}, f1_score {f1:.2f}")
    changed |= abs(accuracy - (1 - 2 * (1 - share) / CLASSES)) > 1e-3 or abs(f1 - share) > 1e-3
if changed:
    raise SystemExit("changed")
P
