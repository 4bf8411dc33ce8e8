"""Describe a trained model for people and for other software: model card, training curves, ONNX file."""

from pathlib import Path

from geoclass.core import log
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints, curves, devices, model_card, onnx_export


def describe_model(
    folder: str | Path,
    history: str,
    labels: str,
    split: str,
    tiles: list[str],
    vario: list[str],
    threads: int,
    card: str,
    network: str,
    figure: str,
) -> None:
    """Write what a reader and other software need of a model; the trained weights stay as they are.

    Parameters
    ----------
    folder
        Model folder.
    history
        TSV of its training, one row an epoch.
    labels, split, tiles, vario
        Tables that it was trained on; the ONNX file is compared with the model on tiles held out.
    threads
        Threads to compute with.
    card, network, figure
        Markdown, ONNX and PNG to write.

    Raises
    ------
    RuntimeError
        The ONNX file gives other labels or probabilities than the model.
    """
    devices.reproducible(threads)
    predictor = checkpoints.load(folder)
    needed = [tables if kind in predictor.needs else [] for kind, tables in (("pixels", tiles), ("vario", vario))]
    held = labelled_tiles.labelled_tiles(labels, split, *needed).held_out()
    shown = slice(onnx_export.GATE_TILES)
    pixels = held.pixels(shown) if "pixels" in predictor.needs else None
    onnx_export.write(predictor, predictor.inputs(pixels, held.v[shown] if "vario" in predictor.needs else None), network)
    curves.draw(history, predictor.card["id"], figure)
    model_card.write(predictor.card, card)
    log.logger.info("%s: model card, curves and ONNX file written", predictor.card["id"])


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        describe_model(
            folder=Path(snakemake.input.model).parent,
            history=snakemake.input.curves,
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            threads=snakemake.threads,
            card=snakemake.output.card,
            network=snakemake.output.network,
            figure=snakemake.output.curves,
        )
