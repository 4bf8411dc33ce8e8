"""What the baselines see of a tile: its vario functions from one pixel on, whatever lags a run has chosen."""

import numpy as np

from geoclass.confidence import applicability
from geoclass.vario import vario_functions


def vectors(counts: np.ndarray, low: np.ndarray, high: np.ndarray, valid: np.ndarray | None = None) -> np.ndarray:
    """Return the logarithm of the vario functions of tiles at the lags of scheme ``auto``.

    Parameters
    ----------
    counts, valid
        Pixels (N, H, W) and which of them are valid; None where all are.
    low, high
        Counts that are scaled to 0 and 1, (N,).

    Returns
    -------
    numpy.ndarray
        (N, P) float32; NaN for tiles with a direction without any pair.
    """
    curves = vario_functions.vario_functions(counts, vario_functions.lag_vectors(*counts.shape[1:], "auto"), valid)
    return applicability.vectors_of(curves.v, {"low": low, "high": high})
