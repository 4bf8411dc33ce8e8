"""VarioNet out of folds: the fusion learned from held-out logits, put behind the two networks that have learned all tiles."""

import math

import numpy as np

from geoclass.confidence import calibration, held_out
from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.networks import checkpoints, model_folder, stacking, training


def logits_of(network: checkpoints.Predictor, folds: list[str], tiles: LabelledTiles, split: str) -> np.ndarray:
    """Return what is said of the held-out tiles, (n, C): by networks of the folds, or by a finished network, which has none."""
    if folds:
        return model_folder.said(folds, tiles, split).logits
    return checkpoints.ask(network, tiles.held_out())[0]


def stacked(
    networks: dict[str, checkpoints.Predictor], folds: dict[str, list[str]], tiles: LabelledTiles, split: str, settings: dict
) -> stacking.Stacked:
    """Learn the fusion of two networks from what is said of tiles held out; arguments as in `fuse`."""
    held = tiles.held_out()
    z_v, z_r = (logits_of(networks[name], folds[name], tiles, split) for name in ("variomlp", "resnet18"))
    return stacking.stack(z_v, z_r, held.labels, held.folds, held.withheld, held.blocks, settings)


def fuse(
    networks: dict[str, checkpoints.Predictor], folds: dict[str, list[str]], tiles: LabelledTiles, split: str, settings: dict
) -> tuple[dict, training.Fit, held_out.Outputs]:
    """Return VarioNet's architecture, its training, and what fusions of other folds say of the tiles held out.

    Parameters
    ----------
    networks
        VarioMLP and ResNet-18, trained on all tiles.
    folds
        For each of them the tables of its folds; none for a finished network.
    tiles
        All labelled tiles.
    split
        Their split.
    settings
        Section train_varionet of the config.
    """
    held = tiles.held_out()
    found = stacked(networks, folds, tiles, split, settings)
    weights = {f"fusion.{name}": value for name, value in found.weights.items()}
    for name, network in networks.items():
        weights |= {f"{name}.{key}": value.cpu() for key, value in network.network.state_dict().items()}
    architecture = {name: network.card["architecture"] for name, network in networks.items()} | {"fusion": found.fusion}
    row = {"stage": found.name, "epoch": stacking.STEPS if found.fusion["blocks"] else 0, "learning_rate": math.nan}
    row |= {"training_loss": math.nan, "training_accuracy": math.nan}
    row["validation_loss"] = float(calibration.losses(found.logits, held.labels).mean())
    row["validation_accuracy"] = float((found.logits.argmax(axis=1) == held.labels).mean())
    outputs = held_out.Outputs.of(held.tile_ids, found.logits, found.resnet18_weight)
    return architecture, training.Fit(weights, weights, [row], 0), outputs
