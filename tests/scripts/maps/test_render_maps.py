"""Maps as files: where they lie, what they hold, and what GDAL says about them. Scripts run in processes of their own."""

import hashlib
from pathlib import Path
from xml.etree import ElementTree

import classified
import numpy as np
import pytest
import rasterio

from geoclass.core import surroundings, tables

NAMES = ("class", "confidence", "entropy", "applicability")


def render(folder, scene, table, classes):
    """Draw the maps of one model."""
    return classified.run_apart(
        "render_maps",
        classified={"varionet": table},
        classes=classes,
        scene=scene.tif,
        stems={"varionet": f"{folder}/a"},
        disagreement=None,
        credits="Imagery: nobody.",
    )


def render_two(folder, scene, variomlp, resnet18):
    """Draw the maps of two models, a folder each, and where they disagree."""
    for model in ("variomlp", "resnet18"):
        (folder / model).mkdir()
    return classified.run_apart(
        "render_maps",
        classified={"variomlp": variomlp, "resnet18": resnet18},
        classes=classified.class_list(folder / "c.tsv"),
        scene=scene.tif,
        stems={model: f"{folder}/{model}/a" for model in ("variomlp", "resnet18")},
        disagreement=f"{folder}/d.tif",
        credits="",
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a folder of maps of a scene with pixels that are not square, and the scene."""
    folder = tmp_path_factory.mktemp("maps")
    scene = classified.scene(folder, shape=(3216, 4416), holes=True)
    inside = [True] * (scene.n_tiles // 2) + [False] * (scene.n_tiles - scene.n_tiles // 2)
    table = classified.write_class_table(folder / "a.parquet", scene, applicable=inside)
    more = [{"class_id": 12, "class_name": "sea ice", "colour": "#00bcd4"}]
    error = render(folder, scene, table, classified.class_list(folder / "classes.tsv", more=more))
    assert not error, error
    return folder, scene


def test_the_cells_hold_the_classes_of_the_tiles_where_the_tiles_are(made):
    folder, scene = made
    frame, facts = tables.read(folder / "a.parquet"), scene.facts
    with rasterio.open(folder / "a_class.tif") as dataset:
        a, _, c, _, e, f = facts["transform"]
        middles = [
            (c + a * (column + 16), f + e * (row + 12)) for row, column in zip(frame["row_px"], frame["column_px"], strict=True)
        ]
        assert [value[0] for value in dataset.sample(middles)] == frame["class_id"].tolist()
        assert dataset.read(1).size - (dataset.read(1) == 255).sum() == scene.n_tiles
        assert dataset.transform.almost_equals(rasterio.Affine(32 * 0.487, 0, c, 0, -24 * 0.51, f), 1e-6)
        assert dataset.crs.to_epsg() == 3413 and dataset.nodata == 255 and dataset.dtypes == ("uint8",)
    with rasterio.open(folder / "a_confidence.tif") as dataset:
        found = np.array([value[0] for value in dataset.sample(middles)])
        np.testing.assert_allclose(found, 100 * frame["confidence"], atol=0.5001)
        assert dataset.units == ("%",)
    with rasterio.open(folder / "a_applicability.tif") as dataset:
        assert [value[0] for value in dataset.sample(middles)] == frame["applicable"].astype(int).tolist()


def test_the_classes_have_names_colours_and_counts_inside(made):
    folder, _ = made
    info, inside = classified.gdal_info(folder / "a_class.tif", folder / "a_applicability.tif")
    table = info["rat"]["row"]
    rows = {row["f"][0]: row["f"][1:] for row in (table if isinstance(table, list) else [table])}
    frame = tables.read(folder / "a.parquet")
    assert rows[5][:4] == ["ice, firn", 55, 126, 184]
    assert {value: row[4] for value, row in rows.items()} == frame["class_id"].value_counts().to_dict() | {12: 0}
    band = info["bands"][0]
    assert band["colorTable"]["entries"][9] == [228, 26, 28, 255] and band["colorTable"]["entries"][255] == [0, 0, 0, 0]
    names = [each.text for each in ElementTree.parse(folder / "a_class.tif.aux.xml").iter("Category")]
    assert (names[2], names[5], names[9], names[12], len(names)) == ("snow", "ice, firn", "crevasses", "sea ice", 13)
    assert inside["bands"][0]["description"] == "area of applicability of the model"


def test_a_map_says_what_it_is_of(made):
    with rasterio.open(made[0] / "a_confidence.tif") as dataset:
        tags = dataset.tags()
        assert dataset.descriptions == ("calibrated probability of the class",)
    assert (tags["scene"], tags["date"], tags["model"]) == ("a", "2016-06-25T17:03:09Z", "varionet")
    assert tags["kind"] == "synthetic (simulated) scene, not an observation" and tags["credits"] == "Imagery: nobody."
    assert tags["workflow"] == f"geoclass-workflow {surroundings.workflow_version()}" and tags["model_id"].startswith("varionet-")
    assert len(tags["configuration_sha256"]) == 64 and "numpy " in tags["software"] and "gdal " in tags["software"].lower()


def test_overviews_of_classes_are_classes_and_of_confidence_means(made):
    with rasterio.open(made[0] / "a_class.tif") as dataset:
        assert dataset.overviews(1) == [2]
        small = dataset.read(1, out_shape=(dataset.height // 2, dataset.width // 2))
        assert set(np.unique(small)) <= {2, 5, 9, 255}
    with rasterio.open(made[0] / "a_confidence.tif") as dataset:
        full = dataset.read(1)[:20, 2:22].astype(float)
    with rasterio.open(made[0] / "a_confidence.tif", OVERVIEW_LEVEL=0) as dataset:
        means = full.reshape(10, 2, 10, 2).mean((1, 3))
        np.testing.assert_allclose(dataset.read(1)[:10, 1:11], means, atol=0.5001)


def test_styles_bear_the_names_of_their_maps(made):
    for name in NAMES:
        for suffix in (".qml", ".sld"):
            ElementTree.parse(made[0] / f"a_{name}{suffix}")
    labels = [entry.get("label") for entry in ElementTree.parse(made[0] / "a_class.qml").iter("paletteEntry")]
    assert labels == ["snow", "ice, firn", "crevasses", "sea ice"]


def test_nothing_else_is_left_behind(made):
    files = {path.name for path in made[0].iterdir()}
    expected = {f"a_{name}{suffix}" for name in NAMES for suffix in (".tif", ".qml", ".sld")}
    expected |= {"a_class.tif.aux.xml", "a_applicability.tif.aux.xml", "a.png", "a.pdf", "a.jpg"}
    assert expected == files - {"a.tif", "a_tiles.parquet", "a_vario.parquet", "a.parquet", "classes.tsv"}


def test_overlapping_tiles_are_blended_and_the_same_input_makes_the_same_bytes(tmp_path):
    scene = classified.scene(tmp_path, shape=(120, 160), stride=(12, 16), border=0)
    frame = tables.read(scene.tiles, ["row_px", "column_px"])
    certain = np.eye(3)[(frame["column_px"] >= 64).astype(int)]
    table = classified.write_class_table(tmp_path / "a.parquet", scene, probabilities=certain)
    classes = classified.class_list(tmp_path / "classes.tsv")
    digests = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert not render(tmp_path / name, scene, table, classes)
        digests.append({path.name: hashlib.sha256(path.read_bytes()).digest() for path in (tmp_path / name).iterdir()})
    assert digests[0] == digests[1] and len(digests[0]) == 17
    with rasterio.open(tmp_path / "one" / "a_confidence.tif") as dataset:
        assert dataset.shape == (10, 10)
        assert dataset.read(1)[5].tolist() == [100, 100, 100, 100, 50, 100, 100, 100, 100, 100]


def test_a_turned_scene_gives_a_turned_map(tmp_path):
    scene = classified.scene(tmp_path, turn_deg=20)
    table = classified.write_class_table(tmp_path / "a.parquet", scene)
    assert not render(tmp_path, scene, table, classified.class_list(tmp_path / "classes.tsv"))
    with rasterio.open(tmp_path / "a_class.tif") as dataset, rasterio.open(scene.tif) as image:
        np.testing.assert_allclose(dataset.transform @ (3, 2), image.transform @ (3 * 32, 2 * 24))
        assert dataset.read(1)[2, 3] != 255


def test_disagreement_of_two_models_is_a_map(tmp_path):
    scene = classified.scene(tmp_path)
    tables_of = {}
    for kind, probabilities in (("variomlp", [1, 0, 0]), ("resnet18", [0.3, 0.7, 0])):
        given = np.tile(probabilities, (scene.n_tiles, 1))
        tables_of[kind] = classified.write_class_table(tmp_path / f"{kind}.parquet", scene, kind, given, identity=f"{kind}-1")
    error = render_two(tmp_path, scene, tables_of["variomlp"], tables_of["resnet18"])
    assert not error, error
    assert {path.name for path in (tmp_path / "variomlp").iterdir()} == {path.name for path in (tmp_path / "resnet18").iterdir()}
    with rasterio.open(tmp_path / "d.tif") as dataset:
        assert set(np.unique(dataset.read(1))) == {70, 255}
        assert dataset.tags()["model_id"] == "variomlp-1 and resnet18-1" and "credits" not in dataset.tags()


def test_a_scene_without_any_class_is_an_empty_map(tmp_path):
    scene = classified.scene(tmp_path)
    nothing = np.full((scene.n_tiles, 3), np.nan)
    paths = [
        classified.write_class_table(tmp_path / f"{kind}.parquet", scene, kind, nothing) for kind in ("variomlp", "resnet18")
    ]
    error = render_two(tmp_path, scene, *paths)
    assert not error, error
    for name in ("d.tif", *(f"variomlp/a_{name}.tif" for name in NAMES)):
        with rasterio.open(tmp_path / name) as dataset:
            assert (dataset.read(1) == dataset.nodata).all()
    assert (tmp_path / "variomlp" / "a.png").stat().st_size > 10_000


def test_panels_of_dates_and_models(tmp_path):
    scenes, classified_by = {}, {"variomlp": [], "varionet": []}
    for index, date in enumerate(["2017-06-25T10:00:00Z", "2016-06-25T10:00:00Z", None]):
        scene = classified.scene(tmp_path, name=f"s{index}", date=date)
        scenes[f"s{index}"] = scene.tif
        shown = None if date else np.full((scene.n_tiles, 3), np.nan)  # one of the three is a map of nothing
        for kind, paths in classified_by.items():
            paths.append(classified.write_class_table(tmp_path / f"{kind}_{index}.parquet", scene, kind, shown))
    pages = {
        name: [str(tmp_path / f"{name}{suffix}") for suffix in (".png", ".pdf", ".jpg")]
        for name in ("variomlp", "varionet", "all")
    }
    error = classified.run_apart(
        "render_panels",
        classified=classified_by,
        classes=classified.class_list(tmp_path / "c.tsv"),
        scenes=scenes,
        pages=pages,
        credits="",
    )
    assert not error, error
    assert all(Path(path).stat().st_size > 10_000 for of_model in pages.values() for path in of_model)


def test_models_of_other_classes_in_one_panel_are_refused(tmp_path):
    scene = classified.scene(tmp_path)
    other = [*classified.CLASSES[:2], {"class_id": 9, "class_name": "snow", "colour": "#e41a1c"}]
    classified_by = {
        "variomlp": [classified.write_class_table(tmp_path / "variomlp.parquet", scene, "variomlp")],
        "resnet18": [classified.write_class_table(tmp_path / "resnet18.parquet", scene, "resnet18", classes=other)],
    }
    error = classified.run_apart(
        "render_panels",
        classified=classified_by,
        classes=classified.class_list(tmp_path / "c.tsv"),
        scenes={"a": scene.tif},
        pages={name: [str(tmp_path / f"{name}.png")] for name in ("variomlp", "resnet18", "all")},
        credits="",
    )
    assert "resnet18.parquet: class 9 of the model is snow, but crevasses in the class list; give the class list" in error
    assert not list(tmp_path.glob("*.png"))


def test_disagreement_of_two_class_lists_or_grids_is_refused(tmp_path):
    scene = classified.scene(tmp_path)
    one = classified.write_class_table(tmp_path / "variomlp.parquet", scene, "variomlp")
    fewer = classified.write_class_table(tmp_path / "resnet18.parquet", scene, "resnet18", classes=classified.CLASSES[:2])
    elsewhere = classified.scene(tmp_path / "b", corner=(900000.0, -1102000.0))
    other = classified.write_class_table(tmp_path / "other.parquet", elsewhere, "resnet18")
    for table, what in ((fewer, "class lists"), (other, "grids")):
        (tmp_path / what).mkdir()
        error = render_two(tmp_path / what, scene, one, table)
        assert f"scene a: {what} of variomlp and resnet18 differ, expected the same; run classify_scene for both" in error
        assert not list((tmp_path / what).glob("d.*"))


def test_a_class_list_without_the_models_class_is_refused(tmp_path):
    scene = classified.scene(tmp_path)
    classes = classified.class_list(tmp_path / "classes.tsv", classified.CLASSES[:2])
    error = render(tmp_path, scene, classified.write_class_table(tmp_path / "a.parquet", scene), classes)
    assert "class 9 of the model is crevasses, but no such class in the class list; give the class list that" in error
    assert not list(tmp_path.glob("a_class*")) and not (tmp_path / "a.png").exists()


def test_a_scene_that_gdal_cannot_read_is_refused(tmp_path):
    scene = classified.scene(tmp_path)
    Path(scene.tif).write_bytes(b"II*\0 no tiff")
    error = render(
        tmp_path, scene, classified.write_class_table(tmp_path / "a.parquet", scene), classified.class_list(tmp_path / "c.tsv")
    )
    assert (
        error.startswith("ValueError")
        and "a.tif: GDAL cannot read it" in error
        and "make the scene again (ingest_scene)" in error
    )


def test_a_map_names_254_classes(tmp_path):
    scene = classified.scene(tmp_path)
    table = classified.write_class_table(tmp_path / "a.parquet", scene)
    known = {entry["class_id"] for entry in classified.CLASSES}
    more = [{"class_id": n, "class_name": f"class {n}", "colour": f"#{n:02x}8040"} for n in range(1, 255) if n not in known]
    classes = classified.class_list(tmp_path / "classes.tsv", more=more)
    assert not render(tmp_path, scene, table, classes)
    names = [each.text for each in ElementTree.parse(tmp_path / "a_class.tif.aux.xml").iter("Category")]
    assert len(names) == 255 and names[9] == "crevasses" and names[254] == "class 254"
