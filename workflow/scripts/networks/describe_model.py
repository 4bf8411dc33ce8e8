"""Describe a trained model for people and for other software: model card, training curves, ONNX file."""

from pathlib import Path

import numpy as np
import torch

from geoclass.core import log
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints, curves, devices, model_card, onnx_export
from geoclass.networks.batches import Examples


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
    examples = Examples(held, predictor.needs, predictor.card, torch.device("cpu"))
    inputs, _ = examples.batch(np.arange(min(len(held), onnx_export.GATE_TILES)))
    onnx_export.write(predictor, tuple(part.numpy() for part in inputs), network)
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
