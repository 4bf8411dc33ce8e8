"""Feature vectors: scaling, normalisation, standardisation, and what happens to missing and constant features."""

import numpy as np
import pytest

from geoclass.scenes import radiometry
from geoclass.vario import features, vario_functions

RADIOMETRY = {"method": "percentiles", "low_percent": 0.5, "high_percent": 99.5, "low": 100.0, "high": 300.0}


@pytest.fixture
def v():
    return np.random.default_rng(1).uniform(0.001, 0.1, (6, 4, 5))


def test_counts_are_scaled_and_clipped():
    counts = np.array([[[50, 100, 200, 300, 400]]], np.uint16)
    np.testing.assert_allclose(radiometry.scale_pixels(counts, RADIOMETRY), [[[0, 0, 0.5, 1, 1]]], atol=1e-6)


def test_invalid_pixels_take_the_mean_of_the_valid_ones():
    counts = np.array([[[100, 300, 0]], [[150, 150, 150]]], np.uint16)
    valid = np.array([[[True, True, False]], [[False, False, False]]])
    np.testing.assert_allclose(radiometry.scale_pixels(counts, RADIOMETRY, valid), [[[0, 1, 0.5]], [[0, 0, 0]]], atol=1e-6)


def test_a_range_of_no_counts_is_refused():
    with pytest.raises(ValueError, match="radiometry: low 100 and high 100, expected low < high; check ingest_scene"):
        radiometry.scale_vario(np.ones((1, 4, 2)), RADIOMETRY | {"high": 100.0})


def test_scaled_vario_functions_are_those_of_scaled_pixels(v):
    np.testing.assert_allclose(radiometry.scale_vario(v * 200**2, RADIOMETRY), v)


def test_log_features_turn_contrast_into_a_shift(v):
    difference = features.vector(4 * v, "log") - features.vector(v, "log")
    np.testing.assert_allclose(difference, np.log(4), atol=1e-2)


def test_features_by_variance_do_not_depend_on_contrast(v):
    np.testing.assert_allclose(features.vector(9 * v, "variance"), features.vector(v, "variance"), rtol=1e-5)
    assert np.isfinite(features.vector(np.zeros((1, 4, 5)), "variance")).all()


def test_raw_features_are_the_functions_themselves_and_three_directions_leave_out_the_last(v):
    np.testing.assert_allclose(features.vector(v, "raw", 3), v[:, :3].reshape(6, 15), rtol=1e-6)
    with pytest.raises(ValueError, match="expected raw, variance, log, invariant or log_invariant"):
        features.vector(v, "none")


def test_invariant_features_are_the_same_for_a_tile_mirrored_or_turned_by_90_degrees():
    tiles = np.cumsum(np.random.default_rng(2).normal(0, 1, (5, 40, 40)), axis=1).astype(np.float32)
    lags = vario_functions.lag_vectors(40, 40, "unit")
    views = (tiles, tiles[:, ::-1], tiles[:, :, ::-1], np.rot90(tiles, axes=(1, 2)))
    functions = [vario_functions.vario_functions(np.ascontiguousarray(view), lags).v for view in views]
    recipe = features.recipe(functions[0], "invariant", 4, lags)
    first, *others = (features.apply(each, recipe) for each in functions)
    assert first.shape == (5, 3 * lags.shape[1])
    for other in others:
        np.testing.assert_allclose(other, first, atol=1e-3)
    assert np.abs(features.vector(functions[3], "log") - features.vector(functions[0], "log")).max() > 0.5


def test_invariant_features_need_lags_that_a_turn_brings_onto_each_other():
    v = np.random.default_rng(0).random((5, 4, 10))
    features.recipe(v, "invariant", 4, vario_functions.lag_vectors(20, 20, "unit"))
    with pytest.raises(
        ValueError, match=r"invariant with lags that a turn by 90° does not bring onto each other.*scheme to unit"
    ):
        features.recipe(v, "invariant", 4, vario_functions.lag_vectors(60, 80, "3-4-5"))


def test_invariant_features_compare_directions_at_equal_lengths():
    lengths = np.array([3.0, 4, 5, 5])[:, None] * np.arange(1, 9)
    alike = np.exp(np.broadcast_to(lengths / 20, (1, 4, 8)))  # the same curve in all directions, read off at other lengths
    level, twofold, fourfold = features.invariant(alike, lengths)[0]
    np.testing.assert_allclose(level, np.linspace(5, 24, 8) / 20, atol=1e-5)
    np.testing.assert_allclose([twofold, fourfold], np.log(0.02), atol=1e-3)
    with pytest.raises(
        ValueError, match="train_variomlp/normalisation: invariant features of 3 directions, expected 4; set directions to 4"
    ):
        features.vector(alike, "invariant", 3, lengths)


def test_both_logarithms_are_those_by_direction_and_those_without(v):
    for lags in (vario_functions.lag_vectors(20, 20, "unit"), vario_functions.lag_vectors(60, 80, "3-4-5")):
        v = np.random.default_rng(1).random((5, 4, lags.shape[1]))
        recipe = features.recipe(v, "log_invariant", 4, lags)
        found = features.vector(v, "log_invariant", 4, recipe["lengths_px"]).reshape(5, 7, -1)
        np.testing.assert_allclose(found[:, :4], np.log(v + features.FLOOR), rtol=1e-6)
        np.testing.assert_allclose(found[:, 4:], features.invariant(v, recipe["lengths_px"]), rtol=1e-6)
        np.testing.assert_array_equal(
            features.apply(v, recipe), features.standardise(found.reshape(5, -1), recipe["standardisation"])
        )
    with pytest.raises(ValueError, match="of 3 directions, expected 4; set directions to 4, or normalisation to log"):
        features.recipe(v, "log_invariant", 3, lags)


def test_standardised_features_have_mean_0_and_deviation_1(v):
    vectors = features.vector(v, "log")
    standardised = features.standardise(vectors, features.standardisation(vectors))
    np.testing.assert_allclose(standardised.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(standardised.std(axis=0), 1, atol=1e-5)


def test_a_constant_feature_is_switched_off_and_all_constant_ones_are_refused(v):
    v[:, 1, 2] = 0.05
    statistics = features.standardisation(features.vector(v, "raw"))
    assert statistics["deviation"][7] == 0
    v[:, 1, 2] = 1000
    standardised = features.standardise(features.vector(v, "raw"), statistics)
    assert (standardised[:, 7] == 0).all() and np.isfinite(standardised).all()
    with pytest.raises(ValueError, match="features: all 20 are the same in all 6 training tiles"):
        features.standardisation(np.full((6, 20), 0.1, np.float32))


def test_long_lags_without_pairs_continue_the_curve_and_a_missing_direction_stays_missing(v):
    v[0, 0, 3:] = np.nan
    v[1, 2] = np.nan
    filled = features.continue_curves(v)
    assert (filled[0, 0, 3:] == v[0, 0, 2]).all()
    assert np.isnan(filled[1, 2]).all() and np.isnan(filled).sum() == 5
    np.testing.assert_array_equal(filled[2:], v[2:])


def test_mirroring_twice_changes_nothing(v):
    assert not np.array_equal(features.mirror(v), v)
    np.testing.assert_array_equal(features.mirror(features.mirror(v)), v)
