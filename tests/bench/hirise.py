"""Score the three networks on labelled images of Mars: prepare the class folders, run the workflow, print the table."""

import subprocess
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "bench")]

import runs

DATA = ROOT.parent / "shared" / "data" / "hirise_v1"
RESULTS = ROOT / "results" / "hirise"
COLOURS = ["#9e9e9e", "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd"]
SUBSETS = {0: "test", 1: "validation"}


def prepare() -> None:
    """Link the images into class folders and write class list and folds."""
    folds = pd.read_csv(DATA / "folds_by_source_image.csv").rename(columns={"class": "class_name"})
    for row in folds.itertuples():
        runs.link(RESULTS / "images" / row.class_name / row.file, DATA / "map-proj" / row.file)
    runs.write_tables(RESULTS, sorted(folds["class_name"].unique()), COLOURS)
    folds["subset"] = folds["fold"].map(SUBSETS).fillna("train")
    folds.rename(columns={"file": "image"})[["image", "subset"]].to_csv(RESULTS / "folds.tsv", sep="\t", index=False)


if __name__ == "__main__":
    if not DATA.is_dir():
        sys.exit(f"{DATA}: no such folder, expected the HiRISE images with folds_by_source_image.csv; see docs/benchmarks.md")
    prepare()
    command = [sys.executable, "-m", "snakemake", "scores", "--configfile", "tests/bench/hirise.yaml", *sys.argv[1:]]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)
