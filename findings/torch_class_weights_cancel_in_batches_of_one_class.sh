#!/usr/bin/env bash
# PyTorch 2.13.0 (CPU): CrossEntropyLoss with weights of classes, 20 for the rare crevasses and 1 for snow, and gradients accumulated over
# tiles that come one by one, as large tiles do.
# Guess: a pixel of a crevasse counts 20 times as much as one of snow, however tiles are put into batches: the sum of the gradients of 8
#        tiles is, but for a common factor, that of the 8 in one batch.
# Seen:  the loss is divided by the sum of the weights in its batch. In a tile of one class they cancel: a tile of crevasses and one of snow
#        weigh the same, as without weights, and a tile with few crevasses has its snow pushed down by those in it. Over tiles of one class
#        weights of 1, 20 and 1000 give the same gradient to the last digit. With reduction="sum" over the number of pixels it is as
#        guessed.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
packages=(torch==2.13.0+cpu numpy==2.4.6)
env/bin/pip install -q "${packages[@]}" || env/bin/pip install -q "${packages[@]}" --extra-index-url https://download.pytorch.org/whl/cpu
env/bin/python - <<'P'
import torch
from torch.nn.functional import cross_entropy

torch.manual_seed(0)
tiles = torch.randn(8, 4, 16, 16)
classes = torch.zeros(8, 16, 16, dtype=torch.long)
classes[0] = 1  # one tile of crevasses, seven of snow


def pull(weight, reduction, size):
    """What the gradient of the output bias does to the two classes, over batches of `size` tiles."""
    network = torch.nn.Conv2d(4, 2, 1)
    torch.nn.init.zeros_(network.weight)
    torch.nn.init.zeros_(network.bias)
    for first in range(0, 8, size):
        part = slice(first, first + size)
        loss = cross_entropy(network(tiles[part]), classes[part], torch.tensor([1.0, weight]), reduction=reduction)
        (loss / (8 / size if reduction == "mean" else classes.numel())).backward()
    return float(-network.bias.grad[1])


found = {}
for reduction in ("mean", "sum"):
    for size in (8, 1):
        found[reduction, size] = [pull(weight, reduction, size) for weight in (1.0, 20.0, 1000.0)]
        print(f"reduction={reduction}, {size} tiles a batch: pull towards crevasses with weights 1, 20, 1000:",
              [round(value, 3) for value in found[reduction, size]])
one, eight = found["mean", 1], found["mean", 8]
same = torch.allclose(torch.tensor(found["sum", 1]), torch.tensor(found["sum", 8]), rtol=1e-4)
if not (max(one) - min(one) < 1e-6 and one[1] < 0 < eight[1] and same and found["sum", 1][1] > 0):
    raise SystemExit("changed")
P
