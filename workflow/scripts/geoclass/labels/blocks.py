"""How large the blocks of ground are that are held out of training together."""

import numpy as np
import pandas as pd

from geoclass.core import log

TILES = 3  # sides of a tile that a block has where nothing is set
FEW_TILES = 2  # and that it should have


def side(tiles: pd.DataFrame, block_m: float | None) -> float:
    """Return the side of a block of ground [m]: as it is set, or that of `TILES` of the longest tiles, as `place` tells them."""
    longest = float(np.nanmax(tiles[["height_m", "width_m"]].to_numpy(float), initial=0)) or 1.0  # images alone are no ground
    if told := small(block_m, longest):
        log.logger.warning(told)
    return block_m or TILES * longest


def small(block_m: float | None, longest_m: float) -> str:
    """Say that blocks are small for tiles of that length; empty where they are not.

    Neighbours in two blocks look alike, so that much smaller blocks test what was all but learned.
    """
    if not block_m or block_m >= FEW_TILES * longest_m:
        return ""
    return (
        f"blocks of {block_m:g} m, but tiles are up to {longest_m:.3g} m long, so that tiles beside training tiles may be tested; set "
        f"split_labels/block_m to null or to {FEW_TILES * longest_m:.3g} or more"
    )


def kind_of(tiles: pd.DataFrame, units: pd.Series, kind: str) -> str:
    """Return what is truly held out together: single tiles (random) where no tile has a place, nor a group that tells one.

    Parameters
    ----------
    tiles
        Labelled tiles as `splits.place` returns them, (N,).
    units
        What a scheme holds out together: the block or group of every tile, (N,).
    kind
        What the scheme calls it.
    """
    alone = tiles["x_m"].isna() & (units == tiles["tile_id"])
    if alone.any() and kind != "random":
        log.logger.warning(
            "%d images without a place or group are held out one by one, as in a random split, so that scores are optimistic where others "
            "show the same ground; name places in collect_labels/group_pattern",
            alone.sum(),
        )
    return "random" if alone.all() else kind
