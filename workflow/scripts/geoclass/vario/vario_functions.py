"""Vario functions of tiles: how differently two pixels look, by the vector that separates them.

References
----------
Herzfeld, U. C., and Zahner, O. (2001). A connectionist-geostatistical approach to automated image classification, applied to
the analysis of crevasse patterns in surging ice. Computers & Geosciences 27, 499–512. doi:10.1016/S0098-3004(00)00089-3
Herzfeld, U. C. (2002). Vario functions of higher order: definition and application to characterization of snow surface
roughness. Computers & Geosciences 28, 641–660. doi:10.1016/S0098-3004(01)00096-6
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from geoclass.core.formats import DTYPES
from geoclass.vario import kernels

LARGEST = 1e153  # a pixel whose square, summed over a row, is a finite number
TILES_AT_ONCE = 32  # tiles that a thread takes in one go
SCHEMES = ("auto", "3-4-5", "unit", "original")
COUNTS = ((kernels.complete_counts, False), (kernels.run_counts, True), (kernels.masked_counts, True))  # kernel; invalid pixels?
REALS = ((kernels.complete_reals, False), (kernels.masked_reals, True))
FEWEST = 16  # lags of 3-4-5; with fewer, at tiles of less than about 100 x 130 px, unit lags tell classes apart better (docs/benchmarks.md)


@dataclass(frozen=True)
class VarioFunctions:
    """Vario functions of N tiles in D directions at K lags.

    Attributes
    ----------
    v
        (N, D, K) float64, first-order vario function ``v(h) = Σ [z(x) − z(x+h)]² / 2n``, in squared units of the pixels;
        NaN where there were too few pairs.
    residual
        (N, D, K) float64, residual vario function ``v(h) − m(h)² / 2`` with the mean increment ``m(h) = Σ [z(x) − z(x+h)] / n``.
    n_pairs
        (N, D, K) int64, number n of pixel pairs (x, x+h) with both pixels inside the tile and valid.
    """

    v: np.ndarray
    residual: np.ndarray
    n_pairs: np.ndarray


def lag_vectors(
    height_px: int, width_px: int, scheme: str = "3-4-5", maximum_lag_share: float = 0.5, step_px: int = 1
) -> np.ndarray:
    """Return the lag vectors of a tile in four directions: rows, columns, diagonal down-right, diagonal up-right.

    Parameters
    ----------
    height_px, width_px
        Size of the tiles.
    scheme
        ``3-4-5``: k·(3, 0), k·(0, 4), k·(3, 4), k·(3, −4), so that the lags of all directions, 3k, 4k and 5k px long, end on
        pixels; for a tile taller than wide, 3 and 4 swap. ``unit``: k·s·(1, 0), (0, 1), (1, 1), (1, −1). ``auto``: ``unit`` with a
        step of 1 px for tiles with fewer than `FEWEST` lags of 3-4-5, else those of 3-4-5 behind the two shortest of ``unit``.
        ``original``: those of GEOCLASS-image, 1 + 3k rows and 1 + 4k columns, k = 0 … K − 1, for comparison alone.
    maximum_lag_share
        Longest lag as a share t of the tile, in (0, 1]: K = ⌊t · min(H/3, W/4, √(H²+W²)/5)⌋, or ⌊t · min(H, W)/s⌋.
        Above about a half, few pairs are left, and a lag as long as the tile has none.
    step_px
        Step s of the unit scheme.

    Returns
    -------
    numpy.ndarray
        (4, K, 2) int64, (rows, columns) of each lag vector; k = 1 … K.

    Raises
    ------
    ValueError
        An unknown scheme, a maximum lag share or step out of range, or a tile so small that there is no lag.
    """
    if scheme not in SCHEMES:
        raise ValueError(f"lag scheme: {scheme!r}, expected {', '.join(SCHEMES[:-1])} or {SCHEMES[-1]}; set extract_vario/scheme")
    if not 0 < maximum_lag_share <= 1:
        raise ValueError(
            f"maximum lag share: {maximum_lag_share}, expected above 0 and at most 1; set extract_vario/maximum_lag_share"
        )
    if step_px < 1:
        raise ValueError(f"lag step: {step_px} px, expected 1 px or more")
    rows, columns = (3, 4) if height_px <= width_px else (4, 3)
    n_lags = math.floor(maximum_lag_share * min(height_px / rows, width_px / columns, math.hypot(height_px, width_px) / 5))
    n_short = 2 if scheme == "auto" and n_lags >= FEWEST else 0
    if scheme == "unit" or (scheme == "auto" and not n_short):
        rows = columns = step_px if scheme == "unit" else 1
        n_lags = math.floor(maximum_lag_share * min(height_px, width_px) / rows)
    if n_lags < 1:
        raise ValueError(
            f"lag vectors: tiles of {height_px} x {width_px} px have no lag up to {maximum_lag_share:g} of their size, "
            "expected one at least; raise extract_vario/maximum_lag_share or cut larger tiles"
        )
    k = np.arange(1, n_lags + 1)
    down, right = (1 + step * (k - 1) if scheme == "original" else step * k for step in (rows, columns))
    down, right = (np.concatenate([np.arange(1, n_short + 1), lengths]) for lengths in (down, right))
    nothing = np.zeros_like(down)
    directions = ((down, nothing), (nothing, right), (down, right), (down, -right))
    return np.stack([np.stack(pair, axis=1) for pair in directions])


def regular(lags: np.ndarray) -> slice:
    """Return which of the lags (D, K, 2) are evenly spaced in every direction: all of them, or those behind the short ones of ``auto``.

    Crevasse structure and vario parameters are read from these, since both compare lags at equal steps.
    """
    steps = np.diff(lags, axis=1)
    odd = np.flatnonzero((steps != steps[:, -1:]).any(axis=(0, 2))) if len(steps[0]) else ()
    return slice(odd[-1] + 1 if len(odd) else 0, None)


def lag_distances_m(lags: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Return the lengths (D, K) of the lag vectors (D, K, 2) in metres on the ground, by the `pixel_axes` there."""
    return np.hypot(*np.moveaxis(lags @ axes.T, -1, 0))


