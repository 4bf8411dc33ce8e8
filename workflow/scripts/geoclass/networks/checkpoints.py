"""Model folders are loaded: weights from safetensors, everything else from model.json, checked; and asked about tiles."""

from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from geoclass.core import compatibility, files, log
from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.networks import description
from geoclass.networks.description import NEEDS
from geoclass.networks.variomlp import VarioMLP
from geoclass.networks.varionet import Fusion, VarioNet
from geoclass.vario import features

BATCH = 64  # tiles that are asked about at once


def build(model: str, architecture: dict) -> nn.Module:
    """Return the network of a model with new weights.

    Parameters
    ----------
    model
        variomlp, resnet18 or varionet.
    architecture
        Arguments of the network; for VarioNet those of its three parts, by the part's name.

    Raises
    ------
    ValueError
        A fusion of an earlier version that fuses probabilities.
    """
    if model == "variomlp":
        return VarioMLP(**architecture)
    if model == "resnet18":
        from geoclass.networks.resnet18 import ResNet18  # here, since torchvision takes as long to import as PyTorch

        # models of earlier versions have another word for one argument
        return ResNet18(**{"downsampling" if key == "pooling_px" else key: value for key, value in architecture.items()})
    parts = (build(part, architecture[part]) for part in ("variomlp", "resnet18"))
    fusion = dict(architecture["fusion"])
    fused = fusion.pop("fusion", "logits")  # named by models of earlier versions
    if fused != "logits":
        raise ValueError(f"a fusion of {fused}, expected logits")
    return VarioNet(*parts, Fusion(**fusion))


def load(folder: str | Path, device: str | torch.device = "cpu") -> "Predictor":
    """Load a model folder, whatever device it was trained on.

    Raises
    ------
    ValueError
        No model folder of ours, a description that was changed, weights that are cut off, not finite, belong to another model or have
        another architecture.
    """
    folder = Path(folder)
    described, weights_path = folder / "model.json", folder / "weights.safetensors"
    for path in (described, weights_path):
        if not path.is_file():
            raise ValueError(
                f"{folder}: no {path.name}, expected a model folder with model.json and weights.safetensors; "
                "train the model or name another folder"
            )
    card = description.read(described)
    try:
        weights = load_file(weights_path)
    except SafetensorError as error:
        raise ValueError(
            f"{weights_path}: not a whole safetensors file ({error}); restore it from a copy or train again"
        ) from None
    try:
        network = build(card["model"], card["architecture"])
    except (TypeError, LookupError, AttributeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{described}: no network of this architecture ({error}); restore it from a copy, train again, or use the version of the "
            "workflow that trained it"
        ) from None
    own = {name: tuple(weight.shape) for name, weight in network.state_dict().items()}
    found = {name: tuple(weight.shape) for name, weight in weights.items()}
    for name in [*own, *found]:
        if own.get(name) != found.get(name):
            raise ValueError(
                f"{weights_path}: {found.get(name, 'nothing')} for {name}, expected {own.get(name, 'nothing')} of the "
                "architecture in model.json; the two belong to different models"
            )
    if files.fingerprint(weights_path) != card["weights_sha256"]:
        raise ValueError(
            f"{weights_path}: not the weights that model.json describes (other SHA-256); restore both or train again"
        )
    for name, weight in weights.items():
        if weight.is_floating_point() and not torch.isfinite(weight).all():
            raise ValueError(f"{weights_path}: {name} is not finite, expected numbers; restore it from a copy or train again")
    network.load_state_dict(weights)
    return Predictor(card, network, device)


class Predictor:
    """A trained model, ready to predict.

    Attributes
    ----------
    card
        The content of model.json.
    needs
        What it looks at: a subset of {"pixels", "vario"}.
    network
        The network in evaluation mode, in float32; called with what `inputs` returns.
    """

    def __init__(self, card: dict, network: nn.Module, device: str | torch.device = "cpu"):
        self.card, self.device, self.needs = card, torch.device(device), NEEDS[card["model"]]
        self.network = network.eval().to(self.device)

    def check(self, metadata: dict, source: str | Path, pixel_factor: float = compatibility.PIXEL_FACTOR) -> None:
        """Refuse a table that was made otherwise than those the model was trained on.

        Parameters
        ----------
        metadata
            Of a tile table, a table of vario functions or a split; what it does not hold is not compared.
        source
            Path of the table, for the message.
        pixel_factor
            How many times larger or smaller the pixels may be than those that the model has learned.

        Raises
        ------
        ValueError
            Another tile size, other lags, other radiometry or other classes; the sentence names the difference.
        """
        expected = self.card if "vario" in self.needs else {**self.card, "vario": None}
        compatibility.check(
            metadata, expected, source, f"model {self.card['id']} was trained with", "train again with these", pixel_factor
        )

    def inputs(self, pixels: np.ndarray | None, v: np.ndarray | None) -> tuple[np.ndarray, ...]:
        """Return what the network, here or in model.onnx, is called with.

        Parameters
        ----------
        pixels
            Scaled by `radiometry.scale_pixels`, (B, H, W); None where the model does not need them.
        v
            Vario functions scaled by `radiometry.scale_vario`, (B, D, K); None likewise.

        Returns
        -------
        tuple of numpy.ndarray
            Features (B, F) and pixels (B, H, W), float32, those of the two that the model needs. Features are NaN for tiles with
            a direction without any pair.
        """
        arrays = []
        if "vario" in self.needs:
            arrays.append(features.apply(features.continue_curves(v), self.card))
        if "pixels" in self.needs:
            arrays.append(np.ascontiguousarray(pixels, np.float32))
        return tuple(arrays)

    def logits(self, pixels: np.ndarray | None, v: np.ndarray | None) -> np.ndarray:
        """Return the network's outputs (B, C), float32; probabilities are ``softmax(logits / card["temperature"])``.

        NaN for tiles whose features are NaN: they have no class.
        """
        with torch.inference_mode():
            return (
                self.network(*(torch.from_numpy(array).to(self.device) for array in self.inputs(pixels, v))).float().cpu().numpy()
            )


def ask(predictor: Predictor, tiles: LabelledTiles) -> tuple[np.ndarray, np.ndarray]:
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
