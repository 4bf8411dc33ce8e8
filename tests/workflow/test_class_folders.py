"""Class folders of images and no scene: labels, models and scores are made, and nothing that needs a scene."""

import numpy as np
import planning
import pytest
import yaml
from PIL import Image

SETTINGS = {
    "scenes": "none.tsv",
    "tile_scene": {"height_px": 36, "width_px": 48},
    "ingest_scene": {"roi": None},
    "summarize_series": {"centre_line": None},
    "collect_labels": {"sources": ["images"]},
}
CLASSES = ("Undisturbed Snow", "Chaos")


@pytest.fixture
def folders(workspace):
    """Return a workspace with class folders of images and an empty table of scenes."""
    rng = np.random.default_rng(1)
    for name in CLASSES:
        (workspace.folder / "images" / name).mkdir(parents=True)
        for number in range(6):
            image = Image.fromarray(rng.integers(0, 255, (36, 48), np.uint8))
            image.save(workspace.folder / "images" / name / f"{number}.png")
    (workspace.folder / "none.tsv").write_text("scene\tpath\n")
    configure(workspace)
    return workspace


def configure(workspace, **changes):
    (workspace.folder / "tiny.yaml").write_text(yaml.safe_dump(SETTINGS | changes))


def planned(workspace, *arguments):
    """Return the rules that snakemake would run."""
    run = workspace.snakemake("--dry-run", *arguments)
    assert run.returncode == 0, run.stdout[-6000:]
    return set(planning.jobs(run.stdout))


@pytest.mark.parametrize("grid", ["native", "common"])
def test_without_a_scene_models_are_trained_and_scored_and_nothing_is_mapped(folders, grid):
    configure(folders, ingest_scene={"roi": None, "grid": grid})
    assert planned(folders) == {
        *("default", "tile_images", "extract_vario", "collect_labels", "split_labels"),
        *(
            "cross_fit_variomlp",
            "cross_fit_resnet18",
            "train_variomlp",
            "train_resnet18",
            "train_varionet",
            "describe_model",
            "fit_applicability",
            "evaluate_models",
            "compare_splits",
        ),
        *("summarize_run", "write_pages"),
    }


def test_a_folder_of_images_is_classified_beside_them(folders):
    (folders.folder / "loose").mkdir()
    configure(folders, classify_images={"folder": "loose"})
    for target in ((), ("images",)):
        assert {"tile_folder", "extract_vario", "classify_scene", "classify_images"} <= planned(folders, *target)


@pytest.mark.parametrize("name, problem", [("gone", "no such folder"), ("images", "the name of a scene or of class folders")])
def test_a_folder_that_cannot_be_classified_is_one_sentence(folders, name, problem):
    configure(folders, classify_images={"folder": name})
    run = folders.snakemake("--dry-run")
    assert run.returncode != 0 and "Traceback" not in run.stdout
    assert f"classify_images/folder: {name}" in run.stdout and problem in run.stdout


def test_the_page_says_that_there_is_nothing_to_label(folders):
    run = folders.snakemake("label")
    assert run.returncode != 0 and "Traceback" not in run.stdout
    assert "Error: the table of scenes: no scene, expected at least one to label tiles of; add a row" in run.stdout


def test_the_series_of_no_scene_is_one_sentence(folders):
    run = folders.snakemake("series")
    assert run.returncode != 0 and "Traceback" not in run.stdout
    assert "Error: the table of scenes: no scene, expected at least one to list; add a row" in run.stdout


def test_a_folder_whose_name_cannot_name_tiles_is_one_sentence(folders):
    (folders.folder / "images").rename(folders.folder / "my images")
    configure(folders, collect_labels={"sources": ["my images"]})
    run = folders.snakemake("--dry-run")
    assert run.returncode != 0 and "Traceback" not in run.stdout
    assert "collect_labels/sources: folder my images, named 'my images', expected letters" in run.stdout


def test_a_figure_of_vario_functions_needs_no_named_tiles(folders):
    for number in (1, 2):
        (folders.folder / f"{number}.tif").touch()
    (folders.folder / "none.tsv").write_text("scene\tpath\none\t1.tif\ntwo\t2.tif\n")
    configure(folders, draw_vario={"tiles": ["one_r000000_c000000"]})
    for scene in ("one", "two", "images"):
        assert "draw_vario" in planned(folders, f"results/figures/vario/{scene}.png")
