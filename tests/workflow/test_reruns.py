"""What a change makes anew: a number or a setting what stands on it, a word, a colour, the version or another place nothing."""

import contextlib
import os
import shutil
import sqlite3
import warnings
from pathlib import Path

import class_series
import forked
import geopandas as gpd
import numpy as np
import planning
import pytest
import rasterio
import rasterio.shutil
import shapely
import yaml
from rasterio.errors import NotGeoreferencedWarning

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


@pytest.mark.parametrize("older", [False, True], ids=["edited", "replaced by an older list"])
def test_colours_and_names_of_classes_plan_only_what_shows_them(copy, older):
    copy.edit("config/classes.tsv", "#f3efe6", "#123456")
    copy.edit("config/classes.tsv", "\tSlow Moving Ice\t", "\tSlow ice\t")
    if older:
        os.utime(copy.folder / "config" / "classes.tsv", (1e9, 1e9))
    planned = copy.planned()
    assert "render_maps" in planned and not TRAINED & set(planned) and "classify_scene" not in planned


def test_a_class_more_or_less_binds_labels_anew(copy):
    table = copy.folder / "config" / "classes.tsv"
    table.write_text(table.read_text() + "250\tCloud\t#000001\t\n")
    assert TRAINED & set(copy.planned()) >= {"collect_labels", "split_labels"}


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


SETTINGS = {
    "scenes": "scenes.tsv",
    "ingest_scene": {"roi": None},
    "tile_scene": {"height_px": 16, "width_px": 16},
    "collect_labels": {"sources": ["images"]},
    "summarize_series": {"centre_line": None},
}


SIDE_CAR = (
    "<isd><IMD><BITSPERPIXEL>8</BITSPERPIXEL><IMAGE><SATID>WV02</SATID><CATID>1030010059AA3500</CATID>"
    "<FIRSTLINETIME>2016-06-25T17:03:09.2Z</FIRSTLINETIME></IMAGE></IMD></isd>"
)


def write_raster(path: Path, seed: int) -> None:
    """Write a scene, or an image, of random counts."""
    counts = np.random.default_rng(seed).integers(1, 255, (1, 16, 16), np.uint8)
    placed = {"crs": "EPSG:32633", "transform": rasterio.Affine(1, 0, 5e5, 0, -1, 8e6)} if path.suffix == ".tif" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", width=16, height=16, count=1, dtype="uint8", **placed) as image:
            image.write(counts)


