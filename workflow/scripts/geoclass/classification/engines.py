"""Which way a trained network is computed: plain float32, or a faster one that keeps its labels and confidences."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from geoclass.classification.agreement import agreement
from geoclass.classification.backbones import Backbones
from geoclass.classification.engine import Batch, Engine, compute, take
from geoclass.classification.gpu_engine import GpuEngine
from geoclass.classification.second_look import SecondLook
from geoclass.core import log
from geoclass.networks import devices
from geoclass.networks.checkpoints import Predictor

WORTHWHILE_PX = (
    60_000_000  # pixels of a scene, as the network sees them, from which a fast engine saves more time than choosing it takes
)
# Time that a tile takes, relative to OpenVINO in float32, as measured on CPUs (docs/benchmarks.md); the fastest first.
COSTS = {"int8": 0.26, "bfloat16": 0.5, "openvino": 1.0}
PLAIN = 1.15  # time of PyTorch in float32


def build(name: str, predictor: Predictor, backbones: Backbones, folder: Path) -> Engine:
    """Return the engine of a name.

    Parameters
    ----------
    name
        float32, int8, bfloat16 or openvino; on a GPU all but bfloat16 are float32.
    predictor
        The trained model.
    backbones
        Where the ResNet-18 of models is set up.
    folder
        The model's folder; the network in int8 is in it, or in that of the ResNet-18 that was trained beside it.

    Raises
    ------
    ValueError
        A package or file that the engine needs is missing, or the file belongs to other weights.
    """
    if predictor.device.type != "cpu":
        plain = GpuEngine("float32", predictor, torch.float32)
        return plain if name != "bfloat16" else SecondLook(GpuEngine("bfloat16", predictor, torch.bfloat16), plain)
    if "pixels" not in predictor.needs:
        return Engine("float32", predictor)
    if name in ("float32", "openvino"):
        return Engine(name, predictor, backbones.get(name, predictor))
    given = dict.fromkeys([folder, folder.parent / "resnet18"])

    def pair(fast: str, exact: str) -> SecondLook:
        return SecondLook(*(Engine(name, predictor, backbones.get(each, predictor, given)) for each in (fast, exact)))

    if name == "int8":
        return pair("int8", "openvino")
    try:
        return pair("openvino_bfloat16", "openvino")
    except ValueError:  # OpenVINO is not installed, or lacks instructions that PyTorch does without
        return pair("bfloat16", "float32")


def choose(
    setting: str,
    predictors: Sequence[Predictor],
    backbones: Backbones,
    folders: Sequence[Path],
    batch_size: int,
    n_tiles: int,
    sample: Callable[[], Batch],
) -> list[tuple[Engine, dict]]:
    """Return the engines that a setting asks for; auto takes the fastest that keeps the labels and confidences of plain float32,
    second looks included.

    Whatever is asked for is first compared with plain float32 on tiles of the scene: every other one settles which tiles are
    doubtful, the rest show whether labels and confidences are kept. If they are not, plain float32 it is. Models that stand on one
    ResNet-18 take the same engine, which computes it once for all of them: one that any of them refuses is not used.

    Parameters
    ----------
    setting
        auto, or the name of an engine.
    predictors, folders
        The models of a job and their folders.
    backbones
        As in `build`.
    batch_size
        Tiles computed at once.
    n_tiles
        Tiles of the scene; for few it is not worth the time to choose.
    sample
        Returns tiles from all over the scene, on which engines are compared.

    Returns
    -------
    list of tuple
        Of each model the engine, and how its logits compare with plain float32: empty for plain float32 itself.
    """
    groups: dict[object, list[int]] = {}
    for index, predictor in enumerate(predictors):
        shared = "pixels" in predictor.needs and predictor.device.type == "cpu"
        groups.setdefault(backbones.identity(predictor) if shared else index, []).append(index)
    found = {}
    for group in groups.values():
        models = [(predictors[index], folders[index]) for index in group]
        found |= dict(zip(group, _choose_together(setting, models, backbones, batch_size, n_tiles, sample), strict=True))
    backbones.let_go()
    return [found[index] for index in range(len(predictors))]


def _choose_together(
    setting: str,
    models: list[tuple[Predictor, Path]],
    backbones: Backbones,
    batch_size: int,
    n_tiles: int,
    sample: Callable[[], Batch],
) -> list[tuple[Engine, dict]]:
    """Return the engines of models that stand on one ResNet-18, or of one model; see `choose`."""
    one = models[0][0]
    plain = [build("float32", predictor, backbones, folder) for predictor, folder in models]
    tile, hardware = one.card["tile"], devices.precision("auto", one.device) == torch.bfloat16
    if "pixels" not in one.needs:
        return [(engine, {}) for engine in plain]
    names = [setting]
    if setting == "auto":
        names = [name for name in COSTS if hardware or name != "bfloat16"]
        if one.device.type != "cpu":
            names = ["bfloat16"] * hardware
        if n_tiles * tile["height_px"] * tile["width_px"] < WORTHWHILE_PX * backbones.network(one).downsampling ** 2:
            names = []
    if names in ([], ["float32"]):
        return [(engine, {}) for engine in plain]
    batch = sample()
    prepared, expected = [engine.prepare(batch) for engine in plain], []
    del batch  # what is prepared is as large again
    best, least = [(engine, {}) for engine in plain], PLAIN
    for name in names:
        if COSTS[name] >= least:
            break
        try:
            made = [build(name, predictor, backbones, folder) for predictor, folder in models]
        except ValueError as error:
            if setting != "auto":
                raise
            log.logger.info("engine %s: %s; not used", name, error)
            continue
        expected = expected or [compute(engine, part, batch_size) for engine, part in zip(plain, prepared, strict=True)]
        compared = [_compare(engine, *seen, batch_size) for engine, *seen in zip(made, prepared, expected, strict=True)]
        good = all([each.pop("good") for each in compared])
        cost = COSTS[name] + max(each["computed_again"] for each in compared)  # models look twice at much the same tiles
        used = good and (setting != "auto" or cost < least)
        for (predictor, _), each in zip(models, compared, strict=True):
            log.logger.info(
                "engine %s for %s: %.1f %% of the labels of %d tiles as in plain float32, confidences within %.4f, %.4f on average; "
                "%.0f %% of the tiles computed again%s",
                name, predictor.card["model"], 100 * each["equal_labels"], each["tiles"], each["largest_difference"],
                each["mean_difference"], 100 * each["computed_again"], "" if used else ": not used",
            )  # fmt: skip
        refused = best[0][0].name if used else name
        if used:
            best, least = list(zip(made, compared, strict=True)), cost
        made.clear()
        if refused != "float32":
            backbones.forget(refused)  # freed before the next is set up
    if not best[0][1]:
        log.logger.info("engine float32 is used: no faster one keeps its labels and confidences")
    return best


def _compare(engine: Engine, prepared: tuple, expected: np.ndarray, batch_size: int) -> dict:
    """Settle an engine's doubtful tiles on every other tile, and compare it with plain float32 on the rest."""
    settling, checking = (slice(None),) * 2 if len(expected) < 2 else (slice(0, None, 2), slice(1, None, 2))
    again = 0.0
    if isinstance(engine, SecondLook):
        again = engine.settle(take(prepared, settling), expected[settling], batch_size)
    logits = compute(engine, take(prepared, checking), batch_size)
    found = agreement(logits, expected[checking], engine.predictor.card["temperature"])
    return {
        "good": found.kept,
        "tiles": found.tiles,
        "equal_labels": found.labels,
        "mean_difference": found.mean,
        "largest_difference": found.largest,
        "computed_again": again,
    }
