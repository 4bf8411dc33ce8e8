"""Ways to compute a trained network: plain float32, and faster ones that are held to its labels."""

import copy
import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from geoclass import devices, features, log
from geoclass.calibration import probabilities
from geoclass.certainty import certainty
from geoclass.checkpoints import Predictor

DOUBT = 0.1  # margin below which a label found in bfloat16 is computed again in float32
AGREEMENT = 0.999  # share of labels that a fast engine must have in common with plain float32
TOLERANCE = 0.01  # largest difference of a confidence
WORTHWHILE_PX = 30_000_000  # pixels of a scene from which a fast engine saves more time than choosing it takes
AUTOMATIC = ("openvino", "openvino_float32", "bfloat16", "channels_last")  # the fastest first
Batch = tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]  # counts, valid, v


class Engine:
    """A network as it is called, tile by tile: from counts and vario functions of a scene to logits.

    Parameters
    ----------
    name
        For the log and the table.
    predictor
        The trained model.
    radiometry
        The scene's.
    backbone
        Computes the logits of ResNet-18, (B, H, W) float32 → (B, C) float32; None for the network of the predictor itself. The
        other parts of a model take no time and are always computed in float32.
    """

    def __init__(self, name: str, predictor: Predictor, radiometry: dict, backbone: Callable | None = None):
        self.name, self.predictor, self.radiometry, self.backbone = name, predictor, radiometry, backbone

    def prepare(self, batch: Batch) -> tuple:
        """Bring a batch into the form that `logits` takes; called in the thread that reads."""
        counts, valid, v = batch
        pixels = None if counts is None else features.scale_pixels(counts, self.radiometry, valid)
        return self.predictor.inputs(pixels, None if v is None else features.scale_vario(v, self.radiometry))

    def logits(self, prepared: tuple) -> np.ndarray:
        """Return the network's outputs (B, C), float32; NaN for tiles whose vario functions are missing."""
        with torch.inference_mode():
            if self.backbone is None:
                return self._run(self.predictor.network, prepared)
            *vectors, pixels = prepared
            return self._run(_head(self.predictor), (*vectors, self.backbone(pixels)))

    @staticmethod
    def _run(network: Callable, arrays: tuple) -> np.ndarray:
        return network(*map(torch.as_tensor, arrays)).float().numpy()

    @staticmethod
    def take(prepared: tuple, chosen: np.ndarray) -> tuple:
        """Return the chosen tiles of what `prepare` returned."""
        return tuple(None if part is None else part[chosen] for part in prepared)


class GpuEngine(Engine):
    """The whole network on a GPU: counts travel from pinned memory as they are and are scaled there."""

    def __init__(self, name: str, predictor: Predictor, radiometry: dict, dtype: torch.dtype):
        super().__init__(name, predictor, radiometry)
        self.dtype = dtype
        torch.backends.cudnn.allow_tf32 = False  # float32 means float32
        predictor.network.to(memory_format=torch.channels_last)

    def prepare(self, batch: Batch) -> tuple:
        counts, valid, v = batch
        if counts is None:
            return self._pinned(super().prepare(batch)[0]), None, None
        nothing = np.empty((len(counts), 0, 0), np.float32)
        scaled = None if v is None else features.scale_vario(v, self.radiometry)
        *vectors, _ = self.predictor.inputs(nothing, scaled)
        return self._pinned(vectors[0]) if vectors else None, self._pinned(counts), self._pinned(valid)

    def _pinned(self, array: np.ndarray | None) -> torch.Tensor | None:
        """Return an array in memory that a GPU fetches by itself."""
        if array is None:
            return None
        tensor = torch.tensor(array)
        return tensor.pin_memory() if self.predictor.device.type == "cuda" else tensor

    def logits(self, prepared: tuple) -> np.ndarray:
        device = self.predictor.device
        vectors, counts, valid = (None if part is None else part.to(device, non_blocking=True) for part in prepared)
        inputs = [] if vectors is None else [vectors]
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=self.dtype == torch.bfloat16):
            if counts is not None:
                low, high = (float(self.radiometry[key]) for key in ("low", "high"))
                pixels = counts.float().sub_(low).mul_(1 / (high - low)).clamp_(0, 1)
                if valid is not None:  # invalid pixels take the mean of the valid ones, as in features.scale_pixels
                    means = (pixels * valid).sum((1, 2)) / valid.sum((1, 2)).clamp(min=1)
                    pixels = torch.where(valid, pixels, means[:, None, None])
                inputs.append(pixels)
            return self.predictor.network(*inputs).float().cpu().numpy()


