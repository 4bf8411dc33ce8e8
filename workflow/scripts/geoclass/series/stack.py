"""Maps of many dates on one grid."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyproj

from geoclass.confidence.certainty import certainty
from geoclass.core import geodesy
from geoclass.core.grid import NODATA, Grid
from geoclass.maps.class_maps import Classified

COMPARABLE, NOT_APPLICABLE, ABSTAINED = 0, 1, 2  # states of an observed cell; `NODATA` where none was observed
NOT_COMPARABLE = "not comparable"
MOST_SPREAD = 20  # cells of the common grid for each cell of a scene
ROUNDING = 1e-6  # of a confidence that is a mean of single-precision numbers
NO_CHANGE = 0  # in a change map; class ids begin at 1


@dataclass(frozen=True)
class Series:
    """T dates of one model on one grid: `classes` and `confidence` (percent) as bytes (T, height, width), `NODATA` where not observed.

    `state` (T, height, width) tells which cells may be compared: `COMPARABLE`, `NOT_APPLICABLE` (outside the model's area of
    applicability), `ABSTAINED` (confidence below the least one) or `NODATA` (missing, or hidden by a cloud).
    """

    grid: Grid
    dates: list[str]
    scenes: list[list[str]]
    class_ids: np.ndarray
    classes: np.ndarray
    confidence: np.ndarray
    state: np.ndarray

    @property
    def metres(self) -> float:
        """Length on the ground of a metre of the grid, at the grid's centre: the mean one where it is not the same along x and y."""
        return float(np.sqrt(geodesy.ground_area(self.grid.crs_wkt, *self.centre)))

    @property
    def centre(self) -> tuple[float, float]:
        """Coordinates of the grid's centre."""
        x, y = self.grid.coordinates(self.grid.height / 2, self.grid.width / 2)
        return float(x), float(y)

    @property
    def cell_m2(self) -> float:
        """Area of a cell on the ground: a polar stereographic metre is up to 3 % off, its square twice as much."""
        a, _, _, _, e, _ = self.grid.transform
        return abs(a * e) * self.metres**2

    @property
    def compared(self) -> np.ndarray:
        """Classes (T, height, width), with `NODATA` where a date must not be compared."""
        return np.where(self.state == COMPARABLE, self.classes, NODATA).astype(np.uint8)

    @property
    def steps(self) -> list[tuple[int, int]]:
        """Pairs of dates that are compared: each with the next, and the first with the last."""
        last = len(self.dates) - 1
        return [(day, day + 1) for day in range(last)] + ([(0, last)] if last > 1 else [])

    def changes(self, one: int, other: int) -> np.ndarray:
        """Return what changed between two dates as bytes (height, width), with the meanings of `change_values`."""
        before, after = self.compared[one], self.compared[other]
        both = (before != NODATA) & (after != NODATA)
        seen = (self.state[one] != NODATA) | (self.state[other] != NODATA)
        grey = _free_value(self.class_ids)
        return np.where(both, np.where(before == after, NO_CHANGE, after), np.where(seen, grey, NODATA)).astype(np.uint8)


def without(dates: Series, class_ids: list[int]) -> Series:
    """Return the series in which cells of these classes are not observed: a cloud on one date is no change of the surface below it."""
    hidden = np.isin(dates.classes, class_ids)
    parts = {name: np.where(hidden, NODATA, getattr(dates, name)).astype(np.uint8) for name in ("classes", "confidence", "state")}
    return replace(dates, **parts)


def change_values(classes: pd.DataFrame, class_ids: np.ndarray) -> pd.DataFrame:
    """Return value (class_id), name and colour of everything in a change map: the new class where it changed, no change, not comparable.

    `classes` are those that can change, `class_ids` all of the series, clouds too: these tell which value is left for not comparable.
    Cells that were observed on neither date are `NODATA`; so are those that cannot be compared, where 254 classes leave no other value.
    """
    new = pd.DataFrame(
        {"class_id": classes["class_id"], "class_name": "now " + classes["class_name"], "colour": classes["colour"]}
    )
    values, names = [NO_CHANGE, _free_value(class_ids)], ["no change", NOT_COMPARABLE]
    others = pd.DataFrame({"class_id": values, "class_name": names, "colour": ["#dcdcdc", "#8f8f8f"]})
    return pd.concat([new, others[others["class_id"] != NODATA]], ignore_index=True)


