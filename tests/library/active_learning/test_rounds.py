"""Rounds of learning: which predictions become labels, and that what is held out stays held out."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import tile_tables

from geoclass.active_learning import round_state, rounds
from geoclass.classification import class_table
from geoclass.core import tables
from geoclass.labels import label_tables, splits

CLASSES = [
    {"class_id": 1, "class_name": "Snow", "colour": "#ffffff"},
    {"class_id": 2, "class_name": "Chaos", "colour": "#54278f"},
]


def verdict(folder, name, kept, **more):
    path = folder / name / "verdict.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"round": name, "kept": kept} | more))


def test_the_first_round_builds_on_the_labels_alone(tmp_path):
    assert round_state.state(tmp_path / "rounds", "variomlp", "resnet18") == ("round01", "")


def test_a_round_builds_on_the_last_that_was_kept(tmp_path):
    for number, kept in ((1, True), (2, True), (10, False), (3, False)):
        verdict(tmp_path, f"round{number:02d}", kept, teacher="variomlp", student="resnet18")
    (tmp_path / "round11").mkdir()  # begun, without a verdict
    (tmp_path / "notes").mkdir()
    assert round_state.state(tmp_path, "variomlp", "resnet18") == ("round11", "round02")
    assert round_state.state(tmp_path, "varionet", "resnet18") == ("round11", "")  # another teacher begins anew
    assert [done["round"] for done in round_state.verdicts(tmp_path)] == ["round01", "round02", "round03", "round10"]


def classified(path, scene, rows, classes=CLASSES):
    """Write a class table: (tile, class_id, confidence, applicable)."""
    columns = [c for c in class_table.CLASSES if c.name in ("tile_id", "class_id", "confidence", "applicable")]
    metadata = {"scene": {"scene": scene}, "model": {"model": "variomlp", "id": "variomlp-0", "classes": classes}}
    names, class_ids, confidence, applicable = zip(*rows, strict=True)
    frame = {"tile_id": names, "class_id": pa.array(class_ids, pa.int32()), "confidence": np.array(confidence, np.float32)}
    with tables.writer(path, tables.schema(columns, metadata)) as table:
        table.write(frame | {"applicable": pa.array(applicable, pa.bool_())})
    return str(path)


@pytest.fixture
def predictions(tmp_path):
    one = [("a1", 1, 0.99, True), ("a2", 1, 0.95, True), ("a3", 1, 0.97, False), ("a4", 2, 0.5, True), ("a5", None, np.nan, None)]
    two = [("b1", 1, 0.96, None), ("b2", 2, 0.91, True), ("b3", 2, 0.999, True)]
    return [classified(tmp_path / "b.parquet", "b", two), classified(tmp_path / "a.parquet", "a", one)]


def accepted(predictions, labelled=(), threshold=0.9, most=10):
    return rounds.accept(predictions, pd.Series(labelled, dtype=str), CLASSES, threshold, most, "variomlp round03")


def test_confident_predictions_inside_the_area_of_applicability_are_accepted(predictions):
    found = accepted(predictions)
    assert list(found.columns) == [column.name for column in label_tables.LABELS]
    assert list(found["tile_id"]) == ["a1", "a2", "b1", "b2", "b3"] and list(found["class_id"]) == [1, 1, 1, 2, 2]
    assert set(found["origin"]) == {"variomlp round03"} and set(found["class_name"]) == {"Snow", "Chaos"}
    assert list(found["confidence"].round(3)[:2]) == pytest.approx([0.99, 0.95])


def test_a_label_is_never_overwritten(predictions):
    assert list(accepted(predictions, labelled=["a1", "b3"])["tile_id"]) == ["a2", "b1", "b2"]


def test_the_most_confident_of_each_class_come_first(predictions):
    assert list(accepted(predictions, most=1)["tile_id"]) == ["a1", "b3"]
    assert list(accepted(predictions, most=2)["tile_id"]) == ["a1", "b1", "b2", "b3"]


def test_nothing_may_be_accepted(predictions):
    assert accepted([]).empty and accepted(predictions, threshold=1.0).empty


def test_a_model_of_other_classes_is_one_sentence(tmp_path):
    path = classified(tmp_path / "a.parquet", "a", [("a1", 1, 0.9, True)], CLASSES[:1])
    with pytest.raises(ValueError, match=r"a\.parquet: predictions of a model with other classes than the labels have now.*anew"):
        accepted([path])


@pytest.fixture
def ground(tmp_path):
    """Return labels of all tiles of two dates of 100 x 100 m in squares of 20 m, of the first date by people, and its split."""
    paths = [tile_tables.grid(tmp_path / f"{scene}.parquet", scene, corner=(0, 100)) for scene in "ab"]
    frame = pd.concat([tables.read(path, ["tile_id", "scene"]) for path in paths], ignore_index=True)
    frame = frame.assign(class_id=1, group="", origin=np.where(frame["scene"] == "a", "human", "variomlp round01"))
    placed = splits.place(frame, paths)
    square = splits.blocks(placed, 20)
    subset = square.map({"x1 y1": "validation", "x3 y3": "test"}).fillna("train")
    base = placed[["tile_id", "class_id"]].assign(subset=subset, block=square)[placed["origin"] == "human"]
    return placed, base


def test_labels_of_people_keep_their_subset_and_models_stay_off_held_ground(ground):
    placed, base = ground
    divided = rounds.divide(placed, base, "block", 20).merge(placed[["tile_id", "scene"]], on="tile_id")
    people = divided[divided["scene"] == "a"].reset_index(drop=True)
    pd.testing.assert_frame_equal(people.drop(columns="scene"), base.reset_index(drop=True))
    machine = divided[divided["scene"] == "b"]
    assert set(machine["subset"]) == {"train"} and len(machine) == 100 - 8
    assert not set(machine["block"]) & {"x1 y1", "x3 y3"}


def test_a_new_label_by_a_person_joins_the_subset_of_its_ground(ground):
    placed, base = ground
    new = placed.assign(origin="human")
    divided = rounds.divide(new, base[base["block"] != "x0 y0"], "block", 20).set_index("tile_id")
    assert len(divided) == 200
    for name, subset in (("x1 y1", "validation"), ("x3 y3", "test"), ("x2 y2", "train"), ("x0 y0", "train")):
        assert set(divided.loc[divided["block"] == name, "subset"]) == {subset}


def test_models_stay_off_ground_that_a_new_label_holds_out(ground):
    placed, base = ground
    grouped = placed.assign(group=np.where(placed["tile_id"].isin(placed["tile_id"][[0, 99]]), "place", ""))
    grouped.loc[grouped["scene"] == "b", "group"] = ""
    base = base.assign(subset="train")
    base.loc[base["tile_id"] == placed["tile_id"][0], "subset"] = "validation"
    divided = rounds.divide(grouped, base[base["tile_id"] != placed["tile_id"][99]], "group", 20).merge(grouped, on="tile_id")
    assert divided.set_index("tile_id").loc[placed["tile_id"][99], "subset"] == "validation"
    square = splits.blocks(divided, 20)
    assert not set(square[divided["subset"] == "validation"]) & set(square[divided["scene"] == "b"])


def test_in_a_random_split_the_tile_itself_is_held_out(ground):
    placed, base = ground
    divided = rounds.divide(placed, base, "random", 20)
    assert len(divided) == 200 and (divided["subset"] != "train").sum() == 8


def test_scenes_that_are_held_out_take_no_proposals(ground):
    placed, base = ground
    everything = base.assign(subset="test")
    third = placed[placed["scene"] == "b"].assign(scene="a", tile_id=lambda t: t["tile_id"] + "x", origin="variomlp round01")
    labels = pd.concat([placed, third], ignore_index=True)
    divided = rounds.divide(labels, everything, "scene", 1)
    assert not divided["tile_id"].str.endswith("x").any()


def test_where_a_scene_is_held_out_its_ground_is_learned_on_other_days_as_in_the_base(ground):
    """All of one date is held out; of the other, people have labelled half before the round and half for it."""
    placed, _ = ground
    labels = placed.assign(origin="human", date=placed["scene"].map({"a": "2016", "b": "2017"}), height_m=10.0, width_m=10.0)
    base = labels[["tile_id", "class_id"]].assign(subset=np.where(labels["scene"] == "a", "test", "train"), block="")
    divided = rounds.divide(labels, base[(labels["scene"] == "a") | (np.arange(len(labels)) % 2 == 0)], "scene", 20)
    pd.testing.assert_frame_equal(divided[["tile_id", "subset"]], base[["tile_id", "subset"]])


def test_tiles_that_a_random_split_has_torn_apart_stay_as_they_are(tmp_path):
    path = tile_tables.grid(tmp_path / "a.parquet", "a", stride=(5, 5), corner=(0, 100))
    frame = tables.read(path, ["tile_id", "scene"]).assign(class_id=1, group="", origin="human")
    placed = splits.place(frame, [path])
    base = placed[["tile_id", "class_id"]].assign(subset=np.resize(["train", "validation"], len(placed)), block=placed["tile_id"])
    assert list(rounds.divide(placed, base, "random", 20)["subset"]) == list(base["subset"])


def test_training_tiles_that_overlap_held_out_ones_are_left_out(tmp_path):
    path = tile_tables.grid(tmp_path / "a.parquet", "a", stride=(5, 5), corner=(0, 100))
    frame = tables.read(path, ["tile_id", "scene"]).assign(class_id=1, group="")
    frame["origin"] = np.where(np.arange(len(frame)) % 2, "human", "variomlp round01")
    placed = splits.place(frame, [path])
    square = splits.blocks(placed, 50)
    base = placed[["tile_id", "class_id"]].assign(subset=np.where(square == "x0 y0", "validation", "train"), block=square)
    one, other = splits.overlaps(placed).T
    beside = np.isin(np.arange(len(placed)), one[(base["subset"].to_numpy()[one] < base["subset"].to_numpy()[other])])
    base = base[(placed["origin"] == "human") & ~beside]  # as a split leaves them out
    divided = rounds.divide(placed, base, "block", 50).merge(placed, on="tile_id")
    held, training = (divided[(divided["subset"] == name)] for name in ("validation", "train"))
    assert len(held) and set(held["origin"]) == {"human"} and set(training["origin"]) == {"human", "variomlp round01"}
    for one in held.itertuples():
        # 10 m of the projection, which are 9.97 m on the ground here
        assert not ((abs(training["x_m"] - one.x_m) < 9.9) & (abs(training["y_m"] - one.y_m) < 9.9)).any()


def test_what_is_learned_is_told_by_labels_subsets_and_settings(ground):
    table = ground[1]
    same = rounds.content(table, {"epochs": 3})
    assert rounds.content(table.sample(frac=1, random_state=0), {"epochs": 3}) == same
    assert rounds.content(table, {"epochs": 4}) != same
    assert rounds.content(table.assign(subset="train"), {"epochs": 3}) != same
    assert rounds.content(table.iloc[1:], {"epochs": 3}) != same
