"""What each default of VarioMLP and VarioNet is worth: one setting changed at a time, on the validation tiles of a finished run.

usage: defaults.py [CONFIG] [RESULTS]     after  snakemake --configfile CONFIG scores

The test tiles are not looked at. Losses and macro-F1 are means over three seeds. The table goes to docs/benchmarks.md.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from sklearn.metrics import f1_score

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "workflow" / "scripts"))

import record
from vario.extract_vario import extract_vario

from geoclass.core import settings, tables
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints, devices, fusion_training, training, variomlp
from geoclass.networks.batches import Examples
from geoclass.vario import features

SEEDS = (1, 2, 3)
CPU = devices.torch.device("cpu")
VARIOMLP = {
    "as it is": {},
    "three directions": {"directions": 3},
    "normalisation raw": {"normalisation": "raw"},
    "normalisation variance": {"normalisation": "variance"},
    "normalisation log": {"normalisation": "log"},
    "normalisation invariant": {"normalisation": "invariant", "directions": 4},
    "mirrored, turned, other light": {"augmentation": ["mirror", "rotate", "brightness"]},
    "not augmented": {"augmentation": []},
    "balance none": {"balance": "none"},
    "balance weights": {"balance": "weights"},
    "balance root": {"balance": "root"},
    "100 epochs": {"epochs": 100},
}
VARIONET = {
    "as it is": {},
    "weights symmetric": {"weights": "symmetric"},
    "weights cnn": {"weights": "cnn"},
    "weights discrete, 0.5": {"weights": "discrete", "variomlp_weight": 0.5},
    "fusion of probabilities": {"fusion": "probabilities"},
    "three blocks": {"blocks": 3},
    "not fine-tuned": {"fine_epochs": 0},
}


def score(network, held: Examples) -> tuple[float, float]:
    """Return cross-entropy and macro-F1 on the validation tiles."""
    logits = training.predict(network, held, 64).numpy()
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    loss = -np.log(np.maximum(p[np.arange(len(p)), held.labels], 1e-12)).mean()
    return float(loss), f1_score(held.labels, p.argmax(1), average="macro")


def train(tiles: labelled_tiles.LabelledTiles, section: dict, folder: Path) -> tuple[float, float]:
    """Train one VarioMLP; return its loss and macro-F1."""
    shown, held = tiles.subset("train"), tiles.subset("validation")
    recipe = features.recipe(shown.v, section["normalisation"], section["directions"], tiles.expected["vario"]["lags"])
    n = len(recipe["standardisation"]["mean"])
    devices.seed(section["seed"])
    widths = variomlp.hidden_widths(section["hidden"], n)
    network = variomlp.VarioMLP(n, len(tiles.classes), widths, section["dropout"])
    held = Examples(held, {"vario"}, recipe, CPU)
    examples = Examples(shown, {"vario"}, recipe, CPU, section["augmentation"], section["seed"])
    place = training.Place(folder, CPU, devices.torch.float32, "")
    training.fit(network, examples, held, training.Options.of(section), place, "variomlp")
    place.clear()
    return score(network, held)


def fuse(fusion: fusion_training.Fusing, section: dict) -> tuple[float, float]:
    """Train one VarioNet; return its loss and macro-F1."""
    section, fit = fusion.weighted(section)
    if section["fine_epochs"]:
        fit = fusion.fine(fit, section, "fine")
    fusion.place.clear()
    network = checkpoints.build("varionet", fusion.architecture(section))
    network.load_state_dict(fit.best)
    return score(network, fusion.held)


def rows(model: str, ways: dict, section: dict, run) -> list[dict]:
    """Return a row for each way that differs from what is set."""
    found = []
    for name, change in ways.items():
        if not change or any(section[key] != value for key, value in change.items()):
            scores = np.array([run({**section, **change, "seed": seed}) for seed in SEEDS])
            mean, spread = scores.mean(0), scores.std(0, ddof=1)
            found.append({"model": model, "setting": name, "loss": mean[0], "macro_f1": mean[1], "deviation": spread[1]})
            print(f"{model}, {name}: loss {mean[0]:.3f}, macro-F1 {mean[1]:.3f} ± {spread[1]:.3f}", flush=True)
    return found


def main(path: str, results: Path) -> None:
    """Measure all ways and write the table."""
    config = yaml.safe_load((ROOT / path).read_text())
    settings.complete(config, ROOT / "workflow" / "schemas" / "config.schema.yaml")
    scheme = config["split_labels"]["scheme"]
    devices.reproducible(2)
    labels, split = str(results / "labels" / "labels.parquet"), str(results / "splits" / f"{scheme}.parquet")
    wanted = set(tables.read(labels, ["tile_id"])["tile_id"])
    paths = [str(p) for p in sorted(results.glob("tiles/*.parquet")) if wanted & set(tables.read(p, ["tile_id"])["tile_id"])]
    vario = [p.replace("/tiles/", "/vario/") for p in paths]
    tiles = labelled_tiles.labelled_tiles(labels, split, paths, vario)
    mlp, net = config["train_variomlp"], config["train_varionet"]
    with tempfile.TemporaryDirectory() as folder:
        found = rows("VarioMLP", VARIOMLP, mlp, lambda section: train(tiles, section, Path(folder, "variomlp")))
        other = "unit" if config["extract_vario"]["scheme"] == "3-4-5" else "3-4-5"
        keep = {"maximum_lag_share": config["extract_vario"]["maximum_lag_share"]}
        lags = [str(Path(folder, Path(p).name)) for p in paths]
        for tile, table in zip(paths, lags, strict=True):
            extract_vario(tiles=tile, scheme=other, threads=2, output=table, **keep)
        others = labelled_tiles.labelled_tiles(labels, split, paths, lags)
        way = {f"lags {other}": {}}
        found += rows("VarioMLP", way, mlp, lambda section: train(others, section, Path(folder, "variomlp")))
        place = training.Place(Path(folder, "varionet"), CPU, devices.precision(net["precision"], CPU), "")
        models = results / "models" / scheme
        folders = {kind: models / kind for kind in fusion_training.PARTS}
        fusion = fusion_training.Fusing(tiles, fusion_training.load(tiles, folders, split, place.device), net, place)
        found += rows("VarioNet", VARIONET, net, lambda section: fuse(fusion, section))
    n = [int((tiles.subsets == subset).sum()) for subset in ("train", "validation")]
    lines = [f"| {r['model']} | {r['setting']} | {r['loss']:.3f} | {r['macro_f1']:.3f} ± {r['deviation']:.3f} |" for r in found]
    text = f"`{path}`, {scheme} split, {n[0]} training and {n[1]} validation tiles, {record.machine()}, {pd.Timestamp.now():%Y-%m-%d}; "
    text += f"mean over seeds {SEEDS}, ± standard deviation.\n\n"
    text += "| model | setting changed | validation loss | macro-F1 |\n|---|---|---:|---:|\n"
    record.section("defaults", "Defaults", text + "\n".join(lines))


if __name__ == "__main__":
    path = sys.argv[1] if len(sys.argv) > 1 else "config/presets/demo.yaml"
    main(path, ROOT / (sys.argv[2] if len(sys.argv) > 2 else "results"))
