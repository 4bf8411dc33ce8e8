"""How steady a wave is: its phase in the parts of a tile tells how exactly its wave vector is known, and mends it.

A tile is cut into 4 x 4 blocks. In each, ``z = μ + p cos 2π f·x + q sin 2π f·x`` is fitted to the pixels. Where f is exact and the
crevasses are regular, the phase of ``p − iq`` is the same in all blocks; a plane through the phases gives the correction of f, the
scatter about it the standard error. Phases of neighbouring blocks go together where crevasses bend, so that 16 of them are not 16
independent ones: the plane is fitted by generalised least squares with correlations ``exp(−d/ℓ)`` of distance d, and the results
for several ℓ are averaged, weighted by their restricted likelihoods (Harville, 1977, J. Am. Stat. Assoc. 72, 320–338).
Where the scatter is no larger than the noise of the pixels makes it, the phases are taken as independent.
"""

from functools import lru_cache

import numpy as np

BLOCKS = 4  # along each side of a tile
RANGES = (0, 0.075, 0.15, 0.3, 0.6, 1.2)  # correlation lengths ℓ, as shares of √(height · width)
LEAST_SHARE = 0.3  # of valid pixels in a block that counts
LEAST_BLOCKS = 8  # that count; a plane has three coefficients
TILES_AT_ONCE = 16


