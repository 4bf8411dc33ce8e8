"""The table of folds: which tiles are held out together, and what is withheld from the models of a fold."""

import pandas as pd

from geoclass.core import log, tables
from geoclass.labels import blocks, folds, label_tables, splits


def write(
    placed: pd.DataFrame, classes: dict[int, str], scheme: str, n_folds: int, block_m: float, split: str, about: dict
) -> None:
    """Write a split in which every label of a person is held out once.

    Parameters
    ----------
    placed
        Labelled tiles with the place of each, see `splits.place`.
    classes
        Names of the classes by id.
    scheme
        auto, random, block, scene or group.
    n_folds
        Most folds.
    block_m
        Side of a spatial block [m].
    split
        Parquet table to write.
    about
        Its metadata: seed, labels, classes.

    Raises
    ------
    ValueError
        A class that cannot be learned while it is held out; a fold that leaves nothing to learn.
    """
    units = folds.units(placed, scheme, block_m)
    folds.check(placed, units, classes, block_m)
    fold = folds.deal(placed, units, n_folds, about["seed"])
    human = placed["origin"] == "human"  # a model is not scored on what a model said
    table = placed[["tile_id", "class_id"]].assign(
        subset=human.map({True: label_tables.OUT_OF_FOLD, False: "train"}), block=units.blocks
    )
    withheld = folds.apart(placed, units, fold)
    folds.check_learned(fold, withheld, units.kind)
    table = table.assign(fold=fold, apart=withheld)
    counts = pd.crosstab(table["class_id"], table["subset"]).reindex(
        list(classes), columns=[label_tables.OUT_OF_FOLD, "train"], fill_value=0
    )
    counts.index = list(classes.values())
    n = int(fold.nunique())
    divided = splits.divided(placed, units.names, classes) if units.kind == "group" else []
    kind = blocks.kind_of(placed, units.names, units.kind)
    facts = {
        "scheme": scheme,
        "unit": kind,
        "units": units.n,
        "folds": n,
        "shares": None,
        "counts": counts.to_dict("index"),
    }
    tables.write(split, label_tables.FOLDS, table, about | facts | {"left_out": 0, "divided": divided})
    word = folds.WORDS[kind]
    log.logger.info("%s: %d tiles in %d %ss, dealt out to %d folds by %s", scheme, len(table), units.n, word, n, word)
    if units.kind == "scene" and units.n < placed["scene"].nunique():
        log.logger.info("scenes that show the same ground on one day are held out together")
    if n < n_folds:
        log.logger.info("%d folds in the place of %d, since there are no more %ss", n, n_folds, word)
    if divided:
        log.logger.warning(
            "the only place of class %s is divided into blocks of ground, since the class could not be learned while it is held out; "
            "label it in a second place, or its score is that of a place already seen",
            ", ".join(divided),
        )
    if unlearned := folds.unlearned(placed, fold, withheld, classes):
        log.logger.warning(
            "all other tiles of class %s overlap those of it in one fold, so that it is not learned while these are held out, and scores "
            "nothing there; label it in a second place, further away",
            ", ".join(unlearned),
        )
    for class_id, n_units in units.by_class(placed).items():
        if n_units < n:
            log.logger.info("class %s lies in %d %ss, fewer than the folds", classes[class_id], n_units, word)
    if not human.all():
        log.logger.info("%d labels by models are learned and never held out", (~human).sum())
