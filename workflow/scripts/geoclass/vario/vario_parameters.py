"""Vario parameters: the few numbers in which glaciologists read a vario function."""

import numpy as np

from geoclass.vario import features

KERNEL = np.array([1, 4, 6, 4, 1]) / 16  # binomial: takes single-lag noise out and leaves the waves in


def smooth(curves: np.ndarray, kernel: np.ndarray = KERNEL) -> np.ndarray:
    """Return curves (..., K) convolved with a kernel of odd length; beyond the ends they go on level."""
    reach = len(kernel) // 2
    padded = np.concatenate([np.repeat(curves[..., :1], reach, -1), curves, np.repeat(curves[..., -1:], reach, -1)], axis=-1)
    return np.lib.stride_tricks.sliding_window_view(padded, len(kernel), axis=-1) @ kernel[::-1]


def vario_parameters(curves: np.ndarray, distances: np.ndarray, kernel: np.ndarray = KERNEL) -> dict[str, np.ndarray]:
    """Return the vario parameters of each tile and direction.

    With S the smoothed curve, S_max its first maximum inside the curve, at lag distance h_max, and S_min the first minimum after it, at
    h_min: crevasses a spacing s apart have h_max near s/2 and h_min near s. (Herzfeld et al., 2014, IEEE Trans. Geosci. Remote Sens.
    52, 1763–1782, doi:10.1109/TGRS.2013.2254716)

    Parameters
    ----------
    curves
        (N, D, K) residual vario functions; unknown values (NaN) after the first known one continue it.
    distances
        (D, K) lengths of the lags.
    kernel
        Weights of the smoothing.

    Returns
    -------
    dict of (N, D) arrays
        ``pond`` = max S, ``nugget`` = S at the first lag, both in the unit of the curves; ``p1`` = (S_max − S_min)/(h_min − h_max);
        ``p2`` = (S_max − S_min)/S_max, 0 to 1; ``mindist`` = h_min and ``hdiff`` = h_min − h_max in the unit of the distances.
        NaN where a curve has no value; the last four also where it has no maximum with a minimum after it, at lags that are known.
    """
    s = smooth(features.continue_curves(curves), kernel)
    n_known = curves.shape[-1] - np.isfinite(curves)[..., ::-1].argmax(axis=-1)  # lags up to the last known one
    before, here, after = s[..., :-2], s[..., 1:-1], s[..., 2:]
    index = np.arange(1, s.shape[-1] - 1)
    peak = _first((here > before) & (here >= after), index)
    trough = _first((here < before) & (here <= after) & (index > peak[..., None]), index)
    found = (peak > 0) & (trough > 0) & (trough + 1 < n_known)  # where a curve is continued level, its end looks like a minimum
    s_max, s_min = (np.take_along_axis(s, i[..., None], -1)[..., 0] for i in (peak, trough))
    h_max, h_min = (np.take_along_axis(np.broadcast_to(distances, s.shape), i[..., None], -1)[..., 0] for i in (peak, trough))
    with np.errstate(invalid="ignore", divide="ignore"):
        shape = {
            "p1": (s_max - s_min) / (h_min - h_max),
            "p2": (s_max - s_min) / s_max,
            "mindist": h_min,
            "hdiff": h_min - h_max,
        }
    return {"pond": s.max(axis=-1), "nugget": s[..., 0]} | {name: np.where(found, value, np.nan) for name, value in shape.items()}


def _first(where: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Return, along the last axis, the index of the first True; 0 where there is none."""
    return np.where(where.any(axis=-1), index[where.argmax(axis=-1)], 0) if len(index) else np.zeros(where.shape[:-1], int)
