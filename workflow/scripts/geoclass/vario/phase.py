"""How steady a wave is: its phase in the parts of a tile tells how exactly its wave vector is known, and mends it.

A tile is cut into 4 x 4 blocks. In each, ``z = μ + p cos 2π f·x + q sin 2π f·x`` is fitted to the pixels. Where f is exact and the
crevasses are regular, the phase of ``p − iq`` is the same in all blocks; a plane through the phases gives the correction of f, the
scatter about it the standard error. Phases of neighbouring blocks go together where crevasses bend, so that 16 of them are not 16
independent ones: the plane is fitted by generalised least squares with correlations ``exp(−d/ℓ)`` of distance d, and the results
for several ℓ are averaged, weighted by their restricted likelihoods (Harville, 1977, J. Am. Stat. Assoc. 72, 320–338).
Where the scatter is no larger than the noise of the pixels makes it, the phases are taken as independent.

Any texture has some wave that fits best. How much stronger it is than chance makes it, tells its share of the pixels' variance, as
far as it keeps its phase over the whole tile, times the square of its cycles n in the tile. In noise whose power falls with the
square of frequency, as that of snow and ice without crevasses does, about, each wave has a share of 1/(π n² ln N), N the cycles of
the shortest wave: the product, ~0.1 on average whatever n is, is compared with its largest values in tiles without crevasses.
"""

from functools import lru_cache

import numpy as np
from numba import njit

from geoclass.vario import plane_wave, vectors

vectors.widen()
BLOCKS = 4  # along each side of a tile
RANGES = (0, 0.075, 0.15, 0.3, 0.6, 1.2)  # correlation lengths ℓ, as shares of √(height · width)
LEAST_SHARE = 0.3  # of valid pixels in a block that counts
LEAST_BLOCKS = 8  # that count; a plane has three coefficients


def refine(tiles: np.ndarray, valid: np.ndarray | None, frequency: np.ndarray) -> tuple[np.ndarray, ...]:
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
    significance
        (N,) share of the pixels' variance in the wave of one phase over the tile, times its cycles in the valid part of it squared.
    """
    amplitude, white, variance, n_valid = _blocks(tiles, valid, frequency)
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
    middles = _middles(*tiles.shape[1:])
    steady = np.where(present, amplitude * np.conj(plane_wave.wave(shift @ (middles - middles.mean(axis=0)).T)), 0).sum(axis=1)
    share = np.abs(steady) ** 2 / (2 * np.maximum(present.sum(axis=1), 1) ** 2 * np.maximum(variance, 1e-30))
    cycles2 = (((frequency + shift) * tiles.shape[1:]) ** 2).sum(axis=1) * n_valid / tiles[0].size
    return frequency + shift, covariance, power, share * cycles2


def _blocks(tiles: np.ndarray, valid: np.ndarray | None, frequency: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return, of the blocks, complex amplitudes (N, 16) and the variances (N, 16) of their phases under white noise, NaN where not
    valid; of all valid pixels of a tile, their variance (N,) and number (N,).
    """
    edges = [_edges(size) for size in tiles.shape[1:]]
    waves = [plane_wave.wave(f[:, None] * np.arange(size)) for f, size in zip(frequency.T, tiles.shape[1:], strict=True)]
    overtones = [wave * wave for wave in waves]
    if valid is None:
        first = tiles[:, 0, 0]
        ones, weights, weights2 = (_whole(parts, edges) for parts in ([np.ones(wave.shape) for wave in waves], waves, overtones))
        n, c, s, c2, s2 = ones, weights.real, weights.imag, weights2.real, weights2.imag
    else:
        # In the type of the tiles, for which alone `_add` is then compiled; what is not known is no different from the origin.
        flat = tiles.reshape(len(tiles), -1)
        first = np.take_along_axis(flat, valid.reshape(flat.shape).argmax(axis=1)[:, None], axis=1)[:, 0]
        tiles, known, zero = np.where(valid, tiles, first[:, None, None]), valid.astype(tiles.dtype), np.zeros(len(tiles))
        (n, c, s, _), (_, c2, s2, _) = (_sums(known, zero, parts, edges) for parts in (waves, overtones))
    zn, zc, zs, zz = _sums(tiles, first, waves, edges)
    n_valid = np.broadcast_to(n, zn.shape).sum(axis=1)
    variance = zz.sum(axis=1) / np.maximum(n_valid, 1) - (zn.sum(axis=1) / np.maximum(n_valid, 1)) ** 2
    n = np.maximum(n, 1)
    cc, ss, cs = (n + c2) / 2 - c * c / n, (n - c2) / 2 - s * s / n, s2 / 2 - c * s / n
    zc, zs = zc - c * zn / n, zs - s * zn / n
    determinant = cc * ss - cs * cs
    p, q = (ss * zc - cs * zs) / determinant, (cc * zs - cs * zc) / determinant
    rest = (zz - zn * zn / n - p * zc - q * zs).sum(axis=1)
    noise = np.maximum(rest / np.maximum(n.sum(axis=1) - 3 * n.shape[1], 1), 0)
    white = noise[:, None] * (cc * p * p + ss * q * q + 2 * cs * p * q) / determinant / np.maximum(p * p + q * q, 1e-30) ** 2
    enough = (n >= LEAST_SHARE * tiles[0].size / BLOCKS**2) & (determinant > 1e-4 * n * n)
    return p - 1j * q, np.where(enough, white, np.nan), variance, n_valid


