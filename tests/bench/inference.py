"""Measure inference: engines against plain float32, the rule against the bare network, memory at two sizes of a scene.

Only ratios within one run mean anything on another machine. Writes results/bench/inference.tsv and its section of
docs/benchmarks.md.

usage: inference.py [TILES TILES]
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "bench")]

import classified
import numpy as np
import pandas as pd
import record
import tile_tables
import torch
from classification.classify_scene import BATCH, classify_scene

from geoclass.classification import inference
from geoclass.classification.agreement import agreement
from geoclass.classification.backbones import Backbones
from geoclass.classification.engine import Batch, Engine, compute
from geoclass.classification.engines import build
from geoclass.classification.second_look import SecondLook
from geoclass.confidence import calibration
from geoclass.core import tables
from geoclass.networks import checkpoints, devices, model_folder, quantisation, resnet18
from geoclass.scenes import radiometry
from geoclass.vario import vario_functions

THREADS = min(2, os.cpu_count())
SIZE = (201, 268)
SPACINGS_PX = (9.0, 15.0, 26.0, 60.0)  # of the gratings that stand for four classes
CLASSES = [{"class_id": k, "class_name": f"grating {s:g} px", "colour": f"#{k:06x}"} for k, s in enumerate(SPACINGS_PX, 1)]
REPEATS = 3
SIDES = (1, 2)  # of the squares of pixels that a ResNet-18 averages; the last is the default for tiles of this size
TRAINING_STEPS = 60
TILES = [int(number) for number in sys.argv[1:3]] or [1024, 4096]


def textures(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return n tiles of noisy gratings at any angle, some of two classes, and the class of each."""
    labels = rng.integers(0, len(SPACINGS_PX), n)
    rows, columns = np.indices(SIZE, np.float32)
    tiles = np.empty((n, *SIZE), np.uint16)
    for index, label in enumerate(labels):
        wave = np.zeros(SIZE, np.float32)
        for part, weight in ((label, 1.0), (rng.integers(0, len(SPACINGS_PX)), 0.6 * rng.random())):
            angle, phase = rng.uniform(0, np.pi), rng.uniform(0, 2 * np.pi)
            across = np.cos(angle) * rows + np.sin(angle) * columns
            wave += weight * np.sin(2 * np.pi / SPACINGS_PX[part] * across + phase)
        noise = rng.standard_normal(SIZE, np.float32)
        tiles[index] = (800 + 250 * wave + 150 * noise).clip(0, 2047)
    return tiles, labels


