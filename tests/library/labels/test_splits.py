"""Subsets of labelled tiles: partitions that keep blocks, groups and scenes whole and say what is wrong."""

import numpy as np
import pandas as pd
import pyproj
import pytest
import tile_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from geoclass.core import geodesy, tables
from geoclass.labels import block_shares, passes, splits

SHARES = [0.6, 0.2, 0.2]


def tiles(n=60, classes=(1, 2, 3), scenes=("a",), stride=10.0, size=10):
    """Lay tiles of `size` pixels of 1 m on a square grid, with the classes in turn and the scenes on one ground."""
    side = int(np.ceil(np.sqrt(n)))
    frame = pd.DataFrame(
        [
            (f"{scene}_{i:04d}", scene, classes[i % len(classes)], i // side * stride, i % side * stride)
            for scene in scenes
            for i in range(n)
        ],
        columns=["tile_id", "scene", "class_id", "row_px", "column_px"],
    )
    frame = frame.assign(group="", ground="", height_px=size, width_px=size, height_m=size, width_m=size)
    frame["date"] = frame["scene"].map({scene: f"2016-06-{k + 1:02d}T12" for k, scene in enumerate(scenes)})
    return frame.assign(x_m=frame["column_px"] + size / 2, y_m=-frame["row_px"] - size / 2)


def images(n=12, group=""):
    frame = tiles(n).drop(columns="tile_id").assign(scene="set", group=group)
    frame[["row_px", "column_px", "x_m", "y_m"]] = np.nan
    return frame.assign(tile_id=[f"set_{'abc'[i % 3]}_image_{i:02d}" for i in range(n)])


def test_tiles_of_all_dates_get_positions_in_one_coordinate_system(tmp_path):
    a = tile_tables.grid(tmp_path / "a.parquet", "a", shape=(20, 20), corner=(600000, 4400000))
    b = tile_tables.grid(tmp_path / "b.parquet", "b", shape=(20, 20), corner=(-6.0e6, -7.0e6), crs="EPSG:3857")
    c = tile_tables.images(tmp_path / "c.parquet", "c", ["x/1.png"])
    labels = pd.DataFrame({"tile_id": ["c_x_1", "b_r000000_c000000", "a_r000010_c000000"], "scene": ["c", "b", "a"]})
    placed = splits.place(labels, [c, b, a])
    assert list(placed["tile_id"]) == ["a_r000010_c000000", "b_r000000_c000000", "c_x_1"]
    assert placed.loc[0, ["row_px", "height_px"]].tolist() == [10, 10]
    ground = geodesy.ground_units("EPSG:32718", 600010, 4399990)  # metres on the ground, not of the projection
    assert placed.loc[0, ["x_m", "y_m"]].tolist() == pytest.approx([600005 * ground[0], 4399985 * ground[1]], abs=0.1)
    assert placed.loc[1, "x_m"] != -5999995 and np.isfinite(placed.loc[1, "x_m"])
    assert np.isnan(placed.loc[2, "x_m"])
    with pytest.raises(ValueError, match="labels: 1 tiles, gone for one, that no tile table holds; run collect_labels again"):
        splits.place(pd.DataFrame({"tile_id": ["gone"]}), [a])


def placed(folder, *scenes):
    """Return the tiles of scenes of 640 x 640 m, with tiles of 64 m, each at a place (longitude, latitude) in a system (EPSG code)."""
    paths = []
    for name, (epsg, *place) in zip("ab", scenes, strict=True):
        x, y = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(*place)
        pixel = [2 / unit for unit in geodesy.ground_units(f"EPSG:{epsg}", x, y)[::-1]]
        corner = x - 160 * pixel[1], y + 160 * pixel[0]
        grid = {"shape": (320, 320), "size": (32, 32), "corner": corner, "pixel": pixel, "crs": epsg}
        paths.append(tile_tables.grid(folder / f"{name}.parquet", name, **grid, pixel_height_m=2.0, pixel_width_m=2.0))
    labels = pd.concat([tables.read(path, ["tile_id", "scene"]) for path in paths], ignore_index=True)
    return splits.place(labels.assign(class_id=1, group=""), paths)


def test_the_same_ground_in_two_coordinate_systems_is_one_block_and_shared(tmp_path):
    frame = placed(tmp_path, (32633, 15.0, 78.0), (3857, 15.0, 78.0))
    here, there = (splits.blocks(frame, 192)[frame["scene"] == name] for name in "ab")
    assert (here.to_numpy() == there.to_numpy()).mean() > 0.9 and set(here) == set(there)
    one, other = splits.overlaps(frame).T
    assert set(zip(one, other, strict=True)) == {(k, (k + 100) % 200) for k in range(200)}


@pytest.mark.parametrize("second", [(32718, -73.5, -50.5), (3031, -105.0, -75.0), (3857, 86.9, 27.9), (32634, 21.0, 78.0)])
def test_blocks_of_ground_far_away_are_as_large_and_other_blocks(tmp_path, second):
    frame = placed(tmp_path, (32633, 15.0, 78.0), second)
    blocks = splits.blocks(frame, 192)
    here, there = (blocks[frame["scene"] == name] for name in "ab")
    assert not set(here) & set(there) and all(name.endswith(" near b") for name in there) and "near" not in "".join(here)
    assert all(16 <= names.nunique() <= 25 for names in (here, there))  # 100 tiles, 3 x 3 in a block
    assert not len(splits.overlaps(frame))  # UTM gives the same coordinates in every zone


def test_the_same_ground_on_two_dates_is_one_block():
    frame = tiles(16, scenes=("a", "b"))
    blocks = splits.blocks(frame, 20)
    assert list(blocks[frame["scene"] == "a"]) == list(blocks[frame["scene"] == "b"])
    assert blocks.nunique() == 4 and "x0 y-1" in set(blocks)


def test_images_are_blocks_of_their_own_or_of_their_group():
    assert splits.blocks(images(), 20).nunique() == 12
    assert set(splits.blocks(images(group="north"), 20)) == {"north"}


def test_groups_stay_whole_but_for_the_only_one_of_a_class():
    frame = tiles(5, classes=(1, 1, 1, 2, 2)).assign(group=["p", "q", "", "p", "p"])
    assert splits.groups(frame, 10).to_list() == ["p", "q", "x2 y-1", "p x0 y-2", "p x1 y-2"]


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 4), min_size=8, max_size=100),
    st.sampled_from([SHARES, [0.8, 0.2, 0], [0.1, 0.45, 0.45]]),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_chance_divides_every_class_at_the_shares(class_ids, shares, seed, random):
    frame = pd.DataFrame({"tile_id": [f"t{i}" for i in range(len(class_ids))], "class_id": class_ids})
    subset = splits.by_chance(frame, shares, seed)
    for _, one in subset.groupby(frame["class_id"]):
        n = len(one)
        counts = [(one == name).sum() for name in splits.SUBSETS]
        assert sum(counts) == n and counts[0] >= 1 and (counts[1] >= 1 or n < 2)
        assert counts[2] >= 1 or n < 3 or not shares[2]
        assert n < 10 or all(abs(count - share * n) <= 1.01 for count, share in zip(counts, shares, strict=True))
    order = list(frame.index)
    random.shuffle(order)
    shuffled = frame.loc[order].reset_index(drop=True)
    again = pd.Series(splits.by_chance(shuffled, shares, seed).to_numpy(), index=shuffled["tile_id"])
    assert again[frame["tile_id"]].to_list() == subset.to_list()


