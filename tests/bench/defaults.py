"""What each default of VarioMLP is worth: one setting changed at a time, on tiles held out, beside scikit-learn's plain classifiers.

usage: defaults.py [CONFIG] [RESULTS] [NAME ...]     after  snakemake --configfile CONFIG splits

NAME limits the settings that are tried. Of a split with folds every labelled tile is held out once; of any other, only the validation
tiles are, and test tiles are not looked at. Figures are means over three seeds. The table goes to LOG.md.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy.special import log_softmax
from sklearn.metrics import f1_score

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "workflow" / "scripts"))

import record

from geoclass.core import settings, tables
from geoclass.evaluation import baselines, short_lags
from geoclass.labels import labelled_tiles
from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.networks import devices, training_state, vario_training

SEEDS = (1, 2, 3)
CPU = devices.torch.device("cpu")
WAYS: dict[str, dict] = {
    "as it is": {},
    "hidden 100": {"hidden": [100]},
    "hidden 100, dropout 0.3": {"hidden": [100], "dropout": 0.3},
    "hidden 100, dropout 0": {"hidden": [100], "dropout": 0.0},
    "hidden 256, dropout 0.3": {"hidden": [256], "dropout": 0.3},
    "hidden 128 and 64, dropout 0.3": {"hidden": [128, 64], "dropout": 0.3},
    "dropout 0.3": {"dropout": 0.3},
    "dropout 0": {"dropout": 0.0},
    "three directions": {"directions": 3},
    "normalisation raw": {"normalisation": "raw"},
    "normalisation variance": {"normalisation": "variance"},
    "normalisation log": {"normalisation": "log"},
    "normalisation invariant": {"normalisation": "invariant"},
    "mirrored, other brightness": {"augmentation": ["mirror", "brightness"]},
    "mirrored, rotated, other brightness": {"augmentation": ["mirror", "rotate", "brightness"]},
    "balance none": {"balance": "none"},
    "balance weights": {"balance": "weights"},
    "no label smoothing": {"label_smoothing": 0.0},
    "label smoothing 0.1": {"label_smoothing": 0.1},
    "2,000 steps": {"minimum_steps": 2000},
    "500 steps": {"minimum_steps": 500, "epochs": 20},
}


def parts(tiles: LabelledTiles) -> list[tuple[LabelledTiles, LabelledTiles]]:
    """Return what is learned and what is asked: a pair a fold, or training and validation tiles."""
    if not tiles.n_folds:
        return [(tiles.subset("train"), tiles.subset("validation"))]
    return [(tiles.learned(fold), tiles.held_out(fold)) for fold in range(tiles.n_folds)]


def network(section: dict, seed: int, learned: LabelledTiles, held: LabelledTiles) -> np.ndarray:
    """Return the logits of a VarioMLP for the tiles held out; a fixed training, as of the model that maps."""
    with tempfile.TemporaryDirectory() as folder:
        run = training_state.RunDirectory(Path(folder, "variomlp"), CPU, devices.torch.float32, "")
        trained = vario_training.train(learned, None, section | {"seed": seed}, run, "variomlp")
    return vario_training.outputs(trained, held)


def plain(make, seed: int, learned: LabelledTiles, held: LabelledTiles) -> np.ndarray:
    """Return the logits of one of the baselines that see vario functions."""
    seen = [short_lags.vectors(part.counts, part.low, part.high, part.valid) for part in (learned, held)]
    return baselines.logits(make(seed), seen[0], learned.labels, seen[1], len(learned.classes))


def measure(name: str, ask, pairs: list) -> dict:
    """Return loss and macro-F1 of all tiles held out, as mean and deviation over the seeds."""
    labels = np.concatenate([held.labels for _, held in pairs])
    found = []
    for seed in SEEDS:
        logits = np.concatenate([ask(seed, learned, held) for learned, held in pairs])
        loss = -log_softmax(logits, 1)[np.arange(len(labels)), labels].mean()
        found.append((loss, f1_score(labels, logits.argmax(1), average="macro", labels=np.unique(labels))))
    mean, spread = np.mean(found, 0), np.std(found, 0, ddof=1)
    row = {"setting": name, "loss": mean[0], "macro_f1": mean[1], "deviation": spread[1]}
    print(f"{name}: loss {mean[0]:.3f}, macro-F1 {mean[1]:.3f} ± {spread[1]:.3f}", flush=True)
    return row


def main(path: str, results: Path, names: list[str]) -> None:
    """Measure all ways and write the table."""
    config = yaml.safe_load((ROOT / path).read_text())
    settings.complete(config, ROOT / "workflow" / "schemas" / "config.schema.yaml")
    scheme, section = config["split_labels"]["scheme"], config["train_variomlp"]
    devices.reproducible(1)
    labels, split = str(results / "labels" / "labels.parquet"), str(results / "splits" / f"{scheme}.parquet")
    wanted = set(tables.read(labels, ["tile_id"])["tile_id"])
    paths = [str(p) for p in sorted(results.glob("tiles/*.parquet")) if wanted & set(tables.read(p, ["tile_id"])["tile_id"])]
    tiles = labelled_tiles.labelled_tiles(labels, split, paths, [p.replace("/tiles/", "/vario/") for p in paths])
    pairs = parts(tiles)
    chosen = {name: change for name, change in WAYS.items() if not names or name in names}
    rows = [
        measure(name, lambda *more, make=make: plain(make, *more), pairs)
        for name, make in (("random forest", baselines.forest), ("perceptron of scikit-learn", baselines.perceptron))
    ]
    for name, change in chosen.items():
        if not change or any(section[key] != value for key, value in change.items()):
            rows.append(measure(f"VarioMLP, {name}", lambda *more, change=change: network(section | change, *more), pairs))
    n = sum(len(held) for _, held in pairs)
    lines = [f"| {r['setting']} | {r['loss']:.3f} | {r['macro_f1']:.3f} ± {r['deviation']:.3f} |" for r in rows]
    text = (
        f"`{path}`, {scheme} split, {n} tiles held out in {len(pairs)} folds, {record.machine()}, {pd.Timestamp.now():%Y-%m-%d}; "
    )
    text += f"mean over seeds {SEEDS}, ± standard deviation.\n\n| model | loss | macro-F1 |\n|---|---:|---:|\n"
    record.section("defaults", "Defaults", text + "\n".join(lines), page=record.LOG)


if __name__ == "__main__":
    path = sys.argv[1] if len(sys.argv) > 1 else "config/presets/demo.yaml"
    main(path, ROOT / (sys.argv[2] if len(sys.argv) > 2 else "results"), sys.argv[3:])
