"""The regular grid of tiles over a scene: names, places, shares, and the columns of the tile table."""

from pathlib import PurePosixPath

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry


def tile_id(scene: str, row_px: int, column_px: int) -> str:
    """Return the name of the tile whose upper left pixel is (`row_px`, `column_px`) of a scene; it never changes."""
    return f"{scene}_r{row_px:06d}_c{column_px:06d}"


def image_tile_id(image_set: str, relative_path: str) -> str:
    """Return the name of the tile that is an image of a set: the image's path inside the set, without its suffix."""
    return f"{image_set}_{PurePosixPath(relative_path).with_suffix('')}".replace("/", "_")


def origins(length: int, size: int, stride: int, lattice: int = 0) -> np.ndarray:
    """Return the first pixels of the tiles along one axis of a scene.

    Parameters
    ----------
    length
        Pixels of the scene along the axis.
    size, stride
        Pixels of a tile, and from tile to tile.
    lattice
        Where pixel 0 of the scene lies in the pixel grid that the series shares. Tiles begin at multiples of `stride` of that
        grid, so that the tiles of different dates show the same ground; 0 for a scene that shares no grid.

    Returns
    -------
    numpy.ndarray
        Increasing; empty where the scene is smaller than a tile.
    """
    return np.arange(-lattice % stride, length - size + 1, stride)


def footprints(row_px: int, columns_px: np.ndarray, height_px: int, width_px: int, transform: list[float]) -> np.ndarray:
    """Return the footprints of the tiles of one row, (N,) polygons in the coordinate system of a north-up `transform`."""
    a, _, c, _, e, f = transform
    left = c + a * np.asarray(columns_px)
    top = f + e * row_px
    return shapely.box(left, top + e * height_px, left + a * width_px, top)


def roi_shares(polygons: np.ndarray, roi: BaseGeometry | None) -> np.ndarray:
    """Return the share of each polygon's area that lies inside the region of interest; 1 where there is no region.

    Only polygons that the boundary of the region cuts are intersected with it; the rest is decided by prepared predicates.
    """
    if roi is None:
        return np.ones(len(polygons))
    left, bottom, right, top = shapely.total_bounds(polygons)
    near = shapely.intersection(roi, shapely.box(left, bottom, right, top))  # a few vertices instead of all of them
    shapely.prepare(near)
    shares = shapely.covers(near, polygons).astype(float)
    cut = (shares == 0) & shapely.intersects(near, polygons)
    shares[cut] = shapely.area(shapely.intersection(near, polygons[cut])) / shapely.area(polygons[cut])
    return np.minimum(shares, 1.0)


def valid_shares(valid: np.ndarray, columns_px: np.ndarray, width_px: int) -> np.ndarray:
    """Return the share of valid pixels of each tile, (N,), given the validity of a row of tiles (height, scene's width)."""
    before = np.concatenate([[0], np.cumsum(np.count_nonzero(valid, axis=0))])
    return (before[columns_px + width_px] - before[columns_px]) / (len(valid) * width_px)


def cut(rows: np.ndarray, columns_px: np.ndarray, width_px: int) -> np.ndarray:
    """Return tiles (N, height, width_px), contiguous, cut out of the rows of pixels (height, scene's width) at `columns_px`."""
    windows = np.lib.stride_tricks.sliding_window_view(rows, width_px, axis=1)
    return np.ascontiguousarray(windows[:, columns_px].transpose(1, 0, 2))