def test_a_tile_labelled_later_moves_at_most_two_others_by_chance():
    frame = tiles(90)
    before, after = splits.by_chance(frame.iloc[1:], SHARES, 1), splits.by_chance(frame, SHARES, 1)
    assert (before != after[before.index]).sum() <= 2


def test_a_scene_is_left_out_whole():
    frame = tiles(60, scenes=("a", "b", "c"))
    blocks = splits.blocks(frame, 20)
    subset, units = splits.by_scene(frame, blocks, SHARES, 1, block_shares.NO_PAIRS)
    held = set(frame["scene"][subset == "test"])
    assert len(held) == 1 and (subset[frame["scene"].isin(held)] == "test").all()
    assert set(subset[~frame["scene"].isin(held)]) == {"train", "validation"}
    assert (subset.groupby(units).nunique() == 1).all()


def test_tiles_of_the_other_scenes_share_no_pixel_across_subsets():
    frame = tiles(60, scenes=("a", "b", "c"), stride=5.0)
    one, other = splits.overlaps(frame).T
    subset, _ = splits.by_scene(frame, splits.blocks(frame, 20), SHARES, 1, splits.overlaps(frame))
    assert set(subset) == {"train", "validation", "test", ""}
    assert not ((subset.to_numpy()[one] == "train") & (subset.to_numpy()[other] == "validation")).any()


def test_every_scene_has_its_turn():
    frame = tiles(60, scenes=("a", "b", "c"))
    blocks = splits.blocks(frame, 20)
    held = set()
    for seed in range(9):
        subset, _ = splits.by_scene(frame, blocks, SHARES, seed, block_shares.NO_PAIRS)
        held |= set(frame["scene"][subset == "test"])
    assert held == {"a", "b", "c"}


