"""Ways to compute a trained network: plain float32, and faster ones that are checked against its labels."""

import copy
import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from geoclass.confidence.calibration import probabilities
from geoclass.confidence.certainty import Certainty, certainty
from geoclass.core import log
from geoclass.networks import devices
from geoclass.networks.checkpoints import Predictor
from geoclass.scenes import radiometry

DOUBTS = (0.1, 0.2, 0.4, 0.6, 0.8)  # margins below which tiles found in bfloat16 may be computed again in float32
MOST_DOUBTFUL = 0.3  # share of such tiles from which float32 alone is as fast
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
        self.name, self.device = name, predictor.device.type
        self.predictor, self.radiometry, self.backbone = predictor, radiometry, backbone

    def prepare(self, batch: Batch) -> tuple:
        """Bring a batch into the form that `logits` takes; called in the thread that reads."""
        counts, valid, v = batch
        pixels = None if counts is None else radiometry.scale_pixels(counts, self.radiometry, valid)
        return self.predictor.inputs(pixels, None if v is None else radiometry.scale_vario(v, self.radiometry))

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
        scaled = None if v is None else radiometry.scale_vario(v, self.radiometry)
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
    """A fast engine whose doubtful tiles, those of a small margin, are computed again by an exact one.

    bfloat16 has three digits. That moves a probability p by some p (1 - p) times the error of a logit: most where two classes are
    almost equally likely, which is also where a label may change, and hardly where one class is certain.
    """

    def __init__(self, fast: Engine, exact: Engine):
        self.name, self.device, self.prepare = fast.name, fast.device, fast.prepare
        self.fast, self.exact, self.doubt = fast, exact, DOUBTS[0]

    def logits(self, prepared: tuple) -> np.ndarray:
        """Return the network's outputs (B, C), float32."""
        logits = self.fast.logits(prepared).copy()
        doubtful = self._certainty(logits).margin < self.doubt
        if doubtful.any():
            step = 1 if self.device == "cpu" else len(logits)  # on a CPU every new number of tiles takes memory for good
            logits[doubtful] = compute(self.exact, Engine.take(prepared, doubtful), step)
        return logits

    def settle(self, prepared: tuple, expected: np.ndarray, batch_size: int) -> float:
        """Find how small a margin has to be for a second look, so that all other confidences lie within half the tolerance.

        Parameters
        ----------
        prepared
            Some tiles.
        expected
            Their logits in float32.
        batch_size
            Tiles computed at once.

        Returns
        -------
        float
            Share of the tiles that take a second look.
        """
        found = self._certainty(compute(self.fast, prepared, batch_size))
        error = np.nan_to_num(np.abs(found.confidence - self._certainty(expected).confidence))
        for self.doubt in DOUBTS:
            doubtful = found.margin < self.doubt
            if error[~doubtful].max(initial=0) <= TOLERANCE / 2:
                break
        return float(np.mean(doubtful))

    def _certainty(self, logits: np.ndarray) -> Certainty:
        return certainty(probabilities(logits, self.fast.predictor.card["temperature"]))


def compute(engine: Engine | SecondLook, prepared: tuple, batch_size: int) -> np.ndarray:
    """Return the logits of prepared tiles, `batch_size` of them at a time: what a network needs in between grows with the batch."""
    n = len(next(part for part in prepared if part is not None))
    slices = (slice(first, first + batch_size) for first in range(0, n, batch_size))
    return np.concatenate([engine.logits(Engine.take(prepared, chosen)) for chosen in slices])


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
        compiled = _openvino(network, shape, threads)
        exact = Engine("openvino_float32", predictor, radiometry, compiled("f32"))
        if name == "openvino_float32" or devices.precision("auto", predictor.device) != torch.bfloat16:
            return exact
        return SecondLook(Engine("openvino", predictor, radiometry, compiled("bf16")), exact)
    packed = copy.deepcopy(network).to(memory_format=torch.channels_last)
    exact = Engine("channels_last", predictor, radiometry, lambda pixels: packed(torch.from_numpy(pixels)))
    if name == "channels_last":
        return exact

    def in_bfloat16(pixels: np.ndarray) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return packed(torch.from_numpy(pixels)).float()

    return SecondLook(Engine("bfloat16", predictor, radiometry, in_bfloat16), exact)


def _openvino(network: torch.nn.Module, shape: tuple[int, int], threads: int) -> Callable:
    """Convert a network of pixels to OpenVINO; return what compiles it in a precision."""
    openvino = _package("openvino")
    model = openvino.convert_model(network, example_input=torch.zeros(2, *shape))
    model.reshape([-1, *shape])
    core = openvino.Core()

    def compiled(precision: str) -> Callable:
        options = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
        ready = core.compile_model(model, "CPU", options)
        request = ready.create_infer_request()
        return lambda pixels: torch.from_numpy(request.infer([pixels])[ready.output(0)].copy())

    return compiled


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
    batch_size: int,
    n_tiles: int,
    sample: Callable[[], Batch],
) -> Engine | SecondLook:
    """Return the engine that a setting asks for; auto takes the fastest that gives the labels and confidences of plain float32.

    Parameters
    ----------
    setting
        auto, or the name of an engine, which is then used however far it is from plain float32.
    batch_size
        Tiles computed at once.
    n_tiles
        Tiles of the scene; for few it is not worth the time to choose.
    sample
        Returns tiles from all over the scene, on which engines are compared.
    """
    plain = build("eager", predictor, radiometry, threads, folder)
    tile = predictor.card["tile"]
    if "pixels" not in predictor.needs:
        return plain
    if setting == "auto" and n_tiles * tile["height_px"] * tile["width_px"] < WORTHWHILE_PX:
        return plain
    hardware = devices.precision("auto", predictor.device) == torch.bfloat16
    fastest = [name for name in AUTOMATIC if hardware or name != "bfloat16"]
    if predictor.device.type != "cpu":
        fastest = ["bfloat16"] * hardware
    batch = sample()
    prepared, expected = plain.prepare(batch), None
    for name in fastest if setting == "auto" else [setting]:
        try:
            engine = build(name, predictor, radiometry, threads, folder)
        except ValueError as error:
            if setting != "auto":
                raise
            log.logger.info("%s", error)
            continue
        expected = compute(plain, prepared, batch_size) if expected is None else expected
        doubtful = engine.settle(prepared, expected, batch_size) if isinstance(engine, SecondLook) else 0.0
        same, difference = agreement(compute(engine, prepared, batch_size), expected, predictor.card["temperature"])
        good = same >= AGREEMENT and difference <= TOLERANCE and doubtful <= MOST_DOUBTFUL
        log.logger.info(
            "engine %s: %.1f %% of %d labels as in plain float32, confidences within %.4f, %.0f %% of the tiles computed again%s",
            engine.name, 100 * same, len(expected), difference, 100 * doubtful, "" if good or setting != "auto" else ": not used",
        )  # fmt: skip
        if good or setting != "auto":
            return engine
    return plain


def agreement(logits: np.ndarray, expected: np.ndarray, temperature: float) -> tuple[float, float]:
    """Return the share of equal labels and the largest difference of a confidence; tiles without a class are left out."""
    known = ~np.isnan(expected).any(axis=1)
    if not known.any():
        return 1.0, 0.0
    one, other = (certainty(probabilities(part[known], temperature)) for part in (logits, expected))
    return float(np.mean(one.best == other.best)), float(np.abs(one.confidence - other.confidence).max())
