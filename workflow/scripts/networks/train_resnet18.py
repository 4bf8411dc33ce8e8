"""Train ResNet-18 on the pixels of the labelled tiles."""

from pathlib import Path

from geoclass.core import log
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints, devices, model_folder, resnet18, training
from geoclass.networks.batches import Examples


def train_resnet18(
    labels: str, split: str, tiles: list[str], start: str, settings: dict, threads: int, folder: str | Path
) -> None:
    """Train the network and write its model folder.

    Parameters
    ----------
    labels, split
        Tables of labels and of the split.
    tiles
        Tile tables of all labelled scenes and image sets.
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
    devices.seed(settings["seed"])
    architecture = {"n_classes": len(gathered.classes), "pooling_px": settings["pooling_px"]}
    network = checkpoints.build("resnet18", architecture)
    if start:
        resnet18.start_from(network, start)
    place = training.Place(Path(folder), device, devices.precision(settings["precision"], device), gathered.fingerprint())
    held = Examples(gathered.subset("validation"), {"pixels"}, {}, device)
    fit = training.fit(
        network,
        Examples(gathered.subset("train"), {"pixels"}, {}, device, settings["augmentation"], settings["seed"]),
        held,
        training.Options.of(settings),
        place,
        "resnet18",
    )
    model_folder.write(place, "resnet18", architecture, fit, held, labels, split, settings)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        train_resnet18(
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            start=str(snakemake.input.start),
            settings=snakemake.params.settings["training"] | {"device": snakemake.params.device},
            threads=snakemake.threads,
            folder=Path(snakemake.output.model).parent,
        )
