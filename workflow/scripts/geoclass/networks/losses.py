"""The loss of training: cross-entropy in which every tile counts by its class."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional


def one_hot(labels: np.ndarray, n_classes: int, device: torch.device) -> Tensor:
    """Return labels (B,) as shares of the classes, (B, C) float32."""
    return functional.one_hot(torch.from_numpy(labels), n_classes).to(device, torch.float32)


def loss_of(logits: Tensor, shares: Tensor, weights: Tensor, smoothing: float = 0.0) -> Tensor:
    """Return the mean cross-entropy, every tile weighted by its class, or by those of which it shows a share (B, C).

    PyTorch's own weights also weight the smoothed share of every class, so that a class of two tiles would draw all others to it.
    """
    surprise = -functional.log_softmax(logits, dim=1)
    each = (1 - smoothing) * surprise + smoothing * surprise.mean(dim=1, keepdim=True)  # (B, C), if that class were true
    weighted = weights * shares
    return (weighted * each).sum() / weighted.sum()
