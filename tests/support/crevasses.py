"""Simulated tiles of parallel crevasses whose orientation and spacing are known."""

import numpy as np
from scipy.ndimage import gaussian_filter


def tile(rng, orientation_deg, spacing_px, size=(201, 268), bend=0.3, noise=0.15, pixel=(1.0, 1.0)):
    """Return one tile (H, W) uint16 of 11-bit counts.

    Dark, narrow crevasses between broad ridges, a spacing apart; they bend, open and close, under light that changes over
    the tile, with white noise.

    Parameters
    ----------
    orientation_deg
        Of the crevasse lines, clockwise from grid north; rows point to the south.
    spacing_px
        Across the lines, in units in which `pixel` is the height and width of a pixel.
    bend
        Standard deviation of the phase about that of straight, even crevasses, radians.
    noise
        Standard deviation of the noise over the depth of the crevasses.
    """
    height, width = size
    south, east = np.meshgrid(np.arange(height) * pixel[0], np.arange(width) * pixel[1], indexing="ij")
    angle = np.radians(orientation_deg)
    across = np.cos(angle) * east + np.sin(angle) * south  # lines run along (north, east) = (cos, sin), and north is -south
    phase = 2 * np.pi * (across / spacing_px + rng.random()) + bend * smooth(rng, size, rng.uniform(0.1, 0.3))
    depth = np.exp(rng.uniform(0.3, 1.5) * (np.cos(phase) - 1)) * (0.7 + 0.2 * smooth(rng, size, 0.15))
    light = 0.3 * rng.normal() * south / south.max() + 0.3 * rng.normal() * east / east.max() if height > 1 else 0
    image = light - depth + noise * rng.standard_normal(size)
    return np.clip(1100 + 350 * image, 0, 2047).astype(np.uint16)


def smooth(rng, size, reach):
    """Return a smooth random field of mean 0 and deviation 1; `reach` is its correlation length as a share of the tile."""
    field = gaussian_filter(rng.standard_normal(size), reach * np.sqrt(size[0] * size[1]) / 2, mode="reflect")
    return (field - field.mean()) / field.std()


def textures(n, size, slope, stretch=1.0, seed=1):
    """Return n tiles (N, H, W) uint16 without crevasses: noise whose power falls with frequency to the power of `slope`.

    `stretch` is how much longer its grains are than wide, in a direction at random.
    """
    rng = np.random.default_rng(seed)
    height, width = 2 * size[0], 2 * size[1]
    down, right = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    made = []
    for angle in rng.uniform(0, np.pi, n):
        along, across = np.cos(angle) * down + np.sin(angle) * right, np.cos(angle) * right - np.sin(angle) * down
        frequency = np.hypot(stretch * along, across)
        frequency[0, 0] = np.inf
        spectrum = np.fft.rfft2(rng.standard_normal((height, width))) * frequency ** (-slope / 2)
        field = np.fft.irfft2(spectrum, (height, width))[: size[0], : size[1]]
        made.append(1100 + 150 * (field - field.mean()) / field.std())
    return np.clip(made, 0, 2047).astype(np.uint16)


def tiles(n, seed=1, spacings_px=(12, 60), **options):
    """Return n tiles (N, H, W), their orientations and their spacings, both at random."""
    rng = np.random.default_rng(seed)
    orientation = rng.uniform(0, 180, n)
    spacing = np.exp(rng.uniform(*np.log(spacings_px), n))
    pairs = zip(orientation, spacing, strict=True)
    return np.stack([tile(rng, *pair, **options) for pair in pairs]), orientation, spacing
