"""How large the blocks of ground are that are held out of training together."""

import numpy as np
import pandas as pd

from geoclass.core import log

TILES = 3  # sides of a tile that a block has where nothing is set
FEW_TILES = 2  # and that it should have


def side(tiles: pd.DataFrame, block_m: float | None) -> float:
    """Return the side of a block of ground [m]: as it is set, or that of `TILES` of the longest tiles, as `place` tells them.

    Neighbours in two blocks look alike, so that much smaller blocks test what was all but learned.
    """
    longest = float(np.nanmax(tiles[["height_m", "width_m"]].to_numpy(float), initial=0)) or 1.0  # images alone are no ground
    if block_m and block_m < FEW_TILES * longest:
        log.logger.warning(
            "blocks of %g m, but tiles are up to %.3g m long, so that tiles beside training tiles may be tested; set "
            "split_labels/block_m to null or to %.3g or more",
            block_m,
            longest,
            FEW_TILES * longest,
        )
    return block_m or TILES * longest
