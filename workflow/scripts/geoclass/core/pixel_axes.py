"""Where steps along the rows and columns of a scene lead: on the ground, and on its map.

Axes are (..., 2, 2): the first row is metres to the east, or units of x, the second metres to the north, or units of y; the first
column is a step of one row down, the second of one column to the right, as lags and wave vectors count them.
"""

import numpy as np

from geoclass.core import geodesy


def of_image(pixel_height: float = 1.0, pixel_width: float = 1.0) -> np.ndarray:
    """Return the axes of an image of unknown place, (2, 2), whose top is taken for north."""
    return np.array([[0.0, pixel_width], [-pixel_height, 0.0]])


def of_grid(scene: dict) -> np.ndarray:
    """Return the axes of a scene in its coordinate system, (2, 2); of an image where it has none."""
    a, b, _, d, e, _ = scene.get("transform") or (1.0, 0.0, 0.0, 0.0, -1.0, 0.0)
    return np.array([[b, a], [e, d]], float)


def on_ground(scene: dict, x: float | np.ndarray, y: float | np.ndarray) -> np.ndarray:
    """Return the axes of a scene on the ground [m] at places of its coordinate system."""
    return geodesy.jacobian(scene["crs_wkt"], x, y) @ of_grid(scene)


def at(scene: dict, x: float | np.ndarray, y: float | np.ndarray) -> np.ndarray:
    """Return the axes of a scene on the ground at places of its coordinate system, those of an image where it has none."""
    if scene.get("crs_wkt"):
        return on_ground(scene, x, y)
    return of_image(scene.get("pixel_height_m") or 1.0, scene.get("pixel_width_m") or 1.0)


def lags_deg(axes: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """Return the directions (D,) of lags (D, K, 2), of the longest of each: the two short ones of `auto` lie on other diagonals."""
    return direction_deg(axes, lags[:, -1])


def direction_deg(axes: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the direction of the lines along steps (..., 2) of rows and columns, 0 to 180 degrees clockwise from north."""
    east, north = np.moveaxis((axes @ steps[..., None])[..., 0], -1, 0)
    return np.degrees(np.arctan2(east, north)) % 180