class OnnxEngine(Engine):
    """The whole network as ONNX Runtime computes a model folder's ONNX file, in float32."""

    def __init__(self, predictor: Predictor, radiometry: dict, threads: int, path: Path):
        super().__init__("onnxruntime", predictor, radiometry)
        if not path.is_file():
            raise ValueError(f"classify_scene/engine: onnxruntime, but there is no {path}; restore it or set auto")
        onnxruntime = _package("onnxruntime")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.names = [each.name for each in self.session.get_inputs()]

    def logits(self, prepared: tuple) -> np.ndarray:
        logits = self.session.run(None, dict(zip(self.names, prepared, strict=True)))[0]
        if "vario" in self.predictor.needs:  # not every ReLU hands NaN on
            logits[np.isnan(prepared[0]).any(axis=1)] = np.nan
        return logits


class SecondLook:
    """A fast engine whose doubtful tiles are computed again by an exact one.

    bfloat16 has three digits. It moves probabilities by less than `TOLERANCE`, which changes a label only where two classes are
    almost equally likely: there, at margins below `DOUBT`, the exact engine decides.
    """

    def __init__(self, fast: Engine, exact: Engine):
        self.name, self.fast, self.exact = fast.name, fast, exact
        self.prepare = fast.prepare

    def logits(self, prepared: tuple) -> np.ndarray:
        """Return the network's outputs (B, C), float32."""
        logits = self.fast.logits(prepared).copy()
        margin = certainty(probabilities(logits, self.fast.predictor.card["temperature"])).margin
        doubtful = margin < DOUBT
        if doubtful.any():
            logits[doubtful] = self.exact.logits(Engine.take(prepared, doubtful))
        return logits


def _head(predictor: Predictor) -> Callable:
    """Return what turns the features, if any, and the logits of ResNet-18 into the logits of the model."""
    if predictor.card["model"] == "resnet18":
        return torch.nn.Identity()
    network = predictor.network
    return lambda vectors, z_r: network.fusion(network.variomlp(vectors), z_r)


def build(name: str, predictor: Predictor, radiometry: dict, threads: int, folder: str | Path) -> Engine | SecondLook:
    """Return the engine of a name.

    Parameters
    ----------
    name
        eager, channels_last, bfloat16, openvino, openvino_float32 or onnxruntime.
    predictor
        The trained model.
    radiometry
        The scene's.
    threads
        Threads to compute with.
    folder
        The model's folder, where onnxruntime looks for model.onnx.

    Raises
    ------
    ValueError
        A package or file that the engine needs is missing.
    """
    if predictor.device.type != "cpu":
        plain = GpuEngine("float32", predictor, radiometry, torch.float32)
        if name != "bfloat16":
            return plain
        return SecondLook(GpuEngine("bfloat16", predictor, radiometry, torch.bfloat16), plain)
    if name == "eager" or "pixels" not in predictor.needs:
        return Engine("eager", predictor, radiometry)
    if name == "onnxruntime":
        return OnnxEngine(predictor, radiometry, threads, Path(folder) / "model.onnx")
    network = predictor.network if predictor.card["model"] == "resnet18" else predictor.network.resnet18
    shape = (predictor.card["tile"]["height_px"], predictor.card["tile"]["width_px"])
    if name.startswith("openvino"):
        exact = Engine("openvino_float32", predictor, radiometry, _openvino(network, shape, threads, "f32"))
        if name == "openvino_float32" or devices.precision("auto", predictor.device) != torch.bfloat16:
            return exact
        return SecondLook(Engine("openvino", predictor, radiometry, _openvino(network, shape, threads, "bf16")), exact)
    packed = copy.deepcopy(network).to(memory_format=torch.channels_last)
    exact = Engine("channels_last", predictor, radiometry, lambda pixels: packed(torch.from_numpy(pixels)))
    if name == "channels_last":
        return exact

    def in_bfloat16(pixels: np.ndarray) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return packed(torch.from_numpy(pixels)).float()

    return SecondLook(Engine("bfloat16", predictor, radiometry, in_bfloat16), exact)


