"""From labels and predictions to a data set, and back."""

import json
import subprocess
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import rasterio
import tile_tables
from labels.collect_labels import collect_labels
from labels.export_labels import export_labels
from scenes.tile_images import tile_images

from geoclass.classification import class_table
from geoclass.core import files, settings, tables
from geoclass.labels import label_tables

CLASSES = [
    {"class_id": k, "class_name": name, "colour": colour}
    for k, name, colour in ((1, "Snow", "#ffffff"), (2, "Chaos", "#54278f"), (7, "Sea Ice", "#2b5c9e"))
]
SETTINGS = {"content": "labels", "model": "varionet", "minimum_confidence": 0.9, "equal_sets": False, "licence": "CC BY 4.0"}
SETTINGS["formats"] = ["png", "tif", "geopackage", "geojson", "parquet", "coco", "label_studio"]
COLUMNS = ["tile_id", "scene", "class_id", "origin", "confidence", "group"]


def classified(path, scene, rows):
    """Write a class table that holds (row, column, class_id or None, confidence)."""
    frame = {
        "tile_id": [f"{scene}_r{row:06d}_c{column:06d}" for row, column, _, _ in rows],
        "class_id": pa.array([row[2] for row in rows], pa.int32()),
        "confidence": np.array([row[3] for row in rows], np.float32),
    }
    model = {"model": "varionet", "id": "varionet-0123456789ab", "classes": CLASSES}
    columns = [c for c in class_table.CLASSES if c.name in frame]
    with tables.writer(path, tables.schema(columns, {"scene": {"scene": scene}, "model": model})) as table:
        table.write(frame)
    return str(path)


@pytest.fixture
def case(tmp_path):
    """Return the arguments of the script: two scenes in two zones, an image set, five labels, three of them by people."""
    lines = [f"{c['class_id']}\t{c['class_name']}\t{c['colour']}" for c in CLASSES]
    (tmp_path / "classes.tsv").write_text("\n".join(["class_id\tclass_name\tcolour", *lines]) + "\n")
    rows = [
        ("a_r000000_c000000", "a", 1, "human", np.nan, "N1"),
        ("a_r000010_c000020", "a", 2, "varionet round01", 0.97, ""),
        ("b_r000000_c000000", "b", 7, "human", np.nan, ""),
        ("b_r000090_c000090", "b", 2, "varionet round01", 0.99, ""),
        ("set_Snow_1", "set", 1, "human", np.nan, "N9"),
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS).assign(source="labels.gpkg", inside_share=1.0)
    frame["class_name"] = frame["class_id"].map({c["class_id"]: c["class_name"] for c in CLASSES})
    tables.write(tmp_path / "labels.parquet", label_tables.LABELS, frame, {"classes": CLASSES})
    return {
        "labels": str(tmp_path / "labels.parquet"),
        "classified": [],
        "tiles": [
            tile_tables.grid(tmp_path / "tiles" / "b.parquet", "b", corner=(5e5, 4.5e6), crs="EPSG:32719"),
            tile_tables.grid(tmp_path / "tiles" / "a.parquet", "a", corner=(6e5, 4.5e6)),
            tile_tables.images(tmp_path / "tiles" / "set.parquet", "set", ["Snow/1.png"]),
        ],
        "classes": str(tmp_path / "classes.tsv"),
        "settings": SETTINGS,
        "credits": "© 2016 A & B",
        "folder": str(tmp_path / "dataset"),
    }


@pytest.fixture
def predicted(case, tmp_path):
    """Return the arguments for predictions of two scenes."""
    rows = [(0, 0, 2, 0.95), (0, 10, 1, 0.95), (0, 20, 7, 0.91), (0, 30, 7, 0.5), (0, 40, 2, 0.93), (0, 50, None, np.nan)]
    tables_ = [classified(tmp_path / "classes" / f"{scene}.parquet", scene, rows) for scene in ("a", "b")]
    return case | {"classified": tables_, "settings": SETTINGS | {"content": "predictions", "formats": ["parquet"]}}


