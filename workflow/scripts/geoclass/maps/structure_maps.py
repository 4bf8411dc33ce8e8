"""From the table of vario functions to the cells of maps: crevasse orientation, spacing and anisotropy."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geoclass.core import tables
from geoclass.core.grid import Grid
from geoclass.maps.lattice import Lattice, blend, lattice
from geoclass.maps.map_styles import Layer, measures
from geoclass.vario import plane_wave

# Of equal lightness and chroma (OKLCh 0.72, 0.14), once round the circle of hues for half a turn of the crevasses.
OTHER_CLASS = "other class"  # status of a tile whose structure is resolved, but whose class has no crevasses
ORIENTATION = ("#ef7e80", "#e09036", "#aaac31", "#4ebe7d", "#00bec7", "#4dacf6", "#a494f6", "#da81c7", "#ef7e80")
SPACING = ("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725")  # of matplotlib's viridis: narrow to wide
ANISOTROPY = ("#00224e", "#434e6c", "#7d7c78", "#bcae6c", "#fee838")  # of matplotlib's cividis: no direction to one alone


@dataclass(frozen=True)
class StructureMaps:
    """The structure of a scene, cell by cell.

    `orientation_true_deg` and `orientation_grid_deg` (clockwise from true north and from the north of the grid, 0 to 180), `spacing_m`
    and `anisotropy` are (height, width) float32, NaN where unknown; where tiles overlap, they are means of those that know. `status`
    counts the tiles by structure status, or as `OTHER_CLASS` where the class has no crevasses; `masked_by` says which classes have, and
    by which model, empty without. `highest_m` is the largest spacing that the lags can resolve, `metadata` is the table's.
    """

    grid: Grid
    orientation_true_deg: np.ndarray
    orientation_grid_deg: np.ndarray
    spacing_m: np.ndarray
    anisotropy: np.ndarray
    status: Counter
    masked_by: str
    highest_m: float
    metadata: dict


def read(
    vario: str | Path, tiles: str | Path, classified: str | Path | None = None, crevassed: dict[int, str] | None = None
) -> StructureMaps:
    """Read the structure of a scene into map cells.

    A regular wave need not be crevasses: foliation, streams and sastrugi have an orientation and a spacing too.

    Parameters
    ----------
    vario
        Table of extract_vario.
    tiles
        Tile table of the same scene, for the places of the tiles.
    classified
        Class table of the same scene; None leaves every tile its orientation and spacing.
    crevassed
        Ids and names of the classes with crevasses; tiles of others get neither orientation nor spacing.

    Raises
    ------
    ValueError
        No tile, or two tables that do not belong together.
    """
    metadata = tables.read_metadata(vario)
    names = ["tile_id", "orientation_true_deg", "orientation_grid_deg", "spacing_m", "anisotropy", "structure_status"]
    found, places = tables.read(vario, names), tables.read(tiles, ["tile_id", "row_px", "column_px"])
    if not found["tile_id"].equals(places["tile_id"]):
        raise ValueError(f"{vario}: other tiles than in {tiles}, expected the same in the same order; run extract_vario again")
    over = lattice(metadata, places["row_px"].to_numpy(), places["column_px"].to_numpy())
    masked_by = ""
    if classified is not None:
        of_tile = tables.read(classified, ["tile_id", "class_id"]).set_index("tile_id")["class_id"].reindex(found["tile_id"])
        other = ~of_tile.isin(list(crevassed)).to_numpy()
        found.loc[other, ["orientation_true_deg", "orientation_grid_deg", "spacing_m"]] = np.nan
        found.loc[other & (found["structure_status"] == "resolved"), "structure_status"] = OTHER_CLASS
        masked_by = f"{', '.join(crevassed.values())}, by model {tables.read_metadata(classified)['model']['id']}"
    doubled = np.radians(2 * found[["orientation_true_deg", "orientation_grid_deg"]].to_numpy())  # 179° and 1° are 2° apart
    values = [np.cos(doubled), np.sin(doubled), found[["spacing_m", "anisotropy"]].to_numpy()]
    *waves, spacing, anisotropy = _means(over, np.column_stack(values))
    cosine, sine = np.stack(waves[:2]), np.stack(waves[2:])
    true, grid = (np.degrees(np.arctan2(sine, cosine)) / 2 % 180).astype(np.float32)
    highest = float(np.max(metadata["vario"]["lag_distances_m"])) / plane_wave.CYCLES
    status = Counter(found["structure_status"])
    return StructureMaps(over.grid, true, grid, spacing, anisotropy, status, masked_by, highest, metadata)


def layers(content: StructureMaps) -> dict[str, tuple[np.ndarray, Layer]]:
    """Return the maps: cells and what they mean, by the map's name."""
    orientation = measures("orientation of crevasse lines, clockwise from true north", "°", 180, ORIENTATION, "NEAREST")
    return {
        "orientation": (content.orientation_true_deg, orientation),
        "spacing": (content.spacing_m, measures("distance from crevasse to crevasse", "m", content.highest_m, SPACING)),
        "anisotropy": (content.anisotropy, measures("part of the vario functions due to one plane wave", "", 1, ANISOTROPY)),
    }


def _means(over: Lattice, values: np.ndarray) -> np.ndarray:
    """Return the means (C, height, width) of the known ones of values (N, C) over each cell, NaN where none is known."""
    known = np.isfinite(values)
    blended = blend(over, np.concatenate([np.where(known, values, 0), known], axis=1).astype(np.float32))
    total, share = np.split(np.moveaxis(blended, -1, 0), 2)
    return np.divide(total, share, out=np.full_like(total, np.nan), where=share > 0)
