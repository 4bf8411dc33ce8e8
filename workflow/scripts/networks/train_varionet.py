"""Train VarioNet, the fusion of a trained VarioMLP and a trained ResNet-18."""

from pathlib import Path

from geoclass.core import log
from geoclass.labels import labelled_tiles
from geoclass.networks import devices, fusion_training, model_folder, training


def train_varionet(
    labels: str,
    split: str,
    tiles: list[str],
    vario: list[str],
    variomlp: str | Path,
    resnet18: str | Path,
    settings: dict,
    threads: int,
    folder: str | Path,
) -> None:
    """Train the fusion with both networks frozen, then everything at a lower rate, and write the model folder.

    Parameters
    ----------
    labels, split
        Tables of labels and of the split.
    tiles, vario
        Tile tables and tables of vario functions of all labelled scenes and image sets.
    variomlp, resnet18
        Model folders of the two networks.
    settings
        Section train_varionet of the config.
    threads
        Threads to compute with.
    folder
        The model folder.
    """
    devices.reproducible(threads)
    device = devices.choose(settings["device"], "device")
    gathered = labelled_tiles.labelled_tiles(labels, split, tiles, vario)
    place = training.Place(Path(folder), device, devices.precision(settings["precision"], device), gathered.fingerprint())
    fusion = fusion_training.Fusing(gathered, variomlp, resnet18, split, settings, place)
    weighted, frozen = fusion.weighted(settings)
    fit = fusion.fine(frozen, weighted, "fine")
    model_folder.write(place, "varionet", fusion.architecture(weighted), fit, fusion.held, labels, split, settings, fusion.parts)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        train_varionet(
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            variomlp=Path(snakemake.input.variomlp[0]).parent,
            resnet18=Path(snakemake.input.resnet18[0]).parent,
            settings=snakemake.params.settings["training"] | {"device": snakemake.params.device},
            threads=snakemake.threads,
            folder=Path(snakemake.output.model).parent,
        )