def _openvino(network: torch.nn.Module, shape: tuple[int, int], threads: int, precision: str) -> Callable:
    """Compile a network of pixels with OpenVINO."""
    openvino = _package("openvino")
    model = openvino.convert_model(network, example_input=torch.zeros(2, *shape))
    model.reshape([-1, *shape])
    options = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    compiled = openvino.Core().compile_model(model, "CPU", options)
    request = compiled.create_infer_request()
    return lambda pixels: torch.from_numpy(request.infer([pixels])[compiled.output(0)].copy())


def _package(name: str) -> ModuleType:
    """Import a package that an engine needs and the rest of the workflow does not."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ValueError(f"classify_scene/engine: {name} is not installed; install the package or set auto") from None


def choose(
    setting: str,
    predictor: Predictor,
    radiometry: dict,
    threads: int,
    folder: str | Path,
    n_tiles: int,
    sample: Callable[[], Batch],
) -> Engine | SecondLook:
    """Return the engine that a setting asks for; auto takes the fastest that gives the labels and confidences of plain float32.

    Parameters
    ----------
    setting
        auto, or the name of an engine.
    n_tiles
        Tiles of the scene; for few it is not worth the time to choose.
    sample
        Returns tiles from all over the scene, on which engines are compared.
    """
    if setting != "auto":
        return build(setting, predictor, radiometry, threads, folder)
    plain = build("eager", predictor, radiometry, threads, folder)
    tile = predictor.card["tile"]
    if "pixels" not in predictor.needs or n_tiles * tile["height_px"] * tile["width_px"] < WORTHWHILE_PX:
        return plain
    hardware = devices.precision("auto", predictor.device) == torch.bfloat16
    names = (
        [name for name in AUTOMATIC if hardware or name != "bfloat16"]
        if predictor.device.type == "cpu"
        else ["bfloat16"] * hardware
    )
    batch = sample()
    expected = None
    for name in names:
        try:
            engine = build(name, predictor, radiometry, threads, folder)
        except ValueError as error:
            log.logger.info("%s", error)
            continue
        expected = plain.logits(plain.prepare(batch)) if expected is None else expected
        same, difference = agreement(engine.logits(engine.prepare(batch)), expected, predictor.card["temperature"])
        good = same >= AGREEMENT and difference <= TOLERANCE
        log.logger.info(
            "engine %s: %.1f %% of %d labels as in plain float32, confidences within %.4f%s",
            engine.name, 100 * same, len(expected), difference, "" if good else ": not used",
        )  # fmt: skip
        if good:
            return engine
    return plain


def agreement(logits: np.ndarray, expected: np.ndarray, temperature: float) -> tuple[float, float]:
    """Return the share of equal labels and the largest difference of a confidence; tiles without a class are left out."""
    known = ~np.isnan(expected).any(axis=1)
    if not known.any():
        return 1.0, 0.0
    one, other = (certainty(probabilities(part[known], temperature)) for part in (logits, expected))
    return float(np.mean(one.best == other.best)), float(np.abs(one.confidence - other.confidence).max())
