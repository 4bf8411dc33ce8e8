"""Train a network without one fold of the labelled tiles, and ask it about that fold."""

from pathlib import Path

from geoclass.confidence import held_out
from geoclass.core import files, log
from geoclass.labels import labelled_tiles
from geoclass.networks import devices, pixel_training, training_state, vario_training


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
    if model == "variomlp" and not vario_training.needs_pixels(settings):
        tiles = []
    gathered = labelled_tiles.labelled_tiles(labels, split, tiles, vario if model == "variomlp" else [])
    about = {"model": model, "fold": fold, "split": files.fingerprint(split)}
    if fold >= gathered.n_folds:
        log.logger.info("the labels make %d folds, so that there is no fold %d to hold out", gathered.n_folds, fold + 1)
        held_out.write(table, held_out.Outputs.of([], gathered.no_logits()), about)
        return
    precision = devices.precision("float32" if model == "variomlp" else settings["precision"], device)
    run = training_state.RunDirectory(Path(table).with_suffix(""), device, precision, gathered.fingerprint())
    stage = f"{model} without fold {fold + 1}"
    learned, held = gathered.learned(fold), gathered.held_out(fold)
    if model == "variomlp":
        of_network, trained = vario_training, vario_training.train(learned, None, settings, run, stage)
    else:
        of_network, trained = pixel_training, pixel_training.train(learned, None, settings, run, stage, start)
    logits = of_network.outputs(trained, held) if len(held) else gathered.no_logits()
    held_out.write(table, held_out.Outputs.of(held.tile_ids, logits), about)
    run.clear()  # the table is all that is kept
    log.logger.info("%s: %d tiles learned, %d held out", stage, len(learned), len(held))


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
