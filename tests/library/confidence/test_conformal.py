"""Conformal sets: coverage on exchangeable data, and cases done by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom

from geoclass.confidence import conformal


def test_threshold_by_hand():
    p = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
    labels = np.zeros(4, int)
    assert conformal.threshold(p, labels, 0.8) == 0.6  # ceil(5 * 0.8) = 4th smallest score
    assert conformal.threshold(p, labels, 0.6) == 0.7
    assert conformal.threshold(p, labels, 0.81) == 0  # 5th of 4


def test_a_rank_is_not_raised_by_rounding():
    p = np.column_stack([np.linspace(0.05, 0.95, 19), 1 - np.linspace(0.05, 0.95, 19)])
    assert conformal.threshold(p, np.zeros(19, int), 0.95) == pytest.approx(0.05)  # 20 * 0.95 = 19, not 20


def test_sets_and_abstention_by_hand():
    p = np.array([[0.9, 0.05, 0.05], [0.5, 0.45, 0.05], [0.34, 0.33, 0.33]])
    members = conformal.sets(p, 0.4)
    assert members.sum(axis=1).tolist() == [1, 2, 0]
    assert conformal.decisions(members).tolist() == [0, conformal.ABSTAIN, conformal.ABSTAIN]
    assert conformal.sets(p, np.array([0.95, 0.4, 0.3])).sum(axis=1).tolist() == [0, 2, 3]


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_marginal_coverage_of_exchangeable_tiles(coverage):
    """Covered tiles of m new ones follow a beta-binomial law, even for a model that is badly wrong."""
    rng = np.random.default_rng(3)
    n, m, repeats = 40, 40, 2000
    covered = []
    for _ in range(repeats):
        labels = rng.integers(0, 4, n + m)
        p = rng.dirichlet(np.ones(4), n + m)  # knows little: the true class is favoured by a factor alone
        p[np.arange(n + m), labels] *= 2.0
        p /= p.sum(axis=1, keepdims=True)
        members = conformal.sets(p[n:], conformal.threshold(p[:n], labels[:n], coverage))
        covered.append(members[np.arange(m), labels[n:]].sum())
    rank = np.ceil((n + 1) * coverage)
    law = betabinom(m, rank, n + 1 - rank)
    assert law.mean() / m >= coverage
    assert np.mean(covered) == pytest.approx(law.mean(), abs=4 * law.std() / np.sqrt(repeats))
    assert np.std(covered) == pytest.approx(law.std(), rel=0.1)


@given(st.integers(1, 40), st.floats(0.05, 0.95), st.integers(0, 99))
def test_calibration_tiles_are_covered_and_more_coverage_means_larger_sets(n, coverage, seed):
    rng = np.random.default_rng(seed)
    p, labels = rng.dirichlet(np.ones(3), n), rng.integers(0, 3, n)
    members = conformal.sets(p, conformal.threshold(p, labels, coverage))
    assert members[np.arange(n), labels].mean() >= coverage - 1e-9
    assert (members <= conformal.sets(p, conformal.threshold(p, labels, min(coverage + 0.04, 0.99)))).all()
