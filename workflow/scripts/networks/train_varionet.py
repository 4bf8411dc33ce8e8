"""Train VarioNet, the fusion of a trained VarioMLP and a trained ResNet-18."""

from pathlib import Path

from geoclass.confidence import held_out
from geoclass.core import log
from geoclass.labels import labelled_tiles
from geoclass.networks import (
    checkpoints,
    cross_fusion,
    description,
    devices,
    fusion_training,
    model_folder,
    training,
    training_state,
)


def train_varionet(
    labels: str,
    split: str,
    tiles: list[str],
    vario: list[str],
    variomlp: str | Path,
    resnet18: str | Path,
    folds: dict[str, list[str]],
    settings: dict,
    threads: int,
    folder: str | Path,
) -> None:
    """Train the fusion and write the model folder.

    With folds the fusion learns from what both networks say of tiles that they have not learned. In a split without, it is trained with
    both networks frozen, then everything at a lower rate.

    Parameters
    ----------
    labels, split
        Tables of labels and of the split.
    tiles, vario
        Tile tables and tables of vario functions of all labelled scenes and image sets.
    variomlp, resnet18
        Model folders of the two networks.
    folds
        For each of the two, what networks trained without each fold say of it; none of a finished network or without folds.
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
    run = training_state.RunDirectory.of(
        Path(folder), device, devices.precision(settings["precision"], device), gathered, settings, __file__
    )
    networks = fusion_training.load(gathered, {"variomlp": variomlp, "resnet18": resnet18}, split, run.device)
    recipe = {key: networks["variomlp"].card.get(key) for key in description.FEATURES}
    if gathered.n_folds:
        architecture, fit, outputs = cross_fusion.fuse(networks, folds, gathered, split, settings)
    else:
        fusion = fusion_training.FusionTraining(gathered, networks, settings, run)
        weighted, frozen = fusion.weighted(settings)
        architecture, fit = fusion.architecture(weighted), fusion.fine(frozen, weighted, "fine")
        network = checkpoints.build("varionet", architecture)
        network.load_state_dict(fit.best)
        held = gathered.held_out()
        said = checkpoints.ask(checkpoints.Predictor({"model": "varionet", **recipe}, network), held)
        outputs = held_out.Outputs.of(held.tile_ids, *said)
    trained = training.Trained("varionet", architecture, recipe, fit)
    parts = {name: network.card["id"] for name, network in networks.items()}
    model_folder.write(run, trained, gathered, outputs, labels, split, settings, parts)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        train_varionet(
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            variomlp=Path(snakemake.input.variomlp[0]).parent,
            resnet18=Path(snakemake.input.resnet18[0]).parent,
            folds={name: list(snakemake.input[f"{name}_folds"]) for name in ("variomlp", "resnet18")},
            settings=snakemake.params.settings["training"] | {"device": snakemake.params.device},
            threads=snakemake.threads,
            folder=Path(snakemake.output.model).parent,
        )
