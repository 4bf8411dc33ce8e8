"""From sources of all kinds to one table of labels and a report."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import tile_tables
from collect_labels import collect_labels

from geoclass import files, tables


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
        "labels": str(tmp_path / "labels" / "labels.parquet"),
        "report": str(tmp_path / "labels" / "report.tsv"),
    }


def test_labels_of_all_sources_are_bound_to_tiles(case, caplog):
    caplog.set_level("INFO")
    collect_labels(**case)
    table = tables.read(case["labels"])
    assert list(table.columns) == [column.name for column in tables.LABELS]
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
    assert "8 tiles labelled, 1 left out because two classes claim them" in caplog.text


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
