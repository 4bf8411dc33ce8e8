#!/usr/bin/env bash
# Verde 1.9.0: BlockMean, which thins out heights before a trend or a grid, and gives every block a weight: 1 / variance of its data,
# scaled to at most 1.
# Guess: a block with one measurement, whose variance nobody knows, has no weight, a low one or that of a usual block.
# Seen:  its variance counts as 0 and it has the highest weight there is, 1, which else only the quietest block has: a lone measurement
#        weighs as four usual blocks of 15 each, and a lone blunder of 200 m lifts the level of 51 sound blocks by 12 m. Without these
#        weights (BlockReduce) it is 4 m.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile verde==1.9.0 xarray==2026.9.0 scikit-learn==1.9.1 scipy==1.17.1 pandas==2.3.3 numpy==2.4.6
env/bin/python - <<'P'
import numpy as np
import verde

rng = np.random.default_rng(0)
BLOCK, MANY = 500.0, 15
corner_x, corner_y = (part.ravel() for part in np.meshgrid(np.arange(10) * BLOCK, np.arange(5) * BLOCK))
x = np.repeat(corner_x, MANY) + rng.uniform(0, BLOCK, 50 * MANY)
y = np.repeat(corner_y, MANY) + rng.uniform(0, BLOCK, 50 * MANY)
heights = 1000 + rng.normal(0, 5, x.size)
lone_x, lone_y, lone = np.array([250.0, 2250.0]), np.array([3250.0, 3250.0]), np.array([1200.0, 1000.0])  # a blunder and a good one
data = ((np.r_[x, lone_x], np.r_[y, lone_y]), np.r_[heights, lone])
region = (0, 5000, 0, 3500)
place, means, weights = verde.BlockMean(BLOCK, region=region).filter(*data)
alone = place[1] > 2500
usual = weights[~alone]
print(f"{usual.size} blocks of {MANY}: weights {usual.min():.2f} to {usual.max():.2f}, median {np.median(usual):.2f}")
print("blocks of one measurement:", dict(zip(means[alone].tolist(), weights[alone].tolist())))
weighted = verde.Trend(0).fit(place, means, weights).predict((0.0, 0.0))
chain = verde.Chain([("mean", verde.BlockMean(BLOCK, region=region)), ("level", verde.Trend(0))]).fit(*data).predict((0.0, 0.0))
plain = verde.Chain([("mean", verde.BlockReduce("mean", BLOCK, region=region)), ("level", verde.Trend(0))]).fit(*data).predict((0.0, 0.0))
print(f"level (true 1000): by weights {weighted:.1f}, BlockMean and Trend {chain:.1f}, BlockReduce and Trend {plain:.1f}")
if not ((weights[alone] == 1).all() and np.median(usual) < 0.4 and chain == weighted and weighted - 1000 > 2 * (plain - 1000)):
    raise SystemExit("changed")
P
