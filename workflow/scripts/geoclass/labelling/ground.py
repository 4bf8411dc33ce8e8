"""The ground under the labelling page: true north, the true length of a pixel, and the places that labels lie in."""

import numpy as np
import pandas as pd
import pyproj

from geoclass.core import common_ground, geodesy, pixel_axes
from geoclass.labelling.scene_data import Scenes

WANTED_LABELS, WANTED_PLACES = 50, 10  # of each class; 10 places leave 2 each to validation and test with the default shares
PLACE_TILES = 4  # sides of a place in longer sides of a tile: neighbours look alike, tiles further apart tell more


def orientation(facts: dict) -> dict:
    """Return how the middle of a scene lies on the ground.

    Returns
    -------
    dict
        true_north_deg and grid_north_deg, clockwise from the upward direction of the image (true north None where there is no
        coordinate system), and ground_m, the true length of a pixel's width [m] (the nominal one there).

    Notes
    -----
    Map projections turn and stretch: at 78° N, 15° E the vertical of EPSG:3413 is 60° away from the meridian.
    """
    grid = pixel_axes.of_grid(facts)
    found = {"true_north_deg": None, "grid_north_deg": _up_deg(grid), "ground_m": facts["pixel_width_m"]}
    if not facts.get("crs_wkt") or pyproj.CRS.from_wkt(facts["crs_wkt"]).geodetic_crs is None:
        return found
    axes = pixel_axes.on_ground(facts, *geodesy.centre(facts))
    if np.isfinite(axes).all():
        found |= {"true_north_deg": _up_deg(axes), "ground_m": float(np.hypot(*axes[:, 1]))}
    return found


def _up_deg(axes: np.ndarray) -> float:
    """Return the direction of north on the image, clockwise from up."""
    down, right = np.linalg.solve(axes, [0.0, 1.0])
    return float(np.degrees(np.arctan2(right, -down))) % 360


def places(scenes: Scenes, labels: pd.DataFrame) -> dict[int, int]:
    """Return in how many places each class is labelled: squares of ground, `PLACE_TILES` tiles wide, the same on all dates.

    Parameters
    ----------
    scenes
        The series.
    labels
        Columns tile_id, scene and class_id.
    """
    labelled = [(name, part) for name, part in labels.groupby("scene") if name in scenes.names]
    grounds = common_ground.grounds([scenes.facts(name) for name, _ in labelled])
    parts, side_m = [], 0.0
    for name, part in labelled:
        facts, tiles, ground = scenes.facts(name), scenes.tiles(name), grounds[name]
        here = tiles.frame.iloc[[tiles.position[tile_id] for tile_id in part["tile_id"] if tile_id in tiles.position]]
        x, y = ground.metres(facts["crs_wkt"], here["x_m"].to_numpy(), here["y_m"].to_numpy())
        side_m = side_m or PLACE_TILES * max(tiles.size[0] * facts["pixel_height_m"], tiles.size[1] * facts["pixel_width_m"])
        kept = part.set_index("tile_id")["class_id"].reindex(here["tile_id"]).to_numpy()
        square = {"x": np.floor(x / side_m), "y": np.floor(y / side_m), "ground": ground.name}
        parts.append(pd.DataFrame({"class_id": kept, **square}))
    if not parts:
        return {}
    counts = pd.concat(parts).drop_duplicates()["class_id"].value_counts()
    return {int(class_id): int(n) for class_id, n in counts.items()}


def other_date(scenes: Scenes, tile_id: str, other: str) -> str | None:
    """Return the tile of another scene that holds the centre of a tile, of several the one with the nearest centre; None for none."""
    scene, position = scenes.tile(tile_id)
    x, y = scenes.tiles(scene).frame.iloc[position][["x_m", "y_m"]].astype(float)
    facts, there = scenes.facts(other), scenes.tiles(other)
    crs = [scenes.facts(scene).get("crs_wkt"), facts.get("crs_wkt")]
    if crs[0] != crs[1]:
        x, y = pyproj.Transformer.from_crs(*crs, always_xy=True).transform(x, y)
    a, b, c, d, e, f = facts["transform"]
    column, row = np.linalg.solve([[a, b], [d, e]], [x - c, y - f])
    down = row - there.frame["row_px"].to_numpy() - there.size[0] / 2
    right = column - there.frame["column_px"].to_numpy() - there.size[1] / 2
    apart = np.where((abs(down) <= there.size[0] / 2) & (abs(right) <= there.size[1] / 2), np.hypot(down, right), np.inf)
    return there.frame["tile_id"].iloc[apart.argmin()] if np.isfinite(apart.min(initial=np.inf)) else None