def test_as_many_scenes_are_left_out_as_come_closest_to_the_share():
    frame = tiles(20, scenes=tuple("abcdefghij"))
    subset, _ = splits.by_scene(frame, splits.blocks(frame, 20), SHARES, 1, block_shares.NO_PAIRS)
    assert frame["scene"][subset == "test"].nunique() == 2


def test_without_test_share_the_scene_left_out_validates():
    frame = tiles(20, scenes=("a", "b", "c"))
    subset, _ = splits.by_scene(frame, splits.blocks(frame, 20), [0.7, 0.3, 0], 1, block_shares.NO_PAIRS)
    assert set(subset) == {"train", "validation"}
    assert frame["scene"][subset == "validation"].nunique() == 1


@pytest.mark.parametrize("seed", range(6))
def test_a_scene_with_a_class_of_its_own_is_not_left_out(seed):
    frame = tiles(40, scenes=("a", "b", "c"))
    frame.loc[(frame["scene"] == "b") & (frame["row_px"] < 30), "class_id"] = 9
    subset, _ = splits.by_scene(frame, splits.blocks(frame, 20), SHARES, seed, block_shares.NO_PAIRS)
    assert "b" not in set(frame["scene"][subset == "test"])


def test_one_scene_cannot_be_left_out():
    with pytest.raises(ValueError, match="split scene: labels of 1 scene, a, expected at least 2; label another scene or take"):
        splits.by_scene(tiles(), splits.blocks(tiles(), 20), SHARES, 1, block_shares.NO_PAIRS)


def write(tmp_path, text, name="split.tsv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_split_is_taken_as_given(tmp_path):
    frame = tiles(3)
    path = write(tmp_path, "tile_id\tsubset\na_0001\ttrain\na_0000\ttest\na_0002\tvalidation\nother\ttrain\n")
    assert list(splits.as_given(frame, path)) == ["test", "train", "validation"]
    commas = write(tmp_path, "\ufeffSubset,Tile_ID\ntrain,a_0001\ntest,a_0000\nvalidation,a_0002\n", "split.csv")
    assert list(splits.as_given(frame, commas)) == ["test", "train", "validation"]


def test_images_are_given_by_file_name(tmp_path):
    frame = images(3)
    path = write(tmp_path, "image,subset\nimage_00.png,train\nb/image_01.png,test\nset/c/image_02.jpg,validation\nx.png,test\n")
    assert list(splits.as_given(frame, path)) == ["train", "test", "validation"]


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("tile,subset\na_0000,train\n", r"split\.tsv: columns tile, subset, expected subset and tile_id or image"),
        ("tile_id,subset\na_0000,training\n", "line 2: subset 'training', expected train, validation, test"),
        ("tile_id,subset\na_0000,train\na_0000,test\n", "tile a_0000 is in two subsets, expected one; remove one of its rows"),
        ("tile_id,subset\na_0000,train\n", "no row for 2 of 3 labelled tiles, a_0001 for one, expected one for each; add them"),
    ],
)
def test_a_split_that_does_not_fit_is_one_sentence(tmp_path, text, sentence):
    with pytest.raises(ValueError, match=sentence):
        splits.as_given(tiles(3), write(tmp_path, text))


@pytest.mark.parametrize(
    "text", [b"", b"tile_id\tsubset\na_0000\ttrain\na_0001\ttrain\t\n", b"tile_id,subset\nGl\xe4cier,train\n"]
)
def test_a_split_that_is_no_table_is_one_sentence(tmp_path, text):
    (tmp_path / "split.tsv").write_bytes(text)
    with pytest.raises(ValueError, match=r"split\.tsv: not a table separated by (tabs|commas) \(") as caught:
        splits.as_given(tiles(3), tmp_path / "split.tsv")
    assert "\n" not in str(caught.value)


def test_an_image_name_that_stands_for_two_tiles_is_one_sentence(tmp_path):
    frame = images(3).assign(tile_id=["set_a_1", "set_b_1", "set_c_2"])
    with pytest.raises(ValueError, match=r"image 1\.png stands for set_a_1, set_b_1, expected one tile; write <class>/<image>"):
        splits.as_given(frame, write(tmp_path, "image,subset\n1.png,train\n"))


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(OSError, match="no such file, expected the split given; correct split_labels/file"):
        splits.as_given(tiles(3), tmp_path / "gone.tsv")


def test_tiles_that_share_pixels_are_found():
    two_by_two = tiles(4, size=12)  # each overlaps the others by two pixels
    assert len(splits.overlaps(two_by_two)) == 12
    assert set(map(tuple, splits.overlaps(two_by_two.iloc[[3, 0]]))) == {(0, 1), (1, 0)}
    assert len(splits.overlaps(tiles(4))) == 0  # tiles that only touch
    other_dates = two_by_two.assign(scene=list("abcd"), date=["2016", "2017", "2018", "2019"])
    assert len(splits.overlaps(other_dates)) == 0  # other pixels, and less than half of the ground
    assert len(splits.overlaps(images(4))) == 0


