"""Fine-tune VarioNet at several learning rates."""

from pathlib import Path

import pandas as pd

from geoclass.core import files, log
from geoclass.labels import labelled_tiles
from geoclass.networks import curves, devices, fusion_training, training_state


def learning_rate_sweep(
    labels: str,
    split: str,
    tiles: list[str],
    vario: list[str],
    variomlp: str | Path,
    resnet18: str | Path,
    settings: dict,
    learning_rates: list[float],
    threads: int,
    table: str | Path,
    figure: str | Path,
) -> None:
    """Write lowest validation loss, and accuracy in that epoch, for each rate of fine-tuning (Table 2 of the paper).

    Parameters
    ----------
    labels, split, tiles, vario
        Tables of labels and of a split with a validation subset; tile tables and tables of vario functions of all labelled scenes and
        image sets.
    variomlp, resnet18
        Model folders of the two networks.
    settings
        Section train_varionet of the config; only fine_learning_rate is varied.
    learning_rates
        The rates.
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
    fusion = fusion_training.FusionTraining(gathered, networks, settings, run)
    settings, frozen = fusion.weighted(settings)
    rows = [{"fine_learning_rate": 0.0, **fusion_training.found(frozen.best_row)}]
    for rate in learning_rates:
        fit = fusion.fine(frozen, settings | {"fine_learning_rate": rate}, f"fine at {rate:g}")
        rows.append({"fine_learning_rate": rate, **fusion_training.found(fit.best_row)})
    frame = pd.DataFrame(rows)
    with files.replacing(table) as temporary:
        frame.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    lines = {"not fine-tuned": next(frame.itertuples())}
    curves.sweep(frame[1:], "fine_learning_rate", "learning rate of fine-tuning", figure, lines, "log")
    run.clear()
    best = frame.loc[frame["validation_loss"].idxmin()]
    log.logger.info("lowest validation loss %.3f at learning rate %g", best.validation_loss, best.fine_learning_rate)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        learning_rate_sweep(
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            variomlp=Path(snakemake.input.variomlp[0]).parent,
            resnet18=Path(snakemake.input.resnet18[0]).parent,
            settings=snakemake.params.settings["training"] | {"device": snakemake.params.device},
            learning_rates=snakemake.params.settings["learning_rates"],
            threads=snakemake.threads,
            table=snakemake.output.table,
            figure=snakemake.output.figure,
        )
