"""Score the defaults on thermal images of melt ponds: source images left out in turn, and the authors' test images, looked at once."""

import sys
from pathlib import Path

import pandas as pd
from sklearn.metrics import accuracy_score, f1_score

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "bench")]

import record
import runs

from geoclass.core import model_names

DATA = ROOT.parent / "shared" / "data" / "tir_melt_ponds"
RESULTS = ROOT / "results" / "melt_ponds"
COLOURS = ["#1f4e79", "#4ba3c3", "#e8eef2"]


def prepare() -> pd.DataFrame:
    """Link training images into class folders and test images into one folder; return the table of all."""
    table = pd.read_csv(DATA / "groups.csv").rename(columns={"class": "class_name"})
    table["part"] = table["group"].str.extract(r"^(train|test)", expand=False)
    for row in table.itertuples():
        name = f"{row.group}_{row.tile_id}.tif"
        link = RESULTS / ("test" if row.part == "test" else f"train/{row.class_name}") / name
        runs.link(link, DATA / row.part / row.class_name / f"{row.tile_id}.tif")
    runs.write_tables(RESULTS, sorted(table["class_name"].unique()), COLOURS)
    return table.assign(image=table["group"] + "_" + table["tile_id"] + ".tif")


def report(table: pd.DataFrame) -> None:
    """Put the scores into the log of experiments."""
    scores = runs.scores(RESULTS / "evaluation" / "auto")
    lines = ["|model|images left out|test images|", "|---|---:|---:|"]
    for model, title in runs.MODELS.items():
        tested = ""
        if model in model_names.NAMES:
            found = pd.read_csv(RESULTS / "images" / model / "test" / "images.tsv", sep="\t").merge(
                table, on="image", suffixes=("", "_true")
            )
            macro = f1_score(found["class_name_true"], found["class_name"], average="macro")
            tested = f"{macro:.2f}, accuracy {accuracy_score(found['class_name_true'], found['class_name']):.2f}"
        lines.append(f"|{title}|{runs.cell(scores.loc[model], 'macro_f1')}|{tested}|")
    n_test = (table["part"] == "test").sum()
    about = f"Macro-F1: {len(table) - n_test} training images, and {n_test} test images, seed 1; {record.machine()}, {record.today()}."
    record.section("melt_ponds", "Thermal images of melt ponds", f"{about}\n\n" + "\n".join(lines), page=record.LOG)


if __name__ == "__main__":
    if not DATA.is_dir():
        sys.exit(f"{DATA}: no such folder, expected the images in folders train and test, with groups.csv")
    images = prepare()
    runs.snakemake("scores", "images", *sys.argv[1:], config_files=["tests/bench/melt_ponds.yaml"])
    report(images)
