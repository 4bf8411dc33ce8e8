"""Temperature scaling and the calibration error against simulation, scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import log_loss

from geoclass.confidence import calibration


def simulated(n=4000, classes=5, temperature=2.0, seed=1):
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, classes)) * 3
    labels = (calibration.probabilities(logits, temperature).cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    return logits, labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0, 5.0])
def test_the_temperature_that_made_the_labels_is_found_again(temperature):
    assert calibration.fit_temperature(*simulated(temperature=temperature)) == pytest.approx(temperature, rel=0.08)


def test_no_other_temperature_is_more_likely():
    logits, labels = simulated(n=3000)
    fitted = calibration.fit_temperature(logits, labels)
    losses = {t: log_loss(labels, calibration.probabilities(logits, t)) for t in (fitted, 0.97 * fitted, 1.03 * fitted, 1.0)}
    assert min(losses, key=losses.get) == fitted


@given(st.floats(0.1, 10), st.floats(-50, 50))
def test_temperature_scales_with_the_logits_and_ignores_an_offset(factor, offset):
    logits, labels = simulated(n=60)
    fitted = calibration.fit_temperature(logits, labels)
    assert calibration.fit_temperature(factor * logits + offset, labels) == pytest.approx(factor * fitted, rel=1e-4)


def test_a_hundred_right_answers_do_not_make_certainty():
    labels = np.arange(100) % 5
    logits = 10.0 * np.eye(5)[labels]
    confidence = calibration.probabilities(logits, calibration.fit_temperature(logits, labels)).max(axis=1)
    assert confidence == pytest.approx((100 + 1 / 5) / 101, abs=1e-4)  # the rule of succession


def test_worse_than_chance_is_made_uniform_and_equal_logits_are_left():
    labels = np.arange(100) % 5
    logits = -10.0 * np.eye(5)[labels]
    assert calibration.probabilities(logits, calibration.fit_temperature(logits, labels)) == pytest.approx(0.2, abs=0.02)
    assert calibration.fit_temperature(np.ones((7, 3)), np.zeros(7, int)) == 1.0


def test_scaling_keeps_the_predicted_class():
    logits, _ = simulated(n=50)
    assert (calibration.probabilities(logits, 7.0).argmax(axis=1) == logits.argmax(axis=1)).all()


def test_bad_logits_end_with_a_sentence():
    with pytest.raises(ValueError, match="no validation tile, expected at least one"):
        calibration.fit_temperature(np.empty((0, 3)), np.empty(0, int))
    with pytest.raises(ValueError, match="NaN or infinite"):
        calibration.fit_temperature(np.array([[0.0, np.nan]]), np.array([0]))


def test_calibration_error_of_a_known_case():
    confidence = np.array([0.95, 0.95, 0.55, 0.55])
    correct = np.array([True, True, True, False])
    assert calibration.expected_error(confidence, correct) == pytest.approx(0.05)
    assert calibration.expected_error(confidence, correct, np.array([1, 1, 0, 0])) == pytest.approx(0.05)
    assert calibration.expected_error(np.ones(3), np.ones(3, bool)) == 0
    assert calibration.expected_error(np.ones(3), np.zeros(3, bool)) == 1


def test_reliability_and_calibration_error_equal_those_of_scikit_learn():
    logits, labels = simulated(n=500)
    p = calibration.probabilities(logits, 1.0)
    confidence, correct = p.max(axis=1), p.argmax(axis=1) == labels
    accuracy, mean_confidence = calibration_curve(correct, confidence, n_bins=calibration.BINS)
    table = calibration.reliability(confidence, correct)
    assert table["accuracy"].to_numpy() == pytest.approx(accuracy)
    assert table["confidence"].to_numpy() == pytest.approx(mean_confidence)
    assert table["n"].sum() == 500
    expected = np.average(np.abs(accuracy - mean_confidence), weights=table["n"])
    assert calibration.expected_error(confidence, correct) == pytest.approx(expected)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(1, 3)), min_size=1, max_size=30))
def test_a_weight_counts_like_a_repetition(tiles):
    confidence, correct, weights = (np.array(column) for column in zip(*tiles, strict=True))
    repeated = calibration.expected_error(np.repeat(confidence, weights), np.repeat(correct, weights))
    assert calibration.expected_error(confidence, correct, weights) == pytest.approx(repeated)


@pytest.mark.parametrize("n, a, b", [(100, 8, 2), (300, 20, 1), (300, 5, 5)])
def test_chance_error_is_the_mean_error_of_perfectly_calibrated_models(n, a, b):
    rng = np.random.default_rng(0)
    errors, expected = [], []
    for _ in range(300):
        confidence = rng.beta(a, b, n)
        errors.append(calibration.expected_error(confidence, rng.random(n) < confidence))
        expected.append(calibration.chance_error(confidence))
    assert np.mean(expected) == pytest.approx(np.mean(errors), rel=0.1)


def drawn(temperature, n=600, seed=0):
    """Return logits whose softmax at the temperature is the probability that the labels are drawn with."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (n, 4))
    p = calibration.probabilities(logits, temperature)
    return logits, (p.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1), np.arange(n) % 5, np.arange(n) % 60


def test_a_temperature_is_kept_where_other_folds_confirm_it():
    temperature, each = calibration.cross_fitted_temperature(*drawn(3.0))
    assert temperature == pytest.approx(3, rel=0.25) and np.ptp(each) > 0 and each == pytest.approx(temperature, rel=0.15)


def test_confidence_that_is_right_keeps_the_temperature_of_1():
    for seed in range(5):
        temperature, each = calibration.cross_fitted_temperature(*drawn(1.0, seed=seed))
        assert temperature == 1 and (each == 1).all()


def test_the_temperature_of_a_fold_does_not_depend_on_its_labels():
    logits, labels, folds, blocks = drawn(3.0)
    others = np.where(folds == 2, (labels + 1) % 4, labels)
    one, other = (calibration.cross_fitted_temperature(logits, given, folds, blocks)[1] for given in (labels, others))
    assert np.array_equal(one[folds == 2], other[folds == 2])


def test_the_standard_error_counts_blocks_and_not_tiles():
    rng = np.random.default_rng(0)
    level = rng.normal(0, 1, 40)
    assert calibration.standard_error(np.repeat(level, 10), np.repeat(np.arange(40), 10)) == pytest.approx(
        level.std(ddof=1) / np.sqrt(40)
    )
    assert calibration.standard_error(level, np.arange(40)) == pytest.approx(level.std(ddof=1) / np.sqrt(40))
    assert calibration.standard_error(level, np.zeros(40)) == np.inf
