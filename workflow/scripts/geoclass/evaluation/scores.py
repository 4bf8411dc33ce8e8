"""Scores of predictions, overall and by class, with intervals from a bootstrap over blocks."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import norm, t
from sklearn import config_context
from sklearn.metrics import precision_recall_fscore_support

from geoclass.confidence import calibration
from geoclass.core import model_names

NAMES = model_names.NAMES | {  # and those of the baselines
    "random_forest": "random forest on vario functions",
    "perceptron": "perceptron on vario functions",
    "position": "position only",
    "majority": "majority class",
}
CONFIDENCE_LEVEL = 0.95
OVERALL = ("accuracy", "balanced_accuracy", "macro_f1", "ece_before", "ece_after", "log_loss")
BY_CLASS = ("precision", "recall", "f1")
COMPARED = ("accuracy", "balanced_accuracy", "macro_f1")


def measure(labels: np.ndarray, before: np.ndarray, after: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the scores named in OVERALL, then for each of BY_CLASS its C values.

    Balanced accuracy and macro-F1 are means over the classes that occur among the labels. A class that does not occur has neither
    recall nor support, and wrong predictions of it already cost the recall of the classes that do.

    Parameters
    ----------
    labels
        Index of the true class, (n,).
    before, after
        Probabilities before and after calibration, (n, C).
    weights
        How often each tile counts, (n,); once where not given.

    Returns
    -------
    numpy.ndarray
        (6 + 3 C,). NaN where a score has no meaning: precision of a class that is never predicted, recall of one without tiles.
    """
    weights = np.ones(len(labels)) if weights is None else weights
    classes = np.arange(after.shape[1])
    predicted = after.argmax(axis=1)
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predicted, labels=classes, sample_weight=weights, zero_division=np.nan
    )
    overall = [
        np.average(predicted == labels, weights=weights),
        recall[support > 0].mean(),
        f1[support > 0].mean(),
        calibration.expected_error(before.max(axis=1), predicted == labels, weights),
        calibration.expected_error(after.max(axis=1), predicted == labels, weights),
        np.average(-np.log(np.maximum(after[np.arange(len(labels)), labels], np.finfo(float).eps)), weights=weights),
    ]
    return np.concatenate([overall, precision, recall, f1])


def bootstrap(statistic: Callable[[np.ndarray], np.ndarray], blocks: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """Return a statistic of resamples of whole blocks, drawn with replacement.

    Neighbouring tiles are alike, so that n tiles say less than n independent ones; blocks are what is independent. The same
    blocks, resamples and seed give the same draws: differences between two models can be taken resample by resample.

    Parameters
    ----------
    statistic
        Function of weights (n,): how often each tile is in the resample.
    blocks
        Block of each tile, (n,).

    Returns
    -------
    numpy.ndarray
        (resamples, ...).
    """
    index = np.unique(blocks, return_inverse=True)[1]
    n_blocks = index.max() + 1
    draws = np.random.default_rng(seed).multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=resamples)
    with config_context(assume_finite=True, skip_parameter_validation=True):
        return np.array([statistic(draw[index]) for draw in draws])


