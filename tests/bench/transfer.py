"""What models learn on some glaciers is worth on others: simulated glaciers held out, and few labels of real ones.

`python tests/bench/transfer.py [glaciers] [few]`: scores of the networks on simulated glaciers that they have not seen; and ResNet-18
taught by 5, 10 and 20 labels a class of Perito Moreno glacier and of thermal images of melt ponds, from random weights and from those
learned on the simulated glaciers, beside a logistic regression on what the latter sees. Half of the folds teach, the others are asked.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import torch
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "bench"), str(ROOT / "workflow" / "scripts"), str(ROOT / ".ci")]

import base_model
import melt_ponds
import record
import runs

from geoclass.core import settings, tables
from geoclass.labels import labelled_tiles
from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.networks import devices, pixel_training, resnet18, training_state

SETTINGS = "tests/bench/transfer.yaml"
GLACIERS, RESULTS = ROOT / "results" / "base_model" / "glaciers", ROOT / "results" / "transfer"
SETS = {"Perito Moreno": "tests/real/perito_moreno.yaml", "melt ponds": "tests/bench/melt_ponds.yaml"}
SIZES, SEEDS, STEPS = (5, 10, 20), (1, 2), 150
CPU = torch.device("cpu")


def glaciers() -> None:
    """Score the networks on simulated glaciers held out, and put the scores into the log of experiments."""
    if not (GLACIERS / "labels.gpkg").exists():
        base_model.simulate(GLACIERS.relative_to(ROOT))
    runs.snakemake("scores", config_files=[SETTINGS])
    scores = runs.scores(RESULTS / "evaluation" / "scene")
    lines = ["|model|macro-F1|accuracy|", "|---|---:|---:|"]
    for model, title in runs.MODELS.items():
        lines.append(f"|{title}|{runs.cell(scores.loc[model], 'macro_f1')}|{runs.cell(scores.loc[model], 'accuracy')}|")
    n_tiles = pq.read_metadata(RESULTS / "labels" / "labels.parquet").num_rows
    about = f"{n_tiles:,} tiles of {base_model.GLACIERS} simulated glaciers, a quarter of them held out in turn, seed 1;"
    about += f" {record.machine()}, {record.today()}."
    record.section("glaciers", "Other glaciers, simulated", f"{about}\n\n" + "\n".join(lines), "transfer", record.LOG)


def labelled(config: str) -> tuple[LabelledTiles, dict]:
    """Return the labelled tiles of a set with their folds, and its settings of ResNet-18."""
    if "melt_ponds" in config:
        melt_ponds.prepare()
    known = yaml.safe_load((ROOT / config).read_text())
    settings.complete(known, ROOT / "workflow" / "schemas" / "config.schema.yaml")
    results, scheme = known["pathvars"]["results"], known["split_labels"]["scheme"]
    runs.snakemake(f"{results}/splits/{scheme}.parquet", config_files=[config])
    folder = ROOT / results
    labels, split = str(folder / "labels" / "labels.parquet"), str(folder / "splits" / f"{scheme}.parquet")
    wanted = set(tables.read(labels, ["scene"])["scene"])
    paths = [str(folder / "tiles" / f"{scene}.parquet") for scene in sorted(wanted)]
    return labelled_tiles.labelled_tiles(labels, split, paths), known["train_resnet18"]


def drawn(labels: np.ndarray, pool: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Return the positions of n tiles of each class of a pool, of fewer where it has no more."""
    rng = np.random.default_rng(seed)
    parts = [rng.permutation(pool[labels[pool] == c])[:n] for c in np.unique(labels[pool])]
    return np.sort(np.concatenate(parts))


def taught(tiles: LabelledTiles, asked: LabelledTiles, section: dict, start: str) -> np.ndarray:
    """Return the classes that ResNet-18 gives after a fixed training."""
    with tempfile.TemporaryDirectory() as folder:
        run = training_state.RunDirectory(Path(folder, "resnet18"), CPU, torch.float32, "")
        trained = pixel_training.train(tiles, None, section, run, "resnet18", start)
    return pixel_training.outputs(trained, asked).argmax(1)


def seen(tiles: LabelledTiles, weights: str, downsampling: int) -> np.ndarray:
    """Return what the last layer of a ResNet-18 sees of every tile, (n, 512)."""
    network = resnet18.ResNet18(len(tiles.classes), downsampling)
    resnet18.start_from(network, weights)
    network.eval()
    found: list[np.ndarray] = []
    network.network.fc.register_forward_pre_hook(lambda layer, inputs: found.append(inputs[0].numpy()))
    with torch.inference_mode():
        for part in np.array_split(np.arange(len(tiles)), max(1, len(tiles) // 64)):
            network(torch.from_numpy(tiles.pixels(part)))
    return np.concatenate(found)


def trial(tiles: LabelledTiles, features: np.ndarray, section: dict, start: str, n: int) -> dict[str, float]:
    """Return the macro-F1 of each way after n labels a class; the seed of the section draws labels and halves."""
    seed, labels = section["seed"], tiles.labels
    teaching = (tiles.folds + seed) % 2 == 0
    others = np.unique(tiles.folds[~teaching])
    pool = np.flatnonzero(teaching & ~tiles.withheld[:, others].any(axis=1))  # none that shares ground with a tile that is asked
    chosen = drawn(labels, pool, n, seed)
    asked = np.flatnonzero(~teaching & np.isin(labels, labels[chosen]))
    said = {
        way: taught(tiles.take(chosen), tiles.take(asked), section, weights)
        for way, weights in (("random", ""), ("simulated", start))
    }
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000, class_weight="balanced"))
    said["regression"] = probe.fit(features[chosen], labels[chosen]).predict(features[asked])
    return {way: f1_score(labels[asked], given, average="macro", labels=np.unique(labels[asked])) for way, given in said.items()}


def few(start: str) -> None:
    """Teach by few labels, and put the scores into the log of experiments."""
    lines = [
        "|set, labels a class|random start|start from simulated glaciers|regression on its features|",
        "|---|---:|---:|---:|",
    ]
    for name, config in SETS.items():
        tiles, section = labelled(config)
        section = section | {"downsampling": 2, "epochs": 1, "minimum_steps": STEPS, "batch_size": 16}
        features = seen(tiles, start, 2)
        for n in SIZES:
            found = pd.DataFrame([trial(tiles, features, section | {"seed": seed}, start, n) for seed in SEEDS])
            cells = [f"{found[way].mean():.3f} ({', '.join(f'{score:.2f}' for score in found[way])})" for way in found]
            lines.append(f"|{name}, {n}|" + "|".join(cells) + "|")
            print(lines[-1], flush=True)
    about = f"Macro-F1 on folds that do not teach, mean over {len(SEEDS)} draws of labels and of the halves of the folds, in brackets each;"
    about += f" means of 2 x 2 pixels, {STEPS} steps of 16 tiles; {record.machine()}, {record.today()}."
    record.section(
        "few_labels", "Few labels, weights of simulated glaciers", f"{about}\n\n" + "\n".join(lines), "transfer", record.LOG
    )


def main() -> None:
    """Run the parts that are asked for."""
    parts = sys.argv[1:] or ["glaciers", "few"]
    if "glaciers" in parts:
        glaciers()
    if "few" in parts:
        devices.reproducible(2)
        start = RESULTS / "models" / "scene" / "resnet18" / "weights.safetensors"
        if not start.exists():
            runs.snakemake(str(start.relative_to(ROOT)), config_files=[SETTINGS])
        few(str(start))


if __name__ == "__main__":
    main()
