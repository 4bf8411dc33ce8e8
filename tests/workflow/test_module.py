"""The workflow as a module of another one, in another folder, as the Snakemake catalogue and snakedeploy expect it."""

import os
import shutil
from pathlib import Path

import forked
import numpy as np
import planning
import pytest
import rasters
import yaml

ROOT = Path(__file__).parents[2]
USER = """
configfile: "mine.yaml"


module geoclass:
    snakefile:
        {path!r}
    config:
        config["geoclass"]


use rule * from geoclass as geoclass_*


rule count:
    input:
        rules.geoclass_tile_scene.output.tiles,
    output:
        "counts/{{scene}}.txt",
    shell:
        "wc -c < {{input}} > {{output}}"
"""


def snakemake(folder, *arguments):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONPATH", None)
    return forked.snakemake(["--cores", "2", *arguments], folder, environment)


@pytest.fixture
def user(tmp_path):
    """A folder of a user with a workflow, a scene and tables of his own, and no clone."""
    folder = tmp_path / "another workflow"
    (folder / "tables").mkdir(parents=True)
    shutil.copy(ROOT / "config" / "classes.tsv", folder / "tables")
    rasters.written(folder / "mine.tif", np.random.default_rng(1).integers(1, 999, (216, 288), np.uint16))
    (folder / "tables" / "scenes.tsv").write_text("scene\tpath\tdate\nmine\tmine.tif\t2016-06-25\n")
    (folder / "tables" / "labels.gpkg").touch()
    settings = yaml.safe_load((Path(__file__).parent / "tiny.yaml").read_text())
    settings |= {"scenes": "tables/scenes.tsv", "classes": "tables/classes.tsv", "pathvars": {"results": "made"}}
    settings |= {"collect_labels": {"sources": ["tables/labels.gpkg"]}, "ingest_scene": {}, "summarize_series": {}}
    (folder / "mine.yaml").write_text(yaml.safe_dump({"geoclass": settings}))
    (folder / "Snakefile").write_text(USER.format(path=str(ROOT / "workflow" / "Snakefile")))
    return folder


def test_all_rules_are_planned_in_another_workflow(user):
    run = snakemake(user, "--dry-run", "--quiet", "host")
    assert run.returncode == 0, run.stdout
    assert "geoclass_all" in run.stdout and "geoclass_train_varionet" in run.stdout and "made/summary.md" in run.stdout
    assert "not present in the Snakefile" not in run.stdout


def test_rules_run_in_another_workflow(user):
    run = snakemake(user, "counts/mine.txt")
    assert run.returncode == 0, run.stdout
    assert int((user / "counts" / "mine.txt").read_text()) == (user / "made" / "tiles" / "mine.parquet").stat().st_size
    again = snakemake(user, "counts/mine.txt", "--dry-run")
    assert again.returncode == 0 and "Nothing to be done" in again.stdout, again.stdout


def test_a_mistake_in_the_settings_of_a_module_is_one_sentence(user):
    settings = yaml.safe_load((user / "mine.yaml").read_text())
    settings["geoclass"]["tile_scene"]["heigth_px"] = 36
    (user / "mine.yaml").write_text(yaml.safe_dump(settings))
    run = snakemake(user, "--dry-run")
    assert run.returncode != 0 and "unknown key tile_scene/heigth_px; did you mean height_px?" in run.stdout


def test_the_snakefile_of_the_catalogue_plans_all_by_itself(workspace):
    """That of the top folder, which includes it, is planned and run in the other tests."""
    command = ["--snakefile", str(ROOT / "workflow" / "Snakefile"), "--directory", str(workspace.folder), "--dry-run"]
    run = snakemake(workspace.folder, *command, "--configfile", str(workspace.folder / "tiny.yaml"), "--quiet", "host")
    assert run.returncode == 0, run.stdout
    planned = planning.jobs(run.stdout)
    assert planned["all"] == 1 and {"train_varionet", "render_maps", "write_pages"} <= set(planned)
