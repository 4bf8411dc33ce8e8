"""Passes: scenes that show the same ground on one day, as a stereo pair does, which are one date and not two."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geoclass.labels import splits


def names(tiles: pd.DataFrame, pairs: np.ndarray | None = None) -> pd.Series:
    """Return the scene of every tile, or where labelled tiles share ground with those of other scenes of that day, all their names.

    Parameters
    ----------
    tiles
        Tiles as `splits.place` returns them, (N,).
    pairs
        Their `splits.overlaps`, where they are known.
    """
    codes, scenes = pd.factorize(tiles["scene"], sort=True)
    day = tiles["date"].str[:10].to_numpy()
    pairs = splits.overlaps(tiles) if pairs is None else pairs
    one, other = codes[pairs[day[pairs[:, 0]] == day[pairs[:, 1]]]].T
    together = coo_array((np.ones(len(one)), (one, other)), shape=(len(scenes), len(scenes)))
    number = connected_components(together, directed=False)[1]
    joined = pd.Series(scenes).groupby(number).transform(" + ".join)
    return pd.Series(joined.to_numpy()[codes], index=tiles.index)


def at_once(tiles: pd.DataFrame, pairs: np.ndarray) -> np.ndarray:
    """Return which of the pairs of tiles that overlap, (M, 2) as `splits.overlaps` returns them, are of one pass, (M,) booleans."""
    of_tile = names(tiles, pairs).to_numpy()
    return of_tile[pairs[:, 0]] == of_tile[pairs[:, 1]]
