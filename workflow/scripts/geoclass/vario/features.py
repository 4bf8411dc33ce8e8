"""What the networks see of a tile: scaled pixels, and its vario functions as one standardised vector."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

FLOOR = 1e-6  # a contrast of a thousandth of the scene's range, squared: what lies below it is quantisation
LEAST_DIFFERENCE = 0.02  # between directions, in logarithms: what lies below it is chance
DIAGONALS = [0, 1, 3, 2]  # a mirrored tile has its two diagonals swapped; rows and columns stay


def mirror(v: np.ndarray) -> np.ndarray:
    """Return the vario functions (N, 4, K) of the tiles mirrored along rows or along columns.

    Exact: v(h) = v(-h), so that the vectors along rows and columns meet themselves again and the two diagonals each other.
    A tile turned by 180° is mirrored twice and keeps its vario functions.
    """
    return v[:, DIAGONALS]


def continue_curves(v: np.ndarray) -> np.ndarray:
    """Fill lags without enough pixel pairs by the last known value of the direction: beyond its range a vario function is level.

    Parameters
    ----------
    v
        (N, D, K); NaN where there were too few pairs, which happens at the longest lags of tiles with invalid pixels.

    Returns
    -------
    numpy.ndarray
        (N, D, K); NaN is left where a direction has no value at its first lag.
    """
    known = np.where(np.isnan(v), 0, np.arange(v.shape[-1]))
    return np.take_along_axis(v, np.maximum.accumulate(known, axis=-1), axis=-1)


def vector(v: np.ndarray, normalisation: str, directions: int = 4, lengths_px: np.ndarray | None = None) -> np.ndarray:
    """Return vario functions as one vector a tile.

    Parameters
    ----------
    v
        Scaled vario functions (N, D, K).
    normalisation
        ``raw``: v. ``log``: ln(v + 1e-6), in which a change of contrast is a shift, and short lags count as much as long ones.
        ``variance``: v over its mean over all directions and lags, which estimates the tile's variance from the very pairs that v
        is made of; what is left is the shape of the curves, without the contrast. ``invariant``: see `invariant`. ``log_invariant``:
        both logarithms; those by direction tell flow where it is known, the others hold where ice flows in another direction.
    directions
        How many are used, from the first on: 4, or 3 as in the paper; the invariant ones take all four.
    lengths_px
        Lengths of the lags (D, K), which the invariant ones need.

    Returns
    -------
    numpy.ndarray
        (N, rows * K) float32, NaN where v has it; a row is a direction, or one of the three of `invariant`.
    """
    v = np.asarray(v, np.float64)[:, :directions]
    if normalisation == "invariant":
        v = invariant(v, lengths_px)
    elif normalisation == "log_invariant":
        v = np.concatenate([np.log(v + FLOOR), invariant(v, lengths_px)], axis=1)
    elif normalisation == "log":
        v = np.log(v + FLOOR)
    elif normalisation == "variance":
        v = v / np.maximum(v.mean(axis=(1, 2), keepdims=True), FLOOR)
    elif normalisation != "raw":
        raise ValueError(
            f"normalisation: {normalisation!r}, expected raw, variance, log, invariant or log_invariant; set train_variomlp/normalisation"
        )
    return v.reshape(len(v), -1).astype(np.float32)


def invariant(v: np.ndarray, lengths_px: np.ndarray) -> np.ndarray:
    r"""Return what vario functions tell without the direction in which they tell it.

    With l(h) the logarithm of v(h) in the directions 0 to 3, which lie about 45° apart, at the same length h in all of them:

    .. math:: \bar l, \quad \ln(|l_0 - l_2 - i (l_1 - l_3)| + c), \quad \ln(|l_0 - l_1 + l_2 - l_3| + c)

    These are the moduli of the Fourier series over the directions: the level, the contrast between a direction and the one across
    it, and that between the axes and the diagonals. A turn by 90° or a mirror changes none of them where a turn brings the lags onto
    each other, as those of scheme ``unit``, and hardly where the lags of directions are not equally long.

    Parameters
    ----------
    v
        Scaled vario functions (N, 4, K) along rows, columns and both diagonals.
    lengths_px
        Lengths of the lags (4, K). Curves are read off between lags, at K lengths that all directions have.

    Returns
    -------
    numpy.ndarray
        (N, 3, K).

    Raises
    ------
    ValueError
        Other than four directions.
    """
    if v.shape[1] != 4:
        raise ValueError(
            f"train_variomlp/normalisation: invariant features of {v.shape[1]} directions, expected 4; set directions to 4, or "
            "normalisation to log"
        )
    lengths_px = np.asarray(lengths_px)
    common = np.linspace(lengths_px[:, 0].max(), lengths_px[:, -1].min(), v.shape[-1])
    curves = np.log(v + FLOOR)
    along_rows, along_columns, diagonal, other = (_at(common, lengths_px[d], curves[:, d]) for d in range(4))
    across, oblique = along_rows - along_columns, diagonal - other
    axes = along_rows + along_columns - diagonal - other
    level = (along_rows + along_columns + diagonal + other) / 4
    twofold, fourfold = (np.log(part + LEAST_DIFFERENCE) for part in (np.hypot(across, oblique), np.abs(axes)))
    return np.stack([level, twofold, fourfold], axis=1)


def _at(wanted: np.ndarray, lengths: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """Return curves (N, K), known at lengths (K,), at other lengths (K',) in between, by straight lines."""
    if len(lengths) == 1:
        return curves
    before = np.clip(np.searchsorted(lengths, wanted) - 1, 0, len(lengths) - 2)
    share = (wanted - lengths[before]) / (lengths[before + 1] - lengths[before])
    return (1 - share) * curves[:, before] + share * curves[:, before + 1]


def recipe(v: np.ndarray, normalisation: str, directions: int, lags: np.ndarray | None = None) -> dict:
    """Return how a model makes its features, found on the training tiles' vario functions (N, D, K) at lags (D, K, 2)."""
    lengths_px = None
    if normalisation in ("invariant", "log_invariant"):
        lags = np.asarray(lags)
        if normalisation == "invariant" and _both_ways(lags) != _both_ways(np.stack([lags[..., 1], -lags[..., 0]], axis=-1)):
            raise ValueError(
                "train_variomlp/normalisation: invariant with lags that a turn by 90° does not bring onto each other, expected those of "
                "scheme unit; set extract_vario/scheme to unit, or normalisation to log_invariant"
            )
        lengths_px = np.hypot(*np.moveaxis(lags, -1, 0)).tolist()
    statistics = standardisation(vector(v, normalisation, directions, lengths_px))
    return {"normalisation": normalisation, "directions": directions, "standardisation": statistics, "lengths_px": lengths_px}


def _both_ways(lags: np.ndarray) -> set[tuple[int, int]]:
    pairs = lags.reshape(-1, 2)
    return {*map(tuple, pairs.tolist()), *map(tuple, (-pairs).tolist())}


def apply(v: np.ndarray, recipe: dict) -> np.ndarray:
    """Return standardised features (N, F) float32 of vario functions (N, D, K), as `recipe` says."""
    vectors = vector(v, recipe["normalisation"], recipe["directions"], recipe.get("lengths_px"))
    return standardise(vectors, recipe["standardisation"])


def standardisation(vectors: np.ndarray) -> dict[str, list[float]]:
    """Return mean and standard deviation of each feature over the training tiles (N, F), for `standardise`.

    A feature that is the same in all tiles gets the deviation 0 and is switched off: it cannot tell classes apart, and dividing
    by rounding errors would let it drown the others.

    Raises
    ------
    ValueError
        Every feature is constant, so that nothing can be learned.
    """
    vectors = vectors.astype(np.float64)
    mean, deviation = vectors.mean(axis=0), vectors.std(axis=0)
    deviation[deviation <= 1e-6 * np.maximum(np.abs(mean), 1e-6)] = 0
    if not deviation.any():
        raise ValueError(
            f"features: all {len(deviation)} are the same in all {len(vectors)} training tiles, expected tiles that differ; "
            "check the labelled tiles and extract_vario"
        )
    return {"mean": mean.tolist(), "deviation": deviation.tolist()}


def standardise(vectors: np.ndarray, statistics: Mapping[str, ArrayLike]) -> np.ndarray:
    """Return ``(x - mean) / deviation`` (N, F) float32; 0 for features that were constant in training."""
    mean, deviation = np.array(statistics["mean"]), np.array(statistics["deviation"])
    factor = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    return ((vectors - mean) * factor).astype(np.float32)
