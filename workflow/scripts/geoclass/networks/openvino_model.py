"""A network of pixels as OpenVINO computes it on a CPU."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch

from geoclass.core import surroundings  # noqa: F401  # keeps OpenVINO from reporting its use

if TYPE_CHECKING:
    import openvino


def convert(network: torch.nn.Module, shape: tuple[int, int]) -> "openvino.Model":
    """Convert a network (B, H, W) → (B, C) in float32, for any number of tiles B.

    Raises
    ------
    ValueError
        OpenVINO is not installed.
    """
    try:
        import openvino
    except ImportError:
        raise ValueError("classify_scene/engine: openvino is not installed; install the package or set auto") from None
    model = openvino.convert_model(network, example_input=torch.zeros(2, *shape))
    model.reshape([-1, *shape])
    return model


def compiled(model: "openvino.Model", precision: str, threads: int) -> Callable[[np.ndarray], torch.Tensor]:
    """Return a model as a function of pixels (B, H, W) float32; what is not int8 in it is computed in a precision, f32 or bf16.

    Raises
    ------
    ValueError
        OpenVINO cannot with this processor's instructions, as bf16 where oneDNN is held to AVX2.
    """
    import openvino

    options = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    try:
        ready = openvino.Core().compile_model(model, "CPU", options)  # without a cache: it does not notice other weights
    except RuntimeError:
        raise ValueError(f"OpenVINO cannot compute this network in {precision} on this processor; set another engine") from None
    request = ready.create_infer_request()
    return lambda pixels: torch.from_numpy(request.infer([pixels])[ready.output(0)].copy())