def _free_value(class_ids: np.ndarray) -> int:
    """Return the largest byte that is neither `NO_CHANGE` nor `NODATA` nor a class id; `NODATA` if there is none."""
    return max(set(range(NO_CHANGE + 1, NODATA)) - {int(class_id) for class_id in class_ids}, default=NODATA)


def stack(scenes: list[Classified], minimum_confidence: float) -> Series:
    """Lay the maps of many scenes on one grid, date by date.

    The grid is north up in the coordinate system of the earliest scene, has the size of its cells, and spans all scenes. A cell
    takes the value of the map cell that its centre lies in. Scenes of one day are one date; where they overlap, the newer one wins,
    of those of one time the one whose id comes last.

    Parameters
    ----------
    scenes
        Maps of one model.
    minimum_confidence
        Cells whose confidence, before it is rounded to percent, is less abstain.

    Raises
    ------
    ValueError
        Maps of different models, class lists or cell sizes.
    """
    scenes = sorted(scenes, key=lambda scene: scene.order)
    first = scenes[0]
    for other in scenes[1:]:
        _check_alike(first, other)
    grid = _common_grid([scene.grid for scene in scenes])
    n_cells = sum(scene.grid.height * scene.grid.width for scene in scenes)
    if grid.height * grid.width > max(MOST_SPREAD * n_cells, 1_000_000):
        raise ValueError(
            f"scenes {', '.join(scene.metadata['scene']['scene'] for scene in scenes)}: so far apart that a common grid would have "
            f"{grid.height} x {grid.width} cells, expected scenes of one glacier; make a run of each place"
        )
    days = sorted({scene.metadata["scene"]["date"][:10] for scene in scenes})
    shape = (len(days), grid.height, grid.width)
    classes, confidence = np.full(shape, NODATA, np.uint8), np.full(shape, NODATA, np.uint8)
    state = np.full(shape, NODATA, np.uint8)
    names: list[list[str]] = [[] for _ in days]
    for scene in scenes:
        day = days.index(scene.metadata["scene"]["date"][:10])
        names[day].append(scene.metadata["scene"]["scene"])
        rows, columns, inside = cells_under(grid, scene.grid)
        seen = scene.classes[rows, columns]
        observed = np.zeros((grid.height, grid.width), bool)
        observed[inside] = seen != NODATA
        found = observed[inside]
        classes[day][observed] = seen[found]
        confidence[day][observed] = scene.confidence[rows, columns][found]
        outside = np.nan_to_num(scene.applicable[rows, columns], nan=1.0)[found] < 0.5
        sure = certainty(scene.probabilities).confidence[rows, columns][found]
        unsure = sure < minimum_confidence - ROUNDING
        state[day][observed] = np.select([outside, unsure], [NOT_APPLICABLE, ABSTAINED], COMPARABLE)
    return Series(grid, days, names, np.array(sorted(first.class_ids)), classes, confidence, state)


def cells_under(grid: Grid, scene_grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row and column of the scene's cell under each cell of `grid` that has one, and the mask of those that do."""
    rows, columns = np.mgrid[: grid.height, : grid.width] + 0.5
    return cells_at(*grid.coordinates(rows, columns), grid.crs_wkt, scene_grid)


def cells_at(x: np.ndarray, y: np.ndarray, crs_wkt: str, scene_grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row and column of the scene's cell under each place that has one, and the mask of those that do."""
    if crs_wkt != scene_grid.crs_wkt:
        x, y = pyproj.Transformer.from_crs(crs_wkt, scene_grid.crs_wkt, always_xy=True).transform(x, y)
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
    sizes = [_cell_m(one.grid), _cell_m(other.grid)]
    if any(max(pair) > 1.25 * min(pair) for pair in zip(*sizes, strict=True)):
        found = " and ".join(f"{height:.1f} x {width:.1f} m" for height, width in sizes)
        raise ValueError(
            f"{names}: cells of {found}, expected about the same size for a series; bring the scenes to one grid with "
            "ingest_scene/grid"
        )


def _cell_m(grid: Grid) -> tuple[float, float]:
    """Return height and width of a cell at the grid's centre in metres on the ground, which those of the coordinate system may not be."""
    across, along = geodesy.ground_units(grid.crs_wkt, *map(float, grid.coordinates(grid.height / 2, grid.width / 2)))
    a, b, _, d, e, _ = grid.transform
    return float(np.hypot(across * b, along * e)), float(np.hypot(across * a, along * d))
