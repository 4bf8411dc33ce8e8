"""Files of polygons, points and tile names, and class folders, read into one form."""

import json
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import legacy_files
import numpy as np
import pandas as pd
import pytest
import shapely

from geoclass.labels import annotation_formats, groups, label_sources

CLASSES = pd.DataFrame({"class_id": [1, 2], "class_name": ["smooth ice", "rough"]})
BOX = shapely.box(600000, 5000000, 600100, 5000100)


def write(path, columns, shapes=None, crs="EPSG:32718", **options):
    frame = pd.DataFrame(columns)
    if shapes is None:
        frame.to_parquet(path)
    else:
        gpd.GeoDataFrame(frame, geometry=shapes, crs=crs).to_file(path, **options)
    return path


def read(path, field=None, pattern=None):
    return label_sources.read(path, CLASSES, field, pattern)


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp"])
def test_polygons_and_points_are_read(tmp_path, suffix):
    path = write(tmp_path / f"labels.{suffix}", {"Class_ID": [1, 2], "Scene": ["a", "b"], "note": ["C2: x", "C3: y"]}, [BOX, BOX])
    items = read(path, "note", r"^(\w+):")
    assert items.crs == "EPSG:32718"
    assert items.drop(columns=["geometry", "confidence"]).to_dict("list") == {
        "class_id": [1, 2], "scene": ["a", "b"], "tile_id": ["", ""], "group": ["C2", "C3"], "origin": ["human"] * 2,
        "kind": ["polygon"] * 2,
    }  # fmt: skip
    points = write(tmp_path / f"points.{suffix}", {"class_name": ["Rough"]}, [shapely.Point(600000, 5000000)])
    assert read(points)[["kind", "class_id", "scene"]].to_numpy().tolist() == [["point", 2, ""]]


def test_geojson_keeps_scenes_that_look_like_dates_or_numbers(tmp_path):
    for scenes in (["2020-01-01", "2020-01-18"], [20200101, 20200118], ["20200101", "20200118"]):
        path = write(tmp_path / "labels.geojson", {"class_id": [1, 2], "scene": scenes}, [BOX, BOX])
        assert list(read(path)["scene"]) == [str(scene) for scene in scenes]
    gap = write(tmp_path / "gap.gpkg", {"class_id": [1, 2], "scene": pd.array([20200101, None], "Int64")}, [BOX, BOX])
    assert list(read(gap)["scene"]) == ["20200101", ""]


def test_geojson_is_in_degrees_unless_it_says_otherwise(tmp_path):
    path = write(tmp_path / "labels.geojson", {"class_id": [1]}, [shapely.Point(-73, -50)], crs="EPSG:4326")
    assert read(path).crs == "EPSG:4326"
    path.write_text(path.read_text().replace("-73", "628720").replace("-50", "4402470"))
    with pytest.raises(ValueError, match=r"coordinates up to 4402470 in WGS 84, expected degrees; save it"):
        read(path)


def test_a_parquet_table_names_tiles(tmp_path):
    path = write(
        tmp_path / "labels.parquet", {"tile_id": ["a_r0_c0", "a_r0_c9"], "class_id": [2, 1], "origin": ["human", "varionet 3"]}
    )
    assert read(path)[["kind", "tile_id", "class_id", "origin"]].to_numpy().tolist() == [
        ["tile", "a_r0_c0", 2, "human"],
        ["tile", "a_r0_c9", 1, "varionet 3"],
    ]


def test_a_geopackage_of_several_layers_gives_its_labels(tmp_path):
    path = write(tmp_path / "labels.gpkg", {"tile_id": ["a_r0_c0"], "class_id": [2]}, [BOX], layer="labels")
    write(path, {"class_id": [1]}, [BOX], layer="older")
    assert list(read(path)["tile_id"]) == ["a_r0_c0"]
    write(tmp_path / "two.gpkg", {"class_id": [1]}, [BOX], layer="north")
    write(tmp_path / "two.gpkg", {"class_id": [1]}, [BOX], layer="south")
    with pytest.raises(ValueError, match=r"two\.gpkg: layers north, south, expected one, or one named labels; rename it"):
        read(tmp_path / "two.gpkg")


