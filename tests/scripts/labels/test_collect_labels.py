"""From sources of all kinds to one table of labels and a report."""

from pathlib import Path

import geopandas as gpd
import legacy_files
import numpy as np
import pandas as pd
import pytest
import shapely
import tile_tables
from labels.collect_labels import collect_labels
from labels.split_labels import split_labels
from PIL import Image
from scenes.tile_images import tile_images

from geoclass.core import files, surface_classes, tables
from geoclass.labelling.store import LabelStore
from geoclass.labels import label_tables


@pytest.fixture
def case(tmp_path):
    """Return the arguments of the script for a scene of 10 x 10 tiles, a set of three images and polygons over a few tiles."""
    (tmp_path / "classes.tsv").write_text(
        "class_id\tclass_name\tcolour\n1\tSnow\t#ffffff\n2\tChaos\t#54278f\n7\tSea Ice\t#2b5c9e\n"
    )
    shapes = [shapely.box(0, 80, 20, 100), shapely.box(10, 90, 30, 100), shapely.Point(55, 55)]
    columns = {"class_name": ["Snow", "chaos", "Sea Ice"], "scene": "a", "note": ["N1: x", "N2: y", "N3: z"]}
    gpd.GeoDataFrame(columns, geometry=shapes, crs=tile_tables.UTM).to_file(tmp_path / "labels.gpkg")
    for name in ("Snow/N9:1.png", "7/N9:2.png", "7/N8:3.png"):
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / name).touch()
    return {
        "sources": [str(tmp_path / "labels.gpkg"), str(tmp_path / "set")],
        "tiles": [
            tile_tables.grid(tmp_path / "tiles" / "a.parquet", "a", corner=(0, 100)),
            tile_tables.images(tmp_path / "tiles" / "set.parquet", "set", ["Snow/N9:1.png", "7/N9:2.png", "7/N8:3.png"]),
        ],
        "classes": str(tmp_path / "classes.tsv"),
        "minimum_inside_share": 0.8,
        "group_field": "note",
        "group_pattern": r"^(\w+):",
        "grid": "native",
        "unlabelled_classes": "leave_out",
        "labels": str(tmp_path / "labels" / "labels.parquet"),
        "report": str(tmp_path / "labels" / "report.tsv"),
    }


def test_labels_of_all_sources_are_bound_to_tiles(case, caplog):
    caplog.set_level("INFO")
    collect_labels(**case)
    table = tables.read(case["labels"])
    assert list(table.columns) == [column.name for column in label_tables.LABELS]
    assert table[["tile_id", "scene", "class_id", "class_name", "group"]].to_numpy().tolist() == [
        ["a_r000000_c000000", "a", 1, "Snow", "N1"],
        ["a_r000000_c000020", "a", 2, "Chaos", "N2"],
        ["a_r000010_c000000", "a", 1, "Snow", "N1"],
        ["a_r000010_c000010", "a", 1, "Snow", "N1"],
        ["a_r000040_c000050", "a", 7, "Sea Ice", "N3"],
        ["set_7_N8:3", "set", 7, "Sea Ice", "N8"],
        ["set_7_N9:2", "set", 7, "Sea Ice", "N9"],
        ["set_Snow_N9:1", "set", 1, "Snow", "N9"],
    ]
    assert set(table["origin"]) == {"human"} and set(table["source"]) == set(case["sources"])
    assert tables.read_metadata(case["labels"])["classes"][2] == {"class_id": 7, "class_name": "Sea Ice", "colour": "#2b5c9e"}
    report = pd.read_csv(case["report"], sep="\t")
    assert report.groupby("kind")[["items", "tiles", "conflicts", "outside"]].sum().to_dict("index") == {
        "image": {"items": 3, "tiles": 3, "conflicts": 0, "outside": 0},
        "point": {"items": 1, "tiles": 1, "conflicts": 0, "outside": 0},
        "polygon": {"items": 2, "tiles": 4, "conflicts": 2, "outside": 0},
    }
    assert "8 tiles labelled, 1 left out because two classes claim or cover them" in caplog.text


def test_the_same_input_gives_the_same_bytes(case):
    collect_labels(**case)
    first = files.fingerprint(case["labels"])
    collect_labels(**case | {"tiles": case["tiles"][::-1]})
    assert files.fingerprint(case["labels"]) == first


def test_the_table_of_labels_is_a_source_too(case, tmp_path):
    collect_labels(**case)
    again = {"labels": str(tmp_path / "again.parquet"), "group_field": "group", "group_pattern": None}
    collect_labels(**case | again | {"sources": [case["labels"]]})
    columns = ["tile_id", "class_id", "group"]
    pd.testing.assert_frame_equal(tables.read(again["labels"], columns), tables.read(case["labels"], columns))


