"""Train VarioMLP without one fold of the labelled tiles, and ask it about that fold."""

from pathlib import Path

from geoclass.core import log
from geoclass.labels import labelled_tiles
from geoclass.networks import devices, fold_models, training_state, vario_training


def cross_fit_variomlp(
    labels: str, split: str, tiles: list[str], vario: list[str], fold: int, settings: dict, threads: int, table: str
) -> None:
    """Write what VarioMLP says of the tiles of a fold that it has neither learned nor been chosen by.

    Parameters
    ----------
    labels, split
        Tables of labels and of their folds.
    tiles, vario
        Tile tables and tables of vario functions of all labelled scenes and image sets.
    fold
        Number of the fold; where labels made fewer folds, the table is empty.
    settings
        Section train_variomlp of the config.
    threads
        Threads to compute with.
    table
        Parquet table to write.
    """
    devices.reproducible(threads)
    device = devices.choose(settings["device"], "device")
    pixels = tiles if vario_training.needs_pixels(settings) else []
    gathered = labelled_tiles.labelled_tiles(labels, split, pixels, vario)
    precision = devices.precision("float32", device)
    run = training_state.RunDirectory.of(Path(table).with_suffix(""), device, precision, gathered, settings, __file__)
    fold_models.hold_out(
        "variomlp",
        gathered,
        split,
        fold,
        run,
        lambda learned, run, stage: vario_training.train(learned, None, settings, run, stage),
        vario_training.outputs,
        table,
    )


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        cross_fit_variomlp(
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            fold=int(snakemake.wildcards.fold),
            settings=snakemake.params.settings["training"] | {"device": snakemake.params.device},
            threads=snakemake.threads,
            table=snakemake.output.held_out,
        )
