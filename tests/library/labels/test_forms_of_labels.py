"""Labels as other programs write them: read as they are meant, or refused with one sentence."""

import json
import struct

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geoclass.core import tables
from geoclass.labels import label_sources, label_tables

CLASSES = pd.DataFrame({"class_id": [1, 2], "class_name": ["Snow", "Shear"]})
BOX = shapely.box(600000, 5000000, 600100, 5000100)
OTHER = shapely.box(600200, 5000000, 600300, 5000100)


def frame(**columns):
    return gpd.GeoDataFrame({"class_name": ["Snow", "Shear"]} | columns, geometry=[BOX, OTHER], crs=32718)


def geoparquet(name, **columns):
    table = frame(**columns)
    return lambda path: (table if name == "geometry" else table.rename_geometry(name)).to_parquet(path)


def two_geometries(path):
    table = frame()
    table["Label_Point"] = table.geometry.centroid
    table.rename_geometry("SHAPE").to_parquet(path)


def written(**columns):
    return lambda path: frame(**columns).to_file(path)


def images(*extra):
    shown = [{"id": n, "file_name": f"t{n}.png", "width": 4, "height": 3} for n in (0, 1)]
    marked = [{"id": n, "image_id": n, "category_id": n, "bbox": [0, 0, 4, 3]} for n in (0, 1)]
    content = {"images": shown, "annotations": marked, "categories": [{"id": 0, "name": "Snow"}, {"id": 1, "name": "Shear"}]}
    for part in extra:
        content |= part
    return lambda path: path.write_text(json.dumps(content))


def tasks(**first):
    chosen = {"result": [{"value": {"choices": ["Shear"]}}]}
    snow = {"result": [{"value": {"choices": ["Snow"]}}]}
    content = [
        {"data": {"image": "t0.png"}, "annotations": [snow]} | first,
        {"data": {"image": "t1.png"}, "annotations": [chosen]},
    ]
    return lambda path: path.write_text(json.dumps(content))


PLACED = {
    "geometry column geom": ("a.parquet", geoparquet("geom")),
    "geometry column SHAPE": ("a.parquet", geoparquet("SHAPE")),
    "geometry column Geometry": ("a.parquet", geoparquet("Geometry")),
    "geometry column wkb_geometry": ("a.parquet", geoparquet("wkb_geometry")),
    "two geometry columns": ("a.parquet", two_geometries),
    "capital names": ("a.gpkg", lambda path: frame().rename(columns={"class_name": "CLASS_NAME"}).to_file(path)),
    "origin: who drew it": ("a.gpkg", written(origin=["A. Smith", "B. Jones"])),
    "origin: a model's name": ("a.gpkg", written(origin=["varionet", "varionet-0123, round 1"])),
    "origin: empty": ("a.gpkg", written(origin=[None, "WV02"])),
    "Origin in GeoParquet": ("a.parquet", geoparquet("geometry", Origin=["A", "B"])),
    "model and round": ("a.gpkg", written(model=["DJI", "DJI"], round=[1, 2])),
    "confidence": ("a.gpkg", written(confidence=["high", "low"])),
    "a user's tile_id": ("a.gpkg", written(tile_id=["T33XVG", "T33XWG"])),
    "shapefile in an archive": ("a.shz", written()),
    "heights": ("a.gpkg", lambda path: frame().set_geometry(shapely.force_3d([BOX, OTHER], 5.0), crs=32718).to_file(path)),
    "geoarrow": ("a.parquet", lambda path: frame().to_parquet(path, geometry_encoding="geoarrow")),
    "file geodatabase": ("a.gdb", lambda path: frame().to_file(path, driver="OpenFileGDB")),
    "FlatGeobuf": ("a.fgb", lambda path: frame().to_file(path, SPATIAL_INDEX="NO")),
}
NAMED = {
    "COCO": ("a.json", images()),
    "COCO of a type": ("a.json", images({"type": "instances"})),
    "COCO with info": ("a.json", images({"type": "captions", "info": {}, "licenses": []})),
    "COCO without boxes": ("a.json", images({"annotations": [{"id": n, "image_id": n, "category_id": n} for n in (0, 1)]})),
    "COCO of Windows": ("a.json", images({"images": [{"id": n, "file_name": f"train\\t{n}.png"} for n in (0, 1)]},
                                         {"annotations": [{"id": n, "image_id": n, "category_id": n} for n in (0, 1)]})),
    "COCO with a mark of its encoding": ("a.json", lambda path: images()(path) and path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())),
    "COCO of numbers as text": ("a.json", images(
        {"annotations": [{"id": n, "image_id": n, "category_id": n, "bbox": ["0", "0", "4", "3"]} for n in (0, 1)]})),
    "COCO of people with names": ("a.json", images(
        {"annotations": [{"id": n, "image_id": n, "category_id": n, "origin": "A. Smith"} for n in (0, 1)]})),
    "COCO without sizes": ("a.json", images(
        {"images": [{"id": n, "file_name": f"t{n}.png", "width": None, "height": None} for n in (0, 1)]},
        {"annotations": [{"id": n, "image_id": n, "category_id": n, "bbox": []} for n in (0, 1)]},
    )),
    "Label Studio": ("a.json", tasks()),
    "Label Studio, predictions as numbers": ("a.json", tasks(predictions=[12, 13])),
    "Label Studio, uploaded": ("a.json", tasks(data={"image": "/data/upload/1/1a2b3c4d-t0.png"})),
    "Label Studio, local files": ("a.json", tasks(data={"image": "/data/local-files/?d=glacier/t0.png"})),
    "Label Studio, from a server": ("a.json", tasks(data={"image": "http://localhost:8081/a%20b/t0.png?token=1"})),
    "Label Studio, cancelled": ("a.json", tasks(annotations=[
        {"result": [{"value": {"choices": ["Shear"]}}], "was_cancelled": True}, {"result": [{"value": {"choices": ["Snow"]}}]},
    ])),
    "table, user's origin": ("a.parquet", lambda path: pd.DataFrame(
        {"tile_id": ["t0", "t1"], "class_id": [1, 2], "origin": ["A. Smith", None]}).to_parquet(path)),
}  # fmt: skip


