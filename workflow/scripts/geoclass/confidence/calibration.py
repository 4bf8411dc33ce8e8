"""Temperature scaling of the confidence, and calibration error."""

import numpy as np
import pandas as pd
from scipy.special import logsumexp, softmax

TEMPERATURES = (0.01, 100.0)  # the range searched; beyond it every confidence is 1, or every class as likely as the next
BINS = 10  # of equal width; more of them measure noise on a few hundred tiles


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    r"""Return the temperature T that makes ``softmax(logits / T)`` most likely for the labels.

    The mean negative log-likelihood is convex in 1/T, so that the minimum is found by a bounded search in one dimension. One
    example of all classes alike is added to the n given ones (the rule of succession): without it the likelihood of a validation
    set without a single error grows for ever as T goes to 0, and a hundred right answers would make a confidence of exactly 1.

    Parameters
    ----------
    logits
        Outputs of the network for tiles that it was not trained on, (n, C).
    labels
        Index of the true class of each, 0 to C - 1, (n,).

    Raises
    ------
    ValueError
        No tile, or logits that are not finite.

    References
    ----------
    Guo, C., Pleiss, G., Sun, Y., Weinberger, K. Q. (2017): On calibration of modern neural networks. ICML 70:1321-1330.
    """
    logits = np.asarray(logits, np.float64)
    n = len(logits)
    if n == 0:
        raise ValueError("calibration: no validation tile, expected at least one; give split_labels/shares a validation share")
    if not np.isfinite(logits).all():
        raise ValueError(
            "calibration: logits that are NaN or infinite, expected finite numbers; train again at a lower learning_rate"
        )
    if np.ptp(logits, axis=1).max() == 0:
        return 1.0  # all classes alike at any temperature
    weights = np.append(np.ones(n), np.full(n, 1 / n)) / (
        n + 1
    )  # the added example: the mean over all tiles of one of all classes
    reached = np.append(logits[np.arange(n), labels], logits.mean(axis=1))

    from scipy.optimize import minimize_scalar  # here, since jobs that fit no temperature need not import it

    def loss(log_temperature: float) -> float:
        inverse = np.exp(-log_temperature)
        return weights @ (np.tile(logsumexp(inverse * logits, axis=1), 2) - inverse * reached)

    return float(np.exp(minimize_scalar(loss, bounds=np.log(TEMPERATURES), method="bounded", options={"xatol": 1e-6}).x))


def cross_fitted_temperature(
    logits: np.ndarray, labels: np.ndarray, folds: np.ndarray, blocks: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the temperature of a model, and for every tile the one that the tiles of other folds give.

    Tile by tile the loss at 1 is compared with that at the temperature of the other folds. Where it does not fall by more than its
    standard error, chance is a good enough reason for the temperature that was found, and 1 is returned for all.

    Parameters
    ----------
    logits
        Outputs for tiles that were held out, (n, C).
    labels
        Index of the true class of each, (n,).
    folds, blocks
        Fold and block of each, (n,); tiles of a block are alike.

    Returns
    -------
    tuple
        Temperature, and temperatures (n,).
    """
    each, names = np.ones(len(labels)), np.unique(folds)
    for fold in names if len(names) > 1 else ():
        own = folds == fold
        each[own] = fit_temperature(logits[~own], labels[~own])
    gain = losses(logits, labels) - losses(logits / each[:, None], labels)
    if not gain.mean() > standard_error(gain, blocks):
        return 1.0, np.ones(len(labels))
    return fit_temperature(logits, labels), each


def losses(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the cross-entropy of each tile, (n,)."""
    logits = np.asarray(logits, np.float64)
    return logsumexp(logits, axis=1) - logits[np.arange(len(labels)), labels]


def standard_error(values: np.ndarray, blocks: np.ndarray) -> float:
    r"""Return the standard error of the mean of values whose blocks are independent and not the values of a block.

    .. math:: \frac{1}{n} \sqrt{\frac{B}{B-1} \sum_b \Big(\sum_{i \in b} (x_i - \bar x)\Big)^2}

    Infinite for a single block, which says nothing of others.
    """
    index = np.unique(blocks, return_inverse=True)[1]
    n_blocks = index.max() + 1
    if n_blocks == 1:
        return np.inf
    sums = np.bincount(index, values - values.mean())
    return float(np.sqrt(n_blocks / (n_blocks - 1) * (sums**2).sum()) / len(values))


def probabilities(logits: np.ndarray, temperature: float | np.ndarray) -> np.ndarray:
    """Return calibrated class probabilities ``softmax(logits / temperature)``, (n, C); one temperature, or one a tile (n,)."""
    return softmax(np.asarray(logits, np.float64) / np.reshape(temperature, (-1, 1)), axis=1)


def expected_error(confidence: np.ndarray, correct: np.ndarray, weights: np.ndarray | None = None) -> float:
    r"""Return the expected calibration error: the mean distance of confidence from accuracy, bin by bin of confidence.

    .. math:: \sum_b \frac{n_b}{n} \left| \overline{\mathrm{correct}}_b - \overline{\mathrm{confidence}}_b \right|

    Parameters
    ----------
    confidence
        Probability of the predicted class, 0 to 1, (n,).
    correct
        Whether the predicted class is the true one, (n,).
    weights
        How often each tile counts, (n,); once where not given.

    References
    ----------
    Naeini, M. P., Cooper, G. F., Hauskrecht, M. (2015): Obtaining well calibrated probabilities using Bayesian binning.
    AAAI 29:2901-2907, doi:10.1609/aaai.v29i1.9602.
    """
    return float(np.abs(gaps(confidence, correct, weights)).sum())


def gaps(confidence: np.ndarray, correct: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Return what each bin of confidence adds to the calibration error, (BINS,), above 0 where accuracy is above confidence.

    Arguments are those of `expected_error`.
    """
    weights = np.ones(len(confidence)) if weights is None else weights
    return np.bincount(_bin(confidence), weights * (correct - confidence), BINS) / weights.sum()


def chance_error(confidence: np.ndarray) -> float:
    r"""Return the expected calibration error that chance alone makes of a perfectly calibrated model with these confidences.

    .. math:: \frac{1}{n} \sum_b \sqrt{\frac{2}{\pi} \sum_{i \in b} c_i (1 - c_i)}

    In bin b the number of right predictions is a sum of draws with probabilities c, about normal; its mean distance from the sum
    of confidences is :math:`\sqrt{2/\pi}` standard deviations. An `expected_error` of this size says nothing against a model.
    """
    variance = np.bincount(_bin(confidence), confidence * (1 - confidence), BINS)
    return float(np.sqrt(2 / np.pi * variance).sum() / len(confidence))


def reliability(confidence: np.ndarray, correct: np.ndarray) -> pd.DataFrame:
    """Return what a reliability diagram shows: for every bin with a tile its number n, mean confidence, and accuracy."""
    frame = pd.DataFrame({"bin": _bin(confidence), "confidence": confidence, "accuracy": correct})
    return (
        frame.groupby("bin")
        .agg(n=("bin", "size"), confidence=("confidence", "mean"), accuracy=("accuracy", "mean"))
        .reset_index()
    )


def _bin(confidence: np.ndarray) -> np.ndarray:
    """Return the bin of each confidence, 0 to BINS - 1; a confidence of 1 belongs to the last."""
    return np.minimum((np.asarray(confidence) * BINS).astype(int), BINS - 1)
