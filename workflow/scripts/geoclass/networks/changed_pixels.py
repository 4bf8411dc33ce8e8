"""Vario functions of tiles whose pixels are not as they were: turned, or put together of two tiles."""

from collections.abc import Callable

import numpy as np

from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.scenes import radiometry
from geoclass.vario import features, vario_functions

AT_ONCE = 64  # tiles
Change = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray | None]]


def vario(tiles: LabelledTiles, change: Change) -> tuple[np.ndarray, np.ndarray]:
    """Return the scaled vario functions of N tiles after a change of their pixels.

    Parameters
    ----------
    tiles
        Labelled tiles with their counts.
    change
        Is given the places (n,) of some tiles and returns their counts (n, H, W) and which are valid, (n, H, W) bool or None: all.

    Returns
    -------
    v : numpy.ndarray
        (N, D, K); those of the tile itself where the change leaves a direction without any pair of valid pixels.
    changed : numpy.ndarray
        False for such tiles, (N,) bool.
    """
    lags = np.array(tiles.expected["vario"]["lags"])
    v = np.empty(tiles.v.shape)
    for part in np.array_split(np.arange(len(tiles)), max(1, len(tiles) // AT_ONCE)):
        counts, valid = change(part)
        v[part] = vario_functions.vario_functions(counts, lags, valid, allow_empty=True).v
    v = features.continue_curves(radiometry.scale_vario(v, {"low": tiles.low, "high": tiles.high}))
    changed = np.isfinite(v).all(axis=(1, 2))
    return np.where(changed[:, None, None], v, tiles.v), changed
