"""Train VarioMLP on the vario functions of the labelled tiles."""

from pathlib import Path

from geoclass.confidence import held_out
from geoclass.core import log
from geoclass.labels import labelled_tiles
from geoclass.networks import devices, model_folder, training_state, vario_training


def train_variomlp(
    labels: str,
    split: str,
    tiles: list[str],
    vario: list[str],
    folds: list[str],
    settings: dict,
    threads: int,
    folder: str | Path,
) -> None:
    """Train the network and write its model folder.

    Parameters
    ----------
    labels, split
        Tables of labels and of the split.
    tiles, vario
        Tile tables and tables of vario functions of all labelled scenes and image sets.
    folds
        What networks trained without each fold say of it; none in a split without folds.
    settings
        Section train_variomlp of the config.
    threads
        Threads to compute with.
    folder
        The model folder.
    """
    devices.reproducible(threads)
    device = devices.choose(settings["device"], "device")
    pixels = vario_training.needs_pixels(settings)
    gathered = labelled_tiles.labelled_tiles(labels, split, tiles if pixels else [], vario)
    run = training_state.RunDirectory.of(Path(folder), device, devices.precision("float32", device), gathered, settings, __file__)
    validation = None if gathered.n_folds else gathered.subset("validation")
    trained = vario_training.train(gathered.learned(), validation, settings, run, "variomlp")
    held = gathered.held_out()
    outputs = (
        model_folder.said(folds, gathered, split)
        if gathered.n_folds
        else held_out.Outputs.of(held.tile_ids, vario_training.outputs(trained, held))
    )
    model_folder.write(run, trained, gathered, outputs, labels, split, settings)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        train_variomlp(
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            folds=list(snakemake.input.folds),
            settings=snakemake.params.settings["training"] | {"device": snakemake.params.device},
            threads=snakemake.threads,
            folder=Path(snakemake.output.model).parent,
        )