def refine(tiles: np.ndarray, valid: np.ndarray | None, frequency: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mend wave vectors by the phases of the waves, and tell how exact they are.

    Parameters
    ----------
    tiles
        (N, H, W).
    valid
        (N, H, W) bool or None.
    frequency
        (N, 2) cycles per px along rows and columns, near to the truth: less than about half a cycle per tile away.

    Returns
    -------
    frequency
        (N, 2), mended.
    covariance
        (N, 2, 2) of it; NaN where too few blocks are valid.
    power
        (N,) half the mean squared amplitude of the wave in the blocks, in squared units of the pixels.
    """
    parts = [slice(start, start + TILES_AT_ONCE) for start in range(0, len(tiles), TILES_AT_ONCE)]
    blocks = [_blocks(tiles[part], None if valid is None else valid[part], frequency[part]) for part in parts]
    amplitude, white = (np.concatenate(values) for values in zip(*blocks, strict=True))
    shift, covariance = np.zeros_like(frequency), np.full((len(tiles), 2, 2), np.nan)
    present = np.isfinite(white)
    mean = np.where(present, amplitude, 0).sum(axis=1, keepdims=True)
    phase = np.angle(amplitude * np.conj(mean))
    for pattern in np.unique(present, axis=0):
        if pattern.sum() >= LEAST_BLOCKS:
            chosen = (present == pattern).all(axis=1)
            fits = _fits(tuple(pattern), *tiles.shape[1:])
            shift[chosen], covariance[chosen] = _plane(phase[chosen][:, pattern], white[chosen][:, pattern].mean(axis=1), fits)
    power = np.where(present, np.abs(amplitude) ** 2, 0).sum(axis=1) / (2 * np.maximum(present.sum(axis=1), 1))
    return frequency + shift, covariance, power


def _blocks(tiles: np.ndarray, valid: np.ndarray | None, frequency: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the complex amplitudes (N, 16) and the variances (N, 16) of their phases under white noise, NaN where not valid."""
    down, right = _waves(frequency[:, 0], tiles.shape[1]), _waves(frequency[:, 1], tiles.shape[2])
    if valid is None:
        z = np.subtract(tiles, tiles[:, :1, :1], dtype=np.float32)
        weights = down.sum(axis=1)[:, :, None] * right.sum(axis=1)[:, None, :]
    else:
        flat = tiles.reshape(len(tiles), -1)
        first = np.take_along_axis(flat, valid.reshape(flat.shape).argmax(axis=1)[:, None], axis=1)[:, :, None]
        z = np.where(valid, np.subtract(tiles, first, dtype=np.float32), 0)
        weights = down.transpose(0, 2, 1) @ (valid.astype(np.float32) @ right)
    n, c, s, c2, s2 = np.moveaxis(_turned(weights), -1, 0)
    first = slice(0, 3 * BLOCKS)
    zn, zc, zs = np.moveaxis(
        _turned(down[:, :, first].transpose(0, 2, 1) @ (z @ np.ascontiguousarray(right[:, :, first]))), -1, 0
    )
    n = np.maximum(n, 1)
    cc, ss, cs = (n + c2) / 2 - c * c / n, (n - c2) / 2 - s * s / n, s2 / 2 - c * s / n
    zc, zs = zc - c * zn / n, zs - s * zn / n
    determinant = cc * ss - cs * cs
    p, q = (ss * zc - cs * zs) / determinant, (cc * zs - cs * zc) / determinant
    rest = np.einsum("nij,nij->n", z, z) - (zn * zn / n + p * zc + q * zs).sum(axis=1)
    noise = np.maximum(rest / np.maximum(n.sum(axis=1) - 3 * n.shape[1], 1), 0)
    white = noise[:, None] * (cc * p * p + ss * q * q + 2 * cs * p * q) / determinant / np.maximum(p * p + q * q, 1e-30) ** 2
    enough = (n >= LEAST_SHARE * tiles[0].size / BLOCKS**2) & (determinant > 1e-4 * n * n)
    return p - 1j * q, np.where(enough, white, np.nan)


def _waves(frequency: np.ndarray, size: int) -> np.ndarray:
    """Return 1, cos, sin, cos 2, sin 2 of 2π f x as (N, size, 5 · 4): of each a column a block, 0 outside it."""
    position = np.arange(size)
    wave = np.exp(2j * np.pi * frequency[:, None] * position)
    overtone = wave * wave
    table = np.zeros((len(frequency), size, 5, BLOCKS), np.float32)
    values = [np.ones(wave.shape), wave.real, wave.imag, overtone.real, overtone.imag]
    table[:, position, :, position * BLOCKS // size] = np.stack(values, axis=-1).transpose(1, 0, 2)
    return table.reshape(len(frequency), size, 5 * BLOCKS)


def _turned(sums: np.ndarray) -> np.ndarray:
    """Return sums (N, 16, 3 or 5) of 1, cos, sin (cos 2, sin 2) of the whole phase from those of its parts along rows and columns."""
    n_tiles, n_columns = sums.shape[0], sums.shape[1] // BLOCKS
    s = sums.reshape(n_tiles, n_columns, BLOCKS, n_columns, BLOCKS).transpose(1, 3, 0, 2, 4)
    s = s.reshape(n_columns, n_columns, n_tiles, BLOCKS**2).astype(np.float64)
    turned = [s[0, 0]]
    for c in range(1, n_columns, 2):
        turned += [s[c, c] - s[c + 1, c + 1], s[c + 1, c] + s[c, c + 1]]
    return np.stack(turned, axis=-1)


@lru_cache(maxsize=256)
def _fits(pattern: tuple[bool, ...], height: int, width: int) -> list[tuple[np.ndarray, ...]]:
    """Return, for each correlation length, what turns phases into a plane: coefficients, residual form, covariance, log-determinant."""
    edges = [np.ceil(np.arange(BLOCKS + 1) * size / BLOCKS) for size in (height, width)]
    middles = [(edge[:-1] + edge[1:] - 1) / 2 for edge in edges]
    place = np.stack(np.meshgrid(*middles, indexing="ij"), axis=-1).reshape(-1, 2)[np.array(pattern)]
    plane = np.column_stack([np.ones(len(place)), 2 * np.pi * (place - place.mean(axis=0))])
    distance = np.hypot(*(place[:, None] - place).T)
    fits = []
    for share in RANGES:
        correlation = np.exp(-distance / (share * np.sqrt(height * width))) if share else np.eye(len(place))
        inverse = np.linalg.inv(correlation)
        covariance = np.linalg.inv(plane.T @ inverse @ plane)
        coefficients = covariance @ plane.T @ inverse
        form = inverse - inverse @ plane @ coefficients
        determinant = np.linalg.slogdet(covariance)[1] - np.linalg.slogdet(correlation)[1]
        fits.append((coefficients, form, covariance, determinant))
    return fits


def _plane(phase: np.ndarray, white: np.ndarray, fits: list) -> tuple[np.ndarray, np.ndarray]:
    """Return the slopes (N, 2) of the phases (N, n) in cycles per px and their covariance, averaged over the correlation lengths."""
    freedom = phase.shape[1] - 3
    slopes, covariances, likelihoods = [], [], []
    for coefficients, form, covariance, determinant in fits:
        scatter = np.einsum("ni,ij,nj->n", phase, form, phase) + 1e-20
        slopes.append(phase @ coefficients[1:].T)
        covariances.append(covariance[1:, 1:] * (scatter / freedom)[:, None, None])
        likelihoods.append(0.5 * determinant - 0.5 * freedom * np.log(scatter))
        if len(likelihoods) == 1:
            regular = scatter / freedom < 2 * white
    weight = np.exp(np.array(likelihoods) - np.max(likelihoods, axis=0))
    weight[1:, regular] = 0
    weight /= weight.sum(axis=0)
    slopes = np.array(slopes)
    mean = np.einsum("ln,lni->ni", weight, slopes)
    apart = slopes - mean
    spread = np.einsum("ln,lni,lnj->nij", weight, apart, apart)
    return mean, np.einsum("ln,lnij->nij", weight, np.array(covariances)) + spread
