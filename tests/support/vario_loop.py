"""The vario functions as their definition reads, pair by pair or window by window in float64: slow, plain, to compare with."""

import numpy as np


def windows(lag, height, width):
    """Return the slices of x and of x + h."""
    rows, columns = map(int, lag)
    here = (slice(max(0, -rows), height - max(0, rows)), slice(max(0, -columns), width - max(0, columns)))
    there = (slice(max(0, rows), height - max(0, -rows)), slice(max(0, columns), width - max(0, -columns)))
    return here, there


def vario_functions(tile, lags, valid=None, minimum_pairs=1):
    """Return v, residual and number of pairs, each (D, K), of one tile (H, W)."""
    z = np.asarray(tile, np.float64)
    valid = np.ones(z.shape, bool) if valid is None else valid
    v, residual, pairs = (np.full(lags.shape[:2], np.nan) for _ in range(3))
    for place in np.ndindex(*lags.shape[:2]):
        here, there = windows(lags[place], *z.shape)
        known = valid[here] & valid[there]
        pairs[place] = known.sum()
        if known.sum() >= minimum_pairs:
            increments = z[here][known] - z[there][known]
            v[place] = np.mean(increments**2) / 2
            residual[place] = v[place] - np.mean(increments) ** 2 / 2
    return v, residual, pairs