def test_class_folders_name_tiles_by_class_and_file(tmp_path):
    for name in ("negri/Rough/deep/12.png", "negri/1/ESP_7_RED.jpg", "negri/1/.DS_Store", "negri/README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    items = read(tmp_path / "negri")
    assert items[["kind", "scene", "tile_id", "class_id", "group"]].to_numpy().tolist() == [
        ["image", "negri", "negri_1_ESP_7_RED", 1, ""],
        ["image", "negri", "negri_Rough_deep_12", 2, ""],
    ]
    assert list(read(tmp_path / "negri", "note", r"(\d+)")["group"]) == ["7", "12"]
    (tmp_path / "negri" / "rogh").mkdir()
    with pytest.raises(ValueError, match=r"negri/rogh: unknown class 'rogh', .*; did you mean rough\?"):
        read(tmp_path / "negri")


def test_empty_folders_are_one_sentence(tmp_path):
    (tmp_path / "negri" / "rough").mkdir(parents=True)
    with pytest.raises(ValueError, match="negri: no file in class folders, expected <folder>/<class>/<image>"):
        read(tmp_path / "negri")


def test_a_crossed_outline_is_mended(tmp_path):
    bow_tie = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    items = read(write(tmp_path / "labels.gpkg", {"class_id": [1]}, [bow_tie]))
    assert items.geometry.iloc[0].is_valid and items.geometry.iloc[0].area == 50


@pytest.mark.parametrize(
    "columns, shapes, sentence",
    [
        ({"class_id": [1, 7]}, [BOX, BOX], r"labels\.gpkg: row 2: unknown class '7', expected one of 1 smooth ice, 2 rough"),
        ({"class_name": ["ruogh"]}, [BOX], r"row 1: unknown class 'ruogh', .*; did you mean rough\?"),
        (
            {"class_id": [1.0, None]},
            [BOX, BOX],
            r"row 2: no class, expected class_id or class_name; fill it in",
        ),
        ({"class_id": [1], "class_name": ["rough"]}, [BOX], r"row 1: class_id 1 and class_name 'rough' differ"),
        ({"kind": [1]}, [BOX], r"columns kind, geometry, expected class_id or class_name; add one"),
        ({"class_id": [1, 2]}, [BOX, None], r"row 2: no geometry, expected a polygon or point; draw it or remove the row"),
        (
            {"class_id": [1]},
            [shapely.LineString([(0, 0), (1, 1)])],
            r"row 1: LineString, expected Polygon, MultiPolygon",
        ),
        ({"class_id": [1, 2], "tile_id": ["a_r0_c0", None]}, [BOX, BOX], r"row 2: no tile_id, expected one in every row"),
        ({"class_id": []}, [], r"labels\.gpkg: no row, expected at least one label"),
    ],
)
def test_wrong_content_is_one_sentence(tmp_path, columns, shapes, sentence):
    path = write(tmp_path / "labels.gpkg", columns, shapes)
    with pytest.raises(ValueError, match=sentence) as caught:
        read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:.crs. was not provided")
def test_a_file_without_coordinate_system_is_one_sentence(tmp_path):
    path = write(tmp_path / "labels.shp", {"class_id": [1]}, [BOX], crs=None)
    with pytest.raises(ValueError, match=r"labels\.shp: no coordinate system, expected one; assign the one that it was drawn in"):
        read(path)


@pytest.mark.parametrize("name", ["labels.gpkg", "labels.geojson", "labels.parquet"])
def test_an_unreadable_file_is_one_sentence(tmp_path, name):
    with pytest.raises(OSError, match=f"{name}: no such file, expected a source of labels"):
        read(tmp_path / name)
    (tmp_path / name).write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match=rf"{name}: not a readable file of labels \(.*\); expected GeoPackage") as caught:
        read(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_table_that_neither_places_nor_names_is_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="neither geometry nor a column tile_id, expected one of them"):
        read(write(tmp_path / "labels.parquet", {"class_id": [1]}))


