"""Label errors: labels that a classifier trained on all other blocks contradicts."""

import numpy as np
from cleanlab.filter import find_label_issues
from sklearn.model_selection import StratifiedGroupKFold

from geoclass.confidence import applicability
from geoclass.evaluation import baselines

FOLDS = 5
SHARES = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)


def views(v: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Return what a tile is judged by: its vario functions, and how bright its pixels are.

    Neither is learned from the labels that are to be judged, as the inner layers of a trained network would be.

    Parameters
    ----------
    v
        Scaled vario functions (N, D, K).
    pixels
        Scaled pixels (N, H, W).

    Returns
    -------
    numpy.ndarray
        (N, D K + 7): the logarithms of the vario functions, and quantiles of the pixels.
    """
    brightness = np.quantile(pixels.reshape(len(pixels), -1), SHARES, axis=1).T
    return np.hstack([applicability.vectors_of(v), brightness])


def out_of_fold(
    vectors: np.ndarray, labels: np.ndarray, blocks: np.ndarray, n_classes: int, seed: int, threads: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities of each tile's classes by a random forest that has seen no tile of its block.

    Parameters
    ----------
    vectors
        What the tiles are judged by, (N, P).
    labels
        Index of the class given, (N,).
    blocks
        Block of each tile, (N,): tiles of one block are alike, so that one wrong label would vouch for the next.
    n_classes
        Number C of classes.
    seed, threads
        Of the folds and the forest.

    Returns
    -------
    numpy.ndarray, numpy.ndarray
        Probabilities (N, C), and which tiles they may be used for, (N,) booleans: those whose class stands in another block too.

    Raises
    ------
    ValueError
        One block alone.
    """
    n_blocks = len(np.unique(blocks))
    if n_blocks < 2:
        raise ValueError(
            f"find_label_errors: labels in {n_blocks} block, expected at least 2 to compare; lower split_labels/block_m"
        )
    probabilities, usable = np.zeros((len(labels), n_classes)), np.zeros(len(labels), bool)
    n_folds = min(FOLDS, n_blocks, np.bincount(labels).max())
    if n_folds < 2:  # of every class one tile
        return probabilities, usable
    for known, asked in StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed).split(vectors, labels, blocks):
        if not (len(known) and len(asked)):  # of few uneven blocks, scikit-learn leaves a fold without any
            continue
        logits = baselines.logits(baselines.forest(seed, threads), vectors[known], labels[known], vectors[asked], n_classes)
        shares = np.exp(logits)
        probabilities[asked] = shares / shares.sum(axis=1, keepdims=True)
        usable[asked] = np.isin(labels[asked], labels[known])
    return probabilities, usable


def judge(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how far each label can be trusted, and which count as wrong.

    Parameters
    ----------
    labels
        Index of the class given, (N,); none where no class stands in two blocks.
    probabilities
        Out-of-fold probabilities, (N, C).

    Returns
    -------
    numpy.ndarray, numpy.ndarray
        Score, 0 to 1: the probability of the class given. Booleans: the labels that confident learning estimates to be wrong, from
        how often tiles of one class look like another's.

    References
    ----------
    Northcutt, C. G., Jiang, L., Chuang, I. L. (2021): Confident learning: estimating uncertainty in dataset labels. J. Artif.
    Intell. Res. 70:1373-1411, doi:10.1613/jair.1.12125.
    """
    if not len(labels):
        return np.empty(0), np.empty(0, bool)
    present, index = np.unique(labels, return_inverse=True)
    shares = probabilities[:, present] / probabilities[:, present].sum(axis=1, keepdims=True)
    scores = probabilities[np.arange(len(labels)), labels]  # of all classes, also those of which no label is judged
    return scores, find_label_issues(index, shares, filter_by="prune_by_noise_rate", n_jobs=1)
