"""Confidence, entropy and margin in closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoclass.confidence.certainty import certainty


def test_a_certain_class_an_even_choice_and_one_in_between():
    found = certainty(np.array([[0.0, 1.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25], [0.5, 0.0, 0.0, 0.5]]))
    assert found.best.tolist() == [1, 0, 0]
    np.testing.assert_allclose(found.confidence, [1, 0.25, 0.5])
    np.testing.assert_allclose(found.entropy, [0, 1, 0.5], atol=1e-12)
    np.testing.assert_allclose(found.margin, [1, 0, 0], atol=1e-12)


def test_missing_probabilities_stay_missing():
    found = certainty(np.full((2, 3, 4), np.nan, np.float32))
    assert found.best.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert np.isnan(found.confidence).all() and np.isnan(found.entropy).all() and np.isnan(found.margin).all()


@given(st.lists(st.floats(0.001, 1), min_size=2, max_size=12))
def test_measures_stay_in_their_ranges(weights):
    p = np.array(weights) / np.sum(weights)
    found = certainty(p)
    assert p[found.best] == found.confidence == p.max()
    assert 1 / len(p) - 1e-12 <= found.confidence <= 1
    assert 0 <= found.entropy <= 1
    assert 0 <= found.margin <= found.confidence


def test_float32_stays_float32():
    assert all(part.dtype == np.float32 for part in certainty(np.float32([[0.2, 0.8]]))[1:])


@pytest.mark.parametrize("n", [2, 5, 11])
def test_entropy_is_a_share_of_the_largest_possible(n):
    assert certainty(np.full(n, 1 / n)).entropy == pytest.approx(1)
