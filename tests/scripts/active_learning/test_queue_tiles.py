"""From class tables of several models to a queue and a layer for QGIS."""

import json

import classified
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyproj
import pytest
from active_learning.queue_tiles import queue_tiles

from geoclass.active_learning import queue_tables, queueing
from geoclass.core import files, tables
from geoclass.labels import label_tables
from geoclass.scenes import tile_table


@pytest.fixture
def case(tmp_path):
    """Return the arguments of the script for two dates of one small scene, three models and two labels."""
    scenes = [classified.scene(tmp_path / name, name, seed=seed) for seed, name in enumerate("ab")]
    rng, paths = np.random.default_rng(0), []
    for scene in scenes:
        frame = tables.open_table(scene.tiles).read().to_pandas()
        place_tiles(scene, frame)
        for model in ("variomlp", "resnet18", "varionet"):
            probabilities = rng.dirichlet(np.ones(3), scene.n_tiles)
            path = tmp_path / "classes" / model / f"{scene.facts['scene']}.parquet"
            paths.append(classified.write_class_table(path, scene, model, probabilities))
    ids = list(tables.read(scenes[0].tiles, ["tile_id"])["tile_id"][:2])
    labels = pd.DataFrame({"tile_id": ids, "class_id": [2, 2]})
    tables.write(
        tmp_path / "labels.parquet", (label_tables.LABELS[0], label_tables.LABELS[2]), labels, {"classes": classified.CLASSES}
    )
    return {
        "classified": paths,
        "labels": str(tmp_path / "labels.parquet"),
        "tiles": [scene.tiles for scene in scenes],
        "classes": classified.class_list(tmp_path / "classes.tsv"),
        "model": "varionet",
        "size": 9,
        "distance_m": 30.0,
        "queue": str(tmp_path / "labels" / "queue.parquet"),
        "layer": str(tmp_path / "labels" / "queue.gpkg"),
    }


def place_tiles(scene, frame):
    """Give the tiles of a scene their places and footprints."""
    import shapely

    from geoclass.scenes import tiling

    a, _, c, _, e, f = scene.facts["transform"]
    shapes = [
        tiling.footprints(row, np.array([column]), 24, 32, scene.facts["transform"])[0]
        for row, column in zip(frame["row_px"], frame["column_px"], strict=True)
    ]
    frame["geometry"] = shapely.to_wkb(shapes)
    frame["x_m"], frame["y_m"] = c + a * (frame["column_px"] + 16), f + e * (frame["row_px"] + 12)
    schema = tables.open_table(scene.tiles).schema_arrow
    with tables.writer(scene.tiles, schema) as table:
        table.write({name: frame[name].to_numpy() for name in schema.names})


def test_the_queue_names_tiles_reasons_and_what_the_models_say(case):
    queue_tiles(**case)
    queue = tables.read(case["queue"])
    assert list(queue.columns) == [column.name for column in queue_tables.QUEUE]
    assert len(queue) == 9 and queue["reason"].value_counts().to_dict() == {"uncertain": 3, "disagreement": 3, "rare class": 3}
    assert set(queue["scene"]) == {"a", "b"}
    assert not set(queue["tile_id"]) & set(tables.read(case["labels"])["tile_id"])
    main = pd.concat([tables.read(path) for path in case["classified"] if "varionet" in path]).set_index("tile_id")
    assert (main.loc[queue["tile_id"], "class_id"].to_numpy() == queue["class_id"]).all()
    differ = queue[queue["reason"] == "disagreement"]
    assert (differ["variomlp_id"] != differ["resnet18_id"]).all() and queue["divergence"].between(0, 1).all()
    rare = queue[queue["reason"] == "rare class"]
    assert rare["class_id"].iloc[0] in {5, 9}  # the two classes without a label


def test_the_layer_lies_on_the_ground(case):
    queue_tiles(**case)
    layer = gpd.read_file(case["layer"], layer="queue")
    assert layer.crs.to_epsg() == 3413 and len(layer) == 9
    assert layer.geometry.area.to_numpy() == pytest.approx(24 * 0.51 * 32 * 0.487)
    assert set(layer["class_name"]) <= {"snow", "ice, firn", "crevasses"} and list(layer["rank"]) == list(range(1, 10))
    for _, of_scene in layer.groupby("scene"):
        centres = of_scene.geometry.centroid
        gaps = [one.distance(other) for i, one in enumerate(centres) for other in centres.iloc[:i]]
        assert min(gaps, default=99) >= 30


