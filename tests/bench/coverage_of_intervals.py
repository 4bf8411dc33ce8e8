"""How often intervals of scores hold the true ones: simulated labels in 3 to 60 blocks that differ in difficulty.

`python tests/bench/coverage_of_intervals.py [trials]`; the table goes to docs/benchmarks.md.
"""

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "tests" / "bench")]

from geoclass.evaluation import scores

N_CLASSES, IN_BLOCK = 4, 6  # classes, and tiles of each of two classes in a block
AGREEMENT = 6.0  # of the tiles of one block: a + b of the beta distribution of their recall; the smaller, the more alike
RECALLS = (0.6, 0.85, 0.97)
RATES = ("accuracy", "balanced accuracy", "macro-F1", "recall of a class")


def trial(n_blocks: int, recall: float, generator: np.random.Generator, resamples: int = 400) -> dict:
    """Draw labels and predictions; return, for each of RATES, whether the interval holds the truth, and its length."""
    blocks = np.repeat(np.arange(n_blocks), 2 * IN_BLOCK)
    labels = np.concatenate([np.repeat(generator.choice(N_CLASSES, 2, replace=False), IN_BLOCK) for _ in range(n_blocks)])
    shares = generator.beta(AGREEMENT * recall, AGREEMENT * (1 - recall), (n_blocks, N_CLASSES))
    right = generator.random(len(labels)) < shares[blocks, labels]
    predicted = np.where(right, labels, (labels + generator.integers(1, N_CLASSES, len(labels))) % N_CLASSES)

    support = np.bincount(labels, minlength=N_CLASSES)
    confusion = np.tile(support[:, None] * (1 - recall) / (N_CLASSES - 1), N_CLASSES)
    np.fill_diagonal(confusion, support * recall)
    f1 = 2 * np.diagonal(confusion) / np.maximum(confusion.sum(axis=0) + support, 1e-9)
    truth = np.array([recall, recall, f1[support > 0].mean()])

    point = scores.measure(labels, np.eye(N_CLASSES)[predicted], np.eye(N_CLASSES)[predicted])
    first, second = len(scores.OVERALL), len(scores.COMPARED)
    rates = scores.rates_of(labels, predicted, blocks, N_CLASSES, resamples, seed=1)
    low, high = scores.rate_interval(point[:second], rates[:, :second], n_blocks)
    in_blocks = np.array([len(np.unique(blocks[labels == k])) for k in range(N_CLASSES)])
    recalls = slice(N_CLASSES, 2 * N_CLASSES)
    class_low, class_high = scores.rate_interval(point[first:][recalls], rates[:, second:][:, recalls], in_blocks)
    known = ~np.isnan(class_low)
    by_class = ((class_low <= recall) & (recall <= class_high))[known]
    return {
        "held": [*((low <= truth) & (truth <= high)), by_class.mean() if known.any() else np.nan],
        "length": [*(high - low), (class_high - class_low)[known].mean() if known.any() else np.nan],
    }


if __name__ == "__main__":
    import record

    n_trials = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    lines = ["| blocks | " + " | ".join(RATES) + " |", "|---:|" + "---:|" * len(RATES)]
    everything = []
    for n_blocks in (3, 6, 12, 30, 60):
        found = [trial(n_blocks, recall, np.random.default_rng(seed)) for recall in RECALLS for seed in range(n_trials)]
        held, length = (np.nanmean([one[key] for one in found], axis=0) for key in ("held", "length"))
        everything.append(held)
        cells = " | ".join(f"{100 * share:.0f} % ({size:.2f})" for share, size in zip(held, length, strict=True))
        lines.append(f"| {n_blocks} | {cells} |")
        print(lines[-1], flush=True)
    recalls = ", ".join(map(str, RECALLS))
    text = f"{len(RECALLS) * n_trials} simulated sets a row (true recalls of {recalls}), {N_CLASSES} classes, two in each block with "
    text += f"{IN_BLOCK} tiles each; in brackets the mean length.\n\n"
    text += "\n".join(lines) + f"\n\nOver all rows the intervals hold {100 * np.mean(everything):.1f} %."
    record.section("coverage", "How often intervals hold the truth", text, script="coverage_of_intervals")
