"""The tiles that labels are bound to: their names and footprints, scene by scene."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from geoclass.core import geodesy, tables


@dataclass(frozen=True)
class Tiles:
    """The tiles of one scene or image set: their names, and their footprints with coordinate system where they have one.

    `transform` (a to f) leads from column and row of the image as it came to coordinates, x = a column + b row + c, y = d column +
    e row + f.
    """

    scene: str
    source: str
    tile_ids: np.ndarray
    footprints: gpd.GeoSeries | None
    transform: list[float] | None

    def shapes(self, drawn: gpd.GeoSeries, crs: geodesy.CRSLike) -> gpd.GeoSeries:
        """Return shapes of another coordinate system in that of the tiles; None for those that it cannot show."""
        assert self.footprints is not None  # images without georeference are bound by their names
        carried = geodesy.project(drawn.to_numpy(), crs, self.footprints.crs)
        return gpd.GeoSeries(shapely.make_valid(geodesy.shown(carried)), index=drawn.index)


def read_tiles(path: str | Path) -> Tiles:
    """Read what binding needs of a tile table, which is names and footprints and never the pixels."""
    tables.check_tiles(path)
    scene = tables.read_metadata(path)["scene"]
    frame = tables.read(path, ["tile_id", "geometry"])
    crs = scene.get("crs_wkt")
    footprints = gpd.GeoSeries(shapely.from_wkb(frame["geometry"].to_numpy()), crs=crs) if crs else None
    return Tiles(scene["scene"], scene["source"], frame["tile_id"].to_numpy(), footprints, _of_image(scene) if crs else None)


def _of_image(scene: dict) -> list[float]:
    """Return the transform of a scene's image as it came, whose rows and columns `ingest_scene` may have turned."""
    a, b, c, d, e, f = scene["transform"]
    if scene.get("rows_turned"):
        b, c, e, f = -b, c + b * scene["height_px"], -e, f + e * scene["height_px"]
    if scene.get("columns_turned"):
        a, c, d, f = -a, c + a * scene["width_px"], -d, f + d * scene["width_px"]
    return [a, b, c, d, e, f]