def interval(point: np.ndarray, resampled: np.ndarray, n_blocks: int | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the lower and upper end of the 95 % interval of each statistic.

    Percentiles :math:`\Phi(2 z_0 \pm r)` of the resamples. :math:`z_0`, the normal quantile of the share of resamples below the
    statistic itself, corrects the median bias (a calibration error, above all, grows by resampling).
    :math:`r = \sqrt{n/(n-1)}\, t_{0.975, n-1}` instead of 1.96 makes the interval of a mean of n blocks as wide as Student's:
    plain percentiles are too narrow for few blocks.

    Parameters
    ----------
    point
        The statistics of all tiles, (M,).
    resampled
        (resamples, M), from `bootstrap`; NaN where a resample has no value.
    n_blocks
        Number n of blocks that each statistic rests on, one or (M,); with fewer than two there is no interval: NaN.

    References
    ----------
    Efron, B., Tibshirani, R. J. (1993): An introduction to the bootstrap, chapter 14. Chapman & Hall.
    Hesterberg, T. C. (2015): What teachers should know about the bootstrap. The American Statistician 69:371-386,
    doi:10.1080/00031305.2015.1089789.
    """
    ends = np.full((2, len(point)), np.nan)
    for place, n in enumerate(np.broadcast_to(n_blocks, len(point))):
        values = resampled[:, place]
        values = values[~np.isnan(values)]
        if n < 2 or len(values) == 0 or np.isnan(point[place]):
            continue
        below = ((values < point[place]).mean() + (values <= point[place]).mean()) / 2
        shift = 2 * norm.ppf(np.clip(below, 0.5 / len(values), 1 - 0.5 / len(values)))
        reach = np.sqrt(n / (n - 1)) * t.ppf((1 + CONFIDENCE_LEVEL) / 2, n - 1)
        low, high = np.quantile(values, norm.cdf([shift - reach, shift + reach]))
        ends[:, place] = min(low, point[place]), max(high, point[place])
    return ends[0], ends[1]


def overall_table(points: dict[str, np.ndarray], resampled: dict[str, np.ndarray], blocks: np.ndarray) -> pd.DataFrame:
    """Return one row a model: each of OVERALL with its interval, columns x, x_low, x_high.

    Parameters
    ----------
    points
        What `measure` returns for each model.
    resampled
        What `bootstrap` returns for each model.
    blocks
        Block of each tile, (n,).
    """
    rows = []
    for model, point in points.items():
        ends = interval(point[: len(OVERALL)], resampled[model][:, : len(OVERALL)], len(np.unique(blocks)))
        rows.append({"model": model, "n": len(blocks), "n_blocks": len(np.unique(blocks)), **columns(OVERALL, point, *ends)})
    return pd.DataFrame(rows)


def class_table(
    points: dict[str, np.ndarray], resampled: dict[str, np.ndarray], labels: np.ndarray, blocks: np.ndarray, classes: list[dict]
) -> pd.DataFrame:
    """Return one row a model and class: support, and each of BY_CLASS with its interval.

    The interval rests on the blocks that hold tiles of the class. With one block alone there is none, since nothing tells how
    the class looks elsewhere.
    """
    rows = []
    held = [np.unique(blocks[labels == index]) for index in range(len(classes))]
    for model in points:
        point = points[model][len(OVERALL) :].reshape(len(BY_CLASS), -1)
        values = resampled[model][:, len(OVERALL) :].reshape(-1, *point.shape)
        for index, entry in enumerate(classes):
            ends = interval(point[:, index], values[:, :, index], len(held[index]))
            about = {"class_id": entry["class_id"], "class_name": entry["class_name"]}
            size = {"support": int((labels == index).sum()), "n_blocks": len(held[index])}
            rows.append({"model": model, **about, **size, **columns(BY_CLASS, point[:, index], *ends)})
    return pd.DataFrame(rows)


def difference_table(points: dict[str, np.ndarray], resampled: dict[str, np.ndarray], blocks: np.ndarray) -> pd.DataFrame:
    """Return one row a pair of models: by how much the first scores higher, with intervals from common resamples.

    Two models are tried on the same tiles, so that the interval of their difference is narrower than those of their scores say.
    """
    rows = []
    chosen = [OVERALL.index(name) for name in COMPARED]
    fusion_first = sorted(points, key=lambda model: model != "varionet")  # it has to be better than each of its parts
    for model, other in combinations(fusion_first, 2):
        point = (points[model] - points[other])[chosen]
        ends = interval(point, (resampled[model] - resampled[other])[:, chosen], len(np.unique(blocks)))
        rows.append({"model": model, "less": other, **columns(COMPARED, point, *ends)})
    return pd.DataFrame(rows)


def columns(names: tuple[str, ...], point: np.ndarray, low: np.ndarray, high: np.ndarray) -> dict[str, float]:
    """Return a table's columns x, x_low and x_high of every score x."""
    return {
        f"{name}{end}": float(values[index])
        for index, name in enumerate(names)
        for end, values in (("", point), ("_low", low), ("_high", high))
    }
