"""Scores of predictions, overall and by class, with intervals from a bootstrap over blocks."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import norm, t
from sklearn import config_context
from sklearn.metrics import precision_recall_fscore_support

from geoclass.confidence import calibration, untested_block
from geoclass.core import model_names

NAMES = model_names.NAMES | {  # and those of the baselines
    "random_forest": "random forest on vario functions",
    "perceptron": "perceptron on vario functions",
    "position": "position only",
    "majority": "majority class",
}
CONFIDENCE_LEVEL = 0.95
RESAMPLES = 1000  # of a bootstrap; seven models on 2,000 tiles take 4 s, and tests take fewer
OVERALL = ("accuracy", "balanced_accuracy", "macro_f1", "ece_before", "ece_after", "log_loss")
BY_CLASS = ("precision", "recall", "f1")
EXTRA = 4  # degrees of freedom: the untested block already makes intervals of few blocks long
COMPARED = ("accuracy", "balanced_accuracy", "macro_f1")  # the first of OVERALL: rates


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
        np.average(surprise(labels, after), weights=weights),
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


def resamples_of(
    labels: np.ndarray, before: np.ndarray, after: np.ndarray, blocks: np.ndarray, resamples: int, seed: int
) -> np.ndarray:
    """Return resamples of what `measure` returns, (resamples, 6 + 3 C): rates from `rates_of`, the rest from `bootstrap`.

    In the place of calibration errors stands how far off they may be in a resample, for `error_interval`.

    Parameters
    ----------
    labels, before, after
        As for `measure`.
    blocks
        Block of each tile, (n,).
    """
    correct = after.argmax(axis=1) == labels
    both = [(p.max(axis=1), calibration.gaps(p.max(axis=1), correct)) for p in (before, after)]

    def others(weights: np.ndarray) -> np.ndarray:
        off = [np.abs(calibration.gaps(confidence, correct, weights) - whole).sum() for confidence, whole in both]
        return np.array([*off, np.average(surprise(labels, after), weights=weights)])

    rates, n = rates_of(labels, after.argmax(axis=1), blocks, after.shape[1], resamples, seed), len(COMPARED)
    return np.concatenate([rates[:, :n], bootstrap(others, blocks, resamples, seed), rates[:, n:]], axis=1)


def rates_of(
    labels: np.ndarray, predicted: np.ndarray, blocks: np.ndarray, n_classes: int, resamples: int, seed: int
) -> np.ndarray:
    """Return resamples of accuracy, balanced accuracy, macro-F1 and of each of BY_CLASS, (resamples, 3 + 3 C), for `rate_interval`.

    A Bayesian bootstrap: every block counts by a weight from the exponential distribution (Rubin 1981), and there is one block more
    that nobody has tested, for accuracy and for each class (`untested_block`). Three blocks without an error do not say that there is
    none elsewhere, so that no interval is without width.

    Parameters
    ----------
    labels, predicted
        Index of the true and of the predicted class of each tile, (n,).
    blocks
        Block of each tile, (n,). With one seed, two models meet the same weights of blocks, and each its own untested block.

    References
    ----------
    Rubin, D. B. (1981): The Bayesian bootstrap. The Annals of Statistics 9:130-134, doi:10.1214/aos/1176345338.
    """
    index = np.unique(blocks, return_inverse=True)[1]
    counts = np.zeros((index.max() + 1, n_classes, n_classes))  # rows true, columns predicted
    np.add.at(counts, (index, labels, predicted), 1)
    in_block, error = counts.sum(axis=2), np.mean(predicted != labels)
    drawn = np.tensordot(np.random.default_rng(seed).standard_exponential((resamples, len(counts))), counts, 1)
    generator = np.random.default_rng([seed, *np.bincount(predicted, minlength=n_classes)])

    wrong = untested_block.wrong_share(error, len(counts))
    hits, misses = untested_block.size(in_block.sum(axis=1)) * generator.standard_gamma([[1 - wrong], [wrong]], (2, resamples))
    accuracy = (np.trace(drawn, axis1=1, axis2=2) + hits) / (drawn.sum(axis=(1, 2)) + hits + misses)
    wrong = untested_block.wrong_share(error, np.count_nonzero(in_block, axis=0))
    elsewhere = np.tile(wrong[:, None] / max(n_classes - 1, 1), n_classes)
    np.fill_diagonal(elsewhere, 1 - wrong)
    drawn += untested_block.size(in_block)[:, None] * generator.standard_gamma(elsewhere, (resamples, n_classes, n_classes))

    correct, true, called = np.diagonal(drawn, axis1=1, axis2=2), drawn.sum(axis=2), drawn.sum(axis=1)
    held, named = (np.bincount(indices, minlength=n_classes) > 0 for indices in (labels, predicted))
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = np.stack([correct / called, correct / true, 2 * correct / (called + true)], axis=1)
    rates = np.where(np.stack([named, held, held | named]), rates, np.nan)
    means = np.column_stack([accuracy, rates[:, 1, held].mean(axis=1), rates[:, 2, held].mean(axis=1)])
    return np.concatenate([means, rates.reshape(resamples, -1)], axis=1)


def surprise(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return minus the logarithm of the probability of each tile's class, (n,)."""
    return -np.log(np.maximum(probabilities[np.arange(len(labels)), labels], np.finfo(float).eps))


