"""Which tiles are worth a label: what three rankings choose, and how far apart."""

import numpy as np
import pandas as pd
import pytest

from geoclass.active_learning import queueing


def tiles(**columns):
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame(
        {"tile_id": [f"t{k:02d}" for k in range(n)], "scene": "a", "visit": "1", "x_m": 100.0 * np.arange(n), "y_m": 0.0}
    )
    defaults = {"class_id": 1, "confidence": 0.9, "margin": 0.8, "variomlp_id": 1, "resnet18_id": 1, "divergence": 0.1}
    return frame.assign(**defaults | columns)


def chosen(frame, size=10, distance_m=0.0, n_labels=None):
    queue = queueing.choose(frame, n_labels or {1: 5, 2: 5}, size, distance_m)
    assert list(queue["rank"]) == list(range(1, len(queue) + 1))
    return list(zip(queue["tile_id"], queue["reason"], strict=True))


def test_the_three_rankings_take_turns():
    frame = tiles(
        margin=[0.5, 0.1, 0.9, 0.2, 0.9, 0.9],
        resnet18_id=[1, 1, 2, 1, 2, 1],
        divergence=[0.9, 0.1, 0.4, 0.1, 0.7, 0.1],
        class_id=[1, 1, 1, 1, 1, 2],
    )
    assert chosen(frame, n_labels={1: 50, 2: 3}) == [
        ("t01", "uncertain"),
        ("t04", "disagreement"),
        ("t05", "rare class"),
        ("t03", "uncertain"),
        ("t02", "disagreement"),
        ("t00", "rare class"),
    ]


def test_no_divergence_counts_where_both_say_the_same():
    frame = tiles(divergence=[0.9, 0.8], resnet18_id=[1, 1])
    assert "disagreement" not in {reason for _, reason in chosen(frame)}


def test_every_pair_of_classes_is_heard():
    frame = tiles(resnet18_id=[2, 2, 2, 3, 1], divergence=[0.9, 0.8, 0.7, 0.2, 0.0], margin=[0.8, 0.8, 0.8, 0.8, 0.1])
    assert [tile for tile, reason in chosen(frame) if reason == "disagreement"][:2] == ["t00", "t03"]


def test_models_that_were_not_asked_do_not_disagree():
    frame = tiles(variomlp_id=[np.nan] * 4, resnet18_id=[np.nan] * 4, divergence=[np.nan] * 4)
    assert [reason for _, reason in chosen(frame)] == ["uncertain", "rare class"] * 2


def test_the_class_with_the_fewest_labels_comes_first_and_its_surest_tile():
    frame = tiles(class_id=[1, 1, 2, 2, 3, 3], confidence=[0.9, 0.8, 0.6, 0.7, 0.9, 0.8], margin=[1.0] * 6)
    rare = [tile for tile, reason in chosen(frame, n_labels={1: 9, 2: 0, 3: 1}) if reason == "rare class"]
    assert rare[0] == "t03"
    assert chosen(frame, size=2, n_labels={1: 9, 2: 5})[1] == ("t04", "rare class")  # class 3 has no label at all


def test_the_labels_that_the_queue_brings_count():
    frame = tiles(class_id=[1] * 6 + [2] * 6, margin=[0.9] * 12)
    queue = queueing.choose(frame, {1: 0, 2: 0}, 8, 0.0)
    assert queue["class_id"].value_counts().to_dict() == {1: 4, 2: 4}


@pytest.mark.parametrize("distance_m, expected", [(0, 12), (100, 12), (150, 6), (1e6, 1)])
def test_picks_keep_their_distance(distance_m, expected):
    frame = tiles(margin=np.linspace(0, 1, 12))
    queue = queueing.choose(frame, {1: 0}, 100, distance_m)
    assert len(queue) == expected
    gaps = np.diff(np.sort(queue["x_m"]))
    assert (gaps >= distance_m).all()


def test_the_same_ground_on_another_date_is_another_tile():
    frame = pd.concat([tiles(margin=[0.1]), tiles(margin=[0.2]).assign(scene="b", visit="2", tile_id="u00")])
    assert len(chosen(frame, distance_m=1e6)) == 2
    assert len(chosen(frame.assign(visit="1"), distance_m=1e6)) == 1  # two scenes of one day


def test_the_order_of_rows_does_not_matter():
    rng = np.random.default_rng(0)
    frame = tiles(margin=rng.random(40).round(1), class_id=rng.integers(1, 4, 40), resnet18_id=rng.integers(1, 4, 40))
    shuffled = frame.sample(frac=1, random_state=1)
    assert chosen(shuffled, distance_m=150) == chosen(frame, distance_m=150)
