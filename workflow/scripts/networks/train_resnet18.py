"""Train ResNet-18 on the pixels of the labelled tiles."""

from pathlib import Path

from geoclass.confidence import held_out
from geoclass.core import log
from geoclass.labels import labelled_tiles
from geoclass.networks import devices, model_folder, pixel_training, training_state


def train_resnet18(
    labels: str,
    split: str,
    tiles: list[str],
    folds: list[str],
    start: str,
    settings: dict,
    threads: int,
    folder: str | Path,
) -> None:
    """Train the network and write its model folder.

    Parameters
    ----------
    labels, split
        Tables of labels and of the split.
    tiles
        Tile tables of all labelled scenes and image sets.
    folds
        What networks trained without each fold say of it; none in a split without folds.
    start
        Safetensors file of the weights to start from; empty for random ones.
    settings
        Section train_resnet18 of the config.
    threads
        Threads to compute with.
    folder
        The model folder.
    """
    devices.reproducible(threads)
    device = devices.choose(settings["device"], "device")
    gathered = labelled_tiles.labelled_tiles(labels, split, tiles)
    run = training_state.RunDirectory.of(
        Path(folder), device, devices.precision(settings["precision"], device), gathered, settings, __file__
    )
    validation = None if gathered.n_folds else gathered.subset("validation")
    trained = pixel_training.train(gathered.learned(), validation, settings, run, "resnet18", start)
    held = gathered.held_out()
    outputs = (
        model_folder.said(folds, gathered, split)
        if gathered.n_folds
        else held_out.Outputs.of(held.tile_ids, pixel_training.outputs(trained, held))
    )
    model_folder.write(run, trained, gathered, outputs, labels, split, settings)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        train_resnet18(
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            folds=list(snakemake.input.folds),
            start=str(snakemake.input.start),
            settings=snakemake.params.settings["training"] | {"device": snakemake.params.device},
            threads=snakemake.threads,
            folder=Path(snakemake.output.model).parent,
        )
