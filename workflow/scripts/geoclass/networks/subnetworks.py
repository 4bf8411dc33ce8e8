"""VarioMLP and ResNet-18, the two networks that VarioNet fuses, trained on labelled tiles; and what a network says of tiles."""

import contextlib
from dataclasses import dataclass

import numpy as np
import torch

from geoclass.core import log
from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.networks import checkpoints, devices, resnet18, training, variomlp
from geoclass.networks.batches import Examples
from geoclass.vario import features

BATCH = 64


@dataclass(frozen=True)
class Trained:
    """A network after training: arguments of its architecture, how its features are made (empty for pixels), and the training."""

    model: str
    architecture: dict
    recipe: dict
    fit: training.Fit

    def outputs(self, tiles: LabelledTiles) -> np.ndarray:
        """Return the logits of the best weights for tiles as they are, (n, C)."""
        network = checkpoints.build(self.model, self.architecture)
        network.load_state_dict(self.fit.best)
        if not len(tiles):
            return tiles.no_logits()
        examples = Examples(tiles, checkpoints.NEEDS[self.model], self.recipe, torch.device("cpu"))
        return training.predict(network, examples, BATCH).numpy()


def needs_pixels(model: str, settings: dict) -> bool:
    """Return whether a training reads pixels: VarioMLP only to rotate them."""
    return model == "resnet18" or "rotate" in settings["augmentation"]


def train(
    model: str,
    tiles: LabelledTiles,
    validation: LabelledTiles | None,
    settings: dict,
    run: training.RunDirectory,
    stage: str,
    start: str = "",
) -> Trained:
    """Train one of the two networks.

    Parameters
    ----------
    model
        variomlp or resnet18.
    tiles
        What it learns.
    validation
        What stops it; None trains a fixed number of epochs.
    settings
        Section of the config.
    run
        Where to train.
    stage
        Name of the training in log and curves.
    start
        File with weights that ResNet-18 starts from; empty for random ones.
    """
    recipe = {}
    architecture = {"n_classes": len(tiles.classes)}
    if model == "variomlp":
        recipe = features.recipe(tiles.v, settings["normalisation"], settings["directions"], tiles.expected["vario"]["lags"])
        n_features = len(recipe["standardisation"]["mean"])
        n_off = recipe["standardisation"]["deviation"].count(0)
        if n_off:
            log.logger.info("%d of %d features are the same in all training tiles and are switched off", n_off, n_features)
        widths = variomlp.hidden_widths(settings["hidden"], n_features)
        architecture |= {"n_features": n_features, "widths": widths, "dropout": settings["dropout"]}
    else:
        architecture |= {"downsampling": settings["downsampling"]}
    devices.seed(settings["seed"])
    network = checkpoints.build(model, architecture)
    if start:
        resnet18.start_from(network, start)
    needs = checkpoints.NEEDS[model]
    shown = Examples(tiles, needs, recipe, run.device, settings["augmentation"], settings["seed"])
    held = None if validation is None else Examples(validation, needs, recipe, run.device)
    with devices.one_thread() if model == "variomlp" else contextlib.nullcontext():
        fit = training.fit(network, shown, held, training.Options.of(settings), run, stage)
    return Trained(model, architecture, recipe, fit)


def ask(predictor: checkpoints.Predictor, tiles: LabelledTiles) -> tuple[np.ndarray, np.ndarray]:
    """Return a trained model's logits for tiles, (n, C), and VarioNet's weight of ResNet-18 for each, (n,), NaN for other models."""
    logits, weights, hooks = [], [np.full(len(tiles), np.nan)], []
    if predictor.card["model"] == "varionet":
        weights, fusion = [], predictor.network.fusion
        hooks.append(fusion.register_forward_hook(lambda _, z, __: weights.append(fusion.resnet18_weight(*z).numpy()[:, 0])))
    starts = range(0, len(tiles), BATCH)
    for start in log.progress(starts, len(starts), f"{predictor.card['model']}, batches"):
        part = slice(start, start + BATCH)
        pixels = tiles.pixels(part) if "pixels" in predictor.needs else None
        logits.append(predictor.logits(pixels, tiles.v[part] if "vario" in predictor.needs else None))
    for hook in hooks:
        hook.remove()
    return np.concatenate(logits), np.concatenate(weights)
