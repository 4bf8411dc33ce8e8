"""Train VarioNet's fusion with discrete weights from 0 to 1, and with weights found for each tile."""

from pathlib import Path

import numpy as np
import pandas as pd

from geoclass.core import files, log
from geoclass.labels import labelled_tiles
from geoclass.networks import cross_fusion, curves, devices, fusion_training, stacking, training_state


def weight_sweep(
    labels: str,
    split: str,
    tiles: list[str],
    vario: list[str],
    variomlp: str | Path,
    resnet18: str | Path,
    folds: dict[str, list[str]],
    settings: dict,
    threads: int,
    table: str | Path,
    figure: str | Path,
) -> None:
    """Write loss and accuracy for each weighting of the two networks (Table 1 of the paper).

    With folds both are those of tiles held out, for fusions with a block and without; else the lowest validation loss, and the accuracy in
    that epoch.

    Parameters
    ----------
    labels, split, tiles, vario
        Tables of labels and of the split; tile tables and tables of vario functions of all labelled scenes and image sets.
    variomlp, resnet18
        Model folders of the two networks.
    folds
        For each of the two, what networks trained without each fold say of it; none of a finished network or without folds.
    settings
        Section train_varionet of the config; only the weights are varied.
    threads
        Threads to compute with.
    table, figure
        Files to write, TSV and PNG.
    """
    devices.reproducible(threads)
    device = devices.choose(settings["device"], "device")
    gathered = labelled_tiles.labelled_tiles(labels, split, tiles, vario)
    precision = devices.precision(settings["precision"], device)
    run = training_state.RunDirectory.of(Path(table).with_suffix(""), device, precision, gathered, settings, __file__)
    networks = fusion_training.load(gathered, {"variomlp": variomlp, "resnet18": resnet18}, split, device)
    if gathered.n_folds:
        tried = cross_fusion.stacked(networks, folds, gathered, split, settings | {"weights": "best"}).table
        rows = tried.rename(columns={"loss": "validation_loss", "accuracy": "validation_accuracy"})
        rows.insert(2, "resnet18_weight", 1 - rows["variomlp_weight"])
    else:
        fusion, rows = fusion_training.FusionTraining(gathered, networks, settings, run), []
        for weights, fit in fusion.sweep(settings):
            way = stacking.WAYS[weights]
            alpha = way.get("variomlp_weight", np.nan)
            shares = {"weights": way["weights"], "variomlp_weight": alpha, "resnet18_weight": 1 - alpha, "block": 1}
            rows.append(shares | fusion_training.found(fit.best_row))
    frame = pd.DataFrame(rows)
    with files.replacing(table) as temporary:
        frame.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    discrete, deep = frame["weights"] == "discrete", frame["block"] == 1  # the figure shows fusions with a block, as the paper's
    lines = {row.weights: row for row in frame[~discrete & deep].itertuples()}
    curves.sweep(frame[discrete & deep], "variomlp_weight", "weight α of VarioMLP (that of ResNet-18 is 1 − α)", figure, lines)
    run.clear()
    best = frame.loc[frame["validation_loss"].idxmin()]
    share = f", α {best.variomlp_weight:.1f}" if best.weights == "discrete" else ""
    log.logger.info("lowest validation loss %.3f with weights %s%s", best.validation_loss, best.weights, share)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        weight_sweep(
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            variomlp=Path(snakemake.input.variomlp[0]).parent,
            resnet18=Path(snakemake.input.resnet18[0]).parent,
            folds={name: list(snakemake.input[f"{name}_folds"]) for name in ("variomlp", "resnet18")},
            settings=snakemake.params.settings["training"] | {"device": snakemake.params.device},
            threads=snakemake.threads,
            table=snakemake.output.table,
            figure=snakemake.output.figure,
        )
