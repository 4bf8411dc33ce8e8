"""Training tiles as a network is fed with them: batches of features and pixels, each time in another view."""

from copy import copy

import numpy as np
import torch
from torch import Tensor

from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.networks import augmentation
from geoclass.networks.losses import one_hot
from geoclass.networks.training import Batch
from geoclass.scenes import radiometry
from geoclass.vario import features, vario_functions

COPIES = 12  # of each tile in the bank: upright, and turned by eleven angles


class Examples:
    """Labelled tiles as inputs of a network.

    Parameters
    ----------
    tiles
        The tiles of one subset.
    needs
        What the network looks at: a subset of {"vario", "pixels"}.
    recipe
        ``normalisation``, ``directions`` and ``standardisation`` of the features; empty where they are not needed.
    device
        Where the inputs are wanted.
    kinds
        Kinds of augmentation; none for validation.
    seed
        Seed of the turned copies.

    Attributes
    ----------
    labels, n_classes
        Index of the class of each tile, (N,), and number of classes.
    """

    def __init__(self, tiles: LabelledTiles, needs: set[str], recipe: dict, device: torch.device, kinds=(), seed: int = 0):
        self.tiles, self.needs, self.recipe, self.device, self.kinds = tiles, needs, recipe, device, kinds
        self.labels, self.n_classes = tiles.labels, len(tiles.classes)
        copies = COPIES if "rotate" in kinds else 1
        self.angles = np.random.default_rng(seed).uniform(-90, 90, (copies, len(tiles)))
        self.angles[0] = 0
        if "vario" in needs:
            self.v = np.stack([tiles.v, *(turned_vario(tiles, angles) for angles in self.angles[1:])])

    def on(self, device: torch.device) -> "Examples":
        """Return the same examples for another device."""
        other = copy(self)
        other.device = device
        return other

    def batch(self, chosen: np.ndarray, rng: np.random.Generator | None = None) -> Batch:
        """Return features (B, F) and pixels (B, H, W) of the chosen tiles, those that are needed, in views drawn with `rng`; and the
        share of each tile that shows each class, (B, C).
        """
        shares = one_hot(self.labels[chosen], len(self.tiles.classes), self.device)
        views = None if rng is None else augmentation.draw(rng, len(chosen), self.kinds, len(self.angles))
        inputs = []
        if "vario" in self.needs:
            v = self.v[0, chosen] if views is None else augmentation.of_vario(self.v[views.copy, chosen], views)
            inputs.append(torch.from_numpy(features.apply(v, self.recipe)).to(self.device))
        if "pixels" in self.needs:
            pixels = torch.from_numpy(self.tiles.pixels(chosen)).to(self.device)
            if views is not None:
                pixels = augmentation.of_pixels(pixels, self.angles[views.copy, chosen], views)
                if "tone" in self.kinds:
                    pixels = augmentation.retoned(pixels, rng)
                if "cutmix" in self.kinds and rng.random() < augmentation.MIXED:
                    pixels, shares = augmentation.cut_and_mixed(pixels, shares)
            inputs.append(pixels)
        return tuple(inputs), shares


class CachedLogits:
    """Logits of frozen networks, computed once for several views of every tile: inputs (views, N, C) each, and labels (N,)."""

    def __init__(self, inputs: tuple[Tensor, ...], labels: np.ndarray):
        self.inputs, self.labels, self.n_classes = inputs, labels, inputs[0].shape[-1]

    def batch(self, chosen: np.ndarray, rng: np.random.Generator | None = None) -> Batch:
        """Return the inputs (B, ...) of the chosen tiles, each in one of its views, the first without `rng`; and their classes, (B, C)."""
        n_views = len(self.inputs[0])
        view = np.zeros(len(chosen), int) if rng is None else rng.integers(0, n_views, len(chosen))
        return tuple(part[view, chosen] for part in self.inputs), one_hot(
            self.labels[chosen], self.n_classes, self.inputs[0].device
        )


def turned_vario(tiles: LabelledTiles, angle_deg: np.ndarray) -> np.ndarray:
    """Return the scaled vario functions (N, D, K) of tiles that are turned by angles (N,); corners turned in from outside are masked."""
    lags = np.array(tiles.expected["vario"]["lags"])
    turned = np.empty(tiles.v.shape)
    for part in np.array_split(np.arange(len(tiles)), max(1, len(tiles) // 64)):
        angle = torch.from_numpy(angle_deg[part])
        counts = torch.from_numpy(tiles.counts[part].astype(np.float32))
        known = torch.ones_like(counts) if tiles.valid is None else torch.from_numpy(tiles.valid[part].astype(np.float32))
        counts, known = (augmentation.turn(x, angle, "nearest", "zeros").numpy() for x in (counts, known))
        functions = vario_functions.vario_functions(counts.astype(tiles.counts.dtype), lags, known > 0.5)
        turned[part] = functions.v
    return features.continue_curves(radiometry.scale_vario(turned, {"low": tiles.low, "high": tiles.high}))
