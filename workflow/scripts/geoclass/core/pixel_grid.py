"""The grid of pixels that scenes share: where a scene begins in it, and scenes that do not share it."""

import math

import numpy as np

from geoclass.core import geodesy

PIXEL_TOLERANCE = 1e-6  # relative difference of pixel sizes that shifts a scene of 50,000 px by less than a tenth of a pixel
UP_TO = 0.5303  # of a pixel: no half, third or tenth, where corners lie and rounding would take scenes of one grid apart


def lattice(transform: list[float]) -> tuple[int, int]:
    """Return row and column of a scene's first pixel in the grid of its pixels that begins at the origin of the coordinate system.

    They depend on no other scene, so that a series may gain and lose scenes. Of scenes that are shifted by parts of a pixel, tiles
    coincide to less than a pixel.

    Parameters
    ----------
    transform
        (a, 0, c, 0, e, f) of a grid that is north up.
    """
    a, _, c, _, e, f = transform
    return _nearest(f, e), _nearest(c, a)


def _nearest(corner: float, pixel: float) -> int:
    """Return the number of the pixel that begins at a corner, counted from the origin."""
    nominal = float(f"{pixel:.4g}")  # 0.5000000012 m stand for 0.5: millions of pixels away from the origin it matters
    if math.isclose(pixel, nominal, rel_tol=PIXEL_TOLERANCE):
        pixel = nominal
    return math.ceil(corner / pixel - UP_TO)


def check(scenes: list[dict]) -> None:
    """Refuse scenes whose tiles cannot coincide with those of the first.

    Parameters
    ----------
    scenes
        scene, epsg, crs_wkt and transform of each, from its metadata.

    Raises
    ------
    ValueError
        Another coordinate system or pixel size.
    """
    advice, first = "set ingest_scene/grid to native or reproject", scenes[0]
    others = {crs for crs in {scene["crs_wkt"] for scene in scenes} if not geodesy.same(crs, first["crs_wkt"])}
    for scene in scenes:
        if scene["crs_wkt"] in others:
            system, expected = (f"EPSG:{one['epsg']}" if one["epsg"] else "another system" for one in (scene, first))
            raise ValueError(f"scene {scene['scene']}: {system}, expected {expected} as scene {first['scene']} has; {advice}")
        (corner, pixel), (first_corner, first_pixel) = (
            (np.array([f, c]), np.array([e, a])) for a, _, c, _, e, f in (scene["transform"], first["transform"])
        )
        apart = np.subtract(lattice(scene["transform"]), lattice(first["transform"])) - (corner - first_corner) / pixel
        if not np.allclose(pixel, first_pixel, rtol=PIXEL_TOLERANCE, atol=0) or (abs(apart) > 1).any():
            size, wanted = (f"{-e:.10g} x {a:.10g} m" for e, a in (pixel, first_pixel))
            raise ValueError(
                f"scene {scene['scene']}: pixels of {size}, expected {wanted} as scene {first['scene']} has; {advice}"
            )
