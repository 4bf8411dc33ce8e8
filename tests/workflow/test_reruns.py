"""What a change makes anew: a number or a setting what stands on it, a word, a colour, the version or another place nothing."""

import shutil
import sqlite3
from pathlib import Path

import forked
import planning
import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "CITATION.cff", "workflow", "envs", "profiles", "config")


class Copy:
    """A copy of the checkout and of a finished run, in which files are changed and runs are planned."""

    def __init__(self, finished: Path, folder: Path):
        self.checkout, self.folder = folder / "another place" / "checkout", folder / "run"
        self.checkout.mkdir(parents=True)
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, self.checkout / part)
        shutil.copytree(finished, self.folder, copy_function=shutil.copy2, symlinks=True)

    def planned(self, *arguments) -> dict[str, int]:
        """Return how many jobs of which rule a run would make."""
        command = ["--snakefile", self.checkout / "Snakefile", "--directory", self.folder]
        run = forked.snakemake(
            [*command, "--configfile", self.folder / "tiny.yaml", "--cores", "2", "--dry-run", *arguments], self.folder
        )
        assert run.returncode == 0, run.stdout
        return {rule: count for rule, count in planning.jobs(run.stdout).items() if rule not in ("all", "default")}

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a file of the checkout or, where it lies there, of the run."""
        file = self.folder / path if (self.folder / path).exists() else self.checkout / path
        text = file.read_text()
        assert old in text, f"{old} is not in {path}"
        file.write_text(text.replace(old, new, 1))


@pytest.fixture
def copy(finished, tmp_path):
    return Copy(finished.folder, tmp_path)


TRAINED = {"tile_scene", "extract_vario", "collect_labels", "split_labels", "train_variomlp", "train_resnet18", "train_varionet"}


def test_words_the_version_and_another_place_plan_nothing(copy):
    copy.edit("CITATION.cff", "version: ", "version: 9")
    copy.edit("workflow/scripts/geoclass/core/files.py", '"""Files as', '"""All files as')
    copy.edit("workflow/scripts/geoclass/core/log.py", "# it reports", "# since it reports")
    assert copy.planned() == {}


def test_colours_and_names_of_classes_plan_only_what_shows_them(copy):
    copy.edit("config/classes.tsv", "#f3efe6", "#123456")
    copy.edit("config/classes.tsv", "\tSlow Moving Ice\t", "\tSlow ice\t")
    planned = copy.planned()
    assert "render_maps" in planned and not TRAINED & set(planned) and "classify_scene" not in planned


def test_swapped_settings_and_values_that_others_hold_are_seen(copy):
    copy.edit("tiny.yaml", "width_px: 48}", "width_px: 48, stride_columns_px: 36}")  # as many as the height
    assert "tile_scene" in copy.planned()
    copy.edit("tiny.yaml", "height_px: 36, width_px: 48, stride_columns_px: 36", "height_px: 48, width_px: 36")
    assert {"tile_scene", "extract_vario", "train_resnet18", "classify_scene"} <= set(copy.planned())


def test_a_changed_number_plans_what_stands_on_it(copy):
    copy.edit("workflow/scripts/geoclass/series/areas.py", "DRAWS = ", "DRAWS = 1 + ")
    planned = set(copy.planned())
    assert "summarize_series" in planned and not {*TRAINED, "classify_scene", "render_maps"} & planned
    copy.edit("workflow/scripts/geoclass/vario/kernels.py", "NEAR_PX = 8", "NEAR_PX = 7")
    planned = set(copy.planned())
    assert {"extract_vario", "train_variomlp"} <= planned and not {"ingest_scene", "tile_scene", "collect_labels"} & planned
    copy.edit("workflow/scripts/geoclass/scenes/quicklook.py", "SIDE_PX = 900", "SIDE_PX = 899")
    planned = set(copy.planned())
    assert {"ingest_scene", "tile_scene", "list_scenes"} <= planned and "simulate_series" not in planned


@pytest.mark.parametrize(
    "name, plans",
    [
        ("labels", {"collect_labels", "split_labels", "train_variomlp"}),
        ("roi", {"ingest_scene", "tile_scene"}),
        ("cloud_20180611", {"ingest_scene", "tile_scene"}),
        ("centre_line", {"summarize_series"}),
    ],
)
def test_edits_that_are_saved_while_another_program_holds_the_file_are_seen(copy, name, plans):
    """As in QGIS, whose saved edits stand in a journal beside the file until it is closed."""
    opened = sqlite3.connect(copy.folder / "results" / "simulated" / f"{name}.gpkg")
    opened.execute("PRAGMA journal_mode=WAL")
    opened.execute("CREATE TABLE edits (id)")
    opened.commit()
    planned = copy.planned()
    opened.close()
    assert plans <= set(planned)
    assert name != "cloud_20180611" or planned["ingest_scene"] == 1
