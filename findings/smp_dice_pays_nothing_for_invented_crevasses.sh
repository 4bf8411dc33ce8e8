#!/usr/bin/env bash
# segmentation-models-pytorch 0.6.0 (PyTorch 2.13.0, CPU): Dice, Jaccard and Tversky losses on tiles of which some have no crevasse at
# all.
# Guess: crevasses painted where there are none cost: 1 is a full miss, and a network that calls all of a smooth batch crevassed has lost.
# Seen:  where a class is absent from the whole batch its loss is multiplied by 0, as is its gradient: all crevassed and none crevassed
#        cost the same, 0, and smooth glaciers teach nothing. With one crevassed pixel in the batch the same prediction costs nearly 1: it
#        hangs on who shares the batch. Of several classes, one that is only invented costs nothing itself. Add a cross entropy.
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

smooth = torch.zeros(4, 1, 32, 32)
one_pixel = smooth.clone()
one_pixel[0, 0, 0, 0] = 1
classes = torch.zeros(4, 32, 32, dtype=torch.long)
classes[:, :16] = 1  # classes 0 and 1, no 2
called_2 = 20 * torch.nn.functional.one_hot(torch.where(classes == 0, 2, classes), 3).permute(0, 3, 1, 2).float()
changed = False
for name in ("DiceLoss", "JaccardLoss", "TverskyLoss"):
    binary, multi = getattr(losses, name)("binary"), getattr(losses, name)("multiclass")
    found, steepest = {}, {}
    for truth_name, truth in (("no crevasse", smooth), ("one crevassed pixel", one_pixel)):
        for guess_name, guess in (("all", 8.0), ("none", -8.0)):
            logits = torch.full_like(truth, guess, requires_grad=True)
            loss = binary(logits, truth)
            loss.backward()
            found[truth_name, guess_name], steepest[truth_name, guess_name] = float(loss), float(logits.grad.abs().max())
    for (truth, guess), loss in found.items():
        print(f"{name}, batch with {truth}, {guess} called crevassed: {loss:.3f}, steepest gradient {steepest[truth, guess]:.1g}")
    third = float(multi(called_2, classes))
    print(f"{name}, half of class 0, half of class 1, and all of 0 called class 2, which is absent: {third:.3f}")
    none = [value for (truth, _), value in (*found.items(), *steepest.items()) if truth == "no crevasse"]
    changed |= any(none) or found["one crevassed pixel", "all"] < 0.99 or abs(third - 1 / 3) > 0.01
if changed:
    raise SystemExit("changed")
P