def trained(folder: Path, rng: np.random.Generator, downsampling: int) -> None:
    """Train a ResNet-18 on the gratings, shortly, and save it and a VarioMLP as model folders; its file in int8 beside it."""
    architecture = {"n_classes": len(SPACINGS_PX), "downsampling": downsampling}
    network = resnet18.ResNet18(**architecture).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3)
    hardware = devices.precision("auto", torch.device("cpu")) == torch.bfloat16
    for step in range(TRAINING_STEPS):
        counts, labels = textures(rng, 16)
        pixels = torch.from_numpy(radiometry.scale_pixels(counts, classified.RADIOMETRY))
        with torch.autocast("cpu", torch.bfloat16, enabled=hardware and step < TRAINING_STEPS - 10):
            loss = torch.nn.functional.cross_entropy(network(pixels).float(), torch.from_numpy(labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None  # the mean over all that follows
            layer.reset_running_stats()
    counts, labels = textures(rng, 96)
    pixels = torch.from_numpy(radiometry.scale_pixels(counts, classified.RADIOMETRY))
    with torch.no_grad():
        for first in range(0, 96, 16):
            network(pixels[first : first + 16])
        logits = network.eval()(pixels).numpy()
    temperature = calibration.fit_temperature(logits, labels)
    classified.model(folder / "variomlp", "variomlp", SIZE, CLASSES, temperature, "auto")
    classified.model(folder / "resnet18", "resnet18", SIZE, CLASSES, temperature, "auto", architecture=architecture)
    replace_weights(folder / "resnet18", network)
    logging.info("trained on gratings: %.0f %% of 96 right", 100 * np.mean(logits.argmax(1) == labels))
    training, _ = textures(rng, quantisation.TILES)
    path = folder / "resnet18" / quantisation.NAME
    quantisation.write(path, network, radiometry.scale_pixels(training, classified.RADIOMETRY))


def replace_weights(folder: Path, network: torch.nn.Module) -> None:
    """Save a model folder again, with the weights of a network."""
    card = json.loads((folder / "model.json").read_text())
    card = {key: value for key, value in card.items() if key not in ("format", "id", "fingerprint", "weights_sha256")}
    weights = {name: weight.contiguous() for name, weight in network.state_dict().items()}
    model_folder.save(folder, card, weights, weights)


def scene(folder: Path, n: int, rng: np.random.Generator) -> tuple[str, str, float]:
    """Write tiles and vario functions of a scene; return both paths and the rate of the vario kernel."""
    counts, _ = textures(rng, min(n, 512))
    lags = vario_functions.lag_vectors(*SIZE, "auto")  # the default of the rule
    vario_functions.vario_functions(counts[:16], lags)  # compiled
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        functions = vario_functions.vario_functions(counts, lags, threads=THREADS)
        seconds.append(time.perf_counter() - start)
    times = -(-n // len(counts))
    path = tile_tables.of_pixels(folder / "tiles.parquet", counts, times=times, radiometry=classified.RADIOMETRY)
    metadata, ids = tables.read_metadata(path), tables.read(path, ["tile_id"])["tile_id"]
    whole = vario_functions.VarioFunctions(
        *(np.concatenate([part] * times) for part in (functions.v, functions.residual, functions.n_pairs))
    )
    classified.write_vario(folder / "vario.parquet", ids, whole, lags, metadata, "auto")
    return path, str(folder / "vario.parquet"), len(counts) / min(seconds)


@dataclass
class Way:
    """A network in one arithmetic: what it is asked, what it should say, and how fast it was."""

    name: str
    what: str
    engine: Engine
    prepared: tuple
    expected: np.ndarray
    again: float | None
    rates: list[float] = field(default_factory=list)

    def agreement(self) -> tuple[float, float, float | None]:
        """Return the share of equal labels, the largest difference of a confidence, and the share of tiles computed again."""
        found = compute(self.engine, self.prepared, BATCH["cpu"])
        compared = agreement(found, self.expected, self.engine.predictor.card["temperature"])
        return compared.labels, compared.largest, self.again


def ways_of(model: Path, side: int, batch: Batch) -> list[Way]:
    """Return the arithmetics of a network that are compared, the slowest first."""
    predictor, backbones = checkpoints.load(model), Backbones(THREADS)
    hardware = devices.precision("auto", predictor.device) == torch.bfloat16
    names = ["float32", "openvino", *["bfloat16"] * hardware, "int8"] if side == 1 else ["openvino", "int8"]
    plain = build("float32", predictor, backbones, model)
    prepared = plain.prepare(batch)
    expected = compute(plain, prepared, BATCH["cpu"])
    ways, seen = [], f"means of {side} x {side} pixels, " if side > 1 else ""
    for name in names:
        engine = build(name, predictor, backbones, model)
        again = engine.settle(prepared, expected, BATCH["cpu"]) if isinstance(engine, SecondLook) else None
        ways.append(Way(name, f"ResNet-18, {seen}{name}, bare network", engine, prepared, expected, again))
    return ways


def rate(engine: Engine, prepared: tuple, batch_size: int) -> float:
    """Return tiles per second of the bare network; in processor time, since other work on the machine must not count."""
    for part in (engine, getattr(engine, "fast", engine), getattr(engine, "exact", engine)):
        part.backbone and part.backbone.known.clear()  # or it would remember the tiles of the last turn
    start = time.process_time()
    logits = compute(engine, prepared, batch_size)
    return THREADS * len(logits) / (time.process_time() - start)


def rule_rate(paths: tuple[str, str], model: Path, engine: str) -> float:
    """Return tiles per second of the rule, from the first tile read to the finished table; loading a model is not counted."""
    seconds = []
    original = inference.classify

    def timed(*arguments: object) -> None:
        start = time.perf_counter()
        original(*arguments)
        seconds.append(time.perf_counter() - start)

    inference.classify = timed
    try:
        output = Path(paths[0]).with_name("classes.parquet")
        classify_scene(*paths, [str(model)], [None], engine, "cpu", THREADS, [str(output)])
    finally:
        inference.classify = original
    return tables.open_table(output).metadata.num_rows / seconds[0]


def peak_mb(paths: tuple[str, str], model: Path) -> float:
    """Return the peak memory of the rule's process."""
    code = (
        "import sys; from classification.classify_scene import classify_scene; t, v, m, o, n = sys.argv[1:]; "
        "classify_scene(t, v, [m], [None], 'auto', 'cpu', int(n), [o]); "
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    )
    arguments = [*paths, str(model), paths[0] + ".memory", str(THREADS)]
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT / "workflow" / "scripts", text=True, capture_output=True, check=True
    )
    return int(run.stdout.split()[-1]) / 1024


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.manual_seed(1)
    torch.set_num_threads(THREADS)
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        paths, memory = {}, {}
        for n in TILES:
            (folder / str(n)).mkdir()
            *paths[n], kernel = scene(folder / str(n), n, rng)
        batch = inference.Scene(*paths[TILES[0]], pixels=True).sample()
        ways = []
        for side in SIDES:
            trained(folder / f"mean{side}", rng, side)
            ways += ways_of(folder / f"mean{side}" / "resnet18", side, batch)
        for _ in range(REPEATS):  # turn by turn, so that what else the machine does hits all alike
            for way in ways:
                way.rates.append(rate(way.engine, way.prepared, BATCH["cpu"]))
        openvino, averaged = ([way for way in ways if way.name == "openvino"][place] for place in (0, -1))
        rows = [(way.what, max(way.rates), max(way.rates) / max(openvino.rates), "openvino", *way.agreement()) for way in ways]
        models = folder / f"mean{SIDES[-1]}"
        bare, whole = [], []
        for _ in range(REPEATS):
            bare.append(rate(averaged.engine, averaged.prepared, BATCH["cpu"]))
            whole.append(rule_rate(paths[TILES[0]], models / "resnet18", averaged.name))
        rows.append((averaged.what.replace("bare network", "the rule"), max(whole), max(whole) / max(bare), "its bare network"))
        fast = max(rule_rate(paths[TILES[1]], models / "variomlp", "auto") for _ in range(REPEATS))
        rows.append((f"vario functions, {THREADS} threads, the kernel", kernel, 1.0, "itself"))
        rows.append(("VarioMLP, the rule", fast, fast / kernel, "the vario kernel"))
        for n in paths:
            memory[n] = peak_mb(paths[n], models / "resnet18")
    columns = ["what", "tiles_per_s", "ratio", "relative_to", "equal_labels", "confidence_within", "computed_again"]
    table = pd.DataFrame([row + (None,) * (len(columns) - len(row)) for row in rows], columns=columns)
    print(table.to_string(index=False))
    output = ROOT / "results" / "bench" / "inference.tsv"
    output.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(output, sep="\t", index=False, float_format="%.4g")
    lines = [
        f"Tiles of {SIZE[0]} x {SIZE[1]} px, {THREADS} threads, {record.machine()}. `bfloat16` and `int8` compute tiles of a small",
        "margin again in float32, so that labels and confidences are kept. Rates of bare networks are by processor time.\n",
        "| what | tiles/s | ratio | relative to | equal labels | confidence within | computed again |",
        "|---|---:|---:|---|---:|---:|---:|",
    ]
    for row in table.itertuples():
        kept = ["" if pd.isna(share) else f"{100 * share:.0f} %" for share in (row.equal_labels, row.computed_again)]
        within = "" if pd.isna(row.confidence_within) else f"{row.confidence_within:.4f}"
        lines.append(
            f"| {row.what} | {row.tiles_per_s:,.0f} | {row.ratio:.2f} | {row.relative_to} | {kept[0]} | {within} | {kept[1]} |"
        )
    sizes = " and ".join(f"{memory[n]:,.0f} MB for {n:,} tiles" for n in memory)
    lines.append(f"\nPeak memory of the rule with ResNet-18: {sizes}.")
    record.section("inference", "Inference", "\n".join(lines))


if __name__ == "__main__":
    main()
