"""The ground that scenes share: those within reach of each other give a place one position, in metres, whatever their systems.

A system is of use near its scenes alone: elsewhere its metres are longer or shorter than those on the ground, up to many times.
"""

from dataclasses import dataclass

import numpy as np
import pyproj

from geoclass.core import geodesy, grid


@dataclass(frozen=True)
class Ground:
    """Ground that scenes lie on.

    Attributes
    ----------
    name
        The first of the scenes; empty for the ground of the first of all, so that scenes in another region rename nothing there.
    crs_wkt, units
        System of the first scene, and metres on the ground of a unit of its axes there.
    turn, x
        Where the x axis goes around the Earth, its length, and the coordinate of the first scene's centre; else 0.
    """

    name: str
    crs_wkt: str
    units: tuple[float, float]
    turn: float
    x: float

    def metres(self, crs_wkt: str, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the position on this ground [m] of places given in a coordinate system, (N,) each."""
        if crs_wkt != self.crs_wkt:
            x, y = pyproj.Transformer.from_crs(crs_wkt, self.crs_wkt, always_xy=True).transform(x, y)
        if self.turn:
            x = x - self.turn * np.round((x - self.x) / self.turn)
        return x * self.units[0], y * self.units[1]


def grounds(scenes: list[dict]) -> dict[str, Ground]:
    """Return the ground of every scene, by its name.

    Scenes may show the same ground where the circles around their frames meet; what leads from scene to scene in this way is one
    ground.

    Parameters
    ----------
    scenes
        Metadata of scenes; of those without a coordinate system nothing is returned.
    """
    scenes = sorted((scene for scene in scenes if scene.get("crs_wkt")), key=lambda scene: scene["scene"])
    circles = [geodesy.circle(grid.scene_grid(scene).frame, scene["crs_wkt"]) for scene in scenes]
    lon, lat, reach_m = np.array(circles).reshape(-1, 3).T
    first = np.arange(len(scenes))  # of each scene's ground
    for here_lon, here_lat, here_m in circles:
        apart_m = pyproj.Geod(ellps="WGS84").inv(np.full_like(lon, here_lon), np.full_like(lat, here_lat), lon, lat)[2]
        joined = np.isin(first, first[apart_m <= geodesy.REACH * (reach_m + here_m)])
        first[joined] = first[joined].min()
    made = {number: _ground(scenes[number], named=number > 0) for number in np.unique(first).tolist()}
    return {scene["scene"]: made[number] for scene, number in zip(scenes, first.tolist(), strict=True)}


def _ground(scene: dict, named: bool) -> Ground:
    """Return the ground that begins with a scene."""
    crs_wkt, (x, y) = scene["crs_wkt"], geodesy.centre(scene)
    turn = geodesy.turn_of(geodesy.horizontal(crs_wkt)) or 0.0
    return Ground(scene["scene"] if named else "", crs_wkt, geodesy.ground_units(crs_wkt, x, y), turn, x if turn else 0.0)
