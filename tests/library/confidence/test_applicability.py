"""The dissimilarity index on geometry that can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, pdist

from geoclass.confidence import applicability


def simulated(n=60, p=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, p)) * [1, 10, 0.1, 1000] + 5, rng.integers(0, 6, n)


def test_corners_of_a_square():
    """Standardised, the corners are (±1, ±1): sides 2, diagonals √8, and folds set the two sides against each other."""
    corners = np.array([[0.0, 0.0], [0.0, 3.0], [7.0, 0.0], [7.0, 3.0]])
    reference = applicability.fit(corners, folds=np.array(["west", "west", "east", "east"]))
    mean_distance = (4 * 2 + 2 * np.sqrt(8)) / 6
    assert reference.mean_distance == pytest.approx(mean_distance)
    assert reference.threshold == pytest.approx(2 / mean_distance)  # each corner's nearest of the other fold is 2 away
    index, inside = applicability.dissimilarity(np.array([[3.5, 1.5], [7.0, 6.1], [7.0, 5.9], [7.0, 3.0]]), reference)
    assert index == pytest.approx(np.array([np.sqrt(2), 3.1 / 1.5, 2.9 / 1.5, 0]) / mean_distance, rel=1e-6)
    assert inside.tolist() == [True, False, True, True]


def test_importance_stretches_the_space():
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    reference = applicability.fit(corners, np.arange(4), weights=np.array([3.0, 1.0]))
    index, _ = applicability.dissimilarity(np.array([[2.0, 0.0], [0.0, -1.0]]), reference)
    assert index[0] == pytest.approx(3 * index[1], rel=1e-6)


def test_index_and_threshold_equal_the_plain_formulas():
    features, folds = simulated()
    weights = np.array([0.5, 0.2, 0.2, 0.1])
    reference = applicability.fit(features, folds, weights)
    scaled = (features - features.mean(0)) / features.std(0) * weights
    between = cdist(scaled, scaled)
    own = np.array([between[i, folds != folds[i]].min() for i in range(len(folds))]) / pdist(scaled).mean()
    fence = np.quantile(own, 0.75) + 1.5 * (np.quantile(own, 0.75) - np.quantile(own, 0.25))
    assert reference.mean_distance == pytest.approx(pdist(scaled).mean(), rel=1e-6)
    assert reference.threshold == pytest.approx(max(own[own <= fence]), rel=1e-5)


def test_an_outlier_among_the_training_tiles_does_not_widen_the_area():
    features, folds = simulated()
    features[0] *= 50
    reference = applicability.fit(features, folds)
    scaled = reference.training[1:]
    assert reference.threshold * reference.mean_distance < cdist(reference.training[:1], scaled).min()


@given(st.integers(0, 50), st.floats(0.1, 100), st.floats(-10, 10))
def test_units_do_not_matter_and_training_tiles_are_at_zero(seed, factor, offset):
    features, folds = simulated(seed=seed)
    reference = applicability.fit(features, folds)
    other = applicability.fit(features * factor + offset, folds)
    assert other.threshold == pytest.approx(reference.threshold, rel=1e-4)
    index, inside = applicability.dissimilarity(features, reference)
    assert (index == 0).all() and inside.all()


def test_a_constant_feature_is_left_out():
    features, folds = simulated()
    more = np.column_stack([features, np.full(len(features), 7.3)])
    reference = applicability.fit(more, folds)
    assert reference.threshold == pytest.approx(applicability.fit(features, folds).threshold, rel=1e-6)
    assert (applicability.dissimilarity(more + np.eye(5)[4] * 99, reference)[0] == 0).all()


def test_a_tile_with_missing_features_is_outside():
    features, folds = simulated()
    asked = features[:3].copy()
    asked[1, 2] = np.nan
    index, inside = applicability.dissimilarity(asked, applicability.fit(features, folds))
    assert np.isnan(index).tolist() == [False, True, False] and inside.tolist() == [True, False, True]
    assert applicability.dissimilarity(asked[1:2], applicability.fit(features, folds))[1].tolist() == [False]


def test_a_reference_is_stored_without_loss_and_in_the_same_bytes(tmp_path):
    features, folds = simulated()
    reference = applicability.fit(features, folds, about={"lags": [[[0, 1]]], "scheme": "block"})
    for name in ("a", "b"):
        applicability.save(tmp_path / name / "applicability.safetensors", reference)
    read = applicability.load(tmp_path / "a" / "applicability.safetensors")
    assert read.about == reference.about and read.threshold == reference.threshold
    asked = features + 1
    assert (applicability.dissimilarity(asked, read)[0] == applicability.dissimilarity(asked, reference)[0]).all()
    assert len({path.read_bytes() for path in tmp_path.glob("*/*")}) == 1


def test_bad_input_ends_with_a_sentence(tmp_path):
    features, folds = simulated()
    with pytest.raises(ValueError, match="all training tiles lie in one block, expected at least two"):
        applicability.fit(features, np.zeros(60))
    with pytest.raises(ValueError, match="1 of 60 training tiles have missing features"):
        applicability.fit(np.where(np.arange(60)[:, None] == 3, np.nan, features), folds)
    with pytest.raises(ValueError, match="are the same in all 60 training tiles"):
        applicability.fit(np.ones((60, 2)), folds)
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\x00" * 20)
    with pytest.raises(ValueError, match="not a readable area of applicability"):
        applicability.load(broken)
