#!/usr/bin/env bash
# safetensors 0.8.0 (with NumPy 2.4.6) writes metadata of two or more keys in an order that changes from save to save.
# Guess: the same tensors and the same metadata give the same file.
# Seen:  in 40 saves of four keys there are many different files; with one key all are the same.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q safetensors==0.8.0 numpy==2.4.6
env/bin/python - <<'P'
import hashlib
import numpy as np
from safetensors.numpy import save

tensors = {"weight": np.zeros(4, np.float32)}
def files(metadata):
    return len({hashlib.sha256(save(tensors, metadata)).hexdigest() for _ in range(40)})
one, four = files({"a": "1"}), files({"a": "1", "b": "2", "c": "3", "d": "4"})
print(f"different files in 40 saves: {one} with one key, {four} with four keys")
assert one == 1 and four > 1
P
