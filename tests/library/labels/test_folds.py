"""Folds: every unit is held out once, every class is learned while it is held out, and what cannot be is refused in one sentence."""

import numpy as np
import pandas as pd
import pytest

from geoclass.labels import folds

CLASSES = {1: "snow", 2: "lake"}


def tiles(n=60, scenes=3, groups=0, seed=0):
    """Return labelled tiles on ground of 1000 m, of two classes, on some dates and in some groups."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"tile_id": [f"t{k:03d}" for k in range(n)], "class_id": rng.integers(1, 3, n)})
    frame["scene"] = [f"s{k % scenes}" for k in range(n)]
    frame["group"] = [f"g{k % groups}" if groups else "" for k in range(n)]
    frame[["x_m", "y_m"]] = rng.uniform(0, 1000, (n, 2))
    frame["row_px"], frame["column_px"] = frame["y_m"], frame["x_m"]
    for side in ("height", "width"):
        frame[f"{side}_px"] = frame[f"{side}_m"] = 10.0
    return frame.assign(source="labels.gpkg", ground="", date="2016-06-2" + frame["scene"].str[1:])


@pytest.mark.parametrize("scheme", ["random", "block", "scene", "group"])
def test_a_unit_is_in_one_fold_and_a_class_in_as_many_as_it_can(scheme):
    frame = tiles(groups=12)
    chosen = folds.units(frame, scheme, 200)
    fold = folds.deal(frame, chosen, 5, 1)
    assert (fold.groupby(chosen.names).nunique() == 1).all()
    k = min(5, chosen.n)
    assert sorted(fold.unique()) == list(range(k))
    assert (fold.groupby(frame["class_id"]).nunique() == k).all()
    shares = pd.crosstab(frame["class_id"], fold, normalize="index").to_numpy()
    assert np.abs(shares - 1 / k).max() < (0.05 if scheme == "random" else 0.15)


def test_the_order_of_the_tiles_does_not_matter():
    frame = tiles()
    shuffled = frame.sample(frac=1, random_state=2)
    for scheme in ("random", "block", "scene"):
        one, other = (folds.deal(part, folds.units(part, scheme, 200), 4, 1) for part in (frame, shuffled))
        pd.testing.assert_series_equal(one, other.sort_index())


def test_two_units_of_a_rare_class_are_never_held_out_together():
    frame = tiles(120, groups=20)
    frame["class_id"] = np.where(frame["group"].isin(["g3", "g7"]), 2, 1)
    chosen = folds.units(frame, "group", 200)
    for seed in range(5):
        fold = folds.deal(frame, chosen, 3, seed)
        assert fold[frame["class_id"] == 2].nunique() == 2


@pytest.mark.parametrize(
    "changes, kind",
    [
        ({"scenes": 3}, "scene"),
        ({"scenes": 2, "groups": 8}, "group"),
        ({"scenes": 6, "groups": 4}, "group"),  # glaciers, each on several dates
        ({"scenes": 1}, "block"),
    ],
)
def test_the_coarsest_unit_that_the_labels_allow_is_held_out(changes, kind):
    frame = tiles(96, **changes)
    if changes.get("groups") == 4:
        frame["scene"] = [f"s{k % 24}" for k in range(len(frame))]
    assert folds.units(frame, "auto", 200).kind == kind


def test_a_class_on_one_date_only_makes_the_unit_finer():
    frame = tiles()
    frame["class_id"] = np.where((frame["scene"] == "s0") & (frame["x_m"] < 600), 2, 1)
    assert folds.units(frame, "auto", 200).kind == "block"


def test_scores_of_scenes_are_resampled_by_the_ground():
    frame = tiles()
    chosen = folds.units(frame, "scene", 200)
    assert chosen.blocks.nunique() > 10 and chosen.names.nunique() == 3


@pytest.mark.parametrize("scheme, expected", [("block", [[1], [0]]), ("group", [[1], [0]]), ("random", [[1], [0]])])
def test_overlapping_tiles_are_kept_apart(scheme, expected):
    frame = tiles(2, scenes=1, groups=2)
    frame[["x_m", "column_px"]] = [[10.0, 10.0], [15.0, 15.0]]
    frame[["y_m", "row_px"]] = 0.0
    chosen, fold = folds.units(frame, scheme, 12), pd.Series([0, 1])
    assert folds.apart(frame, chosen, fold) == expected
    frame[["x_m", "column_px"]] = [[10.0, 10.0], [20.0, 20.0]]  # neighbours only touch
    assert folds.apart(frame, chosen, fold) == [[], []]


def test_a_class_whose_other_tiles_all_overlap_those_held_out_is_named():
    frame = tiles(40)
    frame.loc[:3, "class_id"] = 2
    frame.loc[4:, "class_id"] = 1
    frame[["x_m", "y_m"]] = frame[["column_px", "row_px"]] = np.stack([np.arange(40) * 15.0, np.zeros(40)], axis=1)
    frame.loc[:3, ["x_m", "column_px"]] = np.array([[196, 198, 202, 204]] * 2).T  # across the border of two blocks, 10 px wide
    chosen = folds.units(frame, "block", 200)
    fold = folds.deal(frame, chosen, 3, 1)
    assert folds.unlearned(frame, fold, folds.apart(frame, chosen, fold), CLASSES) == ["lake"]
    assert folds.unlearned(frame, fold, [[] for _ in range(40)], CLASSES) == []


@pytest.mark.parametrize("days, same", [([1, 1, 2, 3], True), ([1, 4, 2, 3], False)])
def test_scenes_that_show_one_ground_on_one_day_are_held_out_together(days, same):
    """A stereo pair, 1 m apart, and two scenes of other days, on one ground each."""
    frame = pd.concat([tiles(40, scenes=1).assign(scene=f"s{k}", date=f"2016-06-0{day}T12") for k, day in enumerate(days)])
    frame = frame.reset_index(drop=True)
    frame["tile_id"] = frame["scene"] + frame["tile_id"]
    frame.loc[frame["scene"] == "s1", "x_m"] += 1
    chosen = folds.units(frame, "auto", 200)
    assert chosen.kind == "scene" and chosen.n == (3 if same else 4)
    fold = folds.deal(frame, chosen, 4, 1)
    mates = [fold[frame["scene"] == scene].unique().tolist() for scene in ("s0", "s1")]
    assert (mates[0] == mates[1]) == same
    assert not any(folds.apart(frame, chosen, fold))  # the ground of other days is learned
    by_tile = folds.units(frame, "random", 200)
    fold = folds.deal(frame, by_tile, 4, 1)
    withheld = folds.apart(frame, by_tile, fold)
    apart = [fold[k + 40] in withheld[k] or fold[k + 40] == fold[k] for k in range(40)]
    assert all(apart) if same else not all(apart)


@pytest.mark.parametrize("withheld, left", [([[], [], [], []], 2), ([[1], [], [], []], 1), ([[1], [1], [0], [0]], 0)])
def test_a_fold_that_leaves_less_than_two_tiles_is_refused(withheld, left):
    fold = pd.Series([0, 0, 1, 1])
    if left == folds.LEAST_LEARNED:
        folds.check_learned(fold, withheld, "block")
        return
    with pytest.raises(
        ValueError, match=rf"of 2, held out by block, leaves {left} of 4 labelled tiles .* lower split_labels/block_m, "
    ):
        folds.check_learned(fold, withheld, "block")


def test_a_class_in_one_place_is_named_with_its_source_and_a_scheme_that_would_do():
    frame = tiles()
    frame["class_id"] = np.where(frame["scene"] == "s0", 2, 1)
    frame["source"] = np.where(frame["class_id"] == 2, "labels/north.gpkg", "labels/south.gpkg")
    chosen = folds.units(frame, "scene", 200)
    sentence = (
        r"lake: all 20 labelled tiles \(from labels/north.gpkg\) in one scene, s0, .* split_labels/scheme to block or random"
    )
    with pytest.raises(ValueError, match=sentence):
        folds.check(frame, chosen, CLASSES, 200)


def test_no_scheme_is_proposed_that_would_not_do_for_another_class():
    """Lakes lie in one block on two dates, snow in many blocks on one date."""
    frame = tiles(40, scenes=2)
    frame["class_id"] = np.where(frame.index < 4, 2, 1)
    frame.loc[:3, ["x_m", "y_m"]] = 50.0
    frame.loc[4:, "scene"] = "s0"
    with pytest.raises(ValueError, match=r"class lake: .* in one block, .*, or set split_labels/scheme to random, whose"):
        folds.check(frame, folds.units(frame, "block", 100), CLASSES, 100)


@pytest.mark.parametrize("scheme", ["block", "group"])
def test_a_class_in_one_block_is_told_of_blocks_of_half_the_side_where_those_would_do(scheme):
    frame = tiles(400, scenes=1)
    frame["class_id"] = np.where((frame["x_m"] < 190) & (frame["y_m"] < 190), 2, 1)
    assert folds.units(frame, scheme, 100).by_class(frame)[2] > 1
    with pytest.raises(
        ValueError, match=rf"one {scheme}, .* set split_labels/block_m to 100 or split_labels/scheme to random, whose"
    ):
        folds.check(frame, folds.units(frame, scheme, 200), CLASSES, 200)


def test_the_only_place_of_a_class_is_divided_into_blocks_of_ground():
    frame = tiles(96, groups=4, scenes=1)
    frame["class_id"] = np.where(frame["group"] == "g0", 2, 1)
    chosen = folds.units(frame, "group", 200)
    folds.check(frame, chosen, CLASSES, 200)
    assert chosen.by_class(frame)[2] > 1 and set(chosen.names[frame["class_id"] == 1]) == {"g1", "g2", "g3"}
    fold = folds.deal(frame, chosen, 3, 1)
    assert all(fold[frame["class_id"] == class_id].nunique() > 1 for class_id in (1, 2))


def test_images_of_one_class_in_one_group_are_told_that_only_a_random_draw_would_do():
    frame = tiles(groups=6).assign(x_m=np.nan, y_m=np.nan)
    frame["class_id"] = np.where(frame["group"] == "g0", 2, 1)
    chosen = folds.units(frame, "auto", 200)
    with pytest.raises(ValueError, match=r"lake: .* in one block, g0, .* set split_labels/scheme to random, whose"):
        folds.check(frame, chosen, CLASSES, 200)


def test_a_class_without_or_with_one_tile_is_refused():
    frame = tiles()
    frame["class_id"] = 1
    with pytest.raises(ValueError, match="class lake: no labelled tile, expected at least 2"):
        folds.check(frame, folds.units(frame, "block", 200), CLASSES, 200)
    frame.loc[0, "class_id"] = 2
    advice = "label more of it, or take it out of the table of classes and its labels out of their sources"
    with pytest.raises(ValueError, match=rf"class lake: 1 labelled tile \(from labels.gpkg\), expected at least 2, .*; {advice}"):
        folds.check(frame, folds.units(frame, "block", 200), CLASSES, 200)
