"""How fast networks are trained: the training loop beside a bare torch loop, and VarioNet's frozen stage beside both networks.

Where there is a GPU, it is measured and has a section of its own.

usage: training.py [BATCHES]
"""

import logging
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "tests" / "support")]

import classified
import record
import torch
from torch.nn import functional

from geoclass.core import files
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints, devices, fusion_training, training, training_state
from geoclass.networks.pixel_training import Examples
from geoclass.scenes import radiometry
from geoclass.vario import vario_functions

THREADS = min(2, os.cpu_count())  # of the processor, on which batches are made also for a GPU
SIZE, N_CLASSES, BATCH = (201, 268), 4, 32
EPOCHS, FROZEN_EPOCHS, ROUNDS = 2, 30, 3
LEAST_SHARE, LEAST_TIMES = 0.9, 50
AUGMENTATION = ["mirror", "rotate", "brightness", "cutmix"]  # as by default
SETTINGS = {"learning_rate": 1e-3, "weight_decay": 0.01, "batch_size": BATCH, "patience": 1000, "seed": 1}
SETTINGS |= {"schedule": "constant", "label_smoothing": 0.0, "balance": "none"}
CLASSES = [{"class_id": k, "class_name": f"class {k}", "colour": f"#{k:06x}"} for k in range(1, N_CLASSES + 1)]


def labelled(n_batches: int) -> labelled_tiles.LabelledTiles:
    """Return whole batches of tiles of noise in the common form, a third as many for validation, and their vario functions."""
    n_train = BATCH * n_batches
    n = n_train + n_train // 3
    counts = np.random.default_rng(1).integers(100, 1500, (n, *SIZE), np.uint16)
    lags = vario_functions.lag_vectors(*SIZE)
    low, high = (np.full(n, classified.RADIOMETRY[key]) for key in ("low", "high"))
    v = radiometry.scale_vario(vario_functions.vario_functions(counts, lags).v, {"low": low, "high": high})
    subsets = np.where(np.arange(n) < n_train, "train", "validation")
    names = np.array([f"tile {k}" for k in range(n)])
    lag_facts = {"scheme": "3-4-5", "maximum_lag_share": 0.5, "step_px": 1, "lags": lags.tolist()}
    expected = {"tile": {"height_px": SIZE[0], "width_px": SIZE[1]}, "vario": lag_facts}
    expected["radiometry"] = {key: classified.RADIOMETRY[key] for key in ("method", "low_percent", "high_percent")}
    labels = np.arange(n) % N_CLASSES
    return labelled_tiles.LabelledTiles(names, subsets, names, labels, counts, None, low, high, v, CLASSES, expected)


class Timed(Examples):
    """Examples that note when each batch of training is asked for."""

    def __init__(self, *of_examples: object):
        super().__init__(*of_examples)
        self.times: list[float] = []

    def batch(self, chosen: np.ndarray, rng: np.random.Generator | None = None) -> training.Batch:
        self.times.append(time.perf_counter())
        return super().batch(chosen, rng)


def step_s(tiles: labelled_tiles.LabelledTiles, kinds: list[str], run: training_state.RunDirectory) -> float:
    """Return the mean seconds from batch to batch in the last epoch of the training loop."""
    torch.manual_seed(1)
    network = checkpoints.build("resnet18", {"n_classes": N_CLASSES})
    source = Timed(tiles.subset("train"), run.device, kinds, 1)
    few = Examples(tiles.subset("validation").take(np.arange(2)), run.device)
    run.clear()
    training.fit(network, source, few, training.Options.of(SETTINGS | {"epochs": EPOCHS}), run, "resnet18")
    return np.diff(np.reshape(source.times, (EPOCHS, -1))[-1]).mean()


