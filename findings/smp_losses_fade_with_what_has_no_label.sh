#!/usr/bin/env bash
# segmentation-models-pytorch 0.6.0 (PyTorch 2.13.0, CPU): SoftCrossEntropyLoss and SoftBCEWithLogitsLoss on tiles of which only some pixels
# have a label, the others being at ignore_index.
# Guess: what is ignored has no part in the loss, which is the mean over the pixels with a label, as PyTorch's own with ignore_index is:
#        labels of a tenth of the pixels give about the loss of all.
# Seen:  ignored pixels count in the denominator. With a label in every tenth pixel the loss and its gradient are a tenth: a tile with a few
#        labelled crevasses hardly moves the network, a full tile of snow moves it ten times as far, and validation over sparse labels looks
#        ten times as good. Its Dice and focal losses leave such pixels out.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
packages=(torch==2.13.0+cpu numpy==2.4.6)
env/bin/pip install -q "${packages[@]}" || env/bin/pip install -q "${packages[@]}" --extra-index-url https://download.pytorch.org/whl/cpu
env/bin/pip install -q --no-compile --no-deps segmentation-models-pytorch==0.6.0
cd env/lib/python3*/site-packages/segmentation_models_pytorch  # its losses stand alone; its encoders would ask for torchvision
../../../../bin/python - <<'P'
import torch

import losses

torch.manual_seed(0)
scores, classes = torch.randn(2, 4, 100, 100), torch.randint(0, 4, (2, 100, 100))
score, crevasse = torch.randn(2, 1, 100, 100), torch.randint(0, 2, (2, 1, 100, 100)).float()
unlabelled = torch.rand(2, 100, 100) > 0.1
few, few_crevasses = classes.masked_fill(unlabelled, 255), crevasse.masked_fill(unlabelled[:, None], -100)
kinds = {
    "PyTorch's cross entropy": (torch.nn.CrossEntropyLoss(ignore_index=255), scores, classes, few),
    "SoftCrossEntropyLoss": (losses.SoftCrossEntropyLoss(smooth_factor=0.0, ignore_index=255), scores, classes, few),
    "SoftCrossEntropyLoss, smoothed": (losses.SoftCrossEntropyLoss(smooth_factor=0.1, ignore_index=255), scores, classes, few),
    "SoftBCEWithLogitsLoss": (losses.SoftBCEWithLogitsLoss(ignore_index=-100), score, crevasse, few_crevasses),
    "FocalLoss": (losses.FocalLoss("multiclass", ignore_index=255), scores, classes, few),
    "DiceLoss": (losses.DiceLoss("multiclass", ignore_index=255), scores, classes, few),
}
share = float((~unlabelled).float().mean())
found = {}
for name, (loss, given, full, sparse) in kinds.items():
    all_of_them, labelled = (float(loss(given, truth)) for truth in (full, sparse))
    found[name] = labelled / all_of_them
    print(f"{name}: {all_of_them:.3f} with all labels, {labelled:.3f} with {share:.0%} of them")
faded = [name for name in found if name.startswith("Soft")]
if not (all(abs(found[name] / share - 1) < 0.1 for name in faded) and all(abs(found[name] - 1) < 0.1 for name in found if name not in faded)):
    raise SystemExit("changed")
P