@pytest.mark.parametrize(
    "changes, sentence",
    [
        (
            {"class_name": "Snoww"},
            r"labels\.gpkg: row 1: unknown class 'Snoww', expected one of 1 Snow, 2 Chaos, 7 Sea Ice;",
        ),
        ({"scene": "b"}, r"labels\.gpkg: row 1: scene b, expected one of the labelled scenes, a; correct it, or mark the scene"),
        (
            {"geometry": shapely.box(0, 98, 3, 100)},
            r"labels\.gpkg: no tile lies in any of its 1 polygons and points",
        ),
    ],
)
def test_a_wrong_label_is_one_sentence_and_writes_nothing(case, tmp_path, changes, sentence):
    row = {"class_name": "Snow", "scene": "a", "note": "N1: x", "geometry": shapely.box(0, 80, 20, 100)} | changes
    (tmp_path / "wrong").mkdir()
    gpd.GeoDataFrame([row], crs=tile_tables.UTM).to_file(tmp_path / "wrong" / "labels.gpkg")
    with pytest.raises(ValueError, match=sentence) as caught:
        collect_labels(**case | {"sources": [str(tmp_path / "wrong" / "labels.gpkg")]})
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "labels").exists()


def test_no_source_is_one_sentence(case):
    with pytest.raises(ValueError, match="collect_labels/sources: empty, expected a file or folder of labels; name one"):
        collect_labels(**case | {"sources": []})


def test_tables_of_the_original_need_the_original_pixels(case):
    with pytest.raises(ValueError, match=r"old\.npy: rows and columns of the original image, expected scenes on its own pixels"):
        collect_labels(**case | {"sources": ["old.npy"], "grid": "reproject"})


def test_numbered_folders_of_the_original_become_labelled_tiles(case, tmp_path):
    """Class 0 is the first of the table, and so on; images are named by class, tile and scene."""
    for name, grey in (("0/0123450", 40), ("1/1123461", 90), ("2/2000071", 200)):
        path = tmp_path / "negri" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((10, 10), grey, np.uint8)).save(path)
    tiles = str(tmp_path / "tiles" / "negri.parquet")
    tile_images("negri", str(tmp_path / "negri"), 10, 10, 1.0, "counts", 0, 255, tiles)
    places = {"group_field": "file", "group_pattern": r"(\d)\.png$"}  # the last digit is the scene's
    collect_labels(**case | places | {"sources": [str(tmp_path / "negri")], "tiles": [tiles]})
    assert tables.read(case["labels"])[["tile_id", "class_name", "group"]].to_numpy().tolist() == [
        ["negri_0_0123450", "Snow", "0"],
        ["negri_1_1123461", "Chaos", "1"],
        ["negri_2_2000071", "Sea Ice", "1"],
    ]


def test_npy_tables_of_the_original_bind_what_was_labelled_by_hand(case, tmp_path):
    info = legacy_files.INFO | {"filename": "Data/WV02_a.tif", "winsize_pix": [10, 10], "class_enumeration": ["Snow", "Chaos"]}
    rows = [[0, 20, 0, 0, 1, 1, 0], [50, 60, 0, 0, 0, 1, 0], [70, 70, 0, 0, 1, 0.8, 0], [80, 80, 0, 0, -1, 0, 0]]
    source = str(legacy_files.write(tmp_path / "old.npy", info, np.array(rows, float)))
    collect_labels(**case | {"sources": [source], "group_field": None, "group_pattern": None})
    table = tables.read(case["labels"])
    assert table[["tile_id", "class_name"]].to_numpy().tolist() == [["a_r000000_c000020", "Chaos"], ["a_r000050_c000060", "Snow"]]
    assert set(table["origin"]) == {"human"} and table["confidence"].isna().all()


def test_the_confidence_of_a_proposal_stays_with_it(case, tmp_path):
    frame = pd.DataFrame({"tile_id": ["a_r000000_c000000", "a_r000000_c000010"], "class_id": [1, 2]})
    frame.assign(origin=["varionet round01", "human"], confidence=[0.93, None]).to_parquet(tmp_path / "proposed.parquet")
    collect_labels(**case | {"sources": [str(tmp_path / "proposed.parquet")], "group_field": None, "group_pattern": None})
    table = tables.read(case["labels"])
    assert list(table["origin"]) == ["varionet round01", "human"] and table["confidence"].round(2).tolist()[0] == pytest.approx(
        0.93
    )
    assert np.isnan(table["confidence"][1])