@pytest.mark.parametrize(("shift", "n_shared"), [(5.0, 25 + 2 * 20 + 16), (9.8, 0)])
def test_tiles_of_one_day_share_ground_on_whatever_lattices(shift, n_shared):
    """A stereo pair half a tile apart, of which no two tiles share more than a quarter; and neighbours that only touch."""
    frame = tiles(25, scenes=("a", "b")).assign(date="2016-06-01T12")
    frame.loc[frame["scene"] == "b", ["x_m", "y_m"]] += shift
    if shift > 9:
        frame = frame.iloc[[0, 25]]
    assert len(splits.overlaps(frame)) == 2 * n_shared
    assert passes.names(frame).nunique() == (1 if n_shared else 2)
    assert not len(splits.overlaps(frame.assign(date=frame["scene"])))


def test_tiles_of_two_dates_that_share_ground_across_a_border_are_told_apart():
    frame = tiles(64, scenes=("a", "b"))
    later = frame["scene"] == "b"
    frame.loc[later, "x_m"] -= 4.0  # the lattice of the other date
    block = splits.blocks(frame, 33)
    one, other = splits.overlaps(frame).T
    assert (block.to_numpy()[one] != block.to_numpy()[other]).any()
    subset = block_shares.deal(block, frame["class_id"], SHARES, 1, splits.overlaps(frame))
    kept = frame[subset != ""].assign(subset=subset)
    for one in kept[kept["scene"] == "a"].itertuples():
        others = kept[(kept["scene"] == "b") & (kept["subset"] != one.subset)]
        wide, high = (10 - abs(others[name] - getattr(one, name)) for name in ("x_m", "y_m"))
        assert not (wide.clip(lower=0) * high.clip(lower=0) > 50).any()


@settings(deadline=None)
@given(st.integers(0, 4), st.sampled_from([15.0, 20.0, 33.0]))
def test_what_is_kept_shares_no_pixel(seed, block_m):
    frame = tiles(64, stride=5.0)
    subset = block_shares.deal(splits.blocks(frame, block_m), frame["class_id"], SHARES, seed, splits.overlaps(frame))
    kept = frame[subset != ""]
    assert 10 < len(kept) < 64
    for one in kept.itertuples():
        near = kept[(abs(kept["row_px"] - one.row_px) < 10) & (abs(kept["column_px"] - one.column_px) < 10)]
        assert set(subset[near.index]) == {subset[one.Index]}


@pytest.mark.parametrize("shares", [[0.6, 0.2, 0.1], [1.0, 0.0, 0.0], [0.0, 0.5, 0.5], [0.5, 0.5, 0.5]])
def test_shares_that_do_not_add_up_are_one_sentence(shares):
    with pytest.raises(ValueError, match=r"split_labels/shares: \[.*\], which add up to .*, expected 1 with training"):
        splits.check_shares(shares)
    splits.check_shares([0.8, 0.2, 0])


CLASSES = {1: "snow", 2: "lake"}


@pytest.mark.parametrize(
    "class_ids, units, sentence",
    [
        ([1, 1], "pq", "class lake: 0 labelled tiles, expected at least 2, one for training and one for validation; label more"),
        ([1, 1, 2], "pqp", "class lake: 1 labelled tile, expected at least 2"),
        (
            [1, 1, 2, 2],
            "pqpp",
            r"class lake: all 2 labelled tiles in one block, expected at least 2 blocks, .*\(scheme block\)",
        ),
    ],
)
def test_a_class_that_cannot_be_divided_is_one_sentence(class_ids, units, sentence):
    with pytest.raises(ValueError, match=sentence):
        splits.check_classes(pd.DataFrame({"class_id": class_ids}), pd.Series(list(units)), CLASSES, "block")


def test_counts_refuse_a_class_without_training_or_validation_tile():
    frame = pd.DataFrame({"class_id": [1, 1, 2, 2]})
    counts = splits.count(frame, pd.Series(["train", "validation", "train", "validation"]), CLASSES, "block")
    assert counts.to_dict("index") == {name: {"train": 1, "validation": 1, "test": 0} for name in ("snow", "lake")}
    with pytest.raises(ValueError, match=r"class lake: 0 training, 1 validation and 1 test tiles \(scheme scene\), expected"):
        splits.count(frame, pd.Series(["train", "validation", "test", "validation"]), CLASSES, "scene")
