"""Train VarioMLP on the vario functions of the labelled tiles."""

from pathlib import Path

from geoclass.core import log
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints, devices, model_folder, training, variomlp
from geoclass.networks.batches import Examples
from geoclass.vario import features


def train_variomlp(
    labels: str, split: str, tiles: list[str], vario: list[str], settings: dict, threads: int, folder: str | Path
) -> None:
    """Train the network and write its model folder.

    Parameters
    ----------
    labels, split
        Tables of labels and of the split.
    tiles, vario
        Tile tables and tables of vario functions of all labelled scenes and image sets.
    settings
        Section train_variomlp of the config.
    threads
        Threads to compute with.
    folder
        The model folder.
    """
    devices.reproducible(threads)
    device = devices.choose(settings["device"], "device")
    turned = "rotate" in settings["augmentation"]  # only rotation needs the pixels
    gathered = labelled_tiles.labelled_tiles(labels, split, tiles if turned else [], vario)
    train, validation = gathered.subset("train"), gathered.subset("validation")
    recipe = features.recipe(train.v, settings["normalisation"], settings["directions"], gathered.expected["vario"]["lags"])
    n_features = len(recipe["standardisation"]["mean"])
    n_off = recipe["standardisation"]["deviation"].count(0)
    if n_off:
        log.logger.info("%d of %d features are the same in all training tiles and are switched off", n_off, n_features)

    devices.seed(settings["seed"])
    widths = variomlp.hidden_widths(settings["hidden"], n_features)
    architecture = {
        "n_features": n_features,
        "n_classes": len(gathered.classes),
        "widths": widths,
        "dropout": settings["dropout"],
    }
    network = checkpoints.build("variomlp", architecture)
    place = training.Place(Path(folder), device, devices.precision("float32", device), gathered.fingerprint())
    held = Examples(validation, {"vario"}, recipe, device)
    fit = training.fit(
        network,
        Examples(train, {"vario"}, recipe, device, settings["augmentation"], settings["seed"]),
        held,
        training.Options.of(settings),
        place,
        "variomlp",
    )
    model_folder.write(place, "variomlp", architecture, fit, held, labels, split, settings)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        train_variomlp(
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            settings=snakemake.params.settings["training"] | {"device": snakemake.params.device},
            threads=snakemake.threads,
            folder=Path(snakemake.output.model).parent,
        )
