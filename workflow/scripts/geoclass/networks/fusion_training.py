"""VarioNet's training: the fusion on the kept logits of both networks, then everything at a lower rate."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from geoclass.core import files, log
from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.networks import checkpoints, description, devices, pixel_training, stacking, training, vario_training
from geoclass.networks.training_state import RunDirectory

BLOCK = {"blocks": 1, "scale": 64}  # as in the paper
VIEWS = 8  # of every training tile whose logits are kept, beside the tile as it is
PARTS = ("variomlp", "resnet18")


def load(
    tiles: LabelledTiles, folders: dict[str, str | Path], split: str, device: torch.device
) -> dict[str, checkpoints.Predictor]:
    """Load the two networks that are to be fused.

    Parameters
    ----------
    tiles
        Labelled tiles.
    folders
        Model folders by kind.
    split
        The split that all networks are trained on.
    device
        Where to compute.

    Raises
    ------
    ValueError
        A network of another kind, or one that was trained for other tiles, lags, radiometry or classes.
    """
    predictors = {name: checkpoints.load(folder, device) for name, folder in folders.items()}
    expected = tiles.expected
    metadata = {"tiles": expected["tile"], "vario": expected["vario"], "scene": {"radiometry": expected["radiometry"]}}
    for name, predictor in predictors.items():
        if predictor.card["model"] != name:
            raise ValueError(
                f"{folders[name]}: a model of kind {predictor.card['model']}, expected {name}; correct "
                f"classify_scene/finished/{name}"
            )
        predictor.check(metadata | {"classes": [c["class_name"] for c in tiles.classes]}, "the labelled tiles")
        if predictor.card["split"]["fingerprint"] != files.fingerprint(split):
            log.logger.info(
                "%s was trained on another split than %s: it may know tiles that are held out", predictor.card["id"], split
            )
    return predictors


class Examples:
    """Labelled tiles as inputs of VarioNet: features and pixels in the same views; parameters as those of the two networks' examples."""

    def __init__(self, tiles: LabelledTiles, recipe: dict, device: torch.device, kinds: Sequence[str] = (), seed: int = 0):
        self.vario = vario_training.Examples(tiles, recipe, device, kinds, seed)
        self.pixels = pixel_training.Examples(tiles, device, kinds, seed)
        self.labels, self.n_classes = tiles.labels, len(tiles.classes)

    def batch(self, chosen: np.ndarray, rng: np.random.Generator | None = None) -> training.Batch:
        """Return features (B, F) and pixels (B, H, W) of the chosen tiles, and the share that each shows of a class, (B, C)."""
        kinds, copies = self.pixels.kinds, len(self.pixels.angles)
        views = None if rng is None else pixel_training.draw(rng, len(chosen), kinds, copies)
        vectors = self.vario.seen(chosen, views)
        pixels, shares = self.pixels.seen(chosen, views, rng)
        return (vectors, pixels), shares


class CachedLogits:
    """Logits of frozen networks, computed once for several views of every tile: inputs (views, N, C) each, and labels (N,)."""

    def __init__(self, inputs: tuple[Tensor, ...], labels: np.ndarray):
        self.inputs, self.labels, self.n_classes = inputs, labels, inputs[0].shape[-1]

    def batch(self, chosen: np.ndarray, rng: np.random.Generator | None = None) -> training.Batch:
        """Return the inputs (B, ...) of the chosen tiles, each in one of its views, the first without `rng`; and their classes, (B, C)."""
        n_views = len(self.inputs[0])
        view = np.zeros(len(chosen), int) if rng is None else rng.integers(0, n_views, len(chosen))
        return tuple(part[view, chosen] for part in self.inputs), training.one_hot(
            self.labels[chosen], self.n_classes, self.inputs[0].device
        )


