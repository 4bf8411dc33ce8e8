"""What class probabilities say: the most probable class, and how certain it is."""

from typing import NamedTuple

import numpy as np


class Certainty(NamedTuple):
    """Four readings of class probabilities, one value a tile or cell; see `certainty`."""

    best: np.ndarray
    confidence: np.ndarray
    entropy: np.ndarray
    margin: np.ndarray


def certainty(probabilities: np.ndarray) -> Certainty:
    r"""Return the index of the most probable class and three measures of certainty.

    For probabilities :math:`p_1 \dots p_C` in descending order, confidence is :math:`p_1`, margin :math:`p_1 - p_2`, and entropy
    :math:`-\sum p_i \ln p_i / \ln C`: 0 when one class is certain, 1 when all are equally likely.

    Parameters
    ----------
    probabilities
        (..., C), C at least 2, each row summing to 1. Rows of NaN give index 0 and measures of NaN.

    Returns
    -------
    Certainty
        best (...) int64, confidence, entropy and margin (...) in the dtype of the probabilities.
    """
    ranked = np.sort(probabilities, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(probabilities > 0, probabilities * np.log(probabilities), 0 * probabilities)
    entropy = np.clip(-terms.sum(-1) / np.log(probabilities.shape[-1]), 0, 1)
    missing = np.isnan(probabilities[..., 0])
    best = np.where(missing, 0, np.argmax(probabilities, axis=-1))
    return Certainty(best, ranked[..., -1], entropy.astype(probabilities.dtype), ranked[..., -1] - ranked[..., -2])
