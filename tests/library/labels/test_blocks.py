"""Blocks of ground: three tiles wide unless set."""

import numpy as np
import pandas as pd

from geoclass.labels import blocks


def test_a_block_is_three_tiles_wide_where_nothing_is_set(caplog):
    tiles = pd.DataFrame({"height_m": [30.0, 30.0, np.nan], "width_m": [40.0, 42.0, np.nan]})
    assert blocks.side(tiles, None) == 3 * 42 and blocks.side(tiles, 90.0) == 90 and not caplog.messages
    assert blocks.side(tiles.iloc[2:], None) > 0  # images without georeference


def test_blocks_smaller_than_two_tiles_are_warned_of(caplog):
    tiles = pd.DataFrame({"height_m": [30.0], "width_m": [40.0]})
    assert blocks.side(tiles, 60.0) == 60
    assert (
        "blocks of 60 m, but tiles are up to 40 m long" in caplog.text
        and "set split_labels/block_m to null or to 80" in caplog.text
    )
