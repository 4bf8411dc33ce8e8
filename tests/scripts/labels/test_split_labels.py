"""From labels to training, validation and test, by every scheme."""

import numpy as np
import pandas as pd
import pytest
import tile_tables
from labels.split_labels import split_labels

from geoclass.core import files, tables
from geoclass.labels import label_tables

CLASSES = [{"class_id": number, "class_name": name, "colour": f"#00000{number}"} for number, name in ((1, "snow"), (2, "lake"))]


@pytest.fixture
def case(tmp_path):
    """Return the arguments of the script for two dates of one ground and a set of images, one block in two of each class."""
    paths = [tile_tables.grid(tmp_path / f"{scene}.parquet", scene, corner=(0, 100)) for scene in "ab"]
    paths.append(
        tile_tables.images(tmp_path / "c.parquet", "c", [f"{name}/{n}.png" for name in ("snow", "lake") for n in range(10)])
    )
    frame = pd.concat([tables.read(path, ["tile_id", "scene", "x_m", "y_m"]) for path in paths], ignore_index=True)
    snow = np.where(
        frame["x_m"].notna(), (frame["x_m"] // 20 + frame["y_m"] // 20) % 2 == 0, frame["tile_id"].str.contains("snow")
    )
    quarter = frame["x_m"].gt(50).astype(str) + frame["y_m"].gt(30).astype(str)
    frame = frame.assign(class_id=np.where(snow, 1, 2), source="labels.gpkg", origin="human", confidence=np.nan, inside_share=1.0)
    frame = frame.assign(class_name=np.where(snow, "snow", "lake"), group=quarter.where(frame["x_m"].notna(), ""))
    tables.write(tmp_path / "labels.parquet", label_tables.LABELS, frame.sort_values("tile_id"), {"classes": CLASSES})
    return {
        "labels": str(tmp_path / "labels.parquet"), "tiles": paths, "scheme": "block", "shares": [0.6, 0.2, 0.2], "n_folds": 5,
        "block_m": 20,
        "given": None, "seed": 1, "split": str(tmp_path / "splits" / "split.parquet"),
    }  # fmt: skip


@pytest.mark.parametrize("scheme", ["random", "block", "scene", "group"])
def test_every_label_is_in_one_subset_and_every_block_too(case, scheme):
    split_labels(**case | {"scheme": scheme})
    table, labels = tables.read(case["split"]), tables.read(case["labels"])
    assert list(table["tile_id"]) == list(labels["tile_id"])
    assert (table.groupby("block")["subset"].nunique() == 1).all()
    subset, metadata = table["subset"], tables.read_metadata(case["split"])
    assert metadata["scheme"] == scheme and metadata["classes"] == ["snow", "lake"] and metadata["left_out"] == 0
    assert metadata["labels"] == files.fingerprint(case["labels"])
    assert metadata["counts"] == {
        name: {kind: int(((labels["class_name"] == name) & (subset == kind)).sum()) for kind in ("train", "validation", "test")}
        for name in ("snow", "lake")
    }
    if scheme in ("random", "block"):
        shares = pd.crosstab(labels["class_name"], subset, normalize="index")[["train", "validation", "test"]]
        assert np.abs(shares - [0.6, 0.2, 0.2]).max(axis=None) < 0.03
    if scheme == "scene":
        assert len(set(labels["scene"][subset == "test"])) == 1


@pytest.mark.parametrize("scheme", ["random", "block", "scene", "group"])
def test_the_order_of_labels_does_not_matter(case, tmp_path, scheme):
    split_labels(**case | {"scheme": scheme})
    expected = tables.read(case["split"])
    shuffled = tables.read(case["labels"]).sample(frac=1, random_state=3)
    tables.write(tmp_path / "shuffled.parquet", label_tables.LABELS, shuffled, {"classes": CLASSES})
    again = {"scheme": scheme, "labels": str(tmp_path / "shuffled.parquet"), "tiles": case["tiles"][::-1]}
    split_labels(**case | again)
    pd.testing.assert_frame_equal(tables.read(case["split"]), expected)


def test_labels_by_models_never_validate_or_test(case, caplog):
    caplog.set_level("INFO")
    labels = tables.read(case["labels"])
    machine = labels["tile_id"].str.startswith("b")
    labels["origin"] = labels["origin"].where(~machine, "varionet round01")
    tables.write(case["labels"], label_tables.LABELS, labels, {"classes": CLASSES})
    split_labels(**case)
    table = tables.read(case["split"])
    assert set(table["subset"][table["tile_id"].str.startswith("b")]) == {"train"}
    n = len(labels) - len(table)
    assert n > 0 and f"{n} labels by models left out of validation and test" in caplog.text and "overlap" not in caplog.text


def test_the_papers_shares_leave_the_test_subset_empty(case):
    split_labels(**case | {"scheme": "random", "shares": [0.8, 0.2, 0]})
    assert tables.read(case["split"])["subset"].value_counts().to_dict() == {"train": 176, "validation": 44}


def test_overlapping_tiles_are_left_out_at_the_borders_of_blocks(case, tmp_path, caplog):
    caplog.set_level("INFO")
    path = tile_tables.grid(tmp_path / "half.parquet", "half", stride=(5, 5), corner=(0, 100))
    frame = tables.read(path, ["tile_id", "scene", "x_m", "y_m"])
    frame = frame.assign(
        class_id=1 + (frame["x_m"] // 5 % 2).astype(int),
        class_name="",
        source="",
        origin="human",
        confidence=np.nan,
        inside_share=1.0,
    )
    tables.write(case["labels"], label_tables.LABELS, frame.assign(group=""), {"classes": CLASSES})
    split_labels(**case | {"tiles": [path]})
    table, left_out = tables.read(case["split"]), tables.read_metadata(case["split"])["left_out"]
    assert 0 < left_out == len(frame) - len(table)
    assert f"{left_out} tiles left out because they overlap" in caplog.text
    held = frame.merge(table, on="tile_id")
    training = held[held["subset"] == "train"]
    for one in held[held["subset"] != "train"].itertuples():
        assert not ((abs(training["x_m"] - one.x_m) < 10) & (abs(training["y_m"] - one.y_m) < 10)).any()


def test_a_given_split_is_kept(case, tmp_path):
    labels = tables.read(case["labels"])
    given = labels[["tile_id"]].assign(subset=["train", "validation", "test", "train"] * 55)
    given.sample(frac=1, random_state=1).to_csv(tmp_path / "given.tsv", sep="\t", index=False)
    split_labels(**case | {"scheme": "given", "given": str(tmp_path / "given.tsv")})
    assert list(tables.read(case["split"])["subset"]) == list(given["subset"])


@pytest.mark.parametrize(("stride", "n"), [((5, 5), 181), ((10, 10), 0)])
def test_a_given_split_that_tears_overlapping_tiles_apart_is_warned_of(case, tmp_path, caplog, stride, n):
    path = tile_tables.grid(tmp_path / "half.parquet", "half", stride=stride, corner=(0, 100))
    frame = tables.read(path, ["tile_id", "scene"]).assign(class_name="", source="", origin="human", confidence=np.nan)
    frame = frame.assign(class_id=1 + np.arange(len(frame)) // 2 % 2, inside_share=1.0, group="")
    tables.write(case["labels"], label_tables.LABELS, frame, {"classes": CLASSES})
    given = frame[["tile_id"]].assign(subset=np.tile(["train", "validation"], len(frame))[: len(frame)])
    given.to_csv(tmp_path / "given.tsv", sep="\t", index=False)
    split_labels(**case | {"scheme": "given", "given": str(tmp_path / "given.tsv"), "tiles": [path]})
    assert (f"{n} tiles share pixels, or ground of one day, with tiles that split_labels/file holds back" in caplog.text) == (
        n > 0
    )


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"shares": [0.5, 0.2, 0.2]}, r"split_labels/shares: \[0.5, 0.2, 0.2\], which add up to 0.9, expected 1"),
        (
            {"scheme": "given"},
            "split_labels/file: not set, expected the table of the scheme given; name it",
        ),
    ],
)
def test_wrong_settings_are_one_sentence_and_write_nothing(case, tmp_path, changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        split_labels(**case | changes)
    assert not (tmp_path / "splits").exists()


def test_all_labels_of_a_class_in_one_block_is_one_sentence(case):
    labels = tables.read(case["labels"])
    tables.write(case["labels"], label_tables.LABELS, labels[labels["scene"] != "c"], {"classes": CLASSES})
    with pytest.raises(ValueError, match="class snow: all 104 labelled tiles in one block, expected at least 2 blocks, one for"):
        split_labels(**case | {"block_m": 1000})


def test_a_class_of_one_tile_is_one_sentence(case):
    labels = tables.read(case["labels"])
    lake = labels[labels["class_id"] == 2]
    tables.write(case["labels"], label_tables.LABELS, labels.drop(lake.index[1:]), {"classes": CLASSES})
    with pytest.raises(ValueError, match="class lake: 1 labelled tile, expected at least 2, one for training and"):
        split_labels(**case)


def test_labels_of_other_tiles_are_one_sentence(case):
    with pytest.raises(ValueError, match="labels: 100 tiles, a_r000000_c000000 for one, that no tile table holds; run"):
        split_labels(**case | {"tiles": case["tiles"][1:]})


def test_a_fold_that_leaves_nothing_to_learn_is_one_sentence(case, tmp_path):
    """Four tiles that share pixels, two on either side of a border of blocks."""
    path = tile_tables.grid(tmp_path / "row.parquet", "row", shape=(10, 19), stride=(10, 3), corner=(0, 100))
    frame = tables.read(path, ["tile_id", "scene"]).assign(
        class_id=[1, 2, 1, 2], class_name="", group="", source="", origin="human"
    )
    frame = frame.assign(confidence=np.nan, inside_share=1.0)
    tables.write(case["labels"], label_tables.LABELS, frame, {"classes": CLASSES})
    with pytest.raises(
        ValueError, match="fold 1 of 2, held out by block, leaves 0 of 4 labelled tiles to learn, since others share"
    ):
        split_labels(**case | {"tiles": [path], "shares": None, "block_m": 10})
    assert not (tmp_path / "splits").exists()


@pytest.mark.parametrize(("shares", "column"), [(None, "fold"), ([0.6, 0.2, 0.2], "subset")])
def test_two_scenes_of_one_ground_and_day_are_never_learned_and_held_out(case, tmp_path, caplog, shares, column):
    caplog.set_level("INFO")
    days = {"a": "2016-06-25T17:03:09Z", "b": "2016-06-25T17:04:16Z", "c": "2018-06-11T12:00:00Z", "d": "2018-06-11T12:01:00Z"}
    sides = {"pixel_height_m": 1.0, "pixel_width_m": 1.0}
    paths = [tile_tables.grid(tmp_path / f"{name}.parquet", name, date=day, **sides) for name, day in days.items()]
    frame = pd.concat([tables.read(path, ["tile_id", "scene", "x_m"]) for path in paths], ignore_index=True)
    frame = frame.assign(class_id=1 + (frame["x_m"] // 10 % 2).astype(int), class_name="", group="", source="", origin="human")
    tables.write(case["labels"], label_tables.LABELS, frame.assign(confidence=np.nan, inside_share=1.0), {"classes": CLASSES})
    split_labels(**case | {"tiles": paths, "scheme": "scene", "shares": shares})
    held = tables.read(case["split"]).merge(frame, on="tile_id").groupby("scene")[column].agg(set)
    together = [held["a"] == held["b"], held["c"] == held["d"], held["a"] != held["c"]]
    assert all(together) and (shares or "show the same ground on one day are held out together" in caplog.text)


@pytest.mark.parametrize("scheme", ["auto", "random", "block", "scene", "group"])
def test_without_shares_every_label_is_held_out_once(case, scheme):
    split_labels(**case | {"scheme": scheme, "shares": None})
    table, metadata = tables.read(case["split"]), tables.read_metadata(case["split"])
    assert list(table["tile_id"]) == list(tables.read(case["labels"])["tile_id"]) and set(table["subset"]) == {"out-of-fold"}
    assert sorted(table["fold"].unique()) == list(range(metadata["folds"]))
    assert metadata["folds"] == (3 if scheme in ("auto", "scene") else 5) and metadata["shares"] is None
    assert metadata["unit"] == ("scene" if scheme == "auto" else scheme)
    classes = tables.read(case["labels"])["class_id"]
    assert (table["fold"].groupby(classes).nunique() > 1).all()


def test_labels_by_models_are_learned_and_never_held_out(case, caplog):
    caplog.set_level("INFO")
    labels = tables.read(case["labels"])
    machine = labels["tile_id"].str.startswith("b")
    labels["origin"] = labels["origin"].where(~machine, "varionet round01")
    tables.write(case["labels"], label_tables.LABELS, labels, {"classes": CLASSES})
    split_labels(**case | {"shares": None})
    table = tables.read(case["split"])
    assert (table["subset"] == np.where(machine, "train", "out-of-fold")).all() and table["fold"].notna().all()
    assert f"{machine.sum()} labels by models are learned and never held out" in caplog.text


def test_fewer_units_than_folds_make_fewer_folds_and_the_log_says_so(case, caplog):
    caplog.set_level("INFO")
    split_labels(**case | {"scheme": "group", "shares": None, "n_folds": 50, "tiles": case["tiles"]})
    n = tables.read_metadata(case["split"])["folds"]
    assert n < 50 and f"{n} folds in the place of 50, since there are no more groups" in caplog.text
    assert "class snow lies in" in caplog.text


def test_auto_has_no_shares(case):
    with pytest.raises(ValueError, match="split_labels/scheme: auto with shares, expected block, scene, group or random"):
        split_labels(**case | {"scheme": "auto"})


@pytest.mark.parametrize("scheme, shares", [("auto", None), ("block", None), ("group", None), ("block", [0.6, 0.2, 0.2])])
@pytest.mark.parametrize("groups, unit", [("", "random"), ("one two", None)])
def test_images_that_nothing_groups_are_a_random_split_and_called_so(case, caplog, scheme, shares, groups, unit):
    """Nothing keeps images of one ground together, so that no score is that of another part of the glacier."""
    labels = tables.read(case["labels"])
    labels = labels[labels["scene"] == "c"].assign(group=(groups.split() or [""]) * (20 // max(1, len(groups.split()))))
    tables.write(case["labels"], label_tables.LABELS, labels, {"classes": CLASSES})
    split_labels(**case | {"scheme": scheme, "shares": shares})
    found = tables.read_metadata(case["split"])["unit"]
    assert found == (unit or {"auto": "block"}.get(scheme, scheme))
    assert ("20 images without a place or group are held out one by one" in caplog.text) == (unit == "random")
