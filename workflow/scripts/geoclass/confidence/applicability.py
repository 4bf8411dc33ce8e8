"""Area of applicability: where a model is asked about tiles unlike any that it was trained on."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as serialize

from geoclass.core import files
from geoclass.scenes.radiometry import scale_vario
from geoclass.vario import features

CHUNK_MB = 64  # of pairwise distances held at a time


@dataclass(frozen=True)
class Reference:
    """What the dissimilarity of a new tile is measured against.

    Attributes
    ----------
    training
        Features of the training tiles, standardised and weighted, (n, P) float32.
    mean, deviation
        Standardisation of the features, (P,).
    weights
        Importance of each feature, (P,).
    mean_distance
        Mean distance between two training tiles.
    threshold
        Largest dissimilarity inside the area of applicability.
    about
        Whatever else a user of the reference must know: lags, split, ... (JSON).
    """

    training: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray
    mean_distance: float
    threshold: float
    about: dict

    def scaled(self, vectors: np.ndarray) -> np.ndarray:
        """Return features (n, P) standardised and weighted like those of the training tiles, float32."""
        return features.standardise(vectors, {"mean": self.mean, "deviation": self.deviation}) * np.float32(self.weights)


def vectors_of(v: np.ndarray, radiometry: dict | None = None) -> np.ndarray:
    """Return the features that tiles are compared by: the logarithm of their vario functions, whatever the model looks at.

    Parameters
    ----------
    v
        Vario functions (n, D, K).
    radiometry
        The scene's, if v is in squared counts; None if it is scaled already.

    Returns
    -------
    numpy.ndarray
        (n, D K) float32; NaN for tiles with a direction without any pair.
    """
    if radiometry is not None:
        v = scale_vario(v, radiometry)
    return features.vector(features.continue_curves(v), "log", v.shape[1])


def fit(vectors: np.ndarray, folds: np.ndarray, weights: np.ndarray | None = None, about: dict | None = None) -> Reference:
    r"""Measure the training tiles against each other.

    With d the distance in the space of standardised and weighted features, the dissimilarity index of a tile is

    .. math:: \mathrm{DI} = \min_i d(x, x_i) \,/\, \overline{d(x_i, x_j)}

    over training tiles i, j. A training tile's own index is taken to the nearest tile of another fold, as in cross-validation.
    The threshold is the largest of these indices that is no outlier: the upper whisker of their box plot (Q75 + 1.5 IQR).

    Parameters
    ----------
    vectors
        Features of the training tiles, (n, P), finite.
    folds
        Fold, or block, of each, (n,).
    weights
        Importance of each feature, (P,), only their ratios matter; all alike where not given.
    about
        Kept in the reference.

    Raises
    ------
    ValueError
        Missing features, one fold only, or training tiles that are all alike.

    References
    ----------
    Meyer, H., Pebesma, E. (2021): Predicting into unknown space? Estimating the area of applicability of spatial prediction
    models. Methods in Ecology and Evolution 12:1620-1633, doi:10.1111/2041-210X.13650.
    """
    folds = np.unique(folds, return_inverse=True)[1]
    missing = ~np.isfinite(vectors).all(axis=1)
    if missing.any():
        raise ValueError(
            f"area of applicability: {missing.sum()} of {len(vectors)} training tiles have missing features, expected none; "
            "leave them out"
        )
    if len(np.unique(folds)) < 2:
        raise ValueError(
            "area of applicability: all training tiles lie in one block, expected at least two; label a second place or lower "
            "split_labels/block_m"
        )
    from sklearn.metrics import pairwise_distances_chunked  # here, since it takes longer to import than the rest of a job

    statistics = {name: np.array(values) for name, values in features.standardisation(vectors).items()}
    weights = np.ones(vectors.shape[1]) if weights is None else weights
    reference = Reference(np.empty(0), **statistics, weights=weights, mean_distance=0.0, threshold=0.0, about=about or {})
    training = reference.scaled(vectors)

    def summed_and_nearest(distances: np.ndarray, start: int) -> tuple[np.ndarray, np.ndarray]:
        same = folds[start : start + len(distances), None] == folds
        return distances.sum(axis=1), np.where(same, np.inf, distances).min(axis=1)

    chunks = pairwise_distances_chunked(training.astype(np.float64), reduce_func=summed_and_nearest, working_memory=CHUNK_MB)
    total, nearest = map(np.concatenate, zip(*chunks, strict=True))
    mean_distance = total.sum() / (len(training) * (len(training) - 1))
    if mean_distance == 0:
        raise ValueError(
            "area of applicability: all training tiles have the same features, expected tiles that differ; check the labels"
        )
    index = nearest / mean_distance
    lower, upper = np.quantile(index, [0.25, 0.75])
    threshold = index[index <= upper + 1.5 * (upper - lower)].max()
    return replace(reference, training=training, mean_distance=float(mean_distance), threshold=float(threshold))


def dissimilarity(vectors: np.ndarray, reference: Reference) -> tuple[np.ndarray, np.ndarray]:
    """Return the dissimilarity index of tiles, and whether each is inside the area of applicability.

    Parameters
    ----------
    vectors
        Features (n, P), as they were given to `fit`; a tile with a missing feature has index NaN and is outside.

    Returns
    -------
    tuple
        Index (n,) float32, 0 for a training tile, about 1 for a tile as far from all of them as they are from each other; and
        booleans (n,).
    """
    index = np.full(len(vectors), np.nan, np.float32)
    known = np.isfinite(vectors).all(axis=1)
    if known.any():
        # |x − y|² = |x|² + |y|² − 2 x·y in float64; scikit-learn does the same, but takes longer to import than a small scene.
        tiles, training = reference.scaled(vectors[known]).astype(np.float64), reference.training.astype(np.float64)
        nearest = (np.square(training).sum(axis=1) - 2 * tiles @ training.T).min(axis=1) + np.square(tiles).sum(axis=1)
        index[known] = np.sqrt(np.maximum(nearest, 0)) / reference.mean_distance
    return index, index <= reference.threshold


def save(path: str | Path, reference: Reference) -> None:
    """Write a reference as safetensors, the numbers and facts as JSON in its metadata."""
    facts = asdict(reference)
    arrays = {name: np.ascontiguousarray(facts.pop(name)) for name in ("training", "mean", "deviation", "weights")}
    with files.replacing(path) as temporary:
        temporary.write_bytes(serialize(arrays, metadata={"applicability": json.dumps(facts, sort_keys=True)}))


def load(path: str | Path) -> Reference:
    """Read what `save` wrote.

    Raises
    ------
    ValueError
        The file is cut off or not a reference.
    """
    try:
        with safe_open(path, "numpy") as stored:
            facts = json.loads(stored.metadata()["applicability"])
            return Reference(**{name: stored.get_tensor(name) for name in stored.keys()}, **facts)
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path}: not a readable area of applicability ({error}); delete it and run fit_applicability again"
        ) from None
