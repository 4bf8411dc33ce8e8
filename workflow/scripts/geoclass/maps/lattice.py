"""The grid of a map: one cell for every step of the tile lattice, and the mean of the tiles that cover it."""

from dataclasses import dataclass

import numpy as np

from geoclass.core.grid import Grid


@dataclass(frozen=True)
class Lattice:
    """Where the tiles of a scene lie in a grid: row and column of each tile's first cell, and how many cells it covers."""

    grid: Grid
    rows: np.ndarray
    columns: np.ndarray
    reach: tuple[int, int]


def lattice(metadata: dict, rows_px: np.ndarray, columns_px: np.ndarray) -> Lattice:
    """Lay the grid of a map under the tiles of a scene.

    A cell is one stride high and wide, and the tiles that cover its centre speak for it: one tile where the stride is the tile's
    size or larger, several where tiles overlap. Under a stride larger than the tile, cells are centred on their tiles. The grid
    spans all places that a tile of the scene can have, so that all models of a scene share one grid.

    Parameters
    ----------
    metadata
        Metadata of the tile or class table: `scene` (height_px, width_px, transform, crs_wkt) and `tiles` (size and stride).
    rows_px, columns_px
        Upper left pixel of every tile, (N,).

    Raises
    ------
    ValueError
        No tile, or tiles off the lattice of their stride.
    """
    scene, tiles = metadata["scene"], metadata["tiles"]
    if len(rows_px) == 0:
        raise ValueError(
            f"scene {scene['scene']}: no classified tile, expected at least one; lower tile_scene/minimum_valid_share or "
            "tile_scene/minimum_roi_share"
        )
    n_cells, cells, reaches, starts, strides = [], [], [], [], []
    for axis, side, places in (("rows", "height_px", rows_px), ("columns", "width_px", columns_px)):
        size, stride = tiles[side], tiles[f"stride_{axis}_px"]
        first = int(np.min(places)) % stride
        if np.any((places - first) % stride):
            raise ValueError(f"scene {scene['scene']}: tiles off the lattice of {stride} px along {axis}; run tile_scene again")
        reach = max(1, int(np.ceil(size / stride - 0.5)))
        n_cells.append((scene[side] - size - first) // stride + reach)
        cells.append((places - first) // stride)
        reaches.append(reach)
        starts.append(first - max(0, stride - size) / 2)
        strides.append(stride)
    a, b, c, d, e, f = scene["transform"]
    (row, column), (rows, columns) = starts, strides
    transform = (a * columns, b * rows, c + a * column + b * row, d * columns, e * rows, f + d * column + e * row)
    return Lattice(Grid(*n_cells, transform, scene["crs_wkt"]), *cells, tuple(reaches))


def blend(tiles: Lattice, values: np.ndarray) -> np.ndarray:
    """Return the mean of the tiles that cover each cell's centre, NaN where there is none.

    Parameters
    ----------
    tiles
        Where the N tiles lie.
    values
        One row a tile, (N, C).

    Returns
    -------
    numpy.ndarray
        (height, width, C) float32.
    """
    shape = (tiles.grid.height, tiles.grid.width)
    total, count = np.zeros((*shape, values.shape[1]), np.float32), np.zeros(shape, np.float32)
    for down in range(tiles.reach[0]):
        for right in range(tiles.reach[1]):  # the tiles of one shift never share a cell
            total[tiles.rows + down, tiles.columns + right] += values
            count[tiles.rows + down, tiles.columns + right] += 1
    with np.errstate(invalid="ignore"):
        return total / count[..., None]
