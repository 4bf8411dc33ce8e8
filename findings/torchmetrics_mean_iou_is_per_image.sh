#!/usr/bin/env bash
# torchmetrics 1.9.0 (PyTorch 2.13.0, CPU): segmentation.MeanIoU beside classification.MulticlassJaccardIndex, on the same maps.
# Guess: both are the intersection over union of each class over all cells of all maps, as benchmarks of segmentation define it.
# Seen:  MeanIoU is taken map by map and then averaged, over the maps that hold or predict the class: one missed cell on a map
#        without any other cell of its class weighs as much as a map full of it. The class has 0.5 in the place of 0.98.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
packages=(torch==2.13.0+cpu torchmetrics==1.9.0 numpy==2.4.6)
env/bin/pip install -q "${packages[@]}" || env/bin/pip install -q "${packages[@]}" --extra-index-url https://download.pytorch.org/whl/cpu
env/bin/python - <<'P'
import torch
from torchmetrics.classification import MulticlassJaccardIndex
from torchmetrics.segmentation import MeanIoU

truth = torch.zeros(2, 10, 10, dtype=torch.long)
truth[0, 5:] = 1  # a map half of class 1, all found
predicted = truth.clone()
truth[1, 0, 0] = 1  # a map with one cell of class 1, missed
per_map, over_all = MeanIoU(2, input_format="index", per_class=True), MulticlassJaccardIndex(2, average="none")
for metric in (per_map, over_all):
    for k in range(2):
        metric.update(predicted[k : k + 1], truth[k : k + 1])
    print(type(metric).__name__, [round(float(part), 4) for part in metric.compute()])
one = (50 / 50 + 0 / 1) / 2
if not (abs(float(per_map.compute()[1]) - one) < 1e-6 and abs(float(over_all.compute()[1]) - 50 / 51) < 1e-6):
    raise SystemExit("changed")
P
