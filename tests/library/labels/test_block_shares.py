"""Whole blocks dealt out to subsets: kept whole, close to the shares, whatever the order, stable when labels are added."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from geoclass.labels import block_shares

SHARES = [0.6, 0.2, 0.2]


def tiles(n_blocks=60, n_classes=8, seed=0):
    """Draw blocks of one main class each, a third of them with a second one."""
    rng = np.random.default_rng(seed)
    rows = []
    for block in range(n_blocks):
        rows += [(f"b{block}", block % n_classes)] * int(rng.integers(1, 30))
        if rng.random() < 1 / 3:
            rows += [(f"b{block}", int(rng.integers(n_classes)))] * int(rng.integers(1, 10))
    return pd.DataFrame(rows, columns=["block", "class_id"])


def deviation(frame, subset):
    """Return the largest distance of a class's share in a subset from the share asked for."""
    shares = pd.crosstab(frame["class_id"], subset, normalize="index").reindex(columns=list(block_shares.SUBSETS), fill_value=0)
    return float(abs(shares - SHARES).max().max())


def test_draws_belong_to_their_key():
    one = block_shares.draws(["a", "b", "c"], 1)
    assert list(block_shares.draws(["c", "a"], 1)) == [one[2], one[0]]
    assert not set(one) & set(block_shares.draws(["a", "b", "c"], 2))
    many = block_shares.draws(map(str, range(10_000)), 3)
    assert abs(many.mean() - 0.5) < 0.02 and 0 <= many.min() and many.max() < 1


rows = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 4)), min_size=1, max_size=80)
shares = st.sampled_from([[0.6, 0.2, 0.2], [0.8, 0.2, 0], [0.34, 0.33, 0.33], [0.9, 0.05, 0.05]])


@settings(deadline=None)
@given(rows, shares, st.integers(0, 5), st.randoms(use_true_random=False))
def test_blocks_stay_whole_and_order_does_not_matter(rows, shares, seed, random):
    frame = pd.DataFrame(rows, columns=["block", "class_id"]).astype({"block": str})
    subset = block_shares.deal(frame["block"], frame["class_id"], shares, seed)
    assert set(subset) <= {name for name, share in zip(block_shares.SUBSETS, shares, strict=True) if share}
    assert (subset.groupby(frame["block"]).nunique() == 1).all()
    order = list(frame.index)
    random.shuffle(order)
    shuffled = frame.loc[order]
    again = block_shares.deal(shuffled["block"], shuffled["class_id"], shares, seed)
    pd.testing.assert_series_equal(again.sort_index(), subset)
    renumbered = shuffled.reset_index(drop=True)
    assert list(block_shares.deal(renumbered["block"], renumbered["class_id"], shares, seed)) == list(again)


@settings(deadline=None)
@given(rows, st.integers(0, 5))
def test_a_class_in_one_kind_of_block_reaches_as_many_subsets_as_it_can(rows, seed):
    frame = pd.DataFrame([(f"{class_id} {block}", class_id) for block, class_id in rows], columns=["block", "class_id"])
    subset = block_shares.deal(frame["block"], frame["class_id"], SHARES, seed)
    n_blocks = frame.groupby("class_id")["block"].nunique()
    assert (subset.groupby(frame["class_id"]).nunique() == n_blocks.clip(upper=3)).all()
    for class_id in n_blocks.index[n_blocks == 2]:
        assert set(subset[frame["class_id"] == class_id]) == {"train", "validation"}


@pytest.mark.parametrize("n_blocks, farthest", [(60, 0.06), (300, 0.02), (2000, 0.02)])
def test_shares_are_close_and_no_worse_than_those_of_scikit_learn(n_blocks, farthest):
    frame = tiles(n_blocks)
    ours = deviation(frame, block_shares.deal(frame["block"], frame["class_id"], SHARES, 1))
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=1).split(frame, frame["class_id"], frame["block"])
    theirs = pd.Series("train", index=frame.index)
    for name, (_, held) in zip(["validation", "test"], folds, strict=False):
        theirs[held] = name
    assert ours <= farthest
    assert ours <= deviation(frame, theirs) + 0.01


def test_seeds_differ_and_one_seed_repeats():
    frame = tiles()
    first, again, other = (block_shares.deal(frame["block"], frame["class_id"], SHARES, seed) for seed in (1, 1, 2))
    assert first.equals(again)
    assert (first != other).mean() > 0.2


def test_labels_added_later_move_few_others():
    moved = []
    for seed in range(10):
        frame = tiles(100, seed=seed)
        earlier = frame.sample(frac=0.9, random_state=seed)
        before = block_shares.deal(earlier["block"], earlier["class_id"], SHARES, 1)
        after = block_shares.deal(frame["block"], frame["class_id"], SHARES, 1)
        moved.append((before != after[before.index]).mean())
    assert np.mean(moved) < 0.25  # a new draw moves more than half
