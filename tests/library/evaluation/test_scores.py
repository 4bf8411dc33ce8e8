"""Scores against scikit-learn, and intervals that hold the truth as often as they say."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t
from sklearn import metrics

from geoclass.confidence import calibration
from geoclass.evaluation import scores

sys.path.append(str(Path(__file__).parents[2] / "bench"))
import coverage_of_intervals as coverage

CLASSES = [{"class_id": 3 * k + 1, "class_name": name} for k, name in enumerate(("snow", "shear", "chaos", "sea ice"))]


def simulated(n_blocks=12, tiles=10, seed=0, absent=()):
    """Tiles in blocks that differ in difficulty; probabilities that know something."""
    rng = np.random.default_rng(seed)
    blocks = np.repeat(np.arange(n_blocks), tiles)
    labels = rng.choice([k for k in range(4) if k not in absent], n_blocks * tiles)
    p = rng.dirichlet(np.ones(4), len(labels))
    p[np.arange(len(labels)), labels] += rng.beta(2, 2, n_blocks)[blocks]
    return labels, p / p.sum(axis=1, keepdims=True), blocks


def test_scores_are_those_of_scikit_learn():
    labels, p, _ = simulated()
    predicted = p.argmax(axis=1)
    point = scores.measure(labels, p, p)
    assert point[0] == pytest.approx(metrics.accuracy_score(labels, predicted))
    assert point[1] == pytest.approx(metrics.balanced_accuracy_score(labels, predicted))
    assert point[2] == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))
    assert point[3] == point[4]
    assert point[5] == pytest.approx(metrics.log_loss(labels, p))
    assert point[6:10] == pytest.approx(metrics.precision_score(labels, predicted, average=None))
    assert point[10:14] == pytest.approx(metrics.recall_score(labels, predicted, average=None))
    assert point[14:] == pytest.approx(metrics.f1_score(labels, predicted, average=None))


def test_a_class_without_tiles_has_no_recall_and_is_no_part_of_the_means():
    labels, p, _ = simulated(absent=(3,))
    point = scores.measure(labels, p, p)
    predicted = p.argmax(axis=1)
    assert (predicted == 3).any()  # wrongly predicted, which costs the others' recall
    assert np.isnan(point[13]) and point[9] == 0
    assert point[2] == pytest.approx(metrics.f1_score(labels, predicted, average="macro", labels=[0, 1, 2]))
    assert point[1] == pytest.approx(metrics.recall_score(labels, predicted, average="macro", labels=[0, 1, 2]))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_a_weight_counts_like_a_repetition(seed):
    labels, p, _ = simulated(n_blocks=4, tiles=5, seed=seed)
    weights = np.random.default_rng(seed).integers(0, 4, len(labels))
    weights[0] = 1
    repeated = scores.measure(np.repeat(labels, weights), np.repeat(p, weights, axis=0), np.repeat(p, weights, axis=0))
    assert scores.measure(labels, p, p, weights) == pytest.approx(repeated, nan_ok=True)


def test_resamples_hold_whole_blocks_and_can_be_had_again():
    blocks = np.array(["b", "a", "b", "c", "a"])
    draws = scores.bootstrap(lambda weights: weights.copy(), blocks, 200, seed=4)
    assert (draws[:, 0] == draws[:, 2]).all() and (draws[:, 1] == draws[:, 4]).all()
    assert (draws[:, 0] + draws[:, 1] + draws[:, 3] == 3).all()
    assert (draws == scores.bootstrap(lambda weights: weights.copy(), blocks, 200, seed=4)).all()
    assert (draws != scores.bootstrap(lambda weights: weights.copy(), blocks, 200, seed=5)).any()


def test_the_interval_of_a_mean_is_as_wide_as_students():
    rng = np.random.default_rng(0)
    values = rng.normal(size=8)
    resampled = scores.bootstrap(lambda w: np.array([np.average(values, weights=w)]), np.arange(8), 20_000, seed=1)
    low, high = scores.interval(np.array([values.mean()]), resampled, 8)
    student = 2 * t.ppf(0.975, 7) * values.std(ddof=1) / np.sqrt(8)
    assert high - low == pytest.approx(student, rel=0.1)
    assert student > 1.2 * 2 * norm.ppf(0.975) * values.std() / np.sqrt(8)  # what plain percentiles would say


def test_percentiles_of_intervals_are_those_of_student_corrected_for_the_median():
    """Of resamples that are even from 0 to 1, a percentile is its own share."""
    even, point, n = np.linspace(0, 1, 20_001)[:, None], np.array([0.3]), 8
    reach = np.sqrt(n / (n - 1)) * t.ppf(0.975, n - 1)
    ends = np.ravel(scores.interval(point, even, n))
    np.testing.assert_allclose(ends, norm.cdf(2 * norm.ppf(0.3) + np.array([-reach, reach])), atol=2e-4)
    np.testing.assert_allclose(np.ravel(scores.rate_interval(point, even, n)), norm.cdf(t.ppf([0.025, 0.975], n + 4)), atol=2e-4)


def test_intervals_cover_the_truth_as_often_as_they_say():
    """Accuracy of tiles in 12 blocks of differing difficulty, mean 0.8: tile-wise intervals would cover far less often."""
    rng = np.random.default_rng(7)
    covered, covered_by_tiles, repeats = 0, 0, 300
    blocks = np.repeat(np.arange(12), 20)
    for _ in range(repeats):
        right = rng.random(240) < rng.beta(8, 2, 12)[blocks]

        def accuracy(weights, right=right):
            return np.array([np.average(right, weights=weights)])

        point = np.array([right.mean()])
        for units in (blocks, np.arange(240)):
            low, high = scores.interval(point, scores.bootstrap(accuracy, units, 200, seed=1), len(np.unique(units)))
            inside = low[0] <= 0.8 <= high[0]
            covered += inside and units is blocks
            covered_by_tiles += inside and units is not blocks
    assert 0.89 <= covered / repeats <= 0.99
    assert covered_by_tiles / repeats < 0.85


@pytest.mark.parametrize("n_blocks", [3, 12, 60])
def test_intervals_of_rates_cover_the_truth_as_often_as_they_say(n_blocks):
    """Four classes, two in every block, and blocks that differ in difficulty; few blocks may hold the truth more often."""
    held = [coverage.trial(n_blocks, 0.85, np.random.default_rng(seed), resamples=200) for seed in range(150)]
    assert (np.mean([trial["held"] for trial in held], axis=0)[:3] >= 0.9).all()
    assert np.mean([trial["length"] for trial in held], axis=0)[0] < 1.4 / np.sqrt(n_blocks)


@pytest.mark.parametrize("n_blocks, tiles", [(5, 30), (40, 8)])
@pytest.mark.parametrize("too_sure", [0, 0.03])
def test_intervals_of_the_calibration_error_cover_the_truth_as_often_as_they_say(n_blocks, tiles, too_sure):
    """Also of a perfectly calibrated model: resampled errors all lie above its error, 0."""
    blocks, held, widths = np.repeat(np.arange(n_blocks), tiles), [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        confidence = rng.uniform(0.6, 1, len(blocks))
        labels = (rng.random(len(blocks)) >= confidence - too_sure).astype(int)
        p = np.column_stack([confidence, 1 - confidence])
        point, resampled = scores.measure(labels, p, p), scores.resamples_of(labels, p, p, blocks, 150, seed=1)
        row = scores.overall_table({"good": point}, {"good": resampled}, blocks).iloc[0]
        held.append(row["ece_after_low"] <= too_sure <= row["ece_after_high"])
        widths.append(row["ece_after_high"] - row["ece_after_low"])
        assert row["ece_after_low"] <= row["ece_after"] == row["ece_before"] <= row["ece_after_high"]
    assert np.mean(held) >= 0.9
    assert np.mean(widths) < 2.2 / np.sqrt(len(blocks)) * np.sqrt(n_blocks / (n_blocks - 1)) * t.ppf(0.975, n_blocks - 1)


def test_gaps_add_up_to_the_calibration_error():
    rng = np.random.default_rng(0)
    confidence, correct, weights = np.append(rng.random(99), 1), rng.random(100) < 0.5, rng.integers(0, 3, 100)
    found = calibration.gaps(confidence, correct, weights)
    assert np.abs(found).sum() == pytest.approx(calibration.expected_error(confidence, correct, weights))
    for index, gap in enumerate(found):
        here = (confidence * 10 >= index) & ((confidence * 10 < index + 1) | (index == 9))
        assert gap == pytest.approx((weights * (correct - confidence))[here].sum() / weights.sum())


def test_no_error_in_three_blocks_is_not_certainty():
    labels, blocks = np.tile([0, 1], 12), np.repeat(np.arange(3), 8)
    p = np.eye(3)[labels] * 0.9 + 0.1 / 3
    point = scores.measure(labels, p, p)
    low, high = scores.rate_interval(point, scores.resamples_of(labels, p, p, blocks, 500, seed=1), 3)
    known = [0, 1, 2, 6, 7, 9, 10, 12, 13]  # accuracy, means over classes, and what two classes have
    assert (point[known] == 1).all() and (high[known] == 1).all()
    assert (low[known] < 0.97).all() and (low[known] > 0.4).all()
    assert np.isnan(low[[8, 11, 14]]).all()


def test_many_blocks_without_an_error_come_near_certainty():
    labels, blocks = np.tile([0, 1], 400), np.repeat(np.arange(100), 8)
    p = np.eye(2)[labels] * 0.9 + 0.05
    low, _ = scores.rate_interval(scores.measure(labels, p, p), scores.resamples_of(labels, p, p, blocks, 300, 1), 100)
    assert low[0] > 0.995


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 200), st.integers(2, 12))
def test_an_interval_holds_the_score_itself(seed, n_blocks):
    labels, p, blocks = simulated(n_blocks=n_blocks, tiles=3, seed=seed)
    point = scores.measure(labels, p, p)
    resampled = scores.resamples_of(labels, p, p, blocks, 5, seed)
    assert (np.isnan(point) == np.isnan(resampled[0])).all()
    for interval in (scores.interval, scores.rate_interval):
        low, high = interval(point, resampled, n_blocks)
        known = ~np.isnan(low)
        assert (low[known] <= point[known]).all() and (point[known] <= high[known]).all()


def tables(labels, blocks, **models):
    points = {name: scores.measure(labels, p, p) for name, p in models.items()}
    resampled = {name: scores.resamples_of(labels, p, p, blocks, 60, seed=1) for name, p in models.items()}
    return (
        scores.overall_table(points, resampled, blocks),
        scores.class_table(points, resampled, labels, blocks, CLASSES),
        scores.difference_table(points, resampled, blocks),
    )


def test_tables_say_what_was_measured():
    labels, p, blocks = simulated()
    worse = 0.5 * p + 0.5 * np.random.default_rng(1).dirichlet(np.ones(4), len(p))
    overall, by_class, differences = tables(labels, blocks, good=p, worse=worse)
    assert overall["model"].tolist() == ["good", "worse"]
    assert overall[["n", "n_blocks"]].to_numpy().tolist() == [[120, 12]] * 2
    row = overall.iloc[0]
    assert row["macro_f1_low"] < row["macro_f1"] < row["macro_f1_high"]
    assert by_class["support"].sum() == 240 and by_class["class_id"].tolist() == [1, 4, 7, 10] * 2
    assert row["macro_f1"] == pytest.approx(by_class.query("model == 'good'")["f1"].mean())
    gain = differences.iloc[0]
    assert (gain["model"], gain["less"]) == ("good", "worse")
    assert gain["accuracy"] == pytest.approx(row["accuracy"] - overall.iloc[1]["accuracy"])
    alone = overall["accuracy_high"] - overall["accuracy_low"]
    assert gain["accuracy_high"] - gain["accuracy_low"] < np.hypot(*alone)  # paired: narrower than of two independent scores


def test_the_fusion_is_compared_with_both_of_its_parts():
    labels, p, blocks = simulated()
    _, _, differences = tables(labels, blocks, variomlp=0.5 * p + 0.125, resnet18=0.9 * p + 0.025, varionet=p, majority=p)
    pairs = list(zip(differences["model"], differences["less"], strict=True))
    assert pairs[:3] == [("varionet", "variomlp"), ("varionet", "resnet18"), ("varionet", "majority")]


def test_a_class_in_one_block_has_a_score_but_no_interval():
    labels, p, blocks = simulated()
    labels[(labels == 2) & (blocks != 5)] = 1
    labels[blocks == 5] = 2
    _, by_class, _ = tables(labels, blocks, good=p)
    row = by_class.set_index("class_name").loc["chaos"]
    assert (
        row["n_blocks"] == 1 and row["recall"] >= 0 and np.isnan(row[["recall_low", "recall_high", "f1_low"]].astype(float)).all()
    )


def test_one_block_alone_has_no_interval():
    labels, p, blocks = simulated(n_blocks=1, tiles=20)
    overall, _, _ = tables(labels, blocks, good=p)
    assert overall[["accuracy_low", "accuracy_high"]].isna().all(axis=None)
