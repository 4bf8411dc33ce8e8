"""The network of a model as an ONNX file for other software, proven to say what the model says."""

import json
import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from scipy.special import softmax

from geoclass.core import files, surroundings  # noqa: F401

# isort: split
import onnxruntime  # after `surroundings`, which keeps it from reporting its use

from geoclass.networks import description
from geoclass.networks.checkpoints import Predictor

GATE_TILES = 100
GATE_DIFFERENCE = 1e-3  # greatest difference of a probability between the two


def write(predictor: Predictor, arrays: tuple[np.ndarray, ...], path: str | Path) -> None:
    """Export the network of a model, for any number of tiles, and compare the two on real tiles.

    The file has the inputs that `Predictor.inputs` returns, ``features`` (tiles, F) and ``pixels`` (tiles, H, W) or one of them, and
    the output ``logits`` (tiles, C). Its metadata holds id and fingerprint of the model, and what turns scenes into inputs and logits
    into classes, each as JSON: ``classes`` (class_id, class_name and colour in the order of the logits), ``temperature`` (the
    probabilities are softmax(logits / temperature)), ``preprocessing`` (tile, radiometry, lags, normalisation and standardisation of
    the features).

    Parameters
    ----------
    predictor
        The model, on the CPU.
    arrays
        Inputs of up to 100 tiles.
    path
        File to write.

    Raises
    ------
    RuntimeError
        The file gives other labels, or probabilities that differ by more than 1e-3.
    """
    names = [name for name in ("features", "pixels") if {"features": "vario"}.get(name, name) in predictor.needs]
    arrays = tuple(array[:GATE_TILES] for array in arrays)
    examples = tuple(torch.from_numpy(np.repeat(array[:1], 2, axis=0)) for array in arrays)
    tiles = torch.export.Dim("tiles")
    with warnings.catch_warnings(), torch.inference_mode(False):
        warnings.simplefilter("ignore")
        for name in ("torch.onnx", "onnxscript", "onnx_ir"):  # they count nodes, which says nothing to a reader of the log
            logging.getLogger(name).setLevel(logging.ERROR)
        program = torch.onnx.export(
            predictor.network,
            examples,
            input_names=names,
            output_names=["logits"],
            dynamic_shapes={parameter: {0: tiles} for parameter in names},
            dynamo=True,
            verbose=False,
        )
    model = program.model_proto
    for part in (
        model.graph,
        *model.graph.node,
        *model.graph.value_info,
        *model.graph.input,
        *model.graph.output,
        *model.functions,
    ):
        del part.metadata_props[:]  # traces of the exporting machine
    onnx.helper.set_model_props(model, _metadata(predictor.card))
    with files.replacing(path) as temporary:
        temporary.write_bytes(model.SerializeToString(deterministic=True))
        session = onnxruntime.InferenceSession(temporary, providers=["CPUExecutionProvider"])
        (logits,) = session.run(None, dict(zip(names, arrays, strict=True)))
        with torch.inference_mode():
            expected = predictor.network(*map(torch.from_numpy, arrays)).numpy()
        found, own = (softmax(z / predictor.card["temperature"], axis=1) for z in (logits, expected))
        difference = float(np.abs(found - own).max())
        close = np.abs(np.diff(np.sort(own, axis=1)[:, -2:], axis=1))[:, 0] < GATE_DIFFERENCE
        if difference > GATE_DIFFERENCE or (found.argmax(1) != own.argmax(1))[~close].any():
            raise RuntimeError(
                f"{path}: probabilities differ by {difference:g} from the model's, expected at most {GATE_DIFFERENCE:g}"
            )


def _metadata(card: dict) -> dict[str, str]:
    """Return what the file says about itself, from model.json."""
    recipe = {key: card.get(key) for key in ("tile", "radiometry", "vario", *description.FEATURES)}
    facts = {"classes": card["classes"], "temperature": card["temperature"], "preprocessing": recipe}
    model = {"model_id": card["id"], "model_fingerprint": card.get("fingerprint", "")}
    return model | {key: json.dumps(value, sort_keys=True) for key, value in facts.items()}
