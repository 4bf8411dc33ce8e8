"""Runs of the workflow that benchmarks score: class folders and tables to run on, the run itself, scores as cells of a table."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "workflow" / "scripts")]

from geoclass.core import model_names

MODELS = model_names.NAMES | {"random_forest": "random forest", "perceptron": "perceptron"}  # of a table of scores, in this order


def snakemake(*arguments: str, config_files: Sequence[str], given: Sequence[str] = ()) -> None:
    """Run the workflow for targets, with single settings given on top of the files."""
    command = [sys.executable, "-m", "snakemake", *arguments, "--configfile", *config_files]
    subprocess.run([*command, *(["--config", *given] if given else [])], cwd=ROOT, check=True)


def link(path: Path, source: Path) -> None:
    """Make a link to a file, and the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.symlink_to(source)


def write_tables(results: Path, names: list[str], colours: list[str]) -> None:
    """Write the class list of a set of images, and a table of scenes without any."""
    classes = {"class_id": range(1, len(names) + 1), "class_name": names, "colour": colours[: len(names)]}
    pd.DataFrame(classes).to_csv(results / "classes.tsv", sep="\t", index=False)
    (results / "scenes.tsv").write_text("scene\tpath\n")


def scores(evaluation: Path) -> pd.DataFrame:
    """Return the scores of a split by model."""
    return pd.read_csv(evaluation / "scores.tsv", sep="\t").set_index("model")


def cell(row: pd.Series, name: str) -> str:
    """Write a score with its interval."""
    return f"{row[name]:.2f} ({row[f'{name}_low']:.2f}–{row[f'{name}_high']:.2f})"
