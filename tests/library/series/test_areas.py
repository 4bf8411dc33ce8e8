"""Areas and intervals on closed cases and by simulation; transitions and front on closed cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoclass.series import areas


def confusing(n_classes, seed):
    """Return P, (C, C): how classes are mapped, more often right than wrong."""
    wrong = np.random.default_rng(seed).dirichlet(np.ones(n_classes), n_classes).T
    return 0.3 * wrong + 0.7 * np.eye(n_classes)


def test_a_rare_class_does_not_take_area_from_a_common_one():
    """Nine tenths and one tenth of the ground, each mapped right in nine of ten cells: 82 and 18 % of the map."""
    counts = np.repeat([[[9, 1], [1, 9]]], 200, axis=0)  # as many labels of each
    result = areas.with_interval(counts, np.array([[8200, 1800]]), 1.0)
    np.testing.assert_allclose(result.estimate, [[9000, 1000]], atol=50)
    assert result.low[0, 1] > 700 and result.high[0, 1] < 1300


@given(st.integers(2, 11), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_shares_come_back_from_what_they_are_mapped_as(n_classes, seed):
    true, mapped_as = np.random.default_rng(seed).dirichlet(np.ones(n_classes)), confusing(n_classes, seed)
    np.testing.assert_allclose(areas.adjusted_shares(mapped_as, mapped_as @ true), true, atol=0.02)


@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
def test_shares_settle_where_two_classes_are_hardly_told_apart(share):
    mapped_as, true = np.array([[0.55, 0.45], [0.45, 0.55]]), [share, 1 - share]
    np.testing.assert_allclose(areas.adjusted_shares(mapped_as, mapped_as @ true), true, atol=0.01)


def test_the_number_of_labels_of_a_class_says_nothing_of_its_area():
    counts, cells = 100 * confusing(4, 1), np.array([[500, 300, 150, 50]])
    estimates = [areas.with_interval((counts * n)[None], cells, 1.0).estimate for n in (1, np.array([1, 5, 0.2, 3]))]
    np.testing.assert_allclose(*estimates, rtol=1e-9)


@given(st.lists(st.integers(0, 50), min_size=18, max_size=18), st.lists(st.integers(0, 1000), min_size=3, max_size=3))
@settings(max_examples=20, deadline=None)
def test_areas_keep_their_sum_and_lie_in_their_interval(counts, mapped):
    result = areas.with_interval(np.reshape(counts, (2, 3, 3)), np.array([mapped]), 1.0)
    assert result.estimate.sum() == pytest.approx(sum(mapped))
    assert (result.low <= result.estimate).all() and (result.estimate <= result.high).all()
    assert (result.low >= 0).all() and (result.high <= sum(mapped) * (1 + 1e-9)).all()


@pytest.mark.parametrize("n_blocks", [3, 20])
def test_intervals_hold_the_truth_where_errors_come_in_blocks(n_blocks):
    """Eleven classes, common and rare, with as many labels of each; a block of eight of them is wrong as a whole, by chance."""
    generator = np.random.default_rng(0)
    share, mapped_as = np.array([45, 15, 10, 8, 6, 5, 4, 3, 2, 1, 1]) / 100, np.full((11, 11), 0.01) + 0.89 * np.eye(11)
    true, held = 5000 * share, []
    for trial in range(20):
        cells = sum(generator.multinomial(n, mapped_as[:, k]) for k, n in enumerate(true.astype(int)))
        counts = np.zeros((11 * n_blocks, 11, 11))
        for block in range(len(counts)):
            counts[block, generator.choice(11, p=mapped_as[:, block % 11]), block % 11] = 8
        result = areas.with_interval(counts, cells[None], 1.0, seed=trial)
        held.append((result.low[0] <= true) & (true <= result.high[0]))
    assert np.mean(held) >= 0.9


def test_a_class_known_in_ten_blocks_has_an_area():
    """Eleven classes of equal labels, one error in fifty: no class that is recalled so well may be said to cover nothing."""
    mapped_as = np.full((11, 11), 0.002) + 0.978 * np.eye(11)
    cells = 4000 * mapped_as @ (np.array([40, 20, 10, 8, 6, 5, 4, 3, 2, 1, 1]) / 100)
    counts = np.zeros((110, 11, 11))
    for block in range(110):
        counts[block, block % 11, block % 11] = 8
    counts[:11:2, 0, 1] += 1
    result = areas.with_interval(counts, np.round(cells)[None], 1.0)
    assert (result.low > 0).all() and (result.high - result.low).mean() < 0.03 * 4000


def test_without_an_error_the_interval_is_as_wide_as_few_blocks_allow():
    few, many = (areas.with_interval(np.repeat(np.diag([4, 4])[None], n, 0), np.array([[300, 700]]), 0.01) for n in (3, 100))
    np.testing.assert_allclose([few.estimate, many.estimate], 2 * [[[3, 7]]], atol=0.3)
    assert few.low[0, 1] < 6.6 and many.low[0, 1] > 6.9
    assert few.standard_error[0, 1] > 5 * many.standard_error[0, 1] > 0


def test_a_class_without_reference_tiles_is_uncertain_as_a_whole():
    result = areas.with_interval(np.diag([10, 0])[None].repeat(20, 0), np.array([[300, 700]]), 0.01)
    assert result.low[0, 0] < 0.5 and result.high[0, 1] > 9  # it may be mapped as the other, of which nothing is mapped as it


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


def test_an_odd_tile_at_the_terminus_does_not_move_the_front():
    along = np.arange(0, 1000, 10.0)
    assert areas.front_position(along, (along < 20) | ((along >= 80) & (along < 500)), 20) == (500, 0)


def test_a_single_gap_does_not_stop_the_front():
    along = np.arange(0, 1000, 10.0)
    assert areas.front_position(along, (along < 400) & ~((along >= 200) & (along < 220)), 20) == (400, 0)


def test_a_cloud_above_the_front_leaves_it_open():
    along = np.arange(0, 1000, 10.0)
    along = along[(along < 400) | (along >= 700)]
    assert areas.front_position(along, along < 400, 20) == (400, 300)
    assert areas.front_position(along[along < 400], along[along < 400] < 400, 20) == (400, np.inf)