def exported(case):
    export_labels(**case)
    return pd.DataFrame(gpd.read_parquet(f"{case['folder']}/labels.parquet").drop(columns="geometry"))


def collected(case, tmp_path, source, tiles):
    arguments = {"minimum_inside_share": 0.8, "group_field": None, "group_pattern": None, "grid": "native"}
    arguments |= {"unlabelled_classes": "leave_out"}
    paths = {"labels": str(tmp_path / "again.parquet"), "report": str(tmp_path / "report.tsv")}
    collect_labels(sources=[source], tiles=tiles, classes=case["classes"], **arguments, **paths)
    return tables.read(paths["labels"])


@pytest.mark.parametrize("name", ["labels.gpkg", "labels.geojson", "labels.parquet", "coco.json", "label_studio.json"])
def test_labels_come_back_as_they_were(case, tmp_path, name):
    export_labels(**case)
    again = collected(case, tmp_path, f"{case['folder']}/{name}", case["tiles"])
    pd.testing.assert_frame_equal(again[COLUMNS], tables.read(case["labels"])[COLUMNS])


@pytest.mark.parametrize("folder", ["images", "georeferenced"])
def test_class_folders_come_back_as_a_set_of_images(case, tmp_path, folder):
    frame = tables.read(case["labels"])
    frame = frame[~frame["tile_id"].isin(["b_r000000_c000000", "set_Snow_1"])]  # which show the same as tile a_r000000_c000000
    tables.write(case["labels"], label_tables.LABELS, frame, {"classes": CLASSES})
    export_labels(**case)
    source, tiles = f"{case['folder']}/{folder}", str(tmp_path / "tiles" / "again.parquet")
    scaling = {"method": "counts", "low": 0, "high": 255 if folder == "images" else 250}
    tile_images(folder, source, 10, 10, 1.0, **scaling, tiles=tiles)
    again, before = collected(case, tmp_path, source, [tiles]), tables.read(case["labels"])
    names = folder + "_" + before["class_name"] + "_" + before["tile_id"]
    assert dict(zip(again["tile_id"], again["class_id"], strict=True)) == dict(zip(names, before["class_id"], strict=True))
    pixels = dict(tables.read(tiles, ["tile_id", "pixels"]).to_numpy())
    assert set(pixels[f"{folder}_Snow_a_r000000_c000000"]) == {0}
    expected = 99 if folder == "georeferenced" else round(255 * 99 / 250)
    assert set(pixels[f"{folder}_Chaos_b_r000090_c000090"]) == {expected}


def test_georeferenced_images_lie_where_the_tile_does(case):
    export_labels(**case)
    with rasterio.open(f"{case['folder']}/georeferenced/Chaos/a_r000010_c000020.tif") as image:
        assert image.crs.to_epsg() == 32718 and tuple(image.bounds) == (600020, 4499980, 600030, 4499990)
        assert image.tags()["class_name"] == "Chaos" and float(image.tags()["radiometry_high"]) == 250
        assert image.tags()["credits"] == "© 2016 A & B"
        assert (image.read(1) == 12).all()
    with rasterio.open(f"{case['folder']}/georeferenced/Snow/set_Snow_1.tif") as image:
        assert image.crs is None


def test_layers_lie_on_the_ground_in_the_colours_of_the_classes(case):
    export_labels(**case)
    layer = gpd.read_file(f"{case['folder']}/labels.gpkg", layer="labels").set_index("tile_id")
    assert layer.crs.to_epsg() == 32718
    assert layer.geometry["a_r000000_c000000"].bounds == pytest.approx((6e5, 4.5e6 - 10, 6e5 + 10, 4.5e6))
    assert layer.geometry["b_r000000_c000000"].area == pytest.approx(100, rel=0.01) and layer.geometry["set_Snow_1"] is None
    style = gpd.read_file(f"{case['folder']}/labels.gpkg", layer="layer_styles").iloc[0]
    assert style["f_table_name"] == "labels" and 'value="Sea Ice"' in style["styleQML"] and "43,92,158,255" in style["styleQML"]
    lonlat = gpd.read_file(f"{case['folder']}/labels.geojson").set_index("tile_id")
    back = lonlat.to_crs(32718).geometry["a_r000000_c000000"]
    assert back.hausdorff_distance(layer.geometry["a_r000000_c000000"]) < 0.05


