"""Give every tile of a scene a class, with its probability and whether the model may be asked about such a tile."""

import functools
import os
from pathlib import Path

import pyarrow as pa

from geoclass.classification import class_table, engines, inference
from geoclass.classification.backbones import Backbones
from geoclass.confidence import applicability
from geoclass.core import library, log, tables
from geoclass.networks import checkpoints, devices
from geoclass.networks.checkpoints import Predictor

BATCH = {"cpu": 8, "cuda": 256}  # tiles computed at once: the caches of a CPU, the multiprocessors of a GPU
BATCH_WITHOUT_PIXELS = 1024


def classify_scene(
    tiles: str,
    vario: str,
    folders: list[str],
    references: list[str | None],
    engine: str,
    device: str,
    threads: int,
    classified: list[str],
    batch_size: int | None = None,
    pixel_size_ratio: float = 2.0,
) -> None:
    """Write the tables of classes of one scene, one of each model.

    Parameters
    ----------
    tiles, vario
        Tile table of the scene and its vario functions.
    folders
        Model folders.
    references
        Area of applicability of each; None takes applicability.safetensors in the model folder or beside it, if there is one.
    engine, device
        How and where to compute; see config/README.md.
    threads
        Threads to compute with.
    classified
        Parquet tables to write, in the order of the folders.
    batch_size
        Tiles computed at once; None for what suits the device.
    pixel_size_ratio
        How many times larger or smaller the scene's pixels may be than those that a model has learned.

    Raises
    ------
    ValueError
        A model trained with other tiles, pixel sizes, lags, radiometry or classes than the scene's; no tile; no GPU where one is asked for.
    """
    devices.reproducible(threads)
    place = devices.choose(device, "device")
    predictors = [checkpoints.load(folder, place) for folder in folders]
    scene = inference.Scene(tiles, vario, any("pixels" in predictor.needs for predictor in predictors))
    for predictor in predictors:
        for metadata, path in ((scene.metadata, tiles), (scene.vario_metadata, vario)):
            predictor.check(metadata, path, pixel_size_ratio)
    places = [given or _reference_of(Path(folder)) for folder, given in zip(folders, references, strict=True)]
    known = {path: applicability.load(path) for path in dict.fromkeys(places) if path}
    for path, reference in known.items():
        if reference.about["lags"] != scene.vario_metadata["vario"]["lags"]:
            raise ValueError(f"{path}: other lags than in {vario}; run fit_applicability again or remove the file")
    if batch_size is None:
        batch_size = BATCH[place.type] if scene.pixels else BATCH_WITHOUT_PIXELS

    backbones, n_tiles = Backbones(threads), sum(scene.rows)
    backbones.share(predictors)
    code, ways = library.fingerprint(__file__), []
    chosen_engines = engines.choose(
        engine, predictors, backbones, [Path(folder) for folder in folders], batch_size, n_tiles, scene.sample
    )
    each = zip(map(Path, folders), predictors, places, classified, chosen_engines, strict=True)
    for folder, predictor, path, output, (chosen, compared) in each:
        log.logger.info("%s: %d tiles, model %s, %s, engine %s", tiles, n_tiles, predictor.card["id"], place.type, chosen.name)
        inputs = [tiles, vario, folder / "model.json", folder / "weights.safetensors", *([path] if path else [])]
        states = {path: [os.stat(path).st_size, os.stat(path).st_mtime_ns] for path in map(str, inputs)}
        way = [place.type, chosen.name, getattr(chosen, "doubt", None), batch_size]
        parts = inference.Parts(output, {"inputs": states, "way": way, "code": code})
        schema = _schema(scene, predictor, {"engine": chosen.name, "compared_with_float32": compared}, known.get(path))
        columns = functools.partial(inference.class_columns, card=predictor.card, reference=known.get(path))
        ways.append(inference.Way(chosen, columns, schema, parts))
    inference.classify(scene, ways, batch_size)
    for output in classified:
        _log_unlike(output)


def _log_unlike(classified: str) -> None:
    """Say what share of the tiles lies outside the model's area of applicability."""
    inside = tables.read(classified, ["applicable"])["applicable"].dropna().astype(bool)
    if len(inside):
        n, share = int((~inside).sum()), 100 * (1 - inside.mean())
        log.logger.info("%s: %d of %d tiles (%.1f %%) are unlike the training tiles", classified, n, len(inside), share)


def _reference_of(folder: Path) -> str | None:
    """Return the area of applicability that a model folder brings, in it or beside it."""
    given = [path / "applicability.safetensors" for path in (folder, folder.parent)]
    found = next((str(path) for path in given if path.is_file()), None)
    if found is None:
        log.logger.info("%s: no applicability.safetensors in it or beside it, so that no tile is marked as unlike", folder)
    return found


def _schema(scene: inference.Scene, predictor: Predictor, way: dict, reference: applicability.Reference | None) -> pa.Schema:
    """Return the schema of the table of a model, with what a reader must know."""
    facts = {key: predictor.card[key] for key in ("model", "id", "classes")} | way
    known = None if reference is None else {"threshold": reference.threshold}
    metadata = {**scene.metadata, "model": facts, "applicability": known}
    return tables.schema(class_table.CLASSES, metadata, classes=pa.list_(pa.float32(), len(facts["classes"])))


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        for path in (snakemake.input.tiles, snakemake.input.vario):
            tables.check_scene(path, snakemake.wildcards.scene)
        classify_scene(
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            folders=[str(Path(path).parent) for path in snakemake.input.model],
            references=[
                None if finished else snakemake.input.applicability[0] for finished in snakemake.params.settings["finished"]
            ],
            engine=snakemake.params.settings["engine"],
            device=snakemake.params.device,
            threads=snakemake.threads,
            classified=list(snakemake.output.classified),
            pixel_size_ratio=snakemake.params.settings["pixel_size_ratio"],
        )
