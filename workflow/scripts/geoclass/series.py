"""Maps of many dates on one grid."""

from dataclasses import dataclass

import numpy as np
import pyproj

from geoclass.mapgrid import NODATA, Grid
from geoclass.maps import Classified


@dataclass(frozen=True)
class Series:
    """T dates of one model on one grid: `classes` and `confidence` (percent) as bytes (T, height, width), `NODATA` where not observed.

    `applicable` (T, height, width) is False where a cell lies outside the model's area of applicability.
    """

    grid: Grid
    dates: list[str]
    scenes: list[list[str]]
    class_ids: np.ndarray
    classes: np.ndarray
    confidence: np.ndarray
    applicable: np.ndarray

    @property
    def cell_m2(self) -> float:
        """Area of a cell."""
        a, _, _, _, e, _ = self.grid.transform
        return abs(a * e)

    def comparable(self, minimum_confidence: float) -> np.ndarray:
        """Return the classes with `NODATA` where a date must not be compared: not applicable, or too unsure."""
        sure = self.applicable & (self.confidence >= 100 * minimum_confidence)
        return np.where(sure, self.classes, NODATA).astype(np.uint8)


def stack(scenes: list[Classified]) -> Series:
    """Lay the maps of many scenes on one grid, date by date.

    The grid is north up in the coordinate system of the earliest scene, has the size of its cells, and spans all scenes. A cell
    takes the value of the map cell that its centre lies in. Scenes of one day are one date; where they overlap, the newer one wins.

    Raises
    ------
    ValueError
        Maps of different models, class lists or cell sizes.
    """
    scenes = sorted(scenes, key=lambda scene: scene.metadata["scene"]["date"])
    first = scenes[0]
    for other in scenes[1:]:
        _check_alike(first, other)
    grid = _common_grid([scene.grid for scene in scenes])
    days = sorted({scene.metadata["scene"]["date"][:10] for scene in scenes})
    shape = (len(days), grid.height, grid.width)
    classes, confidence = np.full(shape, NODATA, np.uint8), np.full(shape, NODATA, np.uint8)
    applicable = np.ones(shape, bool)
    names: list[list[str]] = [[] for _ in days]
    for scene in scenes:
        day = days.index(scene.metadata["scene"]["date"][:10])
        names[day].append(scene.metadata["scene"]["scene"])
        rows, columns, inside = cells_under(grid, scene.grid)
        observed = np.zeros((grid.height, grid.width), bool)
        observed[inside] = scene.classes[rows, columns] != NODATA
        found = observed[inside]
        classes[day][observed] = scene.classes[rows, columns][found]
        confidence[day][observed] = scene.confidence[rows, columns][found]
        applicable[day][observed] = np.nan_to_num(scene.applicable[rows, columns], nan=1.0)[found] >= 0.5
    return Series(grid, days, names, np.array(sorted(first.class_ids)), classes, confidence, applicable)


def cells_under(grid: Grid, scene_grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row and column of the scene's cell under each cell of `grid` that has one, and the mask of those that do."""
    rows, columns = np.mgrid[: grid.height, : grid.width] + 0.5
    x, y = grid.coordinates(rows, columns)
    if grid.crs_wkt != scene_grid.crs_wkt:
        x, y = pyproj.Transformer.from_crs(grid.crs_wkt, scene_grid.crs_wkt, always_xy=True).transform(x, y)
    place_rows, place_columns = scene_grid.places(x, y)
    place_rows, place_columns = np.floor(place_rows).astype(int), np.floor(place_columns).astype(int)
    inside = (place_rows >= 0) & (place_rows < scene_grid.height) & (place_columns >= 0) & (place_columns < scene_grid.width)
    return place_rows[inside], place_columns[inside], inside


def _common_grid(grids: list[Grid]) -> Grid:
    """Return the north-up grid that spans all others, with the cells of the first."""
    a, b, _, d, e, _ = grids[0].transform
    width_m, height_m = float(np.hypot(a, d)), float(np.hypot(b, e))
    eastings, northings = [], []
    for grid in grids:
        x, y = grid.coordinates(np.array([0, 0, grid.height, grid.height]), np.array([0, grid.width, 0, grid.width]))
        if grid.crs_wkt != grids[0].crs_wkt:
            x, y = pyproj.Transformer.from_crs(grid.crs_wkt, grids[0].crs_wkt, always_xy=True).transform(x, y)
        eastings.extend(x)
        northings.extend(y)
    n_rows = int(np.ceil((max(northings) - min(northings)) / height_m - 1e-6))
    n_columns = int(np.ceil((max(eastings) - min(eastings)) / width_m - 1e-6))
    transform = (width_m, 0.0, float(min(eastings)), 0.0, -height_m, float(max(northings)))
    return Grid(n_rows, n_columns, transform, grids[0].crs_wkt)


def _check_alike(one: Classified, other: Classified) -> None:
    """Refuse maps that no series can hold together."""
    names = f"scenes {one.metadata['scene']['scene']} and {other.metadata['scene']['scene']}"
    for what, a, b in (
        ("models", one.metadata["model"]["id"], other.metadata["model"]["id"]),
        ("class lists", one.metadata["model"]["classes"], other.metadata["model"]["classes"]),
    ):
        if a != b:
            raise ValueError(f"{names}: maps of different {what}, expected one for a series; run classify_scene for both again")
    sizes = [np.hypot(grid.transform[0], grid.transform[3]) for grid in (one.grid, other.grid)]
    if max(sizes) > 1.25 * min(sizes):
        raise ValueError(
            f"{names}: cells of {sizes[0]:.1f} m and {sizes[1]:.1f} m, expected about the same size for a series; "
            "bring the scenes to one grid with ingest_scene/grid"
        )
