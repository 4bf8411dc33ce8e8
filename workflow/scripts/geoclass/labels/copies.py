"""Tiles that are there twice: copies of an image, and images of tiles that are labelled in their scene, too.

Each would be learned in one fold and held out in another, where its score tells nothing.
"""

import hashlib
from collections.abc import Iterable

import pandas as pd

from geoclass.core import log, tables
from geoclass.labels import named_tiles


def once(claims: pd.DataFrame, tile_tables: Iterable[str]) -> pd.DataFrame:
    """Return claims in which each tile is there once, however many images show it; the log says how many more there are.

    Images of equal pixels, of one or several sets, are one tile, whose claims `binding.settle` compares. An image whose name ends as
    that of a tile which is labelled in its scene, as `export_labels` names images, is left out.

    Parameters
    ----------
    claims
        Claims of all sources, see `binding.bind`.
    tile_tables
        Tile tables of all labelled scenes and image sets; the pixels of the image sets are read.
    """
    sets = {scene["scene"]: path for path in tile_tables if not (scene := tables.read_metadata(path)["scene"]).get("crs_wkt")}
    is_image = claims["scene"].isin(sets)
    claims = _without_shown(claims, is_image)
    tile_ids = set(claims["tile_id"][claims["scene"].isin(sets)])
    first: dict[bytes, tuple[str, str]] = {}
    home = {}
    for scene, path in sorted(sets.items()):
        for tile_id, digest in _digests(path):
            if tile_id in tile_ids:
                home[tile_id] = first.setdefault(digest, (tile_id, scene))
    copies = [tile_id for tile_id, (other, _) in home.items() if tile_id != other]
    if not copies:
        return claims
    log.logger.warning("%d images are copies of others (%s of %s) and count once", len(copies), copies[0], home[copies[0]][0])
    moved = claims["tile_id"].isin(copies)
    claims.loc[moved, ["tile_id", "scene"]] = [home[tile_id] for tile_id in claims["tile_id"][moved]]
    return claims


def _without_shown(claims: pd.DataFrame, is_image: pd.Series) -> pd.DataFrame:
    """Leave out images whose name ends as that of a tile that is labelled in its scene."""
    labelled = set(claims["tile_id"][~is_image & claims["enough"]])

    def shown(tile_id: str) -> bool:
        parts = tile_id.split("_")
        return named_tiles.is_ours(tile_id) and any("_".join(parts[start:]) in labelled for start in range(1, len(parts)))

    left_out = is_image & claims["tile_id"].map(shown)
    if left_out.any():
        log.logger.warning(
            "%d images (%s) show tiles that are labelled in their scene, too, and are left out",
            *(left_out.sum(), claims["tile_id"][left_out].iloc[0]),
        )
    return claims[~left_out].reset_index(drop=True)


def _digests(path: str) -> Iterable[tuple[str, bytes]]:
    """Yield name and digest of pixels and mask of every image of a set."""
    for group in tables.row_groups(path, ["tile_id", "mask", "pixels"]):
        for row in group.to_pylist():
            yield row["tile_id"], hashlib.sha256(row["pixels"] + (row["mask"] or b"")).digest()
