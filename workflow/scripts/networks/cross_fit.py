"""Train a network without one fold of the labelled tiles, and ask it about that fold."""

import shutil
from pathlib import Path

from geoclass.confidence import held_out
from geoclass.core import files, log
from geoclass.labels import labelled_tiles
from geoclass.networks import devices, subnetworks, training


def cross_fit(
    labels: str,
    split: str,
    tiles: list[str],
    vario: list[str],
    start: str,
    model: str,
    fold: int,
    settings: dict,
    threads: int,
    table: str,
) -> None:
    """Write what a network says of the tiles of a fold that it has neither learned nor been chosen by.

    Parameters
    ----------
    labels, split
        Tables of labels and of their folds.
    tiles, vario
        Tile tables and tables of vario functions of all labelled scenes and image sets.
    start
        File of the weights that ResNet-18 starts from; empty for random ones.
    model
        variomlp or resnet18.
    fold
        Number of the fold; where labels made fewer folds, the table is empty.
    settings
        Of the model's training.
    threads
        Threads to compute with.
    table
        Parquet table to write.
    """
    devices.reproducible(threads)
    device = devices.choose(settings["device"], "device")
    pixels = subnetworks.needs_pixels(model, settings)
    gathered = labelled_tiles.labelled_tiles(labels, split, tiles if pixels else [], vario if model == "variomlp" else [])
    about = {"model": model, "fold": fold, "split": files.fingerprint(split)}
    if fold >= gathered.n_folds:
        log.logger.info("the labels make %d folds, so that there is no fold %d to hold out", gathered.n_folds, fold + 1)
        held_out.write(table, held_out.Outputs.of([], gathered.no_logits()), about)
        return
    precision = devices.precision("float32" if model == "variomlp" else settings["precision"], device)
    run = training.RunDirectory(Path(table).with_suffix(""), device, precision, gathered.fingerprint())
    stage = f"{model} without fold {fold + 1}"
    trained = subnetworks.train(model, gathered.learned(fold), None, settings, run, stage, start)
    held = gathered.held_out(fold)
    held_out.write(table, held_out.Outputs.of(held.tile_ids, trained.outputs(held)), about)
    run.clear()
    shutil.rmtree(run.beside("tensorboard"), ignore_errors=True)  # the table is all that is kept
    log.logger.info("%s: %d tiles learned, %d held out", stage, len(gathered.learned(fold)), len(held))


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        cross_fit(
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            start=str(snakemake.input.start),
            model=snakemake.wildcards.model,
            fold=int(snakemake.wildcards.fold),
            settings=snakemake.params.settings["training"] | {"device": snakemake.params.device},
            threads=snakemake.threads,
            table=snakemake.output.held_out,
        )