def test_files_of_the_users_that_are_replaced_also_by_older_ones_are_seen(workspace, tmp_path):
    targets = [*(f"results/scenes/{scene}.tif" for scene in "abc"), "results/tiles/images.parquet"]
    folder = workspace.folder
    (folder / "tiny.yaml").write_text(yaml.safe_dump(SETTINGS | {"ingest_scene": {"roi": "roi.gpkg"}}))
    gpd.GeoDataFrame(geometry=[shapely.box(499_990, 7_999_900, 500_100, 8_000_010)], crs=32633).to_file(folder / "roi.gpkg")
    (folder / "scenes.tsv").write_text("scene\tpath\tdate\na\ta.vrt\t2016-01-01\nb\tb.tif\t2016-01-02\nc\tc.tif\t\n")
    (folder / "c.xml").write_text(SIDE_CAR)
    for name in ("rift", "snow"):
        (folder / "images" / name / "more").mkdir(parents=True)
        write_raster(folder / "images" / name / f"{name}.png", len(name))
        write_raster(folder / "images" / name / "more" / f"{name}2.png", 1)
    for number, name in enumerate(("base.tif", "b.tif", "c.tif")):
        write_raster(folder / name, number)
    rasterio.shutil.copy(folder / "base.tif", folder / "a.vrt", driver="VRT")
    run = workspace.snakemake(*targets)
    assert run.returncode == 0, run.stdout[-6000:]

    def planned(workspace):
        run = workspace.snakemake("--dry-run", *targets)
        assert run.returncode == 0, run.stdout[-6000:]
        return planning.jobs(run.stdout), planning.things(run.stdout)

    assert planned(workspace.copied(tmp_path.parent / f"{tmp_path.name} moved"))[0] == {}
    with contextlib.closing(sqlite3.connect(folder / "roi.gpkg")) as shown:  # as QGIS opens and closes it
        for journal in ("WAL", "DELETE"):
            shown.execute(f"PRAGMA journal_mode={journal}")
    (folder / "images" / ".DS_Store").write_text("as Finder shows it")
    note = '<PAMDataset><Metadata domain="Esri"><MDI key="PyramidResamplingType">NEAREST</MDI></Metadata></PAMDataset>'
    (folder / "b.tif.aux.xml").write_text(note)  # as ArcGIS shows it
    assert planned(workspace)[0] == {}
    for path, thing in (("base.tif", "a"), ("b.tif", "b"), ("images/rift/rift.png", ""), ("images/rift/more/rift2.png", "")):
        changed = workspace.copied(tmp_path.parent / f"{tmp_path.name} {path.replace('/', ' ')}")
        write_raster(changed.folder / path, 9)
        os.utime(changed.folder / path, (1e9, 1e9))
        rules, things = planned(changed)
        assert rules == {"ingest_scene" if thing else "tile_images": 1} and (not thing or things["ingest_scene"] == thing)
    changed = workspace.copied(tmp_path.parent / f"{tmp_path.name} side-car")
    (changed.folder / "c.xml").write_text(SIDE_CAR.replace("2016", "2017"))
    os.utime(changed.folder / "c.xml", (1e9, 1e9))
    assert planned(changed) == ({"ingest_scene": 1}, {"ingest_scene": "c"})
    (folder / "b.tif.aux.xml").write_text(
        "<PAMDataset><PAMRasterBand band='1'><NoDataValue>7</NoDataValue></PAMRasterBand></PAMDataset>"
    )
    write_raster(folder / "images" / "rift" / "more" / "new.png", 5)
    assert planned(workspace)[0] == {"ingest_scene": 1, "tile_images": 1}


def test_on_a_common_grid_an_earlier_date_at_the_top_of_the_table_makes_no_other_scene_anew(workspace):
    settings = SETTINGS | {"ingest_scene": {"roi": None, "grid": "common"}, "collect_labels": {"sources": []}}
    (workspace.folder / "tiny.yaml").write_text(yaml.safe_dump(settings))
    table, row = workspace.folder / "scenes.tsv", "b\tb.tif\t2016-01-02\n"
    table.write_text("scene\tpath\tdate\n" + row)
    for seed, name in enumerate("ab"):
        write_raster(workspace.folder / f"{name}.tif", seed)
    run = workspace.snakemake("results/tiles/b.parquet")
    assert run.returncode == 0, run.stdout[-6000:]
    table.write_text("scene\tpath\tdate\na\ta.tif\t2016-01-01\n" + row)
    run = workspace.snakemake("--dry-run", "results/tiles/a.parquet", "results/tiles/b.parquet")
    assert planning.jobs(run.stdout) == {"ingest_scene": 1, "tile_scene": 1}


def test_an_area_of_applicability_that_is_put_beside_a_finished_model_is_seen(workspace):
    shutil.copytree(ROOT / "config" / "base_model", workspace.folder / "models" / "variomlp")
    settings = SETTINGS | {"classify_scene": {"models": ["variomlp"], "finished": {"variomlp": "models/variomlp"}}}
    (workspace.folder / "tiny.yaml").write_text(yaml.safe_dump(settings | {"collect_labels": {"sources": []}}))
    (workspace.folder / "scenes.tsv").write_text("scene\tpath\na\ta.tif\n")
    made = ["tiles/a.parquet", "vario/a.parquet", "classes/variomlp/a.parquet"]
    files = ["a.tif", "results/scenes/a.tif", "results/scenes/a.json", *(f"results/{name}" for name in made)]
    for time, name in enumerate(files, 2_000_000_000):
        (workspace.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace.folder / name).write_text(name)
        os.utime(workspace.folder / name, (time, time))

    def planned():
        run = workspace.snakemake("--dry-run", "results/classes/variomlp/a.parquet")
        assert run.returncode == 0, run.stdout[-6000:]
        return set(planning.jobs(run.stdout))

    assert planned() == set()
    (workspace.folder / "models" / "applicability.safetensors").write_text("x")
    os.utime(workspace.folder / "models" / "applicability.safetensors", (2_000_000_100, 2_000_000_100))
    assert planned() == {"classify_scene"}