@pytest.mark.parametrize("date, alone", [("2018-06-11T20:00:00Z", False), ("2018-06-12", True), (None, True)])
def test_scenes_of_one_day_are_one_ground_whatever_their_systems(tmp_path, date, alone):
    """The other scene is in the next UTM zone, 5 m beside the first."""
    paths = []
    for name, epsg, when, east in (("a", 32633, "2018-06-11", 0.0), ("b", 32634, date, 5.0)):
        x, y = pyproj.Transformer.from_crs(32633, epsg, always_xy=True).transform(640_000 + east, 8_700_000)
        scene = {"scene": name, "date": when, "crs_wkt": pyproj.CRS(epsg).to_wkt(), "transform": [1, 0, x - 100, 0, -1, y + 100]}
        frame = pd.DataFrame({"tile_id": [name], "x_m": [x], "y_m": [y]})
        columns = [column for column in tile_table.TILES if column.name in frame]
        paths.append(tmp_path / f"{name}.parquet")
        tables.write(paths[-1], columns, frame, {"scene": scene | {"height_px": 200, "width_px": 200}})
    found = queueing.places(paths)
    assert found["visit"].nunique() == (2 if alone else 1)
    assert np.hypot(*np.diff(found[["x_m", "y_m"]], axis=0)[0]) == pytest.approx(5, rel=0.01)


def test_one_model_is_enough(case):
    queue_tiles(**case | {"classified": [path for path in case["classified"] if "varionet" in path]})
    queue = tables.read(case["queue"])
    assert set(queue["reason"]) == {"uncertain", "rare class"} and queue["variomlp_id"].isna().all()


def test_the_same_input_gives_the_same_bytes(case, tmp_path):
    queue_tiles(**case)
    again = {"queue": str(tmp_path / "q.parquet"), "layer": str(tmp_path / "q.gpkg")}
    queue_tiles(**case | again | {"classified": case["classified"][::-1], "tiles": case["tiles"][::-1]})
    assert files.fingerprint(case["queue"]) == files.fingerprint(again["queue"])
    assert files.fingerprint(case["layer"]) == files.fingerprint(again["layer"])


def test_models_of_other_classes_are_one_sentence(case, tmp_path):
    scene = classified.scene(tmp_path / "c", "a")
    other = [*classified.CLASSES[:2], {"class_id": 3, "class_name": "new", "colour": "#000000"}]
    path = classified.write_class_table(tmp_path / "other.parquet", scene, "resnet18", classes=other)
    with pytest.raises(ValueError, match=r"other\.parquet: another list of classes than .* has, expected the same"):
        queue_tiles(**case | {"classified": [case["classified"][2], path]})


def test_a_class_that_one_model_knows_by_another_name_or_colour_is_the_same_class(case, tmp_path):
    """As a finished model does, where the class was renamed or recoloured in the page since."""
    queue_tiles(**case)
    made = tables.read(case["queue"])
    for path in case["classified"]:
        if "resnet18" in path:
            table = tables.open_table(path).read()
            metadata = tables.read_metadata(path)
            classes = [entry | {"class_name": "once", "colour": "#123456"} for entry in metadata["model"]["classes"]]
            known = json.dumps(metadata | {"model": metadata["model"] | {"classes": classes}})
            pq.write_table(table.replace_schema_metadata({**table.schema.metadata, b"geoclass": known.encode()}), path)
    queue_tiles(**case)
    pd.testing.assert_frame_equal(tables.read(case["queue"]), made)


def test_nothing_left_to_label_is_one_sentence(case):
    every = pd.concat([tables.read(path, ["tile_id"]) for path in case["tiles"]]).assign(class_id=2)
    tables.write(case["labels"], (label_tables.LABELS[0], label_tables.LABELS[2]), every, {"classes": classified.CLASSES})
    with pytest.raises(
        ValueError, match=r"labels\.parquet: every tile of all 2 scenes has a label, expected some without; add scenes"
    ):
        queue_tiles(**case)
    assert not files.Path(case["queue"]).exists()


def test_a_run_without_scenes_is_one_sentence(case):
    with pytest.raises(
        ValueError, match="the table of scenes: no scene, expected at least one whose tiles could be labelled next"
    ):
        queue_tiles(**case | {"classified": [], "tiles": []})
