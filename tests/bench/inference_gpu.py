"""Measure inference on a GPU: each model bare and as the rule, bfloat16 beside float32, and what the GPU waits for.

Writes results/bench/inference_gpu.tsv and its section of docs/benchmarks.md; stops where there is no GPU.
"""

import logging
import os
import re
import tempfile
from pathlib import Path

import inference as on_cpu
import numpy as np
import pandas as pd
import record
import torch
from classification.classify_scene import BATCH, BATCH_WITHOUT_PIXELS, classify_scene

from geoclass.classification import inference
from geoclass.classification.agreement import agreement
from geoclass.classification.backbones import Backbones
from geoclass.classification.engine import compute
from geoclass.classification.engines import build
from geoclass.classification.second_look import SecondLook
from geoclass.core import tables
from geoclass.evaluation import scores
from geoclass.networks import checkpoints, devices

N_TILES = 16_384
THREADS = os.cpu_count()


class Notes(logging.Handler):
    """Keeps what the log says."""

    def __init__(self):
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def fused(folder: Path) -> None:
    """Save a VarioNet that hands the logits of the trained ResNet-18 on, since nothing else in it is trained."""
    part = checkpoints.load(folder / "resnet18")
    on_cpu.classified.model(folder / "varionet", "varionet", on_cpu.SIZE, on_cpu.CLASSES, part.card["temperature"], "auto")
    whole = checkpoints.load(folder / "varionet")
    whole.network.resnet18.load_state_dict(part.network.state_dict())
    fusion, n = whole.network.fusion, len(on_cpu.CLASSES)
    for weight in (*fusion.parameters(), *whole.network.variomlp.layers[-1].parameters()):
        weight.data.zero_()
    for sign, first in ((1, 0), (-1, n)):  # z = ReLU(z) - ReLU(-z)
        fusion.blocks[0].short.weight.data[first : first + n] = sign * torch.eye(n)
        fusion.last.weight.data[:, first : first + n] = sign * torch.eye(n)
    on_cpu.replace_weights(folder / "varionet", whole.network)


def rule(paths: tuple[str, str], model: Path, output: Path) -> tuple[float, float]:
    """Return tiles per second of the rule, from the first tile read to the finished table, and the share of time computing."""
    notes = Notes()
    logging.getLogger("geoclass").addHandler(notes)
    classify_scene(*paths, [str(model)], [None], "auto", "cuda", THREADS, [str(output)])
    logging.getLogger("geoclass").removeHandler(notes)
    found = re.search(r"(\d+) per s; the networks computed (\d+) %", notes.lines[-1])
    return float(found[1]), float(found[2]) / 100


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    device = devices.choose("cuda", "tests/bench/inference_gpu.py")
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    rows = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        on_cpu.trained(folder, rng, 1)
        fused(folder)
        tiles_path, vario_path, _ = on_cpu.scene(folder, N_TILES, rng)
        for kind in ("variomlp", "resnet18", "varionet"):
            predictor = checkpoints.load(folder / kind, device)
            scene = inference.Scene(tiles_path, vario_path, pixels=kind != "variomlp")
            batch_size = BATCH["cuda"] if scene.pixels else BATCH_WITHOUT_PIXELS
            tiles = scene.read(range(0, 4096 // tables.ROW_GROUP))
            plain = build("float32", predictor, Backbones(THREADS), folder / kind)
            prepared = plain.prepare(tiles.batch)
            expected = compute(plain, prepared, batch_size)
            built = {"float32": plain}
            if scene.pixels:
                built["bfloat16"] = build("bfloat16", predictor, Backbones(THREADS), folder / kind)
            for precision, engine in built.items():
                again = engine.settle(prepared, expected, batch_size) if isinstance(engine, SecondLook) else None
                found = agreement(compute(engine, prepared, batch_size), expected, predictor.card["temperature"])
                rate = max(on_cpu.rate(engine, prepared, batch_size) for _ in range(on_cpu.REPEATS + 1))  # the first one warms up
                rows.append((f"{scores.NAMES[kind]}, {precision}, bare network", rate, found.labels, found.largest, again))
            rate, busy = max(rule((tiles_path, vario_path), folder / kind, folder / "classes.parquet") for _ in range(2))
            rows.append((f"{scores.NAMES[kind]}, the rule", rate, None, None, None, busy))
    columns = ["what", "tiles_per_s", "equal_labels", "confidence_within", "computed_again", "gpu_computes"]
    table = pd.DataFrame([row + (None,) * (len(columns) - len(row)) for row in rows], columns=columns)
    print(table.to_string(index=False))
    output = on_cpu.ROOT / "results" / "bench" / "inference_gpu.tsv"
    output.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(output, sep="\t", index=False, float_format="%.4g")
    share = "{:.0%}".format
    cells = {"equal_labels": share, "confidence_within": "{:.4f}".format, "computed_again": share, "gpu_computes": share}
    lines = [
        f"{torch.cuda.get_device_name()}, {record.machine()}, PyTorch {torch.__version__}, {record.today()}. {N_TILES:,} tiles of "
        f"{on_cpu.SIZE[0]} x {on_cpu.SIZE[1]} px;",
        "the bare network has its inputs in memory, the rule reads tables and writes one.\n",
        "| what | tiles/s | equal labels | confidence within | computed again | the network computes |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for row in table.to_dict("records"):
        told = ["" if pd.isna(row[key]) else form(row[key]).replace("%", " %") for key, form in cells.items()]
        lines.append(f"| {row['what']} | {row['tiles_per_s']:,.0f} | {' | '.join(told)} |")
    record.section("inference_gpu", "Inference on a GPU", "\n".join(lines))


if __name__ == "__main__":
    main()
