"""Areas and intervals against the worked example of Olofsson et al. (2014) and by simulation; transitions and front on closed cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoclass import areas

# Table 8 and section 5 of the paper: deforestation, forest gain, stable forest, stable non-forest; pixels of 0.09 ha.
CONFUSION = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
MAPPED_HA = np.array([200_000, 150_000, 3_200_000, 6_450_000]) * 0.09


def test_the_published_example():
    estimate, standard_error = areas.adjusted_areas(CONFUSION, MAPPED_HA)
    np.testing.assert_allclose(estimate, [21_158, 11_686, 285_770, 581_386], rtol=5e-5)
    np.testing.assert_allclose(1.96 * standard_error, [6158, 3756, 15_510, 16_282], rtol=5e-4)


def test_where_every_tile_is_a_block_the_interval_is_nearly_the_published_one():
    tiles = np.repeat(np.eye(16).reshape(16, 4, 4), CONFUSION.ravel(), axis=0)
    result = areas.with_interval(tiles, MAPPED_HA[None] / 0.09, 0.09)
    half = (result.high - result.low)[0] / 2
    np.testing.assert_allclose(half[2:], [15_510, 16_282], rtol=0.1)
    np.testing.assert_allclose(half[:2], [6158, 3756], rtol=0.25)  # the prior tells in the rare classes


@given(st.lists(st.integers(0, 50), min_size=18, max_size=18), st.lists(st.integers(0, 1000), min_size=3, max_size=3))
@settings(max_examples=20, deadline=None)
def test_areas_keep_their_sum_and_lie_in_their_interval(counts, mapped):
    result = areas.with_interval(np.reshape(counts, (2, 3, 3)), np.array([mapped]), 1.0)
    assert result.estimate.sum() == pytest.approx(sum(mapped))
    assert (result.low <= result.estimate).all() and (result.estimate <= result.high).all()
    assert (result.low >= 0).all() and (result.high <= sum(mapped) * (1 + 1e-9)).all()


def test_intervals_hold_the_truth_where_errors_come_in_blocks():
    """Four classes; a block of ten tiles of one mapped class is wrong as a whole, by chance: what a block says is said once."""
    generator = np.random.default_rng(0)
    truth = np.full((4, 4), 0.04) + 0.84 * np.eye(4)
    cells = np.array([[5000, 3000, 1500, 500]])
    held = {"blocks": [], "tiles": []}
    for trial in range(60):
        counts = np.zeros((24, 4, 4))
        for block in range(24):
            counts[block, block % 4, generator.choice(4, p=truth[block % 4])] = 10
        result = areas.with_interval(counts, cells, 1.0, seed=trial)
        true = cells[0] @ truth
        held["blocks"].append((result.low[0] <= true) & (true <= result.high[0]))
        held["tiles"].append(np.abs(result.estimate[0] - true) <= 1.96 * result.standard_error[0])
    assert np.mean(held["blocks"]) >= 0.93
    assert np.mean(held["tiles"]) < 0.7  # as if tiles were independent


def test_without_an_error_the_interval_is_as_wide_as_few_blocks_allow():
    few, many = (areas.with_interval(np.repeat(np.diag([4, 4])[None], n, 0), np.array([[300, 700]]), 0.01) for n in (3, 100))
    np.testing.assert_allclose(few.estimate, [[3, 7]])
    assert few.low[0, 1] < 5.5 and many.low[0, 1] > 6.7
    np.testing.assert_allclose(few.standard_error, 0)


def test_a_class_without_reference_tiles_is_uncertain_as_a_whole():
    result = areas.with_interval(np.diag([10, 0])[None].repeat(20, 0), np.array([[300, 700]]), 0.01)
    np.testing.assert_allclose(result.estimate, [[3, 7]])
    assert result.low[0, 1] < 0.5 and result.high[0, 0] > 9


def test_without_any_reference_tiles_there_is_no_estimate():
    result = areas.with_interval(None, np.array([[3, 7]]), 1.0)
    assert np.isnan([result.estimate, result.low, result.high, result.standard_error]).all()
    np.testing.assert_array_equal(result.mapped, [[3, 7]])


def test_an_empty_map_has_no_area():
    result = areas.with_interval(np.diag([10, 20])[None], np.zeros((1, 2)), 1.0)
    np.testing.assert_array_equal([result.estimate, result.low, result.high], np.zeros((3, 1, 2)))


def test_transitions_leave_out_what_is_missing_on_either_date():
    before = np.array([[1, 1, 2], [2, 255, 4]])
    after = np.array([[1, 2, 2], [255, 1, 1]])
    np.testing.assert_array_equal(areas.transitions(before, after, np.array([1, 2, 4])), [[1, 1, 0], [0, 1, 0], [1, 0, 0]])


def test_the_front_is_the_upstream_end_of_the_crevassed_reach():
    along = np.arange(0, 1000, 10.0)
    assert areas.front_position(along, along < 620, 20) == (620, 0)
    assert np.isnan(areas.front_position(along, along < 0, 20)).all()
    assert np.isnan(areas.front_position(np.array([]), np.array([], bool), 20)).all()


def test_an_odd_tile_upstream_does_not_move_the_front():
    along = np.arange(0, 1000, 10.0)
    assert areas.front_position(along, (along < 400) | (np.abs(along - 800) < 15), 20) == (400, 0)


def test_a_single_gap_does_not_stop_the_front():
    along = np.arange(0, 1000, 10.0)
    assert areas.front_position(along, (along < 400) & ~((along >= 200) & (along < 220)), 20) == (400, 0)


def test_a_cloud_above_the_front_leaves_it_open():
    along = np.arange(0, 1000, 10.0)
    along = along[(along < 400) | (along >= 700)]
    assert areas.front_position(along, along < 400, 20) == (400, 300)
    assert areas.front_position(along[along < 400], along[along < 400] < 400, 20) == (400, np.inf)
