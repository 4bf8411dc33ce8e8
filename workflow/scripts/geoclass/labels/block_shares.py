"""Whole blocks dealt out to training, validation and test so that every class keeps its shares as well as it can."""

import hashlib
import itertools
from collections.abc import Iterable

import numpy as np
import pandas as pd

SUBSETS = ("train", "validation", "test")
MISSING = np.array([1e9, 1e6, 1e3])  # cost of a class without tile in a subset: above any deviation, training first
SMALLEST_GAIN = 1e-4  # of the cost; finer polish would move blocks for nothing when labels are added
SWAPS_UP_TO = 600  # blocks; with more of them single moves come as close, and pairs are too many
STARTS = 20
NO_PAIRS = np.empty((0, 2), int)


def draws(keys: Iterable[str], seed: int | str) -> np.ndarray:
    """Return a random number, 0 to 1, for every key: the same for a key and seed, whatever other keys there are."""
    digests = (hashlib.blake2b(f"{seed} {key}".encode(), digest_size=8).digest() for key in keys)
    return np.array([int.from_bytes(digest, "big") / 2**64 for digest in digests])


def deal(blocks: pd.Series, class_ids: pd.Series, shares: list[float], seed: int, overlaps: np.ndarray = NO_PAIRS) -> pd.Series:
    r"""Return a subset for every tile, the same for all tiles of a block; empty for tiles that have to be left out.

    Every block is first drawn into a subset by its own random number. Then the move of one block, or exchange of two, that lowers

    .. math:: \sum_c \sum_j (n_{cj} / n_c - s_j)^2

    most is made until none helps; n_cj tiles of class c are in subset j, n_c in all, and s_j is the share asked for. A class that
    has no tile in a subset costs more than all deviations together. Since the start depends on the names of the blocks alone,
    the order of the rows does not matter, and labels that are added later move few of the others.

    Where tiles overlap, a block's border runs through tiles. A training tile that shares pixels with a validation or test tile,
    and a validation tile that shares pixels with a test tile, is left out, else scores would be optimistic.

    Parameters
    ----------
    blocks
        Name of the block of every tile, (N,).
    class_ids
        Class of every tile, (N,), same index.
    shares
        s_j: shares of training, validation and test; a subset of share 0 stays empty.
    seed
        Seed of the draw.
    overlaps
        Pairs of tiles that share pixels, by their positions, each in both orders, (M, 2).

    Returns
    -------
    pandas.Series
        train, validation, test or nothing, indexed as `blocks`.
    """
    counts = pd.crosstab(blocks, class_ids)  # sorted by the names of blocks and classes
    n, s = counts.to_numpy(float), np.array(shares)
    block, one_class = counts.index.get_indexer(blocks), counts.columns.get_indexer(class_ids)
    possible = [int(((n > 0).sum(0) > j).sum()) if s[j] else 0 for j in range(len(s))]  # classes that can have a tile in a subset
    best, best_filled = None, [-1]
    for start in range(STARTS):
        drawn = np.searchsorted(np.cumsum(s)[:-1], draws(counts.index, f"{seed} {start}"), side="right")
        subset = improve(n, drawn, s, MISSING)[block]
        subset = np.where(leaks(subset, overlaps), len(SUBSETS), subset)
        filled = [len(np.unique(one_class[subset == j])) for j in range(len(s))]
        if filled > best_filled:
            best, best_filled = subset, filled
        if filled == possible:
            break  # another start comes about as close, and to stay with one keeps blocks where they are when labels are added
    return pd.Series(np.array([*SUBSETS, ""])[best], index=blocks.index)


def leaks(subset: np.ndarray, overlaps: np.ndarray) -> np.ndarray:
    """Return which tiles share pixels with a tile that is held back from them, (N,) booleans."""
    one, other = overlaps.T
    leaks = np.zeros(len(subset), bool)
    leaks[one[subset[one] < subset[other]]] = True
    return leaks


def improve(n: np.ndarray, subset: np.ndarray, shares: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Move and exchange blocks while it helps.

    Parameters
    ----------
    n
        Number of tiles by block and class, (U, C).
    subset
        Number of the subset of each block to begin with, (U,).
    shares
        Share of each subset, (S,).
    missing
        Cost of a class without a tile in each subset, (S,).

    Returns
    -------
    numpy.ndarray
        Number of the subset of each block, (U,).
    """
    subset, used, n_class = subset.copy(), np.flatnonzero(shares), n.sum(0)

    def cost(tiles: np.ndarray, j: int) -> np.ndarray:  # (..., C) tiles of each class in subset j -> (...)
        return ((tiles / n_class - shares[j]) ** 2).sum(-1) + missing[j] * (tiles == 0).sum(-1)

    while True:
        members = [np.flatnonzero(subset == j) for j in range(len(shares))]
        total = [n[blocks].sum(0) for blocks in members]
        now = [cost(total[j], j) for j in range(len(shares))]
        best, steps = -SMALLEST_GAIN, []
        for i, j in itertools.permutations(used, 2):
            change = cost(total[i] - n[members[i]], i) - now[i] + cost(total[j] + n[members[i]], j) - now[j]
            if change.size and change.min() < best:
                best, steps = change.min(), [(members[i][change.argmin()], j)]
        if not steps and len(n) <= SWAPS_UP_TO:
            for i, j in itertools.combinations(used, 2):
                shift = n[members[j]] - n[members[i]][:, None]  # (U_i, U_j, C)
                change = cost(total[i] + shift, i) - now[i] + cost(total[j] - shift, j) - now[j]
                if change.size and change.min() < best:
                    one, other = np.unravel_index(change.argmin(), change.shape)
                    best, steps = change.min(), [(members[i][one], j), (members[j][other], i)]
        if not steps:
            return subset
        for block, j in steps:
            subset[block] = j
