"""How far logits of a fast engine are from those of plain float32, and how far they may be."""

from typing import NamedTuple

import numpy as np

from geoclass.confidence.calibration import probabilities
from geoclass.confidence.certainty import certainty

LABELS = 0.999  # share of labels that a fast engine must have in common with plain float32
MEAN, LARGEST = 0.005, 0.05  # mean and largest difference of a confidence


class Agreement(NamedTuple):
    """Share of equal labels, mean and largest difference of the confidence, and the number of tiles compared."""

    labels: float
    mean: float
    largest: float
    tiles: int

    @property
    def kept(self) -> bool:
        """Whether labels and confidences are those of plain float32 as nearly as a map needs them."""
        return self.labels >= LABELS and self.mean <= MEAN and self.largest <= LARGEST


def agreement(logits: np.ndarray, expected: np.ndarray, temperature: float) -> Agreement:
    """Compare logits (n, C) with those of plain float32; tiles without a class are left out."""
    known = ~np.isnan(expected).any(axis=1)
    if not known.any():
        return Agreement(1.0, 0.0, 0.0, 0)
    one, other = (certainty(probabilities(part[known], temperature)) for part in (logits, expected))
    difference = np.abs(one.confidence - other.confidence)
    # A NaN where plain float32 has a class is no agreement: comparisons with NaN are false.
    return Agreement(float(np.mean(one.best == other.best)), float(difference.mean()), float(difference.max()), int(known.sum()))
