"""Areas and intervals against the worked example of Olofsson et al. (2014); transitions and front on closed cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoclass import areas

# Table 8 and section 5 of the paper: deforestation, forest gain, stable forest, stable non-forest; pixels of 0.09 ha.
CONFUSION = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
MAPPED_HA = np.array([200_000, 150_000, 3_200_000, 6_450_000]) * 0.09


def test_the_published_example():
    result = areas.adjusted_areas(CONFUSION, MAPPED_HA)
    np.testing.assert_allclose(result.estimate, [21_158, 11_686, 285_770, 581_386], rtol=5e-5)
    np.testing.assert_allclose(result.high - result.estimate, [6158, 3756, 15_510, 16_282], rtol=5e-4)


@given(st.lists(st.integers(1, 50), min_size=9, max_size=9), st.lists(st.integers(0, 1000), min_size=3, max_size=3))
def test_areas_keep_their_sum_and_lie_in_their_interval(counts, mapped):
    result = areas.adjusted_areas(np.reshape(counts, (3, 3)), mapped)
    assert result.estimate.sum() == pytest.approx(sum(mapped))
    assert (result.low <= result.estimate + 1e-9).all() and (result.estimate <= result.high + 1e-9).all()


def test_a_perfect_map_is_left_as_it_is():
    result = areas.adjusted_areas(np.diag([10, 20]), [3.0, 7.0])
    np.testing.assert_allclose([result.estimate, result.low, result.high], [[3, 7]] * 3)


def test_a_class_without_reference_tiles_is_uncertain_as_a_whole():
    result = areas.adjusted_areas(np.diag([10, 0]), [3.0, 7.0])
    np.testing.assert_allclose(result.estimate, [3, 7])
    np.testing.assert_allclose(result.low, [3, 0])
    np.testing.assert_allclose(result.high, [10, 7])


def test_transitions_leave_out_what_is_missing_on_either_date():
    before = np.array([[1, 1, 2], [2, 255, 4]])
    after = np.array([[1, 2, 2], [255, 1, 1]])
    np.testing.assert_array_equal(areas.transitions(before, after, np.array([1, 2, 4])), [[1, 1, 0], [0, 1, 0], [1, 0, 0]])


def test_the_front_is_the_upstream_end_of_the_crevassed_reach():
    along = np.arange(0, 1000, 10.0)
    assert areas.front_position(along, along < 620, 20) == 620
    assert np.isnan(areas.front_position(along, along < 0, 20))
    assert np.isnan(areas.front_position(np.array([]), np.array([], bool), 20))


def test_an_odd_tile_upstream_does_not_move_the_front():
    along = np.arange(0, 1000, 10.0)
    assert areas.front_position(along, (along < 400) | (np.abs(along - 800) < 15), 20) == 400


def test_a_single_gap_does_not_stop_the_front():
    along = np.arange(0, 1000, 10.0)
    assert areas.front_position(along, (along < 400) & ~((along >= 200) & (along < 220)), 20) == 400
