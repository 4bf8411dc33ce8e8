"""Tables of an evaluation on a handful of tiles that can be counted."""

import numpy as np
import pandas as pd
import pytest

from geoclass.confidence import conformal
from geoclass.evaluation import evaluation

CLASSES = [{"class_id": 2, "class_name": "shear"}, {"class_id": 5, "class_name": "chaos"}, {"class_id": 9, "class_name": "snow"}]


def simulated(n=60, seed=0):
    rng = np.random.default_rng(seed)
    tiles = evaluation.Tiles(rng.integers(0, 3, n), rng.integers(0, 6, n).astype(str))
    p = rng.dirichlet(np.ones(3), n)
    p[np.arange(n), tiles.labels] += 0.4
    return tiles, p / p.sum(axis=1, keepdims=True)


def prediction(p, validation):
    return evaluation.Prediction(p, p, validation, 1.0, np.full(len(p), np.nan))


def test_sets_are_calibrated_on_the_validation_tiles():
    (scored, p), (validation, q) = simulated(), simulated(40, seed=1)
    members = evaluation.sets(prediction(p, q), scored, validation, 0.8)
    assert (members == (p >= conformal.threshold(q, validation.labels, 0.8))).all()


def test_without_a_test_subset_no_block_calibrates_itself():
    scored, p = simulated()
    members = evaluation.sets(prediction(p, p), scored, scored, 0.8)
    own = scored.blocks == "3"
    assert (members[own] == (p[own] >= conformal.threshold(p[~own], scored.labels[~own], 0.8))).all()


def test_conformal_table_counts_coverage_size_and_abstentions():
    (scored, p), (validation, q) = simulated(), simulated(40, seed=1)
    table = evaluation.conformal_table({"varionet": prediction(p, q)}, scored, validation, resamples=50, seed=1)
    assert table["level"].tolist() == [0.8, 0.9, 0.95]
    members = evaluation.sets(prediction(p, q), scored, validation, 0.9)
    row = table.iloc[1]
    assert row["coverage"] == pytest.approx(members[np.arange(60), scored.labels].mean())
    assert row["mean_set_size"] == pytest.approx(members.sum() / 60)
    assert row["abstain_share"] == pytest.approx((members.sum(axis=1) != 1).mean())
    assert row["coverage_low"] <= row["coverage"] <= row["coverage_high"]
    decided = members.sum(axis=1) == 1
    assert row["accuracy_decided"] == pytest.approx((members.argmax(axis=1) == scored.labels)[decided].mean())


def test_applicability_table_splits_the_accuracy():
    scored, p = simulated()
    inside = np.arange(60) < 45
    right = p.argmax(axis=1) == scored.labels
    row = evaluation.applicability_table({"resnet18": prediction(p, p)}, scored, inside).iloc[0]
    assert (row["n_inside"], row["n_outside"]) == (45, 15)
    assert (row["accuracy_inside"], row["accuracy_outside"]) == (right[:45].mean(), right[45:].mean())
    row = evaluation.applicability_table({"resnet18": prediction(p, p)}, scored, np.ones(60, bool)).iloc[0]
    assert row["n_outside"] == 0 and np.isnan(row["accuracy_outside"])


def test_prediction_table_has_a_row_for_every_model_and_tile():
    scored, p = simulated()
    frame = pd.DataFrame({"tile_id": [f"t{k}" for k in range(60)], "scene": "s", "block": scored.blocks})
    models = {"varionet": prediction(p, p), "majority": prediction(p[::-1], p)}
    table = evaluation.prediction_table(models, frame, scored, scored, CLASSES)
    assert len(table) == 120 and set(table["class_id"]) == {2, 5, 9}
    row = table.iloc[7]
    assert row["predicted_id"] == [2, 5, 9][p[7].argmax()] and row["confidence"] == pytest.approx(p[7].max())
    assert len(row["probabilities"]) == 3


def test_the_spread_between_scenes_is_that_of_their_accuracies():
    p = np.eye(3)[[0, 0, 1, 1]]
    row = evaluation.by_scene({"resnet18": prediction(p, p)}, np.array([0, 0, 1, 2]), np.array(["b", "b", "a", "a"])).loc[
        "resnet18"
    ]
    assert (row["accuracy_lowest_scene"], row["accuracy_highest_scene"]) == (0.5, 1)
