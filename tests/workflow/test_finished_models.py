"""A model folder that was finished elsewhere classifies new scenes: no labels, no training, no simulation."""

import shutil

import pandas as pd
import pytest
import yaml

MODELS = ("variomlp", "resnet18", "varionet")


@pytest.fixture
def elsewhere(finished, workspace):
    """Return a workspace with one scene of its own and copies of the three model folders, but no labels."""
    scenes = pd.read_csv(finished.folder / "config" / "scenes.tsv", sep="\t", dtype=str)
    shutil.copy(finished.folder / scenes["path"].iloc[-1], workspace.folder / "new.tif")
    (workspace.folder / "config" / "scenes.tsv").write_text("scene\tpath\tdate\nnew\tnew.tif\t2021-07-01\n")
    for model in MODELS:
        shutil.copytree(finished.folder / "results" / "models" / "block" / model, workspace.folder / "models" / model)
    shutil.copy(finished.folder / "results" / "models" / "block" / "applicability.safetensors", workspace.folder / "models")
    settings = {
        "tile_scene": {"height_px": 36, "width_px": 48},
        "ingest_scene": {"roi": None},
        "collect_labels": {"sources": []},
        "summarize_series": {"centre_line": None},
        "classify_scene": {"finished": {model: f"models/{model}" for model in MODELS}},
    }
    (workspace.folder / "new.yaml").write_text(yaml.safe_dump(settings))
    return workspace


def test_new_scenes_are_mapped_without_labels_or_training(elsewhere):
    run = elsewhere.snakemake(config="new.yaml")
    assert run.returncode == 0, run.stdout[-6000:]
    results = elsewhere.folder / "results"
    for model in MODELS:
        classes = pd.read_parquet(results / "classes" / model / "new.parquet")
        assert classes["class_id"].notna().all() and classes["applicable"].notna().all()
        assert (results / "maps" / model / "new_class.tif").stat().st_size > 0
    assert not {"labels", "splits", "models", "evaluation", "simulated"} & {path.name for path in results.iterdir()}


def test_scenes_cut_otherwise_are_refused_with_the_difference(elsewhere):
    settings = yaml.safe_load((elsewhere.folder / "new.yaml").read_text())
    settings["tile_scene"] = {"height_px": 48, "width_px": 64}
    (elsewhere.folder / "new.yaml").write_text(yaml.safe_dump(settings))
    run = elsewhere.snakemake("results/classes/varionet/new.parquet", config="new.yaml")
    assert run.returncode != 0 and "Traceback" not in run.stdout
    assert "tiles of 48 x 64 px, but model variomlp-" in run.stdout and "was trained with 36 x 48 px" in run.stdout
    assert not (elsewhere.folder / "results" / "classes" / "varionet" / "new.parquet").exists()
