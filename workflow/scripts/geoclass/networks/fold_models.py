"""Networks that learn all folds of the labelled tiles but one: what they say of that one, which they have not been chosen by either."""

from collections.abc import Callable

from geoclass.confidence import held_out
from geoclass.core import files, log
from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.networks.training import Trained
from geoclass.networks.training_state import RunDirectory


def hold_out(
    model: str,
    tiles: LabelledTiles,
    split: str,
    fold: int,
    run: RunDirectory,
    train: Callable[[LabelledTiles, RunDirectory, str], Trained],
    outputs: Callable,
    table: str,
) -> None:
    """Train a network without a fold, and write what it says of the tiles of that fold.

    Parameters
    ----------
    model
        variomlp or resnet18.
    tiles
        All labelled tiles.
    split
        Table of the folds.
    fold
        Number of the fold; where labels made fewer folds, the table is empty.
    run
        Where it is trained.
    train, outputs
        Training of the network, on tiles, in a run, by the name of the stage; and its logits (N, C) of tiles.
    table
        Parquet table to write.
    """
    about = {"model": model, "fold": fold, "split": files.fingerprint(split)}
    if fold >= tiles.n_folds:
        log.logger.info("the labels make %d folds, so that there is no fold %d to hold out", tiles.n_folds, fold + 1)
        held_out.write(table, held_out.Outputs.of([], tiles.no_logits()), about)
        return
    stage = f"{model} without fold {fold + 1}"
    learned, held = tiles.learned(fold), tiles.held_out(fold)
    trained = train(learned, run, stage)
    logits = outputs(trained, held) if len(held) else tiles.no_logits()
    held_out.write(table, held_out.Outputs.of(held.tile_ids, logits), about)
    run.clear()  # the table is all that is kept
    log.logger.info("%s: %d tiles learned, %d held out", stage, len(learned), len(held))
