"""What a block may be like that nobody has tested: the one that intervals of scores and areas count beside those with labels."""

import numpy as np

WRONG = 0.25  # of a block of a class that nothing is known of
DOUBT = 3.0  # times as often as tested blocks are wrong that an untested one may be; with less, intervals of few blocks hold too little


def wrong_share(mean_error: float, tested: np.ndarray | int) -> np.ndarray | float:
    """Return how much of an untested block may be wrong, given the mean error of tested ones and their number.

    Blocks without an error do not say that there is none elsewhere, but many of them say that errors are rare.
    """
    return np.minimum(WRONG, DOUBT * mean_error + WRONG / (tested + 1))


def size(in_block: np.ndarray) -> np.ndarray:
    """Return the number of tiles in the block of a tile, on average over the tiles: Σ n² / Σ n of the n tiles (B, ...) of B blocks.

    References
    ----------
    Kish, L. (1965): Survey sampling, section 5.4. Wiley.
    """
    return np.where(in_block.any(axis=0), (in_block**2).sum(axis=0) / np.maximum(in_block.sum(axis=0), 1), 0.0)