def bare_step_s(tiles: labelled_tiles.LabelledTiles, run: training_state.RunDirectory) -> float:
    """Return the mean seconds of a step in the last epoch of a bare torch loop: the same network, batch, optimiser and arithmetic."""
    torch.manual_seed(1)
    network = checkpoints.build("resnet18", {"n_classes": N_CLASSES}).to(run.device, memory_format=torch.channels_last).train()
    optimizer = torch.optim.AdamW(network.parameters(), SETTINGS["learning_rate"], weight_decay=SETTINGS["weight_decay"])
    train = tiles.subset("train")
    pixels, labels = torch.from_numpy(train.pixels()).to(run.device), torch.from_numpy(train.labels).to(run.device)
    steps = torch.arange(len(labels), device=run.device).split(BATCH)
    for _ in range(EPOCHS):
        wait(run.device)
        start = time.perf_counter()
        for chosen in steps:
            with torch.autocast(run.device.type, run.precision, enabled=run.precision != torch.float32):
                logits = network(pixels[chosen])
            loss = functional.cross_entropy(logits.float(), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        wait(run.device)
        seconds = (time.perf_counter() - start) / len(steps)
    return seconds


def wait(device: torch.device) -> None:
    """Wait for what a GPU still computes."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def epochs_s(tiles: labelled_tiles.LabelledTiles, folder: Path, run: training_state.RunDirectory) -> tuple[float, float]:
    """Return seconds of an epoch of VarioNet's frozen stage, and of running both networks on all tiles of an epoch."""
    split = folder / "split"
    split.write_text("a split")
    for kind in fusion_training.PARTS:
        classified.model(folder / kind, kind, SIZE, CLASSES, split={"fingerprint": files.fingerprint(split)})
    fused = {"weights": "symmetric", "blocks": 1, "scale": 64, "augmentation": []}
    settings = SETTINGS | fused | {"epochs": FROZEN_EPOCHS}
    folders = {kind: folder / kind for kind in fusion_training.PARTS}
    fusion = fusion_training.FusionTraining(tiles, fusion_training.load(tiles, folders, split, run.device), settings, run)
    run.clear()
    start = time.perf_counter()
    fusion.frozen(settings, "frozen")
    frozen = (time.perf_counter() - start) / FROZEN_EPOCHS
    start = time.perf_counter()
    for source in (fusion.train, fusion.held):
        for name, part in zip(fusion_training.PARTS, (0, 1), strict=True):
            network = fusion.predictors[name].network
            training.predict(network, Part(source, part), BATCH, run.precision)
    wait(run.device)
    return frozen, time.perf_counter() - start


class Part:
    """Examples of one of the two networks."""

    def __init__(self, source: Examples, part: int):
        self.source, self.part, self.labels, self.n_classes = source, part, source.labels, source.n_classes

    def batch(self, chosen: np.ndarray, rng: np.random.Generator | None = None) -> training.Batch:
        inputs, shares = self.source.batch(chosen, rng)
        return (inputs[self.part],), shares


def main(n_batches: int) -> int:
    logging.basicConfig(level=logging.WARNING)
    devices.reproducible(THREADS)
    device = devices.choose("auto", "tests/bench/training.py")
    tiles, rows = labelled(n_batches), []
    n = len(tiles)
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        for precision in dict.fromkeys((devices.precision("auto", device), torch.float32)):
            run = training_state.RunDirectory(folder / "model", device, precision, "bench")
            seconds: dict[str, list[float]] = {"a bare torch loop": [], "the training loop": [], "with augmentation": []}
            for _ in range(ROUNDS):  # turn by turn, so that what else the machine does hits all alike
                seconds["a bare torch loop"].append(bare_step_s(tiles, run))
                seconds["the training loop"].append(step_s(tiles, [], run))
                seconds["with augmentation"].append(step_s(tiles, AUGMENTATION, run))
            kind = str(precision).removeprefix("torch.")
            bare = min(seconds["a bare torch loop"])
            for what, found in seconds.items():
                rows.append((f"ResNet-18, {kind}, {what}", BATCH / min(found), bare / min(found), "a bare torch loop"))
        run = training_state.RunDirectory(folder / "varionet", device, devices.precision("auto", device), "bench")
        frozen, both = epochs_s(tiles, folder, run)
        rows.append(("VarioNet, an epoch that runs both networks", n / both, 1.0, "itself"))
        rows.append(("VarioNet, an epoch of the frozen stage", n / frozen, both / frozen, "running both networks"))
    table = pd.DataFrame(rows, columns=["what", "tiles_per_s", "ratio", "relative_to"])
    print(table.to_string(index=False))
    name, title, machine = "training", "Training", record.machine()
    if device.type == "cuda":
        name, title, machine = "training_gpu", "Training on a GPU", f"{torch.cuda.get_device_name()}, {machine}"
    output = ROOT / "results" / "bench" / f"{name}.tsv"
    output.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(output, sep="\t", index=False, float_format="%.4g")
    lines = [
        f"Tiles of {SIZE[0]} x {SIZE[1]} px, batches of {BATCH}, {THREADS} threads, {machine}, PyTorch {torch.__version__},",
        f"{record.today()}. Best of {ROUNDS} rounds, in turn.\n",
        "| what | tiles/s | ratio to the bare loop, or to both networks |",
        "|---|---:|---:|",
        *(f"| {row.what} | {row.tiles_per_s:,.0f} | {row.ratio:.2f} |" for row in table.itertuples()),
    ]
    record.section(name, title, "\n".join(lines), "training", record.SPEED)
    loops = table[table["what"].str.startswith("ResNet-18")]
    short = [f"{row.what}: {row.ratio:.2f}, expected {LEAST_SHARE}" for row in loops.itertuples() if row.ratio < LEAST_SHARE]
    if both / frozen < LEAST_TIMES:
        short.append(f"the frozen stage is {both / frozen:.0f} times as fast as both networks, expected {LEAST_TIMES}")
    for sentence in short:
        print(sentence)
    return bool(short)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 6))
