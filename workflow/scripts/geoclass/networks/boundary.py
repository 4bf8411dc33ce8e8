"""Tiles across a boundary between classes, as maps are full of and people hardly label: made of two labelled tiles each."""

import numpy as np

from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.networks import changed_pixels, training

LEFT = 0.5  # least number of valid pixels of what is put together, of those of the tile


def vario(tiles: LabelledTiles, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Replace what lies beyond a straight line in every tile by that part of another tile, and compute vario functions.

    The line goes through a random place in a random direction, so that all shares of the two tiles are equally likely. The other tile
    is any whose counts mean the same light: of the same scene, or of scenes with the same range. A tile that would lose too many of
    its valid pixels stays itself.

    Returns
    -------
    v : numpy.ndarray
        Scaled vario functions of N such tiles (N, D, K); those of the tile itself where the two parts leave a direction without any pair.
    shares : numpy.ndarray
        Share of the valid pixels of each that shows each of the C classes, (N, C) float32.
    """
    others, shares = partners(tiles, rng), np.empty(len(tiles), np.float32)

    def put_together(part: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        beyond, valid = half_planes(rng, len(part), *tiles.counts.shape[1:]), None
        if tiles.valid is not None:
            own, other = tiles.valid[part], tiles.valid[others[part]]
            left = np.where(beyond, other, own).sum(axis=(1, 2)) >= LEFT * own.sum(axis=(1, 2))
            beyond &= left[:, None, None]
            valid = np.where(beyond, other, own)
        seen = beyond if valid is None else beyond & valid
        shares[part] = seen.sum(axis=(1, 2)) / (beyond[0].size if valid is None else valid.sum(axis=(1, 2)))
        return np.where(beyond, tiles.counts[others[part]], tiles.counts[part]), valid

    v, changed = changed_pixels.vario(tiles, put_together)
    shares = np.where(changed, shares, 0)[:, None]
    own, other = (training.shares_of(labels, len(tiles.classes)) for labels in (tiles.labels, tiles.labels[others]))
    return v, (1 - shares) * own + shares * other


def partners(tiles: LabelledTiles, rng: np.random.Generator) -> np.ndarray:
    """Return for each tile another one, (N,) indices: any of those with the same range of counts, itself included."""
    _, ranges = np.unique(np.stack([tiles.low, tiles.high]), axis=1, return_inverse=True)
    others = np.empty(len(tiles), int)
    for one in np.unique(ranges):
        alike = np.flatnonzero(ranges == one)
        others[alike] = rng.choice(alike, len(alike))
    return others


def half_planes(rng: np.random.Generator, n: int, height_px: int, width_px: int) -> np.ndarray:
    """Return the pixels on one side of n straight lines, each through a random place in a random direction, (n, H, W) bool."""
    rows, columns = np.mgrid[:height_px, :width_px].astype(np.float32)
    row, column, angle = (rng.uniform(0, largest, (n, 1, 1)).astype(np.float32) for largest in (height_px, width_px, 2 * np.pi))
    return np.cos(angle) * (rows + 0.5 - row) + np.sin(angle) * (columns + 0.5 - column) > 0