@pytest.mark.parametrize(
    "field, pattern, sentence",
    [
        ("place", None, "columns class_id, note, geometry, expected place; correct collect_labels/group_field"),
        ("note", "(", r"group_pattern: '\(' is no regular expression"),
        ("note", r"\w+:", "group_pattern: .* has 0 groups, expected one"),
        ("note", r"^(\d+):", r"row 1: note is 'C2: x', expected a text that \^\(\\d\+\): finds a place in; correct it or"),
    ],
)
def test_a_group_that_cannot_be_found_is_one_sentence(tmp_path, field, pattern, sentence):
    path = write(tmp_path / "labels.gpkg", {"class_id": [1], "note": ["C2: x"]}, [BOX])
    with pytest.raises(ValueError, match=sentence):
        read(path, field, pattern)


def numbered(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_folders_numbered_from_0_are_classes_in_the_order_of_the_table(tmp_path, caplog):
    caplog.set_level("INFO")
    items = read(numbered(tmp_path / "negri", "0/0123450.png", "1/1123461.tif"))
    assert items[["tile_id", "class_id"]].to_numpy().tolist() == [["negri_0_0123450", 1], ["negri_1_1123461", 2]]
    assert "negri/0: numbered from 0, class smooth ice" in caplog.text
    assert list(read(tmp_path / "negri", None, r"(\d)\.\w+$")["group"]) == ["0", "1"]  # the last digit is the scene's


def test_numbered_folders_without_0_are_class_ids_unless_the_images_say_otherwise(tmp_path):
    assert list(read(numbered(tmp_path / "mine", "1/a.png", "2/b.png"))["class_id"]) == [1, 2]
    with pytest.raises(
        ValueError, match=r"negri: numbered folders with images named as the original software does.*rename them to"
    ):
        read(numbered(tmp_path / "negri", "1/1123450.png", "2/2123461.png"))
    with pytest.raises(ValueError, match=r"many/0: unknown class '0'"):
        read(numbered(tmp_path / "many", "0/a.png", "2/b.png"))


def test_tables_of_the_original_give_what_was_labelled_by_hand(tmp_path, caplog):
    caplog.set_level("INFO")
    info = legacy_files.INFO | {"class_enumeration": ["Smooth Ice", "rough"]}
    items = read(legacy_files.write(tmp_path / "labels.npy", info), "note", r"^(\w+):")
    assert items[["kind", "scene", "class_id", "group", "origin"]].to_numpy().tolist() == [
        ["window", "C:/Data/WV01_2018.tif", 2, "", "human"]
    ]
    assert items.geometry.iloc[0].bounds == (0, 201, 268, 402) and items.crs is None
    assert "1 predictions left aside, 1 labels by hand" in caplog.text
    with pytest.raises(ValueError, match="row 1: unknown class 'Chaos'"):
        read(legacy_files.write(tmp_path / "labels.npy"))


def tiles():
    """Return labels of two tiles, one by a person, one by a model."""
    columns = {"tile_id": ["a_r0_c0", "a_r0_c9"], "scene": "a", "class_id": [2, 1], "class_name": ["rough", "smooth ice"]}
    columns |= {
        "origin": ["human", "varionet 3"],
        "confidence": [None, 0.93],
        "group": ["C1", ""],
        "height_px": 9,
        "width_px": 12,
    }
    frame = pd.DataFrame(columns)
    return frame.assign(file_name="images/" + frame["class_name"] + "/" + frame["tile_id"] + ".png")


@pytest.mark.parametrize("form", ["coco", "label_studio"])
def test_labels_come_back_from_other_tools(tmp_path, form):
    content = (
        annotation_formats.to_coco(tiles(), CLASSES, "", "", "")
        if form == "coco"
        else annotation_formats.to_label_studio(tiles())
    )
    (tmp_path / "labels.json").write_text(json.dumps(content))
    columns = ["tile_id", "scene", "class_id", "origin", "confidence", "group"]
    items = read(tmp_path / "labels.json", "note", None)
    pd.testing.assert_frame_equal(pd.DataFrame(items[columns]), tiles()[columns], check_dtype=False)
    assert set(items["kind"]) == {"tile"}


def test_coco_follows_its_specification():
    content = annotation_formats.to_coco(tiles(), CLASSES, "x", "https://a.org/by", "© A & B")
    assert content["images"][0] | {"tile_id": 0, "scene": 0} == {
        "id": 1, "file_name": "images/rough/a_r0_c0.png", "width": 12, "height": 9, "license": 1, "tile_id": 0, "scene": 0,
    }  # fmt: skip
    assert content["licenses"] == [{"id": 1, "name": "https://a.org/by", "url": "https://a.org/by"}]
    assert content["info"]["contributor"] == "© A & B" and content["info"]["description"] == "x"
    unnamed = annotation_formats.to_coco(tiles(), CLASSES, "x", "", "")
    assert unnamed["licenses"] == [] and "license" not in unnamed["images"][0]
    assert content["annotations"][1] == {
        "id": 2, "image_id": 2, "category_id": 1, "bbox": [0, 0, 12, 9], "area": 108, "iscrowd": 0, "score": 0.93,
        "segmentation": [[0, 0, 12, 0, 12, 9, 0, 9]], "origin": "varionet 3", "group": "",
    }  # fmt: skip


def test_files_of_other_tools_need_name_their_tiles_by_the_image_alone(tmp_path):
    task = {"data": {"image": "/data/upload/1/a_r0_c0.png"}, "predictions": [], "annotations": []}
    chosen = [{"type": "choices", "value": {"choices": ["Rough"]}}]
    task["annotations"] = [{"result": chosen}, {"result": chosen, "was_cancelled": True}, {"result": []}]
    (tmp_path / "tasks.json").write_text(json.dumps([task]))
    assert read(tmp_path / "tasks.json")[["tile_id", "class_id", "origin"]].to_numpy().tolist() == [["a_r0_c0", 2, "human"]]
    coco = {
        "images": [{"id": 7, "file_name": "x/a_r0_c0.png", "width": 12, "height": 9}],
        "categories": [{"id": 3, "name": "rough"}],
    }
    coco["annotations"] = [{"id": 1, "image_id": 7, "category_id": 3}]
    (tmp_path / "coco.json").write_text(json.dumps(coco))
    assert read(tmp_path / "coco.json")[["tile_id", "class_id", "origin"]].to_numpy().tolist() == [["a_r0_c0", 2, "human"]]


def test_the_interface_of_label_studio_names_every_class():
    view = annotation_formats.label_studio_view(CLASSES.assign(colour=["#ffffff", "#000000"]))
    assert '<Choice value="smooth ice" background="#ffffff"/>' in view


def test_tasks_of_label_studio_name_images_where_it_serves_files_of_the_data_set():
    frame = tiles().assign(file_name="images/a=b #1/Ледник, 50 %.png")
    image = annotation_formats.to_label_studio(frame)[0]["data"]["image"]
    assert image.startswith("/data/local-files/?d=images/a%3Db%20%231/") and image.isascii()
    assert parse_qs(urlsplit(image).query)["d"] == ["images/a=b #1/Ледник, 50 %.png"]


IMAGE = {"id": 1, "file_name": "a.png", "width": 12, "height": 9}
COCO = {"images": [IMAGE], "categories": [{"id": 1, "name": "rough"}]}


@pytest.mark.parametrize(
    "content, sentence",
    [
        ({"images": []}, "no list annotations, expected a COCO file"),
        (
            COCO | {"annotations": [{"id": 5, "image_id": 2, "category_id": 1}]},
            "annotation 5: of an image or category that the file",
        ),
        (
            COCO | {"annotations": [{"id": 5, "image_id": 1, "category_id": 1, "bbox": [0, 0, 6, 9]}]},
            "annotation 5: a box of 6 x 9 px, expected the whole image of 12 x 9 px",
        ),
        (COCO | {"annotations": [{"id": 5}]}, r"not as COCO or Label Studio writes it \(KeyError: 'image_id'\)"),
        ([{"data": {"text": "x"}}], "task 1: no data/tile_id or data/image, expected an export of Label Studio as JSON"),
        (
            [{"data": {"image": "a.png"}, "annotations": [{"result": [{"value": {"choices": ["a", "b"]}}]}]}],
            "task 1: 2 classes chosen",
        ),
        ([3], "task 1: no data/tile_id"),
        ([], "no row, expected at least one label"),
    ],
)
def test_a_wrong_file_of_other_tools_is_one_sentence(tmp_path, content, sentence):
    (tmp_path / "labels.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match=rf"labels\.json: {sentence}"):
        read(tmp_path / "labels.json")


def test_geojson_may_be_called_json(tmp_path):
    path = write(tmp_path / "labels.geojson", {"class_id": [1]}, [BOX])
    assert read(path.rename(tmp_path / "labels.json"))["kind"].to_list() == ["polygon"]


@pytest.mark.parametrize("content", ["3", "null", '"text"', "true", "[" * 100_000])
def test_json_that_is_neither_object_nor_list_is_one_sentence(tmp_path, content):
    (tmp_path / "labels.json").write_text(content)
    with pytest.raises(ValueError, match=r"labels\.json: (not a readable file|.*, expected labels as GeoJSON)"):
        read(tmp_path / "labels.json")


def test_a_pattern_that_searches_without_end_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(groups, "PATIENCE_S", 0.3)
    path = write(tmp_path / "a.gpkg", {"class_id": [2], "note": ["a" * 60 + "!"]}, [BOX])
    with pytest.raises(
        ValueError, match=r"collect_labels/group_pattern: '\^\(\(\?:a\+\)\+\)\$' searched for 0.3 s without an end"
    ):
        read(path, "note", r"^((?:a+)+)$")
    path = write(tmp_path / "b.gpkg", {"class_id": [2], "note": ["a" * 1001]}, [BOX])
    with pytest.raises(ValueError, match=r"row 1: note has 1,001 characters, expected at most 1,000"):
        read(path, "note", r"^(a+)$")


def test_an_image_in_two_class_folders_is_refused(tmp_path):
    for folder, name, content in (("rough", "a.png", b"one"), ("rough", "b.png", b"two"), ("smooth ice", "c.png", b"two")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_bytes(content)
    with pytest.raises(ValueError, match=r"/b.png: the same image as .*ice/c.png|/c.png: the same image as .*rough/b.png"):
        read(tmp_path)


def test_classes_are_looked_up_once_for_each_way_of_naming_them(monkeypatch):
    n = 400
    identify, asked = label_sources.surface_classes.identify, []
    monkeypatch.setattr(
        label_sources.surface_classes, "identify", lambda value, *more: asked.append(value) or identify(value, *more)
    )
    table = pd.DataFrame({"class_id": [1.0, np.nan, 2, 3] * (n // 4), "class_name": ["Snow", "ICE", None, np.nan] * (n // 4)})
    classes = pd.DataFrame({"class_id": [1, 2, 3], "class_name": ["snow", "ice", "shear"], "colour": "#000000"})
    assert label_sources._classes(table, classes, [""] * n) == [1, 2, 2, 3] * (n // 4)
    assert len(asked) <= 6


def test_polygons_beside_tiles_that_are_named_count_as_drawn(tmp_path):
    path = write(tmp_path / "labels.gpkg", {"class_id": [1, 2, 2], "tile_id": ["a_r0_c0", "12", "a_r0_c9"]}, [BOX, BOX, None])
    items = read(path)
    assert items[["kind", "tile_id"]].to_numpy().tolist() == [["tile", "a_r0_c0"], ["polygon", ""], ["tile", "a_r0_c9"]]
    assert items.crs == "EPSG:32718" and list(items.geometry.notna()) == [True, True, False]
