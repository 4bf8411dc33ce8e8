"""List the labels that are most likely wrong."""

import pandas as pd

from geoclass.active_learning import label_errors, queue_tables
from geoclass.core import files, log, tables
from geoclass.labels import labelled_tiles


def find_label_errors(
    labels: str, split: str, tiles: list[str], vario: list[str], seed: int, threads: int, table: str, words: str
) -> None:
    """Write possible label errors, the most likely first.

    Parameters
    ----------
    labels, split
        Tables of labels and of a split, which names the blocks.
    tiles, vario
        Tile tables of all labelled scenes and image sets, and their tables of vario functions.
    seed
        Seed of folds and forest.
    threads
        Threads of the forest.
    table, words
        Parquet table to write, and TSV for people.

    Raises
    ------
    ValueError
        Tables that do not belong together, or labels in one block alone.
    """
    data = labelled_tiles.labelled_tiles(labels, split, tiles, vario)
    vectors = label_errors.views(data.v, data.pixels())
    probabilities, usable = label_errors.out_of_fold(vectors, data.labels, data.blocks, len(data.classes), seed, threads)
    score, likely = label_errors.judge(data.labels[usable], probabilities[usable])
    class_ids = pd.Series([entry["class_id"] for entry in data.classes])
    given, proposed = data.labels[usable], probabilities[usable].argmax(axis=1)
    found = pd.DataFrame(
        {
            "tile_id": data.tile_ids[usable],
            "class_id": class_ids[given].to_numpy(),
            "proposed_id": class_ids[proposed].to_numpy(),
            "score": score,
            "confidence": probabilities[usable].max(axis=1),
            "likely": likely,
        }
    ).merge(tables.read(labels, ["tile_id", "scene", "origin"]), on="tile_id", validate="1:1")
    found = found[found["class_id"] != found["proposed_id"]].sort_values(["score", "tile_id"], ignore_index=True)
    tables.write(table, queue_tables.LABEL_ERRORS, found, {"classes": data.classes, "judged": int(usable.sum())})

    names = {entry["class_id"]: entry["class_name"] for entry in data.classes}
    listed = pd.DataFrame(
        {
            "tile": found["tile_id"],
            "scene": found["scene"],
            "label": found["class_id"].map(names),
            "looks like": found["proposed_id"].map(names),
            "probability of the label": found["score"],
            "likely wrong": found["likely"].map({True: "yes", False: ""}),
            "labelled by": found["origin"],
        }
    )
    with files.replacing(words) as temporary:
        listed.to_csv(temporary, sep="\t", index=False, float_format="%.3f")
    log.logger.info(
        "%d labels judged, %d look like another class, %d of them likely wrong", len(score), len(found), found["likely"].sum()
    )
    if not usable.any():
        log.logger.warning(
            "no label judged: no class stands in two blocks, so that none is compared; label classes in other places, or lower "
            "split_labels/block_m"
        )
    elif not usable.all():
        log.logger.info("%d labels not judged: no tile of their class in another block", (~usable).sum())


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        find_label_errors(
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            seed=snakemake.params.settings["seed"],
            threads=snakemake.threads,
            table=snakemake.output.table,
            words=snakemake.output.words,
        )
