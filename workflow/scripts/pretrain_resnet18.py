"""Pre-train ResNet-18 on all tiles of the scenes, without labels."""

import hashlib
from pathlib import Path

from geoclass import checkpoints, curves, devices, files, log, pretraining, training


def pretrain_resnet18(
    tiles: list[str], settings: dict, threads: int, weights: str | Path, table: str | Path, figure: str | Path
) -> None:
    """Write weights that train_resnet18 can start from.

    Parameters
    ----------
    tiles
        Tile tables.
    settings
        Section pretrain_resnet18 of the config.
    threads
        Threads to compute with.
    weights, table, figure
        Safetensors file, and the curves as TSV and PNG.
    """
    devices.reproducible(threads)
    device = devices.choose(settings["device"], "pretrain_resnet18/device")
    seen = pretraining.Tiles(tiles)
    data = hashlib.sha256("".join(files.fingerprint(path) for path in tiles).encode()).hexdigest()
    devices.seed(settings["seed"])
    network = pretraining.Expander()
    place = training.Place(Path(weights).with_suffix(""), device, devices.precision(settings["precision"], device), data)
    frame = pretraining.fit(network, seen, pretraining.Options.of(settings), place)
    curves.pretraining(frame, table, figure)
    checkpoints.write_weights(weights, network.backbone.network.state_dict(), {"tiles": data})
    place.clear()
    log.logger.info("%d tiles of %d tables seen %d times, loss %.3f", seen.n, len(tiles), len(frame), frame["loss"].iloc[-1])


if "snakemake" in globals():
    with log.job(snakemake.log[0]):
        pretrain_resnet18(
            tiles=snakemake.input.tiles,
            settings=snakemake.params.settings,
            threads=snakemake.threads,
            weights=snakemake.output.weights,
            table=snakemake.output.table,
            figure=snakemake.output.figure,
        )