def vario_functions(
    tiles: np.ndarray,
    lags: np.ndarray,
    valid: np.ndarray | None = None,
    minimum_pairs: int = 1,
    threads: int = 1,
    allow_empty: bool = False,
) -> VarioFunctions:
    """Return the vario functions of tiles, exact for every type and range of pixels.

    Integers are summed as integers. float64 and integers of a very wide range are computed in float64. float32 is computed in
    float32, with rows summed in float64, which keeps v within 1e-6; where its residual could be worse, the tile is computed anew
    in float64.

    Parameters
    ----------
    tiles
        (N, H, W), uint8, uint16, int16, float32 or float64.
    lags
        (D, K, 2) integers, (rows, columns) of each lag vector, as from `lag_vectors`.
    valid
        (N, H, W) bool, False for pixels that must not be looked at; None where all are valid.
    minimum_pairs
        Fewest pixel pairs of a value; with fewer it is NaN.
    threads
        Threads to compute with; the result is the same. They are Python's: numba's own would load a pool (TBB, where it is installed)
        that can wait for itself for ever when the process ends.
    allow_empty
        A tile without any pair is NaN throughout, and no error.

    Returns
    -------
    VarioFunctions

    Raises
    ------
    ValueError
        Wrong shape or type, tiles smaller than a lag, a tile without any pair, valid pixels that are not finite.
    """
    tiles, lags, valid = _checked(tiles, lags, valid)
    n_tiles = len(tiles)
    flat = lags.reshape(-1, 2)
    flat = np.where((flat[:, 1:] < 0) | ((flat[:, 1:] == 0) & (flat[:, :1] < 0)), -flat, flat)  # v(h) = v(−h)
    sums = np.empty((n_tiles, 3, len(flat)))
    parts = [slice(start, start + TILES_AT_ONCE) for start in range(0, n_tiles, TILES_AT_ONCE)]

    def work(part: slice) -> None:
        sums[part] = _sums(tiles[part], None if valid is None else valid[part], flat)

    if min(threads, len(parts)) > 1:
        with ThreadPoolExecutor(min(threads, len(parts))) as pool:
            list(pool.map(work, parts))  # the list asks for every result, and so raises what a thread raised
    else:
        for part in parts:
            work(part)
    squares, increments, pairs = sums.transpose(1, 0, 2)
    failed = np.flatnonzero(np.isnan(squares).any(axis=1))
    if len(failed):
        known = tiles[failed[0]] if valid is None else tiles[failed[0]][valid[failed[0]]]
        odd, what = np.sum(~np.isfinite(known)), "no finite number"
        if not odd:
            odd, what = np.sum(np.abs(known) > LARGEST), "no finite number or too large to be squared"
        raise ValueError(f"tiles: tile {failed[0]} has {odd} valid pixels that are {what}, expected none; mark them in `valid`")
    empty = np.flatnonzero(~pairs.any(axis=1))
    if len(empty) and not allow_empty:
        raise ValueError(
            f"tiles: tile {empty[0]} has no pair of valid pixels at any lag, expected some; "
            "leave it out, as tile_scene/minimum_valid_share does"
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        v = squares / (2 * pairs)
        residual = np.maximum(v - 0.5 * (increments / pairs) ** 2, 0)
    for values in (v, residual):
        values[pairs < max(minimum_pairs, 1)] = np.nan
    shape = (n_tiles, *lags.shape[:2])
    return VarioFunctions(v.reshape(shape), residual.reshape(shape), pairs.astype(np.int64).reshape(shape))


def higher_order(v: np.ndarray, order: int = 2, maximum_lag_share: float = 0.5) -> np.ndarray:
    """Return vario functions of higher order: the vario operator applied to a vario function of its lag.

    ``v₂(j) = Σ [v(h_k) − v(h_{k+j})]² / 2n`` over the n = K − j pairs of lags that are j steps apart, for j = 1 … ⌊t·K⌋, direction
    by direction; order 3 applies it to v₂, and so on (Herzfeld, 2002). It tells curves that wave from curves that rise.

    Parameters
    ----------
    v
        (N, D, K) vario functions; pairs with a NaN are left out.
    order
        2 or more; each order shortens the curve by `maximum_lag_share`.

    Returns
    -------
    numpy.ndarray
        (N, D, K') of the unit of v to the power 2^(order − 1); NaN where no pair is left.

    Raises
    ------
    ValueError
        An order below 2, or a curve too short for it.
    """
    if order < 2:
        raise ValueError(f"order: {order}, expected 2 or more; order 1 is the vario function itself")
    for _ in range(order - 1):
        n_lags = v.shape[-1]
        steps = range(1, math.floor(maximum_lag_share * n_lags) + 1)
        if not steps:
            raise ValueError(f"vario function: {n_lags} lags are too few for order {order}; lower the order or use more lags")
        squares = np.full((*v.shape[:-1], len(steps)), np.nan)
        for j in steps:
            difference = v[..., j:] - v[..., :-j]
            known = np.isfinite(difference)
            total = np.where(known, difference, 0) ** 2
            count = known.sum(axis=-1)
            np.divide(total.sum(axis=-1), 2 * count, out=squares[..., j - 1], where=count > 0)
        v = squares
    return v


def _checked(tiles: np.ndarray, lags: np.ndarray, valid: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Refuse what cannot be computed; return the arrays as the kernels walk them: rows in sequence, native byte order."""
    tiles, lags = np.asarray(tiles), np.asarray(lags)
    if tiles.ndim != 3 or 0 in tiles.shape[1:]:
        raise ValueError(f"tiles: shape {tiles.shape}, expected (tiles, height, width); a single tile is tiles[None]")
    if tiles.dtype.newbyteorder("=") not in [np.dtype(name) for name in DTYPES]:
        raise ValueError(f"tiles: dtype {tiles.dtype}, expected one of {', '.join(DTYPES)}; convert them without loss")
    if lags.ndim != 3 or lags.shape[2] != 2 or 0 in lags.shape or lags.dtype.kind not in "iu":
        raise ValueError(f"lags: {lags.dtype} of shape {lags.shape}, expected integers (directions, lags, 2); use lag_vectors")
    size, longest = tiles.shape[1:], abs(lags.astype(np.int64)).max(axis=(0, 1))
    if (longest > size).any():
        raise ValueError(
            f"lags: up to {longest[0]} rows and {longest[1]} columns, expected at most the {size[0]} x {size[1]} px of the tiles; "
            "take the lags of this tile size from lag_vectors"
        )
    if valid is not None:
        valid = np.asarray(valid)
        if valid.shape != tiles.shape or valid.dtype != bool:
            raise ValueError(
                f"valid: {valid.dtype} of shape {valid.shape}, expected bool of shape {tiles.shape}, as the tiles; True = valid"
            )
        valid = np.ascontiguousarray(valid)
    return np.ascontiguousarray(tiles, tiles.dtype.newbyteorder("=")), np.ascontiguousarray(lags, np.int64), valid


def _sums(tiles: np.ndarray, valid: np.ndarray | None, lags: np.ndarray) -> np.ndarray:
    """Return the sums (N, 3, L) of `variokernels` by the fastest kernel that is exact for each tile; NaN where pixels are non-finite."""
    sums = np.full((len(tiles), 3, len(lags)), np.nan)
    size = [np.uint64(length) for length in (*tiles.shape[1:], kernels.stride_px(tiles.shape[2]))]
    steps = kernels.steps(lags, *tiles.shape[1:])
    integer = tiles.dtype.kind in "iu"
    outside = () if integer else (np.finfo(tiles.dtype).max,)
    complete = np.ones(len(tiles), bool) if valid is None else valid.all(axis=(1, 2))
    for kernel, masked in COUNTS if integer else REALS:
        chosen = (complete != masked) & np.isnan(sums[:, 0, 0])
        if chosen.any():
            arrays = (tiles, valid) if masked else (tiles,)
            flat = [array.reshape(-1) if chosen.all() else array[chosen].reshape(-1) for array in arrays]
            result = np.empty((chosen.sum(), 3, len(lags)))
            kernel(*flat, *size, steps, *outside, result)
            sums[chosen] = result
    if tiles.dtype != np.float64:
        again = np.isnan(sums[:, 0, 0]) if integer else _coarse(sums)
        if again.any():
            sums[again] = _sums(tiles[again].astype(np.float64), None if valid is None else valid[again], lags)
    return sums


def _coarse(sums: np.ndarray) -> np.ndarray:
    """Tell for which tiles (N,) float32 is too coarse: the residual is a small rest of v, or squares leave the range of float32."""
    squares, increments, pairs = sums.transpose(1, 0, 2)
    with np.errstate(over="ignore", invalid="ignore"):
        residual = squares - increments**2 / np.maximum(pairs, 1)
    fine = (residual > 0.2 * squares) & (squares > 1e-25) & (squares < 1e35)
    constant = (squares == 0) & (increments == 0)
    return ~(fine | constant | (pairs == 0)).all(axis=1)
