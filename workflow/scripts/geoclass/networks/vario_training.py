"""Training on vario functions: those of tiles in the views that pixels are seen in, as batches; and the training of VarioMLP.

Rotation and boundaries need the vario functions of other pixels, which are computed once for a bank of copies. All else is exact and
cheap: mirroring swaps the diagonals, and under ``z' = gain z + offset + noise`` vario functions become ``gain² v + noise²``.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from geoclass.core import log
from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.networks import boundary, changed_pixels, devices, pixel_training, training
from geoclass.networks.pixel_training import Views
from geoclass.networks.training_state import RunDirectory
from geoclass.networks.variomlp import VarioMLP, hidden_widths
from geoclass.vario import features

CROSSING = 0.5  # share of the views that lie across a boundary


def of_vario(v: np.ndarray, views: Views) -> np.ndarray:
    """Return the vario functions (B, D, K) of the views of tiles, from those of the copies that are seen (B, D, K)."""
    mirrored = views.rows ^ views.columns  # mirrored both ways is turned by 180°, which vario functions do not see
    v = np.where(mirrored[:, None, None], features.mirror(v), v)
    return views.gain[:, None, None] ** 2 * v + views.noise[:, None, None] ** 2


def turned_vario(tiles: LabelledTiles, angle_deg: np.ndarray) -> np.ndarray:
    """Return the scaled vario functions (N, D, K) of tiles that are turned by angles (N,); corners turned in from outside are masked."""

    def turn(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        angle = torch.from_numpy(angle_deg[part])
        counts = torch.from_numpy(tiles.counts[part].astype(np.float32))
        known = torch.ones_like(counts) if tiles.valid is None else torch.from_numpy(tiles.valid[part].astype(np.float32))
        counts, known = (pixel_training.turn(x, angle, "nearest", "zeros").numpy() for x in (counts, known))
        return counts.astype(tiles.counts.dtype), known > 0.5

    return changed_pixels.vario(tiles, turn)[0]


class Examples:
    """Labelled tiles as inputs of VarioMLP; parameters as those of `pixel_training.Examples`.

    Parameters
    ----------
    recipe
        ``normalisation``, ``directions`` and ``standardisation`` of the features.
    """

    def __init__(self, tiles: LabelledTiles, recipe: dict, device: torch.device, kinds: Sequence[str] = (), seed: int = 0):
        self.recipe, self.device, self.kinds = recipe, device, kinds
        self.labels, self.n_classes = tiles.labels, len(tiles.classes)
        turned = pixel_training.turns(len(tiles), kinds, seed)[1:]
        copies = [tiles.v, *(turned_vario(tiles, angles) for angles in turned)]
        shares = [training.shares_of(self.labels, self.n_classes)] * len(copies)
        self.n_whole = len(copies)  # of one tile alone; those behind them lie across a boundary
        if "boundary" in kinds:
            for k in range(pixel_training.COPIES):
                v, shown = boundary.vario(tiles, np.random.default_rng([seed, k]))
                copies.append(v)
                shares.append(shown)
        self.v, self.shares = np.stack(copies), np.stack(shares)  # (copies, N, D, K), (copies, N, C)

    def batch(self, chosen: np.ndarray, rng: np.random.Generator | None = None) -> training.Batch:
        """Return the features (B, F) of the chosen tiles, in views drawn with `rng`, and their classes as shares, (B, C)."""
        views = None if rng is None else self._draw(rng, len(chosen))
        copy = 0 if views is None else views.copy
        return (self.seen(chosen, views),), torch.from_numpy(self.shares[copy, chosen]).to(self.device)

    def _draw(self, rng: np.random.Generator, n: int) -> Views:
        """Draw views of n tiles, half of them across a boundary, where there are such copies."""
        views, n_copies = pixel_training.draw(rng, n, self.kinds, self.n_whole), len(self.v)
        if n_copies == self.n_whole:
            return views
        return replace(views, copy=np.where(rng.random(n) < CROSSING, rng.integers(self.n_whole, n_copies, n), views.copy))

    def seen(self, chosen: np.ndarray, views: Views | None) -> Tensor:
        """Return the features of the chosen tiles in views that are drawn already; None: as they are."""
        v = self.v[0, chosen] if views is None else of_vario(self.v[views.copy, chosen], views)
        return torch.from_numpy(features.apply(v, self.recipe)).to(self.device)


def needs_pixels(settings: dict) -> bool:
    """Return whether a training of VarioMLP reads pixels: only to compute other vario functions of them."""
    return not {"rotate", "boundary"}.isdisjoint(settings["augmentation"])


def train(
    tiles: LabelledTiles, validation: LabelledTiles | None, settings: dict, run: RunDirectory, stage: str
) -> training.Trained:
    """Train VarioMLP; arguments as for `pixel_training.train`."""
    recipe = features.recipe(tiles.v, settings["normalisation"], settings["directions"], tiles.expected["vario"]["lags"])
    n_features = len(recipe["standardisation"]["mean"])
    n_off = recipe["standardisation"]["deviation"].count(0)
    if n_off:
        log.logger.info("%d of %d features are the same in all training tiles and are switched off", n_off, n_features)
    widths = hidden_widths(settings["hidden"], n_features)
    architecture = {
        "n_classes": len(tiles.classes),
        "n_features": n_features,
        "widths": widths,
        "dropout": settings["dropout"],
    }
    devices.seed(settings["seed"])
    network = VarioMLP(**architecture)
    shown = Examples(tiles, recipe, run.device, settings["augmentation"], settings["seed"])
    held = None if validation is None else Examples(validation, recipe, run.device)
    with devices.one_thread():
        fit = training.fit(network, shown, held, training.Options.of(settings), run, stage)
    return training.Trained("variomlp", architecture, recipe, fit)


def outputs(trained: training.Trained, tiles: LabelledTiles) -> np.ndarray:
    """Return the logits of the best weights for tiles as they are, (n, C)."""
    network = VarioMLP(**trained.architecture)
    network.load_state_dict(trained.fit.best)
    return training.predict(network, Examples(tiles, trained.recipe, torch.device("cpu")), pixel_training.BATCH).numpy()