@pytest.mark.parametrize("name, make", PLACED.values(), ids=PLACED)
def test_polygons_are_people_s_labels_by_their_place(tmp_path, name, make):
    make(tmp_path / name)
    items = label_sources.read(tmp_path / name, CLASSES, None, None)
    assert items[["kind", "class_id", "origin"]].to_numpy().tolist() == [["polygon", 1, "human"], ["polygon", 2, "human"]]
    assert items.crs == "EPSG:32718" and [s.bounds for s in items.geometry] == [BOX.bounds, OTHER.bounds]


@pytest.mark.parametrize("name, make", NAMED.values(), ids=NAMED)
def test_labels_of_whole_tiles_are_people_s(tmp_path, name, make):
    make(tmp_path / name)
    items = label_sources.read(tmp_path / name, CLASSES, None, None)
    assert items[["tile_id", "class_id", "origin"]].to_numpy().tolist() == [["t0", 1, "human"], ["t1", 2, "human"]]


def test_predictions_that_are_bare_numbers_are_counted(tmp_path, caplog):
    tasks(annotations=[], predictions=[12, 13])(tmp_path / "a.json")
    items = label_sources.read(tmp_path / "a.json", CLASSES, None, None)
    assert list(items["tile_id"]) == ["t1"]
    assert "2 predictions are bare numbers without a class and are left out" in caplog.text


def test_what_models_said_in_our_own_tables_stays_theirs(tmp_path):
    columns = {"tile_id": ["t0", "t1"], "scene": "s", "class_id": [1, 2], "class_name": ["Snow", "Shear"], "source": "x"}
    columns |= {"origin": ["my own network", "human"], "confidence": [0.9, None], "inside_share": 1.0, "group": ""}
    tables.write(tmp_path / "a.parquet", label_tables.LABELS, pd.DataFrame(columns), {})
    assert list(label_sources.read(tmp_path / "a.parquet", CLASSES, None, None)["origin"]) == ["my own network", "human"]
    other = frame(tile_id=["s_r000000_c000000", "s_r000000_c000030"], origin=["varionet-01, round 1", "human"])
    other.to_file(tmp_path / "a.gpkg")
    items = label_sources.read(tmp_path / "a.gpkg", CLASSES, None, None)
    assert list(items["kind"]) == ["tile"] * 2 and list(items["origin"]) == ["varionet-01, round 1", "human"]