def rate_interval(point: np.ndarray, resampled: np.ndarray, n_blocks: int | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper end of the 95 % interval of each rate: percentiles of its resamples, which hold the rate itself.

    Percentiles Φ(±t) with Student's t of n + `EXTRA` degrees of freedom for n blocks. How often such intervals hold the true rates is
    simulated by `tests/bench/coverage_of_intervals.py` for 3 to 60 blocks that differ in difficulty.

    Parameters
    ----------
    point, resampled
        (M,) and (resamples, M), from `resamples_of`.
    n_blocks
        Number of blocks that each rate rests on, one or (M,); with fewer than two there is no interval: NaN.
    """
    ends = np.full((2, len(point)), np.nan)
    for place, n in enumerate(np.broadcast_to(n_blocks, len(point))):
        values = resampled[:, place]
        values = values[~np.isnan(values)]
        if n < 2 or len(values) == 0 or np.isnan(point[place]):
            continue
        reach = t.ppf((1 + CONFIDENCE_LEVEL) / 2, n + EXTRA)
        low, high = np.quantile(values, norm.cdf([-reach, reach]))
        ends[:, place] = min(low, point[place]), max(high, point[place])
    return ends[0], ends[1]


def interval(point: np.ndarray, resampled: np.ndarray, n_blocks: int | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the lower and upper end of the 95 % interval of each statistic.

    Percentiles :math:`\Phi(2 z_0 \pm r)` of the resamples. :math:`z_0`, the normal quantile of the share of resamples below the
    statistic itself, corrects the median bias.
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


def error_interval(point: np.ndarray, distance: np.ndarray, n_blocks: int) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the lower and upper end of the 95 % interval of each calibration error.

    Chance alone lifts a sum of absolute gaps, once more in every resample, so that percentiles of resampled errors lie above the true
    one. By the triangle inequality an error is no further from the truth than the gaps are that make it up, :math:`\sum_b |g^*_b - g_b|`
    in a resample. The interval reaches as far to both sides as 95 % of these distances, for few blocks further, as in `interval`.

    Parameters
    ----------
    point, distance
        (M,) and (resamples, M), from `resamples_of`.
    n_blocks
        Number of blocks; with fewer than two there is no interval: NaN.
    """
    if n_blocks < 2:
        return np.full(len(point), np.nan), np.full(len(point), np.nan)
    reach = np.sqrt(n_blocks / (n_blocks - 1)) * t.ppf(CONFIDENCE_LEVEL, n_blocks - 1)
    most = np.quantile(distance, norm.cdf(reach), axis=0)
    return np.maximum(point - most, 0), np.minimum(point + most, 1)


def overall_table(points: dict[str, np.ndarray], resampled: dict[str, np.ndarray], blocks: np.ndarray) -> pd.DataFrame:
    """Return one row a model: each of OVERALL with its interval, columns x, x_low, x_high.

    Parameters
    ----------
    points
        What `measure` returns for each model.
    resampled
        What `resamples_of` returns for each model.
    blocks
        Block of each tile, (n,).
    """
    rows = []
    for model, point in points.items():
        n_blocks, parts = len(np.unique(blocks)), np.split(np.arange(len(OVERALL)), [len(COMPARED), len(OVERALL) - 1])
        ways = zip((rate_interval, error_interval, interval), parts, strict=True)
        ends = np.concatenate([way(point[part], resampled[model][:, part], n_blocks) for way, part in ways], axis=1)
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
            ends = rate_interval(point[:, index], values[:, :, index], len(held[index]))
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
        ends = rate_interval(point, (resampled[model] - resampled[other])[:, chosen], len(np.unique(blocks)))
        rows.append({"model": model, "less": other, **columns(COMPARED, point, *ends)})
    return pd.DataFrame(rows)


def columns(names: tuple[str, ...], point: np.ndarray, low: np.ndarray, high: np.ndarray) -> dict[str, float]:
    """Return a table's columns x, x_low and x_high of every score x."""
    return {
        f"{name}{end}": float(values[index])
        for index, name in enumerate(names)
        for end, values in (("", point), ("_low", low), ("_high", high))
    }
