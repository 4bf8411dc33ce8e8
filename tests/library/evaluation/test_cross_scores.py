"""What baselines and the area of applicability say of tiles held out: they are compared with the others alone."""

import numpy as np

from geoclass.confidence import applicability
from geoclass.evaluation import cross_scores


def test_a_tile_is_as_far_from_training_tiles_as_from_those_that_its_fold_leaves():
    vectors, folds = np.array([[0.0], [1.0], [4.0], [9.0]]), np.array([0, 1, 0, 1])
    reference = applicability.fit(vectors, folds)
    asked = [folds == fold for fold in (0, 1)]
    shown = [~held for held in asked]
    index, _ = cross_scores.dissimilarity(vectors, reference, shown, asked, np.ones(4, bool))
    mean = np.mean([1, 4, 9, 3, 8, 5])
    np.testing.assert_allclose(index, np.array([1, 1, 3, 5]) / mean, rtol=1e-6)
