"""The tiny series as a run in which every rule of the workflow has something to do, whatever rules there are."""

import re
import shutil
import socket
from pathlib import Path

import numpy as np
import yaml
from laws import ROOT, rules
from PIL import Image

TINY = ROOT / "tests" / "workflow" / "tiny.yaml"
WILDCARDS = {"scene": "20160625", "model": "variomlp", "scheme": "block", "image_set": "images", "ROUND": "round01", "fold": "0"}
SETTINGS = "every_rule.yaml"
SCENES = ("20160625", "20180611", "20190704")  # the first, the one with clouds and the last; more would only take longer
LOOSE = "loose"  # a folder of images without class


def prepare(folder: Path) -> None:
    """Put tables, settings and class folders of images into the folder of a run."""
    shutil.copytree(ROOT / "config", folder / "config")
    scenes = folder / "config" / "scenes.tsv"
    scenes.write_text("".join(line for line in scenes.open() if line.startswith(("scene", *SCENES))))
    settings = yaml.safe_load(TINY.read_text())
    settings["collect_labels"] = {"sources": ["results/simulated/labels.gpkg", "images"]}
    settings["learning_rate_sweep"] = {"learning_rates": [0.0001, 0.00001]}
    settings["accept_predictions"] = {"teacher": "variomlp", "minimum_confidence": 0.5}
    settings["split_labels"]["shares"] = [0.6, 0.2, 0.2]  # rounds and the study of learning rates need a part that nothing learns
    settings["compare_runs"] = {"previous": "before"}
    for name in ("classes", "evaluation"):  # a previous run with the very results of this one
        (folder / "before").mkdir(exist_ok=True)
        (folder / "before" / name).symlink_to(folder / "results" / name)
    settings["judge_round"] = {"student": "variomlp"}
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings["label"] = {"port": free.getsockname()[1]}
    settings["classify_images"] = {"folder": LOOSE, "class_folders": True}
    (folder / SETTINGS).write_text(yaml.safe_dump(settings))
    rng = np.random.default_rng(1)
    size = settings["tile_scene"]["height_px"], settings["tile_scene"]["width_px"]
    for name in ("Undisturbed Snow", "Chaos"):
        (folder / "images" / name).mkdir(parents=True)
        for number in range(3):
            Image.fromarray(rng.integers(0, 255, size, np.uint8)).save(folder / "images" / name / f"{number}.png")
    shutil.copytree(folder / "images" / "Chaos", folder / LOOSE)


def targets() -> dict[str, str]:
    """Return a file of every rule that Snakemake can be asked for, by the rule's name: that of its benchmark.

    Those of the user's own machine have none: the labelling page, which runs until it is stopped, and weights from another machine.
    """
    found = {name: benchmark(body) for name, body in rules().items() if "    localrule: True" not in body}
    of_loose = {name: {"image_set": LOOSE} for name in ("tile_folder", "classify_images")}
    return {name: pattern.format(**WILDCARDS | of_loose.get(name, {})) for name, pattern in found.items()}


def benchmark(body: str) -> str:
    """Return where a rule writes its benchmark, with its wildcards."""
    return "results" + re.search(r'^    benchmark:\n        f?"<results>(/.+)"$', body, re.MULTILINE)[1]


def on_gpu() -> set[str]:
    """Return the rules that ask for a GPU."""
    return {name for name, body in rules().items() if re.search(r"^        gpu=1,$", body, re.MULTILINE)}
