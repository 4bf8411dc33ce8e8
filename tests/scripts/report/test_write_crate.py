"""The RO-Crate of a run: read again, every file is there, with what made it."""

import json
import os

import pytest
from report.write_crate import write_crate
from rocrate.rocrate import ROCrate

from geoclass.core import files, provenance, surroundings

SCENE = {
    "scene": "20160625",
    "date": "2016-06-25T17:03:09Z",
    "source": "in/WV02.tif",
    "source_sha256": "5" * 64,
    "synthetic": True,
}


PROFILES = ("ro/wfrun/process/0.5", "ro/wfrun/workflow/0.5", "workflowhub/workflow-ro-crate/1.0")
NAMES = ("run/configuration.json", "run/Snakefile", "ro-crate-metadata.json")


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    files.write_json(folder / "scenes" / "20160625.json", SCENE)
    files.write_json(folder / "models" / "block" / "varionet" / "model.json", {"id": "varionet-0123"})
    for name in (
        "maps/varionet/20160625_class.tif",
        "series/varionet/series.nc",
        "summary.md",
        "models/block/varionet.resume/x",
        "datasets/labels.gpkg",
        "tiles/20160625.parquet",
        "logs/a.log",
        "benchmarks/a.tsv",
        ".snakemake/x",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


def write(results):
    write_crate(
        [str(results / "scenes" / "20160625.json")],
        {"varionet": str(results / "models/block/varionet/model.json")},
        str(results),
        {"tile_scene": {"height_px": 60}},
        "Imagery: nobody.",
        str(results / "run" / "configuration.json"),
        str(results / "run" / "Snakefile"),
        str(results / "ro-crate-metadata.json"),
    )
    return ROCrate(str(results))


def test_every_product_is_in_the_crate_with_its_hash(results):
    crate = write(results)
    found = {entity.id: entity for entity in crate.get_by_type("File")}
    expected = {"maps/varionet/20160625_class.tif", "series/varionet/series.nc", "summary.md", "scenes/20160625.json"}
    expected |= {"datasets/labels.gpkg", "tiles/20160625.parquet"}
    assert set(found) == expected | {"models/block/varionet/model.json", "run/configuration.json", "run/Snakefile"}
    for name, entity in found.items():
        assert entity["sha256"] == files.fingerprint(results / name) and entity["contentSize"] == str(
            (results / name).stat().st_size
        )
    assert {entity.id for entity in crate.root_dataset["hasPart"]} == set(found)
    assert found["series/varionet/series.nc"]["encodingFormat"] == "application/netcdf"


def test_what_scenes_and_models_of_earlier_runs_have_left_is_no_result_of_this_one(results):
    """A scene that was taken out of the table leaves its files behind; 2016 is another one than 20160625."""
    expected = {entity.id for entity in write(results).get_by_type("File")}
    files.write_json(results / "scenes" / "2016.json", SCENE | {"scene": "2016"})
    for name in (
        "scenes/2016.tif", "tiles/2016.parquet", "vario/2016.parquet", "classes/varionet/2016.parquet", "maps/varionet/2016_class.tif",
        "maps/varionet/2016_class.tif.aux.xml", "maps/varionet/2016.png", "figures/vario/2016.png", "maps/disagreement/20160625.tif",
        "images/resnet18/photos/images.tsv", "drift/resnet18/drift.md",
    ):  # fmt: skip
        (results / name).parent.mkdir(parents=True, exist_ok=True)
        (results / name).write_bytes(name.encode())
    assert {entity.id for entity in write(results).get_by_type("File")} == expected
    of_this_run = {"maps/panels.png", "maps/varionet/panels.png", "tiles/photos.parquet"}
    for name in of_this_run:
        (results / name).write_bytes(name.encode())
    assert {entity.id for entity in write(results).get_by_type("File")} == expected | of_this_run


def test_the_crate_tells_workflow_configuration_models_and_sources(results):
    crate = write(results)
    action = crate.dereference("#run")
    assert action["instrument"].id == crate.root_dataset["mainEntity"].id == "run/Snakefile"
    assert action["instrument"]["version"] == surroundings.workflow_version() and action["agent"]["name"]
    assert not any({"version", "softwareVersion"} <= set(entity.properties()) for entity in crate.get_entities())
    assert {package["name"] for package in action["instrument"]["softwareRequirements"]} >= {"python", "numpy"}
    assert provenance.settings_sha256({"tile_scene": {"height_px": 60}}) in action["description"]
    assert "varionet-0123" in action["description"]
    assert [scene["sha256"] for scene in action["object"]] == ["5" * 64] and len(action["result"]) == 8
    assert "not an observation" in crate.description and crate.root_dataset["creditText"] == "Imagery: nobody."
    assert "https://w3id.org/ro/crate/1.1" in crate.metadata["conformsTo"]
    followed = {getattr(profile, "id", profile) for profile in crate.root_dataset["conformsTo"]}
    assert followed == {f"https://w3id.org/{name}" for name in PROFILES} and crate.root_dataset["license"]
    assert json.loads((results / "run" / "configuration.json").read_text()) == {"tile_scene": {"height_px": 60}}


def test_the_same_results_give_the_same_bytes_and_no_path_of_this_machine(results):
    for path in results.rglob("*"):
        os.utime(path, (1.7e9, 1.7e9))
    first = []
    for _ in range(2):
        write(results)
        first.append((results / "ro-crate-metadata.json").read_bytes())
    assert str(results).encode() not in first[0]
    assert first[0] == first[1]


def test_a_run_without_scenes_is_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="the table of scenes: no scene, expected at least one whose maps a crate could hold"):
        write_crate([], {}, str(tmp_path), {}, "", *(str(tmp_path / name) for name in ("a.json", "Snakefile", "b.json")))
    assert not list(tmp_path.iterdir())


def test_products_of_models_that_are_not_of_this_run_are_left_out(results, tmp_path):
    (results / "maps" / "resnet18").mkdir()
    (results / "maps" / "resnet18" / "20160625_class.tif").write_bytes(b"of an earlier run")
    scenes, models = [str(results / "scenes" / "20160625.json")], {"varionet": str(results / "models/block/varionet/model.json")}
    write_crate(scenes, models, str(results), {}, "", *(str(results / name) for name in NAMES))
    text = (results / "ro-crate-metadata.json").read_text()
    assert "maps/varionet/20160625_class.tif" in text and "maps/resnet18" not in text
