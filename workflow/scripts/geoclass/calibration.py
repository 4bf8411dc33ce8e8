"""Confidence that means what it says: temperature scaling, and how far confidence is from accuracy."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax

TEMPERATURES = (0.01, 100.0)  # the range searched; beyond it every confidence is 1, or every class as likely as the next
BINS = 15  # confidence bins of the calibration error, as in Guo et al. (2017)


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
            "calibration: logits that are NaN or infinite, expected finite numbers; train again with a lower learning_rate"
        )
    targets = (logits[np.arange(n), labels].sum() + logits.mean()) / (n + 1)
    if np.ptp(logits, axis=1).max() == 0:
        return 1.0  # all classes alike at any temperature

    def loss(log_temperature: float) -> float:
        inverse = np.exp(-log_temperature)
        return logsumexp(inverse * logits, axis=1).mean() - inverse * targets

    return float(np.exp(minimize_scalar(loss, bounds=np.log(TEMPERATURES), method="bounded", options={"xatol": 1e-6}).x))


def probabilities(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Return calibrated class probabilities ``softmax(logits / temperature)``, (n, C)."""
    return softmax(np.asarray(logits, np.float64) / temperature, axis=1)
