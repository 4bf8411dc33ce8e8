"""The grid of a raster: where its cells lie, and in which coordinate system."""

from dataclasses import dataclass

import numpy as np
import shapely

NODATA = 255  # of every map in bytes: class ids end at 254 and shares at 100 %


@dataclass(frozen=True)
class Grid:
    """The cells of a map.

    `transform` is the affine map (a, b, c, d, e, f) from column and row of a cell's upper left corner to coordinates,
    x = a column + b row + c and y = d column + e row + f, in metres of the coordinate system `crs_wkt`.
    """

    height: int
    width: int
    transform: tuple[float, float, float, float, float, float]
    crs_wkt: str

    @property
    def frame(self) -> shapely.Polygon:
        """The area that the cells cover."""
        rows, columns = np.array([0, 1, 1, 0]) * self.height, np.array([0, 0, 1, 1]) * self.width
        return shapely.Polygon(np.column_stack(self.coordinates(rows, columns)))

    def coordinates(self, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return x and y of points given in rows and columns; (0, 0) is the upper left corner of the map."""
        a, b, c, d, e, f = self.transform
        rows, columns = np.asarray(rows), np.asarray(columns)
        return a * columns + b * rows + c, d * columns + e * rows + f

    def places(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and columns of points given in x and y; the inverse of `coordinates`."""
        a, b, c, d, e, f = self.transform
        x, y = np.asarray(x) - c, np.asarray(y) - f
        determinant = a * e - b * d
        return (a * y - d * x) / determinant, (e * x - b * y) / determinant


def scene_grid(scene: dict) -> Grid:
    """Return the grid of a scene's own pixels, from its metadata."""
    return Grid(scene["height_px"], scene["width_px"], tuple(scene["transform"]), scene["crs_wkt"])