def test_a_finished_network_that_is_replaced_also_by_an_older_one_is_fused_anew(grown):
    folder, target = grown.folder, "results/models/block/varionet/model.json"
    shutil.copytree(folder / "results" / "models" / "block" / "resnet18", folder / "given")
    settings = yaml.safe_load((folder / "tiny.yaml").read_text())
    (folder / "tiny.yaml").write_text(yaml.safe_dump(settings | {"classify_scene": {"finished": {"resnet18": "given"}}}))
    run = grown.snakemake(target)
    assert run.returncode == 0, run.stdout[-6000:]

    def planned():
        return planning.jobs(grown.snakemake("--dry-run", target).stdout)

    assert planned() == {}
    description = folder / "given" / "model.json"
    description.write_text(description.read_text().replace('"fingerprint": "', '"fingerprint": "0'))
    os.utime(description, (1e9, 1e9))
    assert planned() == {"train_varionet": 1}


def test_a_previous_run_that_is_replaced_also_by_an_older_one_is_compared_anew(workspace):
    folder, model = workspace.folder, class_series.MODEL | {"model": "variomlp"}
    rows = [f"{number}\t{name}\t{colour}" for number, (name, colour) in enumerate(class_series.CLASSES, 1)]
    (folder / "config" / "classes.tsv").write_text("class_id\tclass_name\tcolour\n" + "\n".join(rows) + "\n")
    write_raster(folder / "a.tif", 1)
    (folder / "scenes.tsv").write_text("scene\tpath\tdate\na\ta.tif\t2016-06-25\n")
    settings = SETTINGS | {"collect_labels": {"sources": []}, "classify_scene": {"models": ["variomlp"]}}
    settings |= {"split_labels": {"scheme": "block"}, "compare_runs": {"previous": "before"}}
    (folder / "tiny.yaml").write_text(yaml.safe_dump(settings))
    for run, front in (("before", 3), ("results", 5)):
        (folder / run / "classes" / "variomlp").mkdir(parents=True)
        (folder / run / "evaluation" / "block").mkdir(parents=True)
        class_series.write_date(
            folder / run / "classes" / "variomlp", "a", "2016-06-25T00:00:00Z", class_series.grown(front), model
        )
        columns = [f"{name}{end}" for name in ("accuracy", "macro_f1") for end in ("", "_low", "_high")]
        scores = "\t".join(["model", *columns]) + "\nvariomlp" + "\t0.5" * 6 + "\n"
        (folder / run / "evaluation" / "block" / "scores.tsv").write_text(scores)

    def drift(*arguments):
        run = workspace.snakemake("results/drift/variomlp/drift.md", "--allowed-rules", "compare_runs", *arguments)
        assert run.returncode == 0, run.stdout[-6000:]
        return planning.jobs(run.stdout)

    drift()
    assert drift("--dry-run") == {}
    for path, text in (("evaluation/block/scores.tsv", "0.4"), ("classes/variomlp/a.parquet", None)):
        file = folder / "before" / path
        held = file.read_bytes()
        if text:
            file.write_text(file.read_text().replace("0.5", text))
        else:
            class_series.write_date(file.parent, "a", "2016-06-25T00:00:00Z", class_series.grown(4), model)
        os.utime(file, (1e9, 1e9))
        assert drift("--dry-run") == {"compare_runs": 1}
        file.write_bytes(held)
        assert drift("--dry-run") == {}
