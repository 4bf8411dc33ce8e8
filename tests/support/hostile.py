"""A small run whose names of classes and credits are as awkward as a user's may be: mapped by the base model, without training."""

import json
import os
import shutil
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import yaml
from consumers import ROOT, run

from geoclass.core import files
from geoclass.networks import description

# Commas, quotes, signs of other languages and of programs, and names that are one identifier; `<`, `>`, `"` and `&` are refused in names.
NAMES = (
    "Neige, fraîche",
    "Multi directional",
    "Cisaillement, foncé",
    "Multi-directional",
    "Glace d'été (50 %)",
    "Ледник; 氷河",
    "Spalten {x}",
    "a=b #1",
    "multi_directional",
    "$x_1$ + $y$",
    "=1+1",
)
UNMAPPED = "Never, seen"  # a class that no model knows
CREDITS = 'Images <b>© 2016 "A & B"</b>, Ürümqi; ' + "derived maps under the terms of those who gave them, " * 40
MODEL = "variomlp"
DATES = ("20160625", "20180611", "20190704")  # the second has clouds
SETTINGS = {
    "simulate_series": {"height_px": 1024, "width_px": 1024},
    "classify_scene": {"models": [MODEL], "finished": {MODEL: "config/base_model"}},
    "summarize_series": {"crevassed": list(NAMES[2:9])},
    "collect_labels": {"sources": ["config/labels.gpkg"], "unlabelled_classes": "leave_out"},
    "export_labels": {
        "content": "both", "model": MODEL, "licence": "CC BY 4.0",
        "formats": ["png", "tif", "geopackage", "geojson", "parquet", "coco", "label_studio"],
    },
    "credits": CREDITS,
}  # fmt: skip


def classes(folder):
    """Return the table of classes of a run."""
    return pd.read_csv(folder / "config" / "classes.tsv", sep="\t", keep_default_na=False)


def make(folder: Path) -> Path:
    """Make the run in a folder, and return its results: maps, series, catalogue, crate, a data set and the report."""
    shutil.copytree(ROOT / "config", folder / "config")
    _rename(folder / "config")
    simulated = {key: SETTINGS[key] for key in ("simulate_series", "summarize_series", "credits")}
    (folder / "settings.yaml").write_text(yaml.safe_dump(simulated, allow_unicode=True), encoding="utf-8")
    _snakemake(folder, "results/simulated/labels.gpkg")
    labels = gpd.read_file(folder / "results" / "simulated" / "labels.gpkg")
    labels["class_name"] = labels["class_id"].map(classes(folder).set_index("class_id")["class_name"])
    labels.to_file(folder / "config" / "labels.gpkg", driver="GPKG")
    (folder / "settings.yaml").write_text(yaml.safe_dump(SETTINGS, allow_unicode=True), encoding="utf-8")
    _snakemake(folder, "all", "crate", "results/dataset")
    _snakemake(folder, "--report", "results/report.html")
    return folder / "results"


def _rename(config: Path) -> None:
    """Give the classes of the table and of the base model their names, and leave out a scene."""
    table = pd.read_csv(config / "classes.tsv", sep="\t")
    names = dict(zip(table["class_name"], NAMES, strict=True))
    table["class_name"] = NAMES
    table["description"] = table["description"] + ' <b> & "so"'
    table["observed"] = ["no" if name == "=1+1" else "yes" for name in NAMES]
    table.loc[len(table)] = [len(table) + 1, UNMAPPED, "#123456", "", "yes"]
    table.to_csv(config / "classes.tsv", sep="\t", index=False)
    card = json.loads((config / "base_model" / "model.json").read_text())
    card = {key: value for key, value in card.items() if key not in ("id", "fingerprint", "format", "weights_sha256")}
    for entry in card["classes"]:
        entry["class_name"] = names[entry["class_name"]]
    card["split"]["counts"] = {names[name]: counts for name, counts in card["split"]["counts"].items()}
    digest = files.fingerprint(config / "base_model" / "weights.safetensors")
    files.write_json(config / "base_model" / "model.json", description.signed(card, digest))
    scenes = pd.read_csv(config / "scenes.tsv", sep="\t", dtype=str, keep_default_na=False)
    scenes[scenes["scene"].isin(DATES)].to_csv(config / "scenes.tsv", sep="\t", index=False)


def _snakemake(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder, "--cores", "2"]
    command += ["--quiet", "all", "--configfile", folder / "config" / "presets" / "demo.yaml", folder / "settings.yaml"]
    command += arguments if arguments[0].startswith("-") else ["--", *arguments]
    run(*command, cwd=folder, env={**os.environ, "OMP_NUM_THREADS": "1"})
