#!/usr/bin/env bash
# pandas 3.1.1 with and without Bottleneck 1.6.0, which it recommends "to accelerate": the spread of 5 million laser heights about 3000 m
# (standard deviation 5 m) in a float32 column.
# Guess: it only makes things faster: std, var and describe are the same but for the last digits.
# Seen:  where Bottleneck happens to be installed, sums are kept in float32, one by one: the standard deviation is 5.04 m for 100,000
#        heights, 6.6 m for a million and 59 m for 5 million, without a warning. The mean of the same column is right, as it is summed by
#        pandas, and so is std in a groupby or in float64. A pipeline changes its numbers with what else is in the environment.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile pandas==3.1.1 numpy==2.4.6
cat > t.py <<'P'
import importlib.util

import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
there = importlib.util.find_spec("bottleneck") is not None
found = []
for many in (100_000, 1_000_000, 5_000_000):
    table = pd.DataFrame({"height": rng.normal(3000, 5, many).astype("float32")})
    one = table.groupby(np.zeros(many, int)).height.std().iloc[0]
    found.append([table.height.std(), table.describe().height["std"], one, table.height.astype(float).std()])
    print(f"{'with' if there else 'without'} Bottleneck, {many} heights: mean {table.height.mean():.2f}, std {found[-1][0]:.2f}, "
          f"of describe {found[-1][1]:.2f}, of groupby {one:.2f}, of float64 {found[-1][3]:.2f}")
found = np.array(found)
if not (np.allclose(found[:, 2:], 5, atol=0.03) and np.allclose(found[:, :2], 5, atol=0.03) != there
        and (not there or (found[1, :2] > 6).all() and (found[2, :2] > 20).all())):
    raise SystemExit("changed")
P
env/bin/python t.py
env/bin/pip install -q --no-compile bottleneck==1.6.0
env/bin/python t.py