def test_transparent_pixels_stay_so(case, tmp_path):
    frame = tables.open_table(case["tiles"][1]).read()
    masks = [np.packbits(np.arange(100) >= 30).tobytes() if index == 0 else None for index in range(len(frame))]
    schema = frame.schema
    with tables.writer(tmp_path / "masked.parquet", schema) as table:
        table.write({c: frame[c].combine_chunks() if c != "mask" else pa.array(masks, pa.binary()) for c in schema.names})
    export_labels(**case | {"tiles": [case["tiles"][0], str(tmp_path / "masked.parquet"), case["tiles"][2]]})
    for name in ("images/Snow/a_r000000_c000000.png", "georeferenced/Snow/a_r000000_c000000.tif"):
        with rasterio.open(f"{case['folder']}/{name}") as image:
            assert (image.dataset_mask()[:3] == 0).all() and (image.dataset_mask()[3:] == 255).all()


def test_confident_predictions_of_all_scenes_are_taken(predicted):
    tiles = exported(predicted)
    assert len(tiles) == 8 and set(tiles["scene"]) == {"a", "b"} and set(tiles["origin"]) == {"varionet"}
    assert tiles["confidence"].min() == np.float32(0.91) and set(tiles["source"]) == {"varionet-0123456789ab"}


def test_labelled_tiles_keep_their_label_among_predictions(predicted):
    both = exported(predicted | {"settings": predicted["settings"] | {"content": "both"}}).set_index("tile_id")
    assert len(both) == 5 + 6
    assert both.loc["a_r000000_c000000", ["class_id", "origin"]].tolist() == [1, "human"]
    assert both.loc["b_r000000_c000000", ["class_id", "origin"]].tolist() == [7, "human"]


def test_equal_sets_keep_people_and_the_most_confident(predicted):
    changed = {"content": "both", "equal_sets": True}
    equal = exported(predicted | {"settings": predicted["settings"] | changed})
    assert equal["class_id"].value_counts().to_dict() == {1: 3, 2: 3, 7: 3}
    chaos = equal[equal["class_id"] == 2]
    assert sorted(chaos["confidence"]) == pytest.approx([0.93, 0.97, 0.99]) and list(chaos["tile_id"]) == [
        "a_r000000_c000040", "a_r000010_c000020", "b_r000090_c000090",
    ]  # fmt: skip
    assert (equal["origin"] == "human").sum() == 3


def test_the_card_counts_and_tells_the_data_set_by_a_hash(case):
    export_labels(**case)
    card = (files.Path(case["folder"]) / "README.md").read_text()
    assert "5 tiles of 3 classes from 3 scenes" in card and "Licence: CC BY 4.0" in card and "Credits: © 2016 A & B" in card
    assert "| 2 | Chaos | 0 | 2 |" in card and "| varionet round01 | 2 | labels.gpkg |" in card
    assert "| b | 2016-06-25T17:03:09Z | – | 2 | 10 x 10 | 32719 | 0 to 250 | WV02_b.tif |" in card
    digest = files.fingerprint(f"{case['folder']}/SHA256SUMS")
    assert digest in card
    assert subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=case["folder"]).returncode == 0
    unnamed = case | {"settings": SETTINGS | {"licence": "", "formats": ["parquet"]}}
    export_labels(**unnamed)
    assert "Licence: not stated" in (files.Path(case["folder"]) / "README.md").read_text()
    assert not (files.Path(case["folder"]) / "images").exists()  # nothing is left of the earlier data set


