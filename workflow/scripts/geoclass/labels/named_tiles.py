"""Labels that name their tile, compared with the ground that they were given on where they tell it."""

import re
from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoclass.core import log
from geoclass.labels.tile_sets import Tiles

KINDS = ("tile", "image")  # of items that name their tile
OUR_TILE = r"_r\d+_c\d+$"  # how the names of tiles of scenes end
SAME = 0.9  # least area that two footprints of one tile share, of that which they cover; rounding and projections leave more

NO_TILE = (
    "none of its tiles is a tile of the labelled scenes, expected some that are; mark its scenes as labelled in the table of scenes, or "
    "cut them with the tile size that the labels were made with"
)


def bind(items: gpd.GeoDataFrame, tiles: list[Tiles], source: str) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Return the claims of labels that name their tile, and the labels that are to be bound by their ground.

    A name counts where the footprint beside it is that of the tile, or where there is none to compare. After another tile size, or
    with a scene delivered in another extent, a name stands for other ground or for none: such labels go by the ground that they were
    given on. The log says how many they are, and how many are left out since their scene is not there.

    Parameters
    ----------
    items
        Items of a source, see `label_sources.read`.
    tiles
        Tiles of all labelled scenes and image sets.
    source
        Its name, for the log.

    Returns
    -------
    pandas.DataFrame
        Columns item, tile_id, scene and inside_share, see `binding.bind`.
    geopandas.GeoDataFrame
        Items without such a claim that have a ground: polygons and points of scenes that are named.
    """
    named = items[items["kind"].isin(KINDS)]
    home = {tile_id: table for table in tiles for tile_id in table.tile_ids}
    ours = named["tile_id"].isin(home) & _fits(named, tiles)
    claims = pd.DataFrame({"item": named.index, "tile_id": named["tile_id"]})[ours.to_numpy()]
    claims = claims.assign(scene=[home[tile_id].scene for tile_id in claims["tile_id"]], inside_share=1.0)

    others = named[~ours]
    scene = others["tile_id"].str.replace(OUR_TILE, "", regex=True)
    kind = np.where(others.geometry.geom_type == "Point", "point", "polygon")
    moved = others.assign(scene=scene, kind=kind)[
        others.geometry.notna() & scene.isin([table.scene for table in tiles if table.footprints is not None])
    ]
    if len(moved):
        log.logger.warning(
            "%s: %d of %d labels name tiles that lie elsewhere or are not there, as where scenes were cut anew or have another extent, "
            "or labels were moved; they are bound by the ground that they were given on",
            *(source, len(moved), len(items)),
        )
    if n := len(others) - len(moved):
        log.logger.warning("%s: %d of %d labels name no tile of the labelled scenes and are left out", source, n, len(items))
    return claims, pd.concat([items.drop(named.index), moved])


def check(items: pd.DataFrame, scenes: Iterable[str], source: str) -> None:
    """Refuse a source whose labels all name tiles of other scenes and image sets than these.

    Raises
    ------
    ValueError
        None of them is the beginning of a name.
    """
    begin = tuple(f"{scene}_" for scene in scenes)
    if items["kind"].isin(KINDS).all() and not items["tile_id"].str.startswith(begin).any():
        raise ValueError(f"{source}: {NO_TILE}")


def _fits(named: gpd.GeoDataFrame, tiles: list[Tiles]) -> pd.Series:
    """Return whether each label lies on the tile that it names; True for those that tell no ground, or name a tile without."""
    fits = pd.Series(True, index=named.index)
    drawn = named[named.geometry.notna()]
    for table in tiles if len(drawn) else []:
        if table.footprints is None:
            continue
        here = drawn[drawn["tile_id"].isin(table.tile_ids)]
        row = pd.Series(range(len(table.tile_ids)), index=table.tile_ids)[here["tile_id"]]
        shapes, footprints = table.shapes(here.geometry, named.crs).to_numpy(), table.footprints.to_numpy()[row]
        shared = shapely.area(shapely.intersection(shapes, footprints)) / shapely.area(shapely.union(shapes, footprints))
        inside = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & shapely.intersects(shapes, footprints)
        fits[here.index] = (shared > SAME) | inside
    return fits


def is_ours(tile_id: str) -> bool:
    """Return whether a name is that of a tile of a scene."""
    return re.search(OUR_TILE, tile_id) is not None
