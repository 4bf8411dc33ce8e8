"""A network as a scene's tiles are put through it, batch by batch, on the CPU."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from geoclass.networks.checkpoints import Predictor
from geoclass.scenes import radiometry


@dataclass(frozen=True)
class Batch:
    """Some tiles of a scene as they are stored, (n, H, W) and (n, D, K), None where not read, and the scene's radiometry.

    What models need is scaled once, however many look at it.
    """

    counts: np.ndarray | None
    valid: np.ndarray | None
    v: np.ndarray | None
    radiometry: dict

    @cached_property
    def pixels(self) -> np.ndarray | None:
        """Pixels as the networks see them, (n, H, W) float32."""
        if self.counts is None:
            return None
        return np.ascontiguousarray(radiometry.scale_pixels(self.counts, self.radiometry, self.valid), np.float32)

    @cached_property
    def functions(self) -> np.ndarray | None:
        """Vario functions scaled by the scene's range, (n, D, K)."""
        return None if self.v is None else radiometry.scale_vario(self.v, self.radiometry)


class Engine:
    """A network as it is called: from counts and vario functions of a scene to logits.

    Parameters
    ----------
    name
        For the log and the table.
    predictor
        The trained model.
    backbone
        Computes the logits of ResNet-18, (B, H, W) float32 → (B, C) float32; None for a model that looks at no pixels. The other
        parts of a model take no time and are always computed in float32.
    """

    def __init__(self, name: str, predictor: Predictor, backbone: Callable | None = None):
        self.name, self.device = name, predictor.device.type
        self.predictor, self.backbone = predictor, backbone

    def prepare(self, batch: Batch) -> tuple:
        """Bring a batch into the form that `logits` takes; called in the thread that reads."""
        pixels = batch.pixels if "pixels" in self.predictor.needs else None
        return self.predictor.inputs(pixels, batch.functions if "vario" in self.predictor.needs else None)

    def logits(self, prepared: tuple) -> np.ndarray:
        """Return the network's outputs (B, C), float32; NaN for tiles whose vario functions are missing."""
        network = self.predictor.network
        with torch.inference_mode():
            if self.backbone is None:
                return network(*map(torch.as_tensor, prepared)).float().numpy()
            *vectors, pixels = prepared
            logits = self.backbone(pixels)
            if vectors:
                logits = network.fusion(network.variomlp(torch.as_tensor(vectors[0])), logits)
            return logits.float().numpy()


def take(prepared: tuple, chosen: np.ndarray | slice) -> tuple:
    """Return the chosen tiles of what `prepare` returned."""
    return tuple(None if part is None else part[chosen] for part in prepared)


def compute(engine: Engine, prepared: tuple, batch_size: int) -> np.ndarray:
    """Return the logits of prepared tiles, `batch_size` of them at a time: what a network needs in between grows with the batch."""
    n = len(next(part for part in prepared if part is not None))
    slices = (slice(first, first + batch_size) for first in range(0, n, batch_size))
    return np.concatenate([engine.logits(take(prepared, chosen)) for chosen in slices])
