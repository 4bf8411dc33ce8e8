"""What baselines, and the area of applicability, say of tiles that are held out: with folds each fold in its turn."""

from dataclasses import replace

import numpy as np

from geoclass.confidence import applicability, calibration, held_out
from geoclass.evaluation import baselines


def baseline_outputs(
    views: dict[str, np.ndarray],
    labels: np.ndarray,
    shown: list[np.ndarray],
    asked: list[np.ndarray],
    n_classes: int,
    seed: int,
    threads: int,
) -> dict[str, np.ndarray]:
    """Return the logits of all baselines, (N, C), NaN for tiles that none is asked about.

    Parameters
    ----------
    views
        What is seen of each of N tiles, see `baselines.all_logits`.
    labels
        Index of each tile's class, (N,).
    shown, asked
        Which tiles are learned and which are asked about, (N,) booleans each: one pair, or one a fold.
    n_classes, seed, threads
        As in `baselines.all_logits`.
    """
    found: dict[str, np.ndarray] = {}
    for learned, held in zip(shown, asked, strict=True):
        rest = np.flatnonzero(~learned)
        for name, logits in baselines.all_logits(views, learned, labels, n_classes, seed, threads).items():
            found.setdefault(name, np.full((len(labels), n_classes), np.nan))[held] = logits[held[rest]]
    return found


def calibrated(
    tile_ids: np.ndarray, logits: np.ndarray, labels: np.ndarray, blocks: np.ndarray, judges: np.ndarray, folds: np.ndarray | None
) -> tuple[held_out.Outputs, float]:
    """Return a baseline's outputs for tiles held out, with temperatures found like those of the networks, and its temperature.

    Parameters
    ----------
    tile_ids, logits, labels, blocks
        Of the tiles held out, (n, ...).
    judges
        Those that the temperature is found with, (n,) booleans.
    folds
        Fold of each, (n,); None in a split without folds.
    """
    outputs = held_out.Outputs.of(tile_ids, logits)
    if folds is not None:
        temperature, each = calibration.cross_fitted_temperature(logits, labels, folds, blocks)
    else:
        temperature = calibration.fit_temperature(logits[judges], labels[judges])
        each = np.full(len(labels), temperature)
    return replace(outputs, temperature=each), temperature


def dissimilarity(
    vectors: np.ndarray, reference: applicability.Reference, shown: list[np.ndarray], asked: list[np.ndarray], learned: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the dissimilarity index of all tiles that are asked about, and whether each is inside the area of applicability, (N,).

    Parameters
    ----------
    vectors
        Features of the tiles, (N, P).
    reference
        Area of applicability of the final models.
    shown, asked
        As in `baseline_outputs`: a tile is compared with those that are learned while it is held out.
    learned
        The tiles of the reference, in its order, (N,) booleans.
    """
    index, inside = np.full(len(vectors), np.nan, np.float32), np.zeros(len(vectors), bool)
    for some, held in zip(shown, asked, strict=True):
        part = replace(reference, training=reference.training[some[learned]])
        index[held], inside[held] = applicability.dissimilarity(vectors[held], part)
    return index, inside
