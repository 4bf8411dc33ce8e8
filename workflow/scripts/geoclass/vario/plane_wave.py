"""The plane wave that explains a tile's vario functions best: from curves along four directions to a wave vector.

For crevasses as waves of wave vector f [cycles per px] and their first overtone,

    v(h) = b(|h|) + c₁ (1 − cos 2π f·h) + c₂ (1 − cos 4π f·h),

where the background b, a cubic in the lag's length, takes up noise and whatever changes slowly. The four directions over-determine f.
A search over all f that the lags can tell apart finds the best one, Gauss–Newton steps make it exact.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

TONES = 2  # crevasses are sharper than a sine: with its first overtone the wave follows them
BACKGROUND = 4  # coefficients of the background, a cubic
STEPS = 3
CYCLES = 1.5  # least number of cycles within the longest lag: fewer cannot be told from a background


@dataclass(frozen=True)
class Waves:
    """Plane waves of N tiles.

    Attributes
    ----------
    frequency
        (N, 2) cycles per px along rows (downwards) and columns (to the right); NaN where there is nothing to fit.
    power
        (N,) c₁, half the squared amplitude of the wave, in the unit of the curves.
    share
        (N,) part of the mean of the curves, noise and background included, that the wave makes, 0 to 1.
    quality
        (N,) share of the curves' variance about the best background alone which the wave explains, 0 to 1.
    """

    frequency: np.ndarray
    power: np.ndarray
    share: np.ndarray
    quality: np.ndarray


@dataclass(frozen=True)
class Search:
    """What depends on the lags alone.

    Attributes
    ----------
    lags
        (L, 2) lag vectors, px.
    background
        (L, 4) powers 0 to 3 of the lags' lengths over the longest.
    frequencies
        (M, 2) waves to try, cycles per px.
    patterns
        (M, L) their curves, free of any background and of length 1.
    """

    lags: np.ndarray
    background: np.ndarray
    frequencies: np.ndarray
    patterns: np.ndarray


@lru_cache(maxsize=2)
def search(lags: tuple[tuple[int, int], ...], pixel_height_m: float, pixel_width_m: float) -> Search:
    """Prepare the search for waves with these lag vectors; the same lags cost nothing again.

    Lags that are multiples of a step (3 rows, 4 columns) tell apart waves up to half a cycle per step: the rectangle searched here,
    one half of it, since f and −f are the same wave. The grid is so fine that Gauss and Newton find the way from its nodes.
    """
    vectors = np.array(lags)
    highest, node = _highest(vectors), 1 / (2.6 * np.abs(vectors).max(axis=0))
    down = np.arange(0, highest[0], node[0])
    right = np.arange(-highest[1] + node[1] / 2, highest[1], node[1])
    frequencies = np.stack(np.meshgrid(down, right, indexing="ij"), axis=-1).reshape(-1, 2)
    frequencies = frequencies[cycles(frequencies, vectors) >= CYCLES]
    lengths = np.hypot(vectors[:, 0] * pixel_height_m, vectors[:, 1] * pixel_width_m)
    background = (lengths / lengths.max())[:, None] ** np.arange(BACKGROUND)
    orthogonal = np.linalg.qr(background)[0]
    patterns = -np.cos(2 * np.pi * frequencies @ vectors.T)
    patterns -= patterns @ orthogonal @ orthogonal.T
    patterns /= np.maximum(np.linalg.norm(patterns, axis=1, keepdims=True), 1e-12)
    return Search(vectors.astype(float), background, frequencies, patterns.astype(np.float32))


def aliases(frequency: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """Tell which waves (N, 2) the lags (L, 2) cannot tell from others: above half a cycle per lag step along rows or columns, or
    closer than two of the shorter step.
    """
    highest = _highest(lags)
    return (np.abs(frequency) > highest).any(axis=1) | (np.hypot(*frequency.T) > highest.max())


def _highest(lags: np.ndarray) -> np.ndarray:
    """Return half a cycle per lag step, along rows and columns."""
    return 0.5 / np.gcd.reduce(lags, axis=0)


def cycles(frequency: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """Return the most cycles (N,) that the waves (N, 2) make within one of the lags (L, 2)."""
    return np.abs(frequency @ lags.T).max(axis=1, initial=0)


def wave(cycles: np.ndarray) -> np.ndarray:
    """Return exp(2πi · cycles) as complex64: from float32 it comes twenty times faster, and exact to 1e-6 once whole cycles are gone."""
    angle = (2 * np.pi * (cycles - np.rint(cycles))).astype(np.float32)
    result = np.empty(cycles.shape, np.complex64)
    result.real, result.imag = np.cos(angle), np.sin(angle)
    return result


def fit(curves: np.ndarray, plan: Search) -> Waves:
    """Fit a plane wave to the curves of each tile.

    Parameters
    ----------
    curves
        (N, L) residual vario functions, NaN where unknown; the residual, because a linear trend of the tile is not in it.
    plan
        From `search`, for the same L lags.

    Returns
    -------
    Waves
    """
    known = np.isfinite(curves)
    scale = np.where(known, curves, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    chosen = (known.sum(axis=1) > 2 * (BACKGROUND + TONES + 2)) & (scale > 0) & (len(plan.frequencies) > 0)
    frequency = np.full((len(curves), 2), np.nan)
    others = np.zeros((len(curves), 3))
    if chosen.any():
        y = np.where(known[chosen], curves[chosen], 0) / scale[chosen, None]
        frequency[chosen], others[chosen] = _fit(y, known[chosen].astype(float), plan)
    return Waves(frequency, others[:, 0] * scale, others[:, 1], others[:, 2])


def _fit(y: np.ndarray, weight: np.ndarray, plan: Search) -> tuple[np.ndarray, np.ndarray]:
    """Fit curves (N, L) of mean 1, 0 where their weight is 0; return the frequency (N, 2) and power, share, quality (N, 3)."""
    tones, wave_vector = slice(BACKGROUND, BACKGROUND + TONES), slice(BACKGROUND + TONES, None)
    order = np.arange(1, TONES + 1)[:, None]
    radians = 2 * np.pi * plan.lags.T
    longest_step = 0.25 / np.abs(plan.lags).max(axis=0)
    terms = np.empty((len(y), BACKGROUND + TONES + 2, y.shape[1]))
    terms[:, :BACKGROUND] = plan.background.T * weight[:, None, :]
    flat = y - _sum(terms[:, :BACKGROUND], _solve(terms[:, :BACKGROUND], y))
    frequency = plan.frequencies[(flat.astype(np.float32) @ plan.patterns.T).argmax(axis=1)]
    powers = np.eye(1, TONES)
    for step in range(STEPS + 1):
        first = wave(frequency @ plan.lags.T)
        waves = np.stack([first, first * first], axis=1)  # of the tones
        terms[:, tones] = (1 - waves.real) * weight[:, None, :]
        if step < STEPS:
            slope = (powers[:, :, None] * order * waves.imag).sum(axis=1) * weight
            terms[:, wave_vector] = slope[:, None, :] * radians
            solution = _solve(terms, y)
            powers = np.maximum(solution[:, tones], [1e-3] + [0] * (TONES - 1))
            frequency = frequency + np.clip(solution[:, wave_vector], -longest_step, longest_step)
    solution = _solve(terms[:, : tones.stop], y)
    rest = ((y - _sum(terms[:, : tones.stop], solution)) ** 2).sum(axis=1)
    quality = 1 - rest / np.maximum((flat**2).sum(axis=1), 1e-12)
    powers = np.maximum(solution[:, tones], 0)
    return frequency, np.stack([powers[:, 0], np.minimum(powers.sum(axis=1), 1), np.clip(quality, 0, 1)], axis=1)


def _solve(terms: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the coefficients (N, P) of the terms (N, P, L) that fit y (N, L) best; a trace of damping keeps dependent terms apart."""
    normal = terms @ terms.transpose(0, 2, 1)
    size = normal.shape[1]
    normal[:, range(size), range(size)] *= 1 + 1e-9
    normal[:, range(size), range(size)] += 1e-9
    return np.linalg.solve(normal, terms @ y[:, :, None])[:, :, 0]


def _sum(terms: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Return Σ coefficient · term, (N, L)."""
    return (coefficients[:, None, :] @ terms)[:, 0]
