"""A fast engine whose doubtful tiles are computed again by an exact one."""

import numpy as np

from geoclass.classification import agreement
from geoclass.classification.engine import Engine, compute, take
from geoclass.confidence.calibration import probabilities
from geoclass.confidence.certainty import Certainty, certainty

DOUBTS = (0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95)  # margins below which a tile may be computed again in float32


class SecondLook(Engine):
    """A fast engine whose doubtful tiles, those of a small margin, are computed again by an exact one.

    bfloat16 has three digits, int8 two. That moves a probability p by some p (1 - p) times the error of a logit: most where two
    classes are almost equally likely, which is also where a label may change, and hardly where one class is certain.
    """

    def __init__(self, fast: Engine, exact: Engine):
        super().__init__(fast.name, fast.predictor)
        self.prepare = fast.prepare
        self.fast, self.exact, self.doubt = fast, exact, DOUBTS[0]

    def logits(self, prepared: tuple) -> np.ndarray:
        """Return the network's outputs (B, C), float32."""
        logits = self.fast.logits(prepared).copy()
        doubtful = self._certainty(logits).margin < self.doubt
        if self.device != "cpu" and doubtful.any():
            logits[doubtful] = self.exact.logits(take(prepared, doubtful))
        elif (
            doubtful.any()
        ):  # one by one: every new number of tiles takes memory for good, and another model may ask for the same
            for index in np.flatnonzero(doubtful):
                logits[index] = self.exact.logits(take(prepared, slice(index, index + 1)))[0]
        return logits

    def settle(self, prepared: tuple, expected: np.ndarray, batch_size: int) -> float:
        """Find how small a margin has to be for a second look, so that the other tiles keep to half of what is allowed.

        Parameters
        ----------
        prepared
            Some tiles.
        expected
            Their logits in float32.
        batch_size
            Tiles computed at once.

        Returns
        -------
        float
            Share of the tiles that take a second look.
        """
        fast = compute(self.fast, prepared, batch_size)
        found, true = self._certainty(fast), self._certainty(expected)
        error = np.nan_to_num(np.abs(found.confidence - true.confidence))
        for self.doubt in DOUBTS:
            doubtful = found.margin < self.doubt
            left = np.where(doubtful, 0, error)
            same = (found.best == true.best) | doubtful | np.isnan(true.confidence)
            if same.all() and left.max() <= agreement.LARGEST / 2 and left.mean() <= agreement.MEAN / 2:
                break
        return float(np.mean(doubtful))

    def _certainty(self, logits: np.ndarray) -> Certainty:
        return certainty(probabilities(logits, self.predictor.card["temperature"]))
