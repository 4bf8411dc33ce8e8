"""Train ResNet-18 without one fold of the labelled tiles, and ask it about that fold."""

from pathlib import Path

from geoclass.core import log
from geoclass.labels import labelled_tiles
from geoclass.networks import devices, fold_models, pixel_training, training_state


def cross_fit_resnet18(
    labels: str, split: str, tiles: list[str], start: str, fold: int, settings: dict, threads: int, table: str
) -> None:
    """Write what ResNet-18 says of the tiles of a fold that it has neither learned nor been chosen by.

    Parameters
    ----------
    labels, split
        Tables of labels and of their folds.
    tiles
        Tile tables of all labelled scenes and image sets.
    start
        File of the weights to start from; empty for random ones.
    fold
        Number of the fold; where labels made fewer folds, the table is empty.
    settings
        Section train_resnet18 of the config.
    threads
        Threads to compute with.
    table
        Parquet table to write.
    """
    devices.reproducible(threads)
    device = devices.choose(settings["device"], "device")
    gathered = labelled_tiles.labelled_tiles(labels, split, tiles)
    precision = devices.precision(settings["precision"], device)
    run = training_state.RunDirectory.of(Path(table).with_suffix(""), device, precision, gathered, settings, __file__)
    fold_models.hold_out(
        "resnet18",
        gathered,
        split,
        fold,
        run,
        lambda learned, run, stage: pixel_training.train(learned, None, settings, run, stage, start),
        pixel_training.outputs,
        table,
    )


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        cross_fit_resnet18(
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            start=str(snakemake.input.start),
            fold=int(snakemake.wildcards.fold),
            settings=snakemake.params.settings["training"] | {"device": snakemake.params.device},
            threads=snakemake.threads,
            table=snakemake.output.held_out,
        )
