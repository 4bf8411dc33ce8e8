"""Split conformal prediction: the classes that cannot be ruled out, and no class where that is not exactly one."""

import math

import numpy as np

ABSTAIN = -1


def threshold(probabilities: np.ndarray, labels: np.ndarray, coverage: float) -> float:
    r"""Return the probability from which on a class belongs to a tile's set.

    The score of a tile is one less the probability of its true class. With n calibration tiles the k-th smallest score,
    :math:`k = \lceil (n + 1) \cdot \mathrm{coverage} \rceil`, bounds the score of a new tile with at least that probability,
    whatever the model, if the new tile and the calibration tiles are exchangeable. Of all sets with that property these are the
    smallest on average (least ambiguous set-valued classifiers).

    Parameters
    ----------
    probabilities
        Class probabilities of calibration tiles that the model was not trained on, (n, C).
    labels
        Index of their true class, (n,).
    coverage
        Share of true classes that the sets shall hold, between 0 and 1.

    Returns
    -------
    float
        0 where n is too small for the coverage: every class belongs to every set.

    References
    ----------
    Sadinle, M., Lei, J., Wasserman, L. (2019): Least ambiguous set-valued classifiers with bounded error levels. Journal of the
    American Statistical Association 114:223-234, doi:10.1080/01621459.2017.1395341.
    """
    n = len(labels)
    rank = math.ceil(round((n + 1) * coverage, 9))  # 20 * 0.95 is 19, whatever floating point says
    if rank > n:
        return 0.0
    return float(np.sort(probabilities[np.arange(n), labels])[n - rank])


def sets(probabilities: np.ndarray, at_least: float | np.ndarray) -> np.ndarray:
    """Return which classes belong to each tile's set, booleans (n, C); `at_least` is the threshold, one or one a tile."""
    return probabilities >= np.reshape(at_least, (-1, 1))


def decisions(members: np.ndarray) -> np.ndarray:
    """Return the index of the only class of each set, or ABSTAIN where a set has none or several, (n,)."""
    return np.where(members.sum(axis=1) == 1, members.argmax(axis=1), ABSTAIN)
