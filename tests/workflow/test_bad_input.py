"""What a user sees of a mistake: one sentence, an exit code, no traceback, and nothing half-written."""

import os

import numpy as np
import planning
import pytest
import rasters
import yaml


def with_settings(workspace, **changes):
    config = yaml.safe_load((workspace.folder / "tiny.yaml").read_text())
    (workspace.folder / "tiny.yaml").write_text(yaml.safe_dump(config | changes))


def scenes_table(workspace, text):
    (workspace.folder / "config" / "scenes.tsv").write_text(text)


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"tile_scene": {"hieght_px": 36}}, "config: unknown key tile_scene/hieght_px; did you mean height_px?"),
        ({"train_resnet18": {"epochs": 0}}, "config: train_resnet18/epochs is 0: 0 is less than the minimum of 1"),
        ({"scenes": "gone.tsv"}, "gone.tsv: no such file, expected the table of scenes"),
        ({"collect_labels": {"sources": ["gone.gpkg"]}}, "config: collect_labels/sources/0 is gone.gpkg, which does not exist"),
        (
            {"summarize_series": {"crevassed": ["Chaos", "Paralel"]}},
            "config: summarize_series/crevassed has 'Paralel', expected some of",
        ),
    ],
)
def test_wrong_settings_stop_before_anything_runs(workspace, changes, sentence):
    with_settings(workspace, **changes)
    run = workspace.snakemake()
    assert run.returncode != 0
    assert sentence in run.stdout and "Traceback" not in run.stdout
    assert not (workspace.folder / "results").exists()


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("scene\tpath\na\tgone.tif\n", "path of scene a is gone.tif, which does not exist; restore it or remove the row"),
        ("scene\tpath\na\tresults/simulated/a.tif\na\tresults/simulated/b.tif\n", "scene a appears in 2 rows, must be unique"),
    ],
)
def test_a_wrong_table_of_scenes_stops_before_anything_runs(workspace, text, sentence):
    scenes_table(workspace, text)
    run = workspace.snakemake()
    assert run.returncode != 0
    assert sentence in run.stdout and "Traceback" not in run.stdout


def test_a_file_that_is_no_image_stops_its_job_with_one_sentence(workspace):
    (workspace.folder / "a.tif").write_bytes(b"II*\0 this is no image")
    scenes_table(workspace, "scene\tpath\tdate\na\ta.tif\t2016-06-25\n")
    with_settings(workspace, ingest_scene={"roi": None}, collect_labels={"sources": []}, summarize_series={"centre_line": None})
    run = workspace.snakemake("results/scenes/a.tif")
    assert run.returncode != 0
    assert "Error: a.tif: " in run.stdout and "Traceback" not in run.stdout
    assert not list((workspace.folder / "results" / "scenes").glob("*"))


@pytest.mark.parametrize(
    "rule, target",
    [
        ("train_variomlp", "results/models/block/variomlp/model.json"),
        ("classify_scene", "results/classes/resnet18/20160625.parquet"),
    ],
)
def test_a_gpu_that_is_asked_for_and_absent_is_named(grown, monkeypatch, rule, target):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with_settings(grown, device="cuda")
    run = grown.snakemake(target, "--forcerun", rule)  # another device alone makes nothing anew
    assert run.returncode != 0 and f"Error in rule {rule}" in run.stdout
    assert "Error: device: cuda, but this PyTorch" in run.stdout and "Traceback" not in run.stdout


def test_a_store_without_labels_yet_stops_what_learns_from_it_alone(workspace):
    with_settings(workspace, label={"store": "mine.gpkg"}, collect_labels={"sources": ["mine.gpkg"]})
    run = workspace.snakemake("--dry-run")
    assert run.returncode != 0 and "Exception" not in run.stdout and "Traceback" not in run.stdout
    assert "config: collect_labels/sources has mine.gpkg, which holds no labels yet (label/store), expected labels" in run.stdout
    for target in ("label", "check", "results/scenes/20160625.tif"):
        run = workspace.snakemake("--dry-run", target)
        assert run.returncode == 0, run.stdout[-6000:]


@pytest.mark.parametrize(("target", "who"), [("learning_rate_sweep", "learning_rate_sweep"), ("round", "a round")])
def test_what_needs_a_part_that_nothing_learns_is_refused_with_folds_and_planned_with_shares(workspace, target, who):
    run = workspace.snakemake("--dry-run", target)
    assert run.returncode != 0 and "Exception" not in run.stdout and "Traceback" not in run.stdout
    assert (
        f"config: split_labels/shares is null, so that labels are learned by folds, expected a part that {who} does" in run.stdout
    )
    with_settings(workspace, split_labels={"scheme": "block", "shares": [0.6, 0.2, 0.2]})
    run = workspace.snakemake("--dry-run", target)
    assert run.returncode == 0, run.stdout[-6000:]


def test_results_copied_without_records_are_told_of_and_scenes_replaced_since_are_seen(workspace):
    (workspace.folder / ".snakemake" / "metadata").mkdir(parents=True)  # of other results that were made here
    results = workspace.folder / "results"
    for product in ("scenes/a.tif", "scenes/a.json", "scenes/a.jpg", "tiles/a.parquet"):
        (results / product).parent.mkdir(parents=True, exist_ok=True)
        (results / product).touch()
        os.utime(results / product, (1e9, 1e9))
    rasters.written(workspace.folder / "a.tif", np.ones((50, 50), np.uint8))
    scenes_table(workspace, "scene\tpath\tdate\na\ta.tif\t2016-06-25\n")
    with_settings(workspace, ingest_scene={"roi": None}, collect_labels={"sources": []}, summarize_series={"centre_line": None})
    run = workspace.snakemake("results/tiles/a.parquet", "--dry-run")
    assert run.returncode == 0 and "results/tiles/a.parquet: no record of how it was made" in run.stdout
    assert planning.jobs(run.stdout)["ingest_scene"] == 1
