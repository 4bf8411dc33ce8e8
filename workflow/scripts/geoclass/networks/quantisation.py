"""ResNet-18 in int8: post-training quantisation for CPUs, kept in the model folder."""

import contextlib
import hashlib
import io
import json
import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as serialize

from geoclass.core import files, surroundings  # noqa: F401  # `surroundings` keeps NNCF and OpenVINO from reporting their use
from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.networks import openvino_model

if TYPE_CHECKING:
    import openvino

NAME = "int8.safetensors"  # in the model folder
TILES = 64  # to find the range of every layer's values with
FEWEST_TILES = 24
BLANK = 0.01  # standard deviation of the scaled pixels of a tile that shows nothing; such tiles would make all ranges too small


def calibration_pixels(tiles: LabelledTiles) -> np.ndarray:
    """Return pixels (n, H, W) float32 of at most 64 tiles of all classes that the model has learned and that are not blank."""
    tiles = tiles.learned()
    order = np.argsort(tiles.labels, kind="stable")
    seen = [tile for tile in order if tiles.pixels(slice(tile, tile + 1)).std() > BLANK]
    chosen = np.unique(np.linspace(0, len(seen) - 1, TILES).astype(int)) if seen else []
    return tiles.pixels(np.array([seen[index] for index in chosen], int))


def fingerprint(network: torch.nn.Module) -> str:
    """Return the SHA-256 of a network's weights."""
    digest = hashlib.sha256()
    for name, weights in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(weights.detach().cpu().contiguous().numpy())
    return digest.hexdigest()


def write(path: str | Path, network: torch.nn.Module, pixels: np.ndarray) -> str | None:
    """Quantise a network of pixels and write it, or a file that says why there is none.

    Weights are rounded to int8 channel by channel, values between layers to eight bits in the range that they have in the given
    tiles (Jacob et al. 2018, as NNCF does it). Rounding shrinks and shifts logits: those of each class are brought back onto the
    network's by the straight line that fits the given tiles. NNCF's overflow fix leaves one bit of the weights unused, since
    processors without VNNI instructions add pairs of products in 16 bits; so the file gives the same values on both.

    Parameters
    ----------
    path
        File to write: OpenVINO's model, its XML and its constants as two arrays of bytes.
    network
        (B, H, W) → (B, C) float32, in evaluation mode.
    pixels
        Tiles (n, H, W) float32 that it was trained on.

    Returns
    -------
    str or None
        Why there is no quantised network: a package is missing, or there are too few tiles; else None.

    References
    ----------
    Jacob, B. et al. (2018): Quantization and training of neural networks for efficient integer-arithmetic-only inference. CVPR,
    doi:10.1109/CVPR.2018.00286.
    """
    arrays, reason = {}, None
    if len(pixels) < FEWEST_TILES:
        reason = f"{len(pixels)} training tiles that are not blank, expected at least {FEWEST_TILES}"
    else:
        try:
            arrays = _arrays(_quantised(network, pixels))
        except (ImportError, ValueError) as error:
            reason = str(error)
    facts = {"network_sha256": fingerprint(network), "tile": list(pixels.shape[1:]), "missing": reason}
    with files.replacing(path) as temporary:
        temporary.write_bytes(serialize(arrays, metadata={"int8": json.dumps(facts, sort_keys=True)}))
    return reason


def _quantised(network: torch.nn.Module, pixels: np.ndarray) -> "openvino.Model":
    """Return the quantised network."""
    model = openvino_model.convert(network, pixels.shape[1:])
    import nncf

    logging.getLogger("nncf").setLevel(logging.ERROR)  # its own function changes handlers that others have added, too
    one_by_one = nncf.Dataset([pixels[index : index + 1] for index in range(len(pixels))])  # larger batches spoil the ranges
    safe = nncf.AdvancedQuantizationParameters(overflow_fix=nncf.OverflowFix.ENABLE)
    with contextlib.redirect_stdout(io.StringIO()):  # bars of progress
        quantised = nncf.quantize(model, one_by_one, subset_size=len(pixels), advanced_parameters=safe)
    _correct(quantised, network, pixels)
    quantised.set_friendly_name("int8")
    for index, node in enumerate(quantised.get_ordered_ops()):  # names count all nodes of a process, files do not
        node.set_friendly_name(f"{node.get_type_name()}_{index}")
    return quantised


def _correct(model: "openvino.Model", network: torch.nn.Module, pixels: np.ndarray) -> None:
    """Let a quantised model end with the straight line, class by class, that brings its logits of tiles onto those of the network."""
    from openvino import opset13 as ops

    fast, parts = openvino_model.compiled(model, "f32", 1), np.array_split(pixels, max(1, len(pixels) // 8))
    with torch.inference_mode():
        found, true = (
            np.concatenate([ask(part) for part in parts]) for ask in (fast, lambda part: network(torch.from_numpy(part)))
        )
    spread = found.std(axis=0)
    covariance = ((found - found.mean(axis=0)) * (true - true.mean(axis=0))).mean(axis=0)
    slope = np.divide(covariance, spread**2, out=np.ones_like(spread), where=spread > 1e-6)
    offset = true.mean(axis=0) - slope * found.mean(axis=0)
    result = model.get_results()[0].input(0)
    result.replace_source_output(ops.add(ops.multiply(result.get_source_output(), slope), offset).output(0))


def _arrays(model: "openvino.Model") -> dict[str, np.ndarray]:
    """Return the two files of an OpenVINO model as arrays of bytes."""
    import openvino

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "int8.xml")
        openvino.save_model(model, path, compress_to_fp16=False)  # float16 would clamp large constants
        files = {"xml": path, "bin": path.with_suffix(".bin")}
        return {name: np.frombuffer(file.read_bytes(), np.uint8) for name, file in files.items()}


def read(path: str | Path, identity: str) -> "openvino.Model":
    """Read what `write` wrote.

    Raises
    ------
    ValueError
        There is no such file, it is cut off, belongs to other weights, or says why there is no quantised network.
    """
    if not Path(path).is_file():
        raise ValueError(
            f"{path}: not there, expected ResNet-18 in int8; let the rule quantise_model make it or set another engine"
        )
    try:
        import openvino

        with safe_open(path, "numpy") as stored:
            facts = json.loads(stored.metadata()["int8"])
            arrays = {name: stored.get_tensor(name) for name in stored.keys()}
    except ImportError:
        raise ValueError("classify_scene/engine: openvino is not installed; install the package or set auto") from None
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: not a readable network in int8 ({error}); delete it, and the next run makes it anew") from None
    if facts["network_sha256"] != identity:
        raise ValueError(f"{path}: of other weights than the model's; delete it, and the next run makes it anew")
    if facts["missing"] is not None:
        raise ValueError(f"{path}: no network in int8: {facts['missing']}")
    return openvino.Core().read_model(arrays["xml"].tobytes(), openvino.Tensor(arrays["bin"]))
