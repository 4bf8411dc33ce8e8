"""Quantise a trained ResNet-18 to int8, in which CPUs compute it two to four times as fast."""

from pathlib import Path

from geoclass.core import log
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints, devices, quantisation


def quantise_model(folder: str | Path, labels: str, split: str, tiles: list[str], threads: int, network: str) -> None:
    """Write the network of a ResNet-18 in int8, or a file that says why there is none.

    Parameters
    ----------
    folder
        Model folder.
    labels, split, tiles
        Tables that it was trained on; they show what range the values of each layer have.
    threads
        Threads to compute with.
    network
        File to write.
    """
    devices.reproducible(threads)
    predictor = checkpoints.load(folder)
    pixels = quantisation.calibration_pixels(labelled_tiles.labelled_tiles(labels, split, tiles))
    reason = quantisation.write(network, predictor.network, pixels)
    if reason is None:
        log.logger.info("%s: quantised with %d training tiles", predictor.card["id"], len(pixels))
    else:
        log.logger.info("%s: not quantised, scenes will be computed otherwise: %s", predictor.card["id"], reason)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        quantise_model(
            folder=Path(snakemake.input.model).parent,
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=list(snakemake.input.tiles),
            threads=snakemake.threads,
            network=snakemake.output.network,
        )