def test_the_same_input_gives_the_same_bytes(case, tmp_path):
    export_labels(**case)
    export_labels(**case | {"folder": str(tmp_path / "again")})
    assert (tmp_path / "dataset" / "SHA256SUMS").read_bytes() == (tmp_path / "again" / "SHA256SUMS").read_bytes()


def test_other_tools_find_the_images_that_they_are_given(case):
    export_labels(**case | {"settings": SETTINGS | {"formats": ["coco", "label_studio"]}})
    coco = json.loads((files.Path(case["folder"]) / "coco.json").read_text())
    tasks = json.loads((files.Path(case["folder"]) / "label_studio.json").read_text())
    served = [parse_qs(urlsplit(task["data"]["image"]).query)["d"][0] for task in tasks]
    for name in [image["file_name"] for image in coco["images"]] + served:
        assert (files.Path(case["folder"]) / name).is_file()
    assert (coco["images"][0]["width"], coco["images"][0]["height"]) == (10, 10)
    assert coco["licenses"][0]["name"] == "CC BY 4.0" and coco["info"]["contributor"] == "© 2016 A & B"


def test_nothing_confident_is_one_sentence_and_leaves_the_earlier_data_set(predicted):
    export_labels(**predicted)
    before = files.fingerprint(f"{predicted['folder']}/labels.parquet")
    sure = predicted | {"settings": predicted["settings"] | {"minimum_confidence": 0.99}}
    with pytest.raises(
        ValueError, match=r"export_labels: no tile with a confidence of 0\.99 or more in 2 scenes \(the highest is 0\.950\)"
    ):
        export_labels(**sure)
    assert files.fingerprint(f"{predicted['folder']}/labels.parquet") == before
    assert [path.name for path in files.Path(predicted["folder"]).parent.glob(".dataset*")] == []


def test_a_class_without_a_confident_prediction_is_one_sentence(predicted):
    changed = {"minimum_confidence": 0.94, "equal_sets": True}
    with pytest.raises(
        ValueError, match=r"export_labels: class Sea Ice has no tile, .*; label it, lower export_labels/minimum_confidence"
    ):
        export_labels(**predicted | {"settings": predicted["settings"] | changed})


def test_a_class_that_the_table_has_lost_is_one_sentence(case, tmp_path):
    (tmp_path / "classes.tsv").write_text("class_id\tclass_name\tcolour\n1\tSnow\t#ffffff\n7\tSea Ice\t#2b5c9e\n")
    with pytest.raises(ValueError, match=r"classes\.tsv: no class 2, which the labels or predictions have; add it to the table"):
        export_labels(**case)


@pytest.mark.parametrize(
    "section, keys, sentence",
    [
        ("export_labels", {"formats": ["shapefile"]}, "export_labels/formats/0 is 'shapefile', expected one of"),
        ("export_labels", {"formats": []}, "export_labels/formats is .*Formats; coco"),
        (
            "export_labels",
            {"minimum_confidence": 1.5},
            "export_labels/minimum_confidence is 1.5: 1.5 is greater than the maximum of 1",
        ),
        ("export_labels", {"content": "all"}, "export_labels/content is 'all'"),
        (
            "accept_predictions",
            {"minimum_confidence": 90},
            "accept_predictions/minimum_confidence is 90: 90 is greater than the maximum of 1",
        ),
        ("accept_predictions", {"teacher": "chaos"}, "accept_predictions/teacher is 'chaos'"),
        ("judge_round", {"student": "me"}, "judge_round/student is 'me'"),
        ("queue_tiles", {"size": 0}, "queue_tiles/size is 0: 0 is less than the minimum of 1"),
    ],
)
def test_wrong_settings_are_one_sentence(section, keys, sentence):
    schema = files.Path(__file__).parents[3] / "workflow" / "schemas" / "config.schema.yaml"
    with pytest.raises(ValueError, match=sentence):
        settings.complete({section: keys}, schema)
