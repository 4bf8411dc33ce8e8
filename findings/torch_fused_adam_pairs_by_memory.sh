#!/usr/bin/env bash
# PyTorch 2.13.0 (CPU): Adam with fused=True for a convolution in channels_last, its state loaded as contiguous tensors, the only ones that
# safetensors stores.
# Guess: a step goes by index: fused, foreach and plain steps agree but for rounding, whatever the memory format of the state.
# Seen:  load_state_dict keeps the strides of what it is given, and the fused step pairs values by their place in memory: other weights,
#        without a word. Plain steps agree. A state has to be copied into the memory format of its parameters.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q torch==2.13.0+cpu numpy==2.4.6 || env/bin/pip install -q torch==2.13.0+cpu numpy==2.4.6 --extra-index-url https://download.pytorch.org/whl/cpu
env/bin/python - <<'P'
import torch


def second_step(fused, contiguous):
    """Train two steps; between them the state goes through contiguous tensors, or stays as it is."""
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(3, 8, 3).to(memory_format=torch.channels_last)
    images = torch.rand(4, 3, 8, 8).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.01, fused=fused)
    for step in range(2):
        optimizer.zero_grad()
        layer(images).square().mean().backward()
        optimizer.step()
        if contiguous and step == 0:
            state = optimizer.state_dict()
            for slots in state["state"].values():
                slots.update({name: value.contiguous() for name, value in slots.items()})
            optimizer.load_state_dict(state)
    return layer.weight.detach()


expected = second_step(fused=False, contiguous=False)
found = {}
for fused in (False, True):
    for contiguous in (False, True):
        found[fused, contiguous] = (second_step(fused, contiguous) - expected).abs().max().item()
        print(f"fused {fused}, state made contiguous {contiguous}: weights differ by up to {found[fused, contiguous]:.1e}")
if found.pop((True, True)) < 1e-3 or max(found.values()) > 1e-6:
    raise SystemExit("changed")
P