def _edges(size: int) -> np.ndarray:
    """Return where the blocks of a side of so many pixels begin, and where the last one ends."""
    return np.ceil(np.arange(BLOCKS + 1) * size / BLOCKS).astype(np.int64)


def _middles(height: int, width: int) -> np.ndarray:
    """Return row and column (16, 2) of the middles of the blocks."""
    middles = [(edges[:-1] + edges[1:] - 1) / 2 for edges in map(_edges, (height, width))]
    return np.stack(np.meshgrid(*middles, indexing="ij"), axis=-1).reshape(-1, 2)


def _whole(waves: list[np.ndarray], edges: list[np.ndarray]) -> np.ndarray:
    """Return the sums (N, 16) of the waves along rows (N, H) times those along columns (N, W) over whole blocks."""
    down, right = (np.add.reduceat(wave, starts[:-1], axis=1) for wave, starts in zip(waves, edges, strict=True))
    return (down[:, :, None] * right[:, None, :]).reshape(len(down), -1)


def _sums(z: np.ndarray, origin: np.ndarray, waves: list[np.ndarray], edges: list[np.ndarray]) -> np.ndarray:
    """Return the sums (4, N, 16) of z, z cos, z sin and z² over blocks, z (N, H, W) taken from an origin (N,)."""
    down, right = waves
    sums = np.zeros((4, len(z), BLOCKS**2))
    parts = [np.ascontiguousarray(part, np.float32) for part in (right.real, right.imag)]
    _add(z, origin.astype(np.float32), down, *parts, *edges, sums)
    return sums


@njit(nogil=True, fastmath={"reassoc", "contract", "nsz"})
def _add(z, origin, down, cos_right, sin_right, row_edges, column_edges, sums):
    """Add up z, z cos, z sin and z²; along a row the sums are float32, of as many terms as a block is wide, in vector registers."""
    for t in range(z.shape[0]):
        for row_block in range(BLOCKS):
            for i in range(row_edges[row_block], row_edges[row_block + 1]):
                for column_block in range(BLOCKS):
                    start, end = column_edges[column_block], column_edges[column_block + 1]
                    values, cosine, sine = z[t, i, start:end], cos_right[t, start:end], sin_right[t, start:end]
                    plain = along_cos = along_sin = square = np.float32(0)
                    for j in range(values.size):
                        value = np.float32(np.float32(values[j]) - origin[t])
                        plain += value
                        along_cos += np.float32(value * cosine[j])
                        along_sin += np.float32(value * sine[j])
                        square += np.float32(value * value)
                    block, wave = row_block * BLOCKS + column_block, down[t, i]
                    sums[0, t, block] += plain
                    sums[1, t, block] += wave.real * along_cos - wave.imag * along_sin
                    sums[2, t, block] += wave.imag * along_cos + wave.real * along_sin
                    sums[3, t, block] += square


@lru_cache(maxsize=256)
def _fits(pattern: tuple[bool, ...], height: int, width: int) -> list[tuple[np.ndarray, ...]]:
    """Return, for each correlation length, what turns phases into a plane: coefficients, residual form, covariance, log-determinant."""
    place = _middles(height, width)[np.array(pattern)]
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
