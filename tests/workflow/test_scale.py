"""A growing series: what a change makes necessary is done, and nothing else."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import planning
import yaml

ROOT = Path(__file__).parents[2]


def chapter(*names):
    """Return the rules of some rule files."""
    texts = [(ROOT / "workflow" / "rules" / f"{name}.smk").read_text() for name in names]
    return set(re.findall(r"^rule (\w+):", "".join(texts), re.MULTILINE))


LEARNING = chapter("labels", "networks", "evaluation", "simulation")


def add_scene(workspace, name="new"):
    """Add one more image, of another date, to the table of scenes."""
    table = pd.read_csv(workspace.folder / "config" / "scenes.tsv", sep="\t", dtype=str, keep_default_na=False)
    source = workspace.folder / table["path"].iloc[0]
    shutil.copy(source, workspace.folder / f"{name}.tif")
    table.loc[len(table)] = {"scene": name, "path": f"{name}.tif", "date": "2021-07-01", "mask": "", "labelled": ""}
    table.to_csv(workspace.folder / "config" / "scenes.tsv", sep="\t", index=False)


def planned(workspace, *arguments):
    """Return the jobs that snakemake would run: how many of each rule, and of what."""
    run = workspace.snakemake("--dry-run", *arguments)
    assert run.returncode == 0, run.stdout[-6000:]
    return Counter(planning.jobs(run.stdout)), planning.things(run.stdout)


def test_two_hundred_scenes_are_planned(workspace):
    names = [f"s{number:03d}" for number in range(200)]
    for name in names:
        (workspace.folder / f"{name}.tif").touch()
    (workspace.folder / "labels.gpkg").touch()
    rows = [f"{name}\t{name}.tif\t{'yes' if name < 's002' else ''}" for name in names]
    (workspace.folder / "scenes.tsv").write_text("\n".join(["scene\tpath\tlabelled", *rows]) + "\n")
    settings = {"scenes": "scenes.tsv", "ingest_scene": {"roi": None}, "collect_labels": {"sources": ["labels.gpkg"]}}
    (workspace.folder / "tiny.yaml").write_text(yaml.safe_dump(settings | {"summarize_series": {"centre_line": None}}))
    rules, _ = planned(workspace)  # what it costs is measured by tests/bench/plan.py
    assert (
        rules["ingest_scene"] == 200
        and rules["render_maps"] == 200
        and rules["train_resnet18"] == 1
        and rules["cross_fit_resnet18"] == 5
    )


def test_one_new_image_runs_its_own_jobs_and_the_summary_of_the_series(grown):
    add_scene(grown)
    rules, things = planned(grown)
    assert rules["ingest_scene"] == rules["tile_scene"] == rules["extract_vario"] == 1
    assert rules["classify_scene"] == 1 and rules["render_maps"] == 1
    assert not set(rules) & LEARNING
    assert things["ingest_scene"] == things["extract_vario"] == things["classify_scene"] == "new"


def test_one_training_parameter_runs_what_depends_on_it(grown):
    settings = yaml.safe_load((grown.folder / "tiny.yaml").read_text())
    settings["train_resnet18"]["epochs"] += 1
    (grown.folder / "tiny.yaml").write_text(yaml.safe_dump(settings))
    rules, _ = planned(grown)
    assert rules["train_resnet18"] and rules["train_varionet"] and rules["evaluate_models"]
    assert not set(rules) & (chapter("labels", "simulation", "scenes", "vario") | {"train_variomlp", "fit_applicability"})
    assert rules["classify_scene"] == rules["render_maps"] == 4  # a job each for all models


def test_a_change_of_the_maps_credits_trains_and_classifies_nothing(grown):
    settings = yaml.safe_load((grown.folder / "tiny.yaml").read_text()) | {"credits": "Simulated."}
    (grown.folder / "tiny.yaml").write_text(yaml.safe_dump(settings))
    rules, _ = planned(grown)
    assert rules["render_maps"] and not any(rule.startswith(("train", "classify", "ingest")) for rule in rules)


def test_a_scene_deleted_between_two_runs_is_named(grown):
    add_scene(grown)
    assert grown.snakemake("results/scenes/new.tif").returncode == 0
    (grown.folder / "new.tif").unlink()
    run = grown.snakemake()
    assert run.returncode != 0 and "Traceback" not in run.stdout
    assert "path of scene new is new.tif, which does not exist; restore it or remove the row" in run.stdout
