"""How many wrong labels are found: labels of the finished demo are swapped at random, and looked for.

Run after the demo: .venv/bin/python tests/bench/label_errors.py
"""

import sys
from pathlib import Path

import numpy as np
import record

sys.path.insert(0, str(Path(__file__).parents[2] / "workflow" / "scripts"))


from geoclass.active_learning import label_errors
from geoclass.core import tables
from geoclass.labels import labelled_tiles

SEEDS, SHARE = range(5), 0.05


def main(results: Path) -> None:
    labels, split = results / "labels" / "labels.parquet", results / "splits" / "block.parquet"
    scenes = sorted(tables.read(labels, ["scene"])["scene"].unique())
    tiles, vario = ([str(results / kind / f"{scene}.parquet") for scene in scenes] for kind in ("tiles", "vario"))
    data = labelled_tiles.labelled_tiles(str(labels), str(split), tiles, vario)
    vectors, n_classes = label_errors.views(data.v, data.pixels()), len(data.classes)
    n_wrong = round(SHARE * len(data))
    found = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        wrong = rng.choice(len(data), n_wrong, replace=False)
        given = data.labels.copy()
        given[wrong] = (given[wrong] + rng.integers(1, n_classes, n_wrong)) % n_classes
        probabilities, usable = label_errors.out_of_fold(vectors, given, data.blocks, n_classes, 1, 2)
        scores, likely = label_errors.judge(given[usable], probabilities[usable])
        swapped = np.isin(np.flatnonzero(usable), wrong)
        first = np.argsort(scores, kind="stable")[:n_wrong]
        found.append((swapped[first].sum(), likely.sum(), swapped[likely].sum()))
    first, marked, right = np.mean(found, axis=0)
    text = (
        f"Of {n_wrong} labels swapped among {len(data)} of the demo {first:.0f} are among the first {n_wrong} of the ranking; "
        f"{marked:.0f} are marked, {right:.0f} rightly (means over {len(SEEDS)} seeds)."
    )
    record.section("label_errors", "Label errors found", text)


if __name__ == "__main__":
    main(Path("results"))