class FusionTraining:
    """Two trained networks and their logits for the labelled tiles, ready to be fused in one way or another.

    Parameters
    ----------
    tiles
        Labelled tiles with pixels and vario functions.
    predictors
        The two networks by kind.
    settings
        Section train_varionet of the config.
    run
        Where to train.

    Attributes
    ----------
    train, held
        The training and the validation tiles.
    """

    def __init__(self, tiles: LabelledTiles, predictors: dict[str, checkpoints.Predictor], settings: dict, run: RunDirectory):
        self.predictors, self.run = predictors, run
        recipe = {key: self.predictors["variomlp"].card.get(key) for key in description.FEATURES}
        kinds = [kind for kind in settings["augmentation"] if kind in pixel_training.SHARED]
        self.train = Examples(tiles.subset("train"), recipe, run.device, kinds, settings["seed"])
        self.held = Examples(tiles.subset("validation"), recipe, run.device)
        views = VIEWS if kinds else 0
        self.kept = [self._cached(self.train, views, settings["seed"]), self._cached(self.held, 0, settings["seed"])]

    def _cached(self, source: Examples, views: int, seed: int) -> CachedLogits:
        """Compute the logits of both networks for every tile as it is and in some views."""
        rng = devices.seed(seed)
        mixed = {"dtype": self.run.precision, "enabled": self.run.precision != torch.float32}
        logits: dict[str, list] = {name: [] for name in PARTS}
        n = len(source.labels)
        for view in log.progress(range(1 + views), 1 + views, "logits of frozen networks, views"):
            parts: dict[str, list] = {name: [] for name in PARTS}
            for chosen in np.array_split(np.arange(n), max(1, n // 64)):
                inputs, _ = source.batch(chosen, rng if view else None)
                with torch.inference_mode(), torch.autocast(self.run.device.type, **mixed):
                    for name, part in zip(PARTS, inputs, strict=True):
                        parts[name].append(self.predictors[name].network(part).float())
            for name in PARTS:
                logits[name].append(torch.cat(parts[name]))
        # Cloned, because tensors of inference mode cannot be learned from.
        return CachedLogits(tuple(torch.stack(logits[name]).clone() for name in PARTS), source.labels)

    def architecture(self, settings: dict) -> dict:
        """Return the arguments of the whole network."""
        fusion = stacking.WAYS[settings["weights"]] | BLOCK
        parts = {name: predictor.card["architecture"] for name, predictor in self.predictors.items()}
        return parts | {"fusion": {"n_classes": parts["resnet18"]["n_classes"], **fusion}}

    def network(self, settings: dict) -> nn.Module:
        """Return the whole network: both networks as they were trained, and a new fusion."""
        network = checkpoints.build("varionet", self.architecture(settings))
        for name, predictor in self.predictors.items():
            getattr(network, name).load_state_dict(predictor.network.state_dict())
        return network

    @devices.one_thread()
    def frozen(self, settings: dict, stage: str) -> training.Fit:
        """Train the fusion alone; the two networks stay as they are, so that their logits serve for all epochs."""
        torch.manual_seed(settings["seed"])
        network = self.network(settings)
        fit = training.fit(network.fusion, *self.kept, training.Options.of(settings), self.run, stage)
        rest = {name: value for name, value in network.cpu().state_dict().items() if not name.startswith("fusion.")}
        best, last = (rest | {f"fusion.{name}": value for name, value in part.items()} for part in (fit.best, fit.last))
        return replace(fit, best=best, last=last)

    def sweep(self, settings: dict) -> Iterator[tuple[float | str, training.Fit]]:
        """Train the fusion with all weights of the two networks; each setting of them with its training, one after the other."""
        for weights, way in stacking.WAYS.items():
            yield weights, self.frozen(settings | {"weights": weights}, " ".join(map(str, way.values())))

    def weighted(self, settings: dict) -> tuple[dict, training.Fit]:
        """Train the fusion with the weights that are set, or with those of the lowest validation loss; return them as settings, too."""
        if settings["weights"] != "best":
            return settings, self.frozen(settings, "frozen")
        weights, fit = min(self.sweep(settings), key=lambda one: one[1].best_row["validation_loss"])
        log.logger.info("lowest validation loss %.3f with weights %s", fit.best_row["validation_loss"], fit.best_row["stage"])
        return settings | {"weights": weights}, fit

    def fine(self, frozen: training.Fit, settings: dict, stage: str) -> training.Fit:
        """Train everything at the lower rate, from the best epoch of the frozen stage; the curves of both are returned."""
        network = self.network(settings)
        network.load_state_dict(frozen.best)
        options = settings | {"learning_rate": settings["fine_learning_rate"], "epochs": settings["fine_epochs"]}
        fit = training.fit(network, self.train, self.held, training.Options.of(options), self.run, stage, start_counts=True)
        return replace(fit, curves=frozen.curves + fit.curves, kept=len(frozen.curves) + fit.kept)


def found(row: dict) -> dict:
    """Return what a study tells of a training's best epoch."""
    return {name: row[name] for name in ("validation_loss", "validation_accuracy", "epoch")}
