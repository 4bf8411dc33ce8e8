"""Noise for the simulated series: deterministic functions of position, so that strips of a scene meet without a seam.

Every function hashes the corners of a lattice; none keeps a state. Coordinates are in lattice units, `seed` is any integer.
"""

import math

from numba import njit


@njit
def _bits(i: int, j: int, seed: int) -> int:
    """Return 32 bits that depend on two lattice indices and a seed alone (multiply and xorshift)."""
    h = (i * 0x27D4EB2F + j * 0x165667B1 + seed * 0x9E3779B1) & 0xFFFFFFFF
    h = ((h ^ (h >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    h = ((h ^ (h >> 12)) * 0x297A2D39) & 0xFFFFFFFF
    return h ^ (h >> 15)


@njit
def hashed(i: int, j: int, seed: int) -> float:
    """Return a number in [0, 1) that depends on two lattice indices and a seed alone."""
    return _bits(i, j, seed) * (1.0 / 4294967296.0)


@njit
def smoothstep(low: float, high: float, x: float) -> float:
    """Return 0 below `low`, 1 above `high` and a smooth cubic between."""
    t = min(1.0, max(0.0, (x - low) / (high - low)))
    return t * t * (3.0 - 2.0 * t)


@njit
def line_noise(x: float, line: int, seed: int) -> float:
    """Return smooth noise in [0, 1] along line number `line`: uniform at the knots, mean 0.5."""
    i = math.floor(x)
    t = x - i
    t = t * t * (3.0 - 2.0 * t)
    return hashed(i, line, seed) * (1.0 - t) + hashed(i + 1, line, seed) * t


@njit
def _slope(i: int, j: int, x: float, y: float, seed: int) -> float:
    """Return the height at (x, y) from lattice corner (i, j) of a plane through the corner, its two slopes hashed from it."""
    h = _bits(i, j, seed)
    return ((h & 0xFFFF) - 32767.5) * x + ((h >> 16) - 32767.5) * y


@njit
def gradient_noise(x: float, y: float, seed: int) -> float:
    """Return gradient noise (Perlin 1985): mean 0, standard deviation about 0.4, wavelength about 1.5 units."""
    i, j = math.floor(x), math.floor(y)
    x -= i
    y -= j
    u = x * x * x * (x * (x * 6.0 - 15.0) + 10.0)
    v = y * y * y * (y * (y * 6.0 - 15.0) + 10.0)
    low = _slope(i, j, x, y, seed) * (1.0 - u) + _slope(i + 1, j, x - 1.0, y, seed) * u
    high = _slope(i, j + 1, x, y - 1.0, seed) * (1.0 - u) + _slope(i + 1, j + 1, x - 1.0, y - 1.0, seed) * u
    return (low * (1.0 - v) + high * v) * (2.2 / 32768.0)


@njit
def fractal_noise(x: float, y: float, octaves: int, seed: int) -> float:
    """Return gradient noise summed over octaves, each of half the wavelength and half the amplitude of the one before."""
    total, amplitude = 0.0, 1.0
    for octave in range(octaves):
        total += amplitude * gradient_noise(x, y, seed + 101 * octave)
        # a turned lattice hides the axes
        x, y = 1.2 * x - 1.6 * y, 1.6 * x + 1.2 * y
        amplitude *= 0.5
    return total


@njit
def cells(x: float, y: float, jitter: float, seed: int) -> tuple[float, float, float, float]:
    """Return the Voronoi cell at (x, y): distance to its edge, offset (dx, dy) from its middle, and its number in [0, 1).

    There is one cell a unit square, its middle moved by up to `jitter`/2; the edge is the bisector with the next nearest middle.
    """
    i, j = math.floor(x), math.floor(y)
    first = second = 1e9
    x1 = y1 = x2 = y2 = number = 0.0
    for a in range(i - 1, i + 2):
        for b in range(j - 1, j + 2):
            px = a + 0.5 + jitter * (hashed(a, b, seed) - 0.5)
            py = b + 0.5 + jitter * (hashed(a, b, seed + 1) - 0.5)
            distance = (px - x) * (px - x) + (py - y) * (py - y)
            if distance < first:
                second, x2, y2 = first, x1, y1
                first, x1, y1, number = distance, px, py, hashed(a, b, seed + 2)
            elif distance < second:
                second, x2, y2 = distance, px, py
    apart = math.sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1))
    return 0.5 * (second - first) / apart, x - x1, y - y1, number
