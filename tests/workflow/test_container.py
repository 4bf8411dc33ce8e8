"""Every job in one image with --sdm apptainer. Apptainer itself is a stand-in here: it notes what it is asked for and runs the command."""

import os
import subprocess
import sys
from pathlib import Path

import forked
import numpy as np
import pytest
import yaml
from PIL import Image

ROOT = Path(__file__).parents[2]
STAND_IN = """#!/usr/bin/env bash
[ "$1" != --version ] || { echo "apptainer version 1.3.0"; exit; }
echo "$@" >>"$ASKED"
exec bash -c "${@: -1}"
"""


@pytest.fixture
def asked(workspace, monkeypatch):
    """Return the file in which the stand-in notes; the workspace has one folder of images to cut."""
    folder = workspace.folder
    (folder / "images" / "Chaos").mkdir(parents=True)
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (36, 48), np.uint8)).save(folder / "images" / "Chaos" / "1.png")
    (folder / "none.tsv").write_text("scene\tpath\n")
    settings = {"scenes": "none.tsv", "collect_labels": {"sources": ["images"]}}
    (folder / "tiny.yaml").write_text(yaml.safe_dump(settings | {"tile_scene": {"height_px": 36, "width_px": 48}}))
    (folder / "bin").mkdir()
    (folder / "bin" / "apptainer").write_text(STAND_IN)
    (folder / "bin" / "apptainer").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]))
    monkeypatch.setenv("ASKED", str(folder / "asked"))
    return folder / "asked"


def test_a_job_runs_in_the_image_of_the_folder(workspace, asked):
    (workspace.folder / "geoclass.sif").touch()
    run = workspace.snakemake("results/tiles/images.parquet", "--sdm", "apptainer")
    assert run.returncode == 0, run.stdout
    assert (workspace.folder / "results" / "tiles" / "images.parquet").exists()
    assert " geoclass.sif bash -c " in asked.read_text() and "tile_images.py" in asked.read_text()


def test_an_image_that_is_missing_is_one_sentence(workspace, asked):
    run = workspace.snakemake("results/tiles/images.parquet", "--sdm", "apptainer")
    assert run.returncode != 0 and "Traceback" not in run.stdout and not asked.exists()
    assert f"geoclass.sif: no such image in {workspace.folder}" in run.stdout and "apptainer build geoclass.sif" in run.stdout


def test_the_recipe_puts_the_python_of_the_image_first():
    recipe = (ROOT / "envs" / "container.def").read_text()
    shell = recipe.partition("%environment\n")[2].partition("\n%")[0]
    run = subprocess.run(["bash", "-c", f"{shell}\necho $PATH"], text=True, capture_output=True)
    assert run.stdout.startswith("/opt/geoclass-workflow/.venv/bin:")


def test_a_run_in_the_image_takes_the_profile_that_runs_in_a_clone_take(workspace):
    """Without it what an interrupted run has left half-done ends the next one, and a failed job does not show its log."""
    recipe, image = (ROOT / "envs" / "container.def").read_text(), workspace.folder / "image"
    image.mkdir()
    for given, place in map(str.split, recipe.partition("%files\n")[2].partition("\n\n")[0].splitlines()):
        (image / Path(place).relative_to("/opt/geoclass-workflow")).symlink_to(ROOT / given)
    command = ["check", "--snakefile", image / "Snakefile", "--configfile", "tiny.yaml", "--cores", "2", "--dry-run"]
    assert f"Using workflow specific profile {image}/profiles/default" in forked.snakemake(command, workspace.folder).stdout
