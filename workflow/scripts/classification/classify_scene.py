"""Give every tile of a scene a class, with its probability and whether the model may be asked about such a tile."""

import os
from functools import partial
from pathlib import Path

import pyarrow as pa

from geoclass.classification import class_table, engines, inference
from geoclass.confidence import applicability
from geoclass.core import library, log, tables
from geoclass.networks import checkpoints, devices

BATCH = {"cpu": 8, "cuda": 256}  # tiles computed at once: the caches of a CPU, the multiprocessors of a GPU
BATCH_WITHOUT_PIXELS = 1024


def classify_scene(
    tiles: str,
    vario: str,
    model: list[str],
    reference: str | None,
    engine: str,
    device: str,
    threads: int,
    classified: str,
    batch_size: int | None = None,
) -> None:
    """Write the table of classes of one scene.

    Parameters
    ----------
    tiles, vario
        Tile table of the scene and its vario functions.
    model
        model.json and weights.safetensors of one model folder.
    reference
        Area of applicability; None takes applicability.safetensors in the model folder or beside it, if there is one.
    batch_size
        Tiles computed at once; None for what suits the device.
    engine, device
        How and where to compute; see config/README.md.
    threads
        Threads to compute with.
    classified
        Parquet table to write.

    Raises
    ------
    ValueError
        A model trained with other tiles, lags, radiometry or classes than the scene's; no tile; no GPU where one is asked for.
    """
    devices.reproducible(threads)
    place, folder = devices.choose(device, "device"), Path(model[0]).parent
    predictor = checkpoints.load(folder, place)
    scene = inference.Scene(tiles, vario, "pixels" in predictor.needs)
    predictor.check(scene.metadata, tiles)
    predictor.check(scene.vario_metadata, vario)
    if reference is None:
        given = [path / "applicability.safetensors" for path in (folder, folder.parent)]
        reference = next((str(path) for path in given if path.is_file()), None)
        if reference is None:
            log.logger.info("%s: no applicability.safetensors in it or beside it, so that no tile is marked as unlike", folder)
    known = None if reference is None else applicability.load(reference)
    if known is not None and known.about["lags"] != scene.vario_metadata["vario"]["lags"]:
        raise ValueError(f"{reference}: other lags than in {vario}; run fit_applicability again or remove the file")
    if batch_size is None:
        batch_size = BATCH[place.type] if scene.pixels else BATCH_WITHOUT_PIXELS

    radiometry, n_tiles = scene.metadata["scene"]["radiometry"], sum(scene.rows)
    chosen = engines.choose(engine, predictor, radiometry, threads, folder, batch_size, n_tiles, scene.sample)
    log.logger.info("%s: %d tiles, model %s, %s, engine %s", tiles, n_tiles, predictor.card["id"], place.type, chosen.name)
    inputs = [tiles, vario, *model, *([reference] if reference else [])]
    states = {path: [os.stat(path).st_size, os.stat(path).st_mtime_ns] for path in map(str, inputs)}
    way = [place.type, chosen.name, getattr(chosen, "doubt", None), batch_size]
    parts = inference.Parts(classified, {"inputs": states, "way": way, "code": library.fingerprint(__file__)})

    facts = {key: predictor.card[key] for key in ("model", "id", "classes")} | {"engine": chosen.name}
    metadata = {**scene.metadata, "model": facts, "applicability": None if known is None else {"threshold": known.threshold}}
    schema = tables.schema(class_table.CLASSES, metadata, classes=pa.list_(pa.float32(), len(facts["classes"])))
    columns = partial(inference.class_columns, card=predictor.card, radiometry=radiometry, reference=known)
    inference.classify(scene, chosen, columns, schema, parts, batch_size)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        classify_scene(
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            model=list(snakemake.input.model),
            reference=next(iter(snakemake.input.applicability), None),
            engine=snakemake.params.settings["engine"],
            device=snakemake.params.device,
            threads=snakemake.threads,
            classified=snakemake.output.classified,
        )
