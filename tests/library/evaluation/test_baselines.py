"""Baselines know what they may know and nothing else."""

import numpy as np
import pytest

from geoclass.evaluation import baselines, short_lags
from geoclass.vario import vario_functions


def test_majority_predicts_the_shares_of_training():
    labels = np.array([0, 2, 2, 2])
    logits = baselines.logits(baselines.majority(), np.zeros((4, 1)), labels, np.zeros((2, 1)), n_classes=4)
    assert np.exp(logits) == pytest.approx(np.array([[0.25, 1e-3, 0.75, 1e-3]] * 2))


def test_position_asks_the_neighbours():
    rng = np.random.default_rng(0)
    places = np.concatenate([rng.normal(0, 10, (20, 2)), rng.normal(100, 10, (20, 2))])
    labels = np.repeat([1, 0], 20)
    logits = baselines.logits(baselines.position(seed=1), places, labels, np.array([[0.0, 0.0], [100.0, 90.0]]), n_classes=2)
    assert logits.argmax(axis=1).tolist() == [1, 0]


def test_position_without_places_is_the_majority():
    labels = np.array([0, 1, 1, 1] * 10)
    nowhere = np.full((40, 2), np.nan)
    logits = baselines.logits(baselines.position(seed=1), nowhere, labels, nowhere[:3], n_classes=2)
    assert np.exp(logits) == pytest.approx(np.array([[0.25, 0.75]] * 3), abs=0.02)


@pytest.mark.parametrize("make", [baselines.forest, baselines.perceptron])
def test_classifiers_learn_endure_missing_values_and_repeat_themselves(make):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 4))
    labels = (features[:, 1] > 0).astype(int)
    features[::7, 0] = np.nan
    once, again = (baselines.logits(make(seed=3), features, labels, features, n_classes=3) for _ in range(2))
    assert (once == again).all() and np.isfinite(once).all()
    assert (once.argmax(axis=1) == labels).mean() > 0.95


def test_where_one_class_alone_is_learned_all_baselines_give_it():
    """As in a fold whose held-out tiles overlap all others of a second class."""
    seen, learned = np.random.default_rng(0).normal(size=(9, 4)), np.arange(9) < 6
    found = baselines.all_logits({"vectors": seen, "places": seen[:, :2]}, learned, np.full(9, 1), n_classes=3, seed=1)
    for name, logits in found.items():
        assert np.exp(logits) == pytest.approx(np.array([[1e-3, 1, 1e-3]] * 3)), name


def test_short_lags_are_seen_whatever_the_contrast_of_a_scene():
    counts = np.random.default_rng(0).integers(0, 200, (5, 24, 32)).astype(np.uint8)
    vectors = short_lags.vectors(counts, np.zeros(5), np.full(5, 255.0))
    known = vario_functions.vario_functions(counts, np.array([[[1, 0]]])).v[:, 0, 0] / 255**2
    np.testing.assert_allclose(vectors[:, 0], np.log(known + 1e-6), rtol=1e-5)
    brighter = short_lags.vectors(counts * np.uint16(3) + 7, np.full(5, 7.0), np.full(5, 7.0 + 3 * 255))
    np.testing.assert_allclose(brighter, vectors, rtol=1e-5)