def shape(kind):
    shapes = {
        "line": shapely.LineString([(0, 0), (9, 9)]),
        "collection": shapely.GeometryCollection([BOX, shapely.Point(0, 0)]),
        "points": shapely.MultiPoint([(0, 0), (9, 9)]),
        "not finite": shapely.Polygon([(0, 0), (np.nan, 9), (9, 0)]),
        "no area": shapely.Polygon([(0, 0), (9, 0), (20, 0)]),
    }
    return lambda path: gpd.GeoDataFrame({"class_id": [1]}, geometry=[shapes[kind]], crs=32718).to_file(path)


def tin(path):
    """A surface of triangles, as ArcGIS writes MultiPatch: WKB type 1016 (TIN Z) of one triangle."""
    points = [(0.0, 0.0, 0.0), (9.0, 0.0, 0.0), (0.0, 9.0, 0.0), (0.0, 0.0, 0.0)]
    triangle = struct.pack("<BII", 1, 1017, 1) + struct.pack("<I", 4) + b"".join(struct.pack("<3d", *p) for p in points)
    wkb = struct.pack("<BII", 1, 1016, 1) + triangle
    gpd.GeoDataFrame({"class_id": [1]}, geometry=[BOX], crs=32718).to_parquet(path)
    table = pq.read_table(path)
    index = table.column_names.index("geometry")
    pq.write_table(table.set_column(index, "geometry", pa.array([wkb], pa.binary())), path)


def text(content):
    return lambda path: path.write_text(content)


REFUSED = {
    "a number": ("a.json", text("5"), r"a\.json: 5, expected labels as GeoJSON, COCO or Label Studio write them; export it again"),
    "null": ("a.json", text("null"), r"a\.json: None, expected labels as GeoJSON"),
    "a text": ("a.json", text('"x"'), r"a\.json: 'x', expected labels"),
    "no JSON": ("a.json", text("{"), r"a\.json: not a readable file of labels \("),
    "an empty object": ("a.json", text("{}"), "no list images, expected a COCO file"),
    "an empty list": ("a.json", text("[]"), "no row, expected at least one label"),
    "tasks that are numbers": ("a.json", text("[1, 2]"), "task 1: no data/tile_id or data/image"),
    "COCO, box of unknown size": ("a.json", images({"images": [{"id": n, "file_name": "t", "width": None} for n in (0, 1)]}),
                                  "annotation 0: a box in an image of unknown size, expected width and height"),
    "COCO, part of an image": ("a.json", images({"annotations": [{"id": 1, "image_id": 0, "category_id": 0, "bbox": [0, 0, 2, 2]}]}),
                               "a box of 2 x 2 px, expected the whole image of 4 x 3 px"),
    "lines": ("a.gpkg", shape("line"), "row 1: LineString, expected Polygon, MultiPolygon or Point"),
    "collections": ("a.gpkg", shape("collection"), "row 1: GeometryCollection, expected Polygon"),
    "several points": ("a.gpkg", shape("points"), "row 1: MultiPoint, expected Polygon"),
    "not finite": ("a.gpkg", shape("not finite"), "row 1: coordinates that are not finite, expected numbers"),
    "no area": ("a.gpkg", shape("no area"), "row 1: a polygon without area, expected one that covers tiles"),
    "Label Studio, nothing chosen": ("a.json", tasks(annotations=[{"result": [{"value": None}]}]), "task 1: 0 classes chosen"),
    "COCO, no box": ("a.json", images({"annotations": [{"id": 1, "image_id": 0, "category_id": 0, "bbox": ["a"]}]}),
                     r"annotation 1: a box of \['a'\], expected four numbers"),
    "triangles": ("a.parquet", tin, r"a\.parquet: not a readable file of labels \(.*; expected GeoPackage"),
    "names that differ in case": ("a.parquet", lambda path: pd.DataFrame(
        {"tile_id": ["a"], "class_id": [1], "Class_ID": [2]}).to_parquet(path), "two columns class_id that differ in upper and lower case"),
}  # fmt: skip


@pytest.mark.parametrize("name, make, sentence", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_taken_is_one_sentence(tmp_path, name, make, sentence):
    make(tmp_path / name)
    with pytest.raises(ValueError, match=sentence) as error:
        label_sources.read(tmp_path / name, CLASSES, None, None)
    assert "\n" not in str(error.value) and str(tmp_path / name) in str(error.value)