def test_a_store_of_labels_gives_origin_and_confidence(case, tmp_path):
    tiles = pd.DataFrame(
        {"tile_id": ["a_r000000_c000000", "a_r000000_c000010"], "scene": "a", "class_id": [1, 2], "geometry": None}
    )
    with LabelStore.create(tmp_path / "store.gpkg", surface_classes.read(case["classes"]), None) as store:
        store.set_labels(tiles.iloc[:1], "someone")
        store.set_labels(tiles.iloc[1:].assign(confidence=0.93), "someone", origin="varionet round01")
    collect_labels(**case | {"sources": [str(tmp_path / "store.gpkg")], "group_field": None, "group_pattern": None})
    table = tables.read(case["labels"])
    assert table[["tile_id", "class_id", "origin"]].to_numpy().tolist() == [
        ["a_r000000_c000000", 1, "human"],
        ["a_r000000_c000010", 2, "varionet round01"],
    ]
    assert np.isnan(table["confidence"][0]) and table["confidence"][1] == pytest.approx(0.93)


def test_a_store_whose_classes_have_other_ids_in_the_table_is_refused(case, tmp_path):
    classes = surface_classes.read(case["classes"])
    tiles = pd.DataFrame({"tile_id": ["a_r000000_c000000"], "scene": "a", "class_id": classes["class_id"][:1], "geometry": None})
    with LabelStore.create(tmp_path / "store.gpkg", classes, None) as store:
        store.set_labels(tiles, "someone")
    asked = case | {"sources": [str(tmp_path / "store.gpkg")], "group_field": None, "group_pattern": None}
    first, second = classes["class_name"][:2]
    text = Path(case["classes"]).read_text()
    Path(case["classes"]).write_text(text.replace(f"\t{first}\t", "\tFirn\t"))
    collect_labels(**asked)  # another name is no other class
    Path(case["classes"]).write_text(text.replace(f"\t{first}\t", "\tFirn\t").replace(f"\t{second}\t", f"\t{first}\t"))
    with pytest.raises(
        ValueError, match=f"the table of classes: class {first} has id 2, expected 1, as labels in .*store.gpkg have it"
    ):
        collect_labels(**asked)


def more_classes(case, tmp_path):
    """Add a class without any label, and one whose two polygons lie outside of the scene."""
    with open(case["classes"], "a") as stream:
        stream.write("8\tShear\t#112233\n9\tCloud\t#445566\n")
    shapes = [shapely.box(500, 80, 520, 100), shapely.box(600, 80, 640, 100), shapely.box(40, 80, 60, 100)]
    columns = {"class_name": ["Cloud", "Cloud", "Snow"], "scene": "a", "note": "N4: x"}
    gpd.GeoDataFrame(columns, geometry=shapes, crs=tile_tables.UTM).to_file(tmp_path / "more.gpkg")
    return case | {"sources": [*case["sources"], str(tmp_path / "more.gpkg")]}


def test_a_class_without_a_tile_is_left_out_with_a_word(case, tmp_path, caplog):
    caplog.set_level("INFO")
    collect_labels(**more_classes(case, tmp_path))
    assert [entry["class_name"] for entry in tables.read_metadata(case["labels"])["classes"]] == ["Snow", "Chaos", "Sea Ice"]
    assert "class Shear: no label in any source; models will not know it" in caplog.text
    assert "class Cloud: none of its 2 labels holds enough of a tile" in caplog.text and "more.gpkg" in caplog.text


def test_a_class_without_a_tile_is_refused_where_settings_ask_for_it(case, tmp_path):
    with pytest.raises(ValueError, match="class Shear: no label in any source, expected labelled tiles; label it"):
        collect_labels(**more_classes(case, tmp_path) | {"unlabelled_classes": "refuse"})
    assert not (tmp_path / "labels").exists()


def test_labels_of_a_single_class_are_bound_and_the_split_is_refused_with_the_reasons_of_the_others(case, tmp_path):
    shapes = [shapely.box(0, 80, 20, 100), *(shapely.box(x, 80, x + 40, 100) for x in (500, 600))]
    columns = {"class_name": ["Snow", "Chaos", "Chaos"], "scene": "a", "note": "N4: x"}
    gpd.GeoDataFrame(columns, geometry=shapes, crs=tile_tables.UTM).to_file(tmp_path / "one.gpkg")
    collect_labels(**case | {"sources": [str(tmp_path / "one.gpkg")], "tiles": case["tiles"][:1]})
    assert set(tables.read(case["labels"])["class_name"]) == {"Snow"}
    with pytest.raises(
        ValueError, match=r"Snow alone has labelled tiles, .*Chaos: none of its 2 labels .*; Sea Ice: no label in any"
    ):
        split_labels(case["labels"], case["tiles"][:1], "auto", None, 5, 100.0, None, 1, str(tmp_path / "split.parquet"))
    assert not (tmp_path / "split.parquet").exists()
