"""Deal the labelled tiles out to folds, or divide them into training, validation and test."""

import pandas as pd

from geoclass.core import files, log, tables
from geoclass.labels import block_shares, blocks, fold_table, label_tables, passes, splits


def split_labels(
    labels: str,
    tiles: list[str],
    scheme: str,
    shares: list[float] | None,
    n_folds: int,
    block_m: float | None,
    given: str | None,
    seed: int,
    split: str,
) -> None:
    """Write the split of one scheme.

    Parameters
    ----------
    labels
        Parquet table of labels.
    tiles
        Tile tables of all labelled scenes and image sets.
    scheme
        auto, random, block, scene, group or given.
    shares
        Shares of training, validation and test; None deals the tiles out to folds, each of which is held out once.
    n_folds
        Most folds.
    block_m
        Side of a spatial block [m]; None = three tiles.
    given
        Table of the scheme `given`.
    seed
        Seed of the draw.
    split
        Parquet table to write.

    Raises
    ------
    ValueError
        A single class, shares that do not add up, a class that has no training or validation tile, a table given that does not fit.
    """
    if scheme == "given" and not given:
        raise ValueError("split_labels/file: not set, expected the table of the scheme given; name it or choose another scheme")
    if scheme == "auto" and shares:
        raise ValueError(
            "split_labels/scheme: auto with shares, expected block, scene, group or random; name one or set shares to null"
        )
    described = tables.read_metadata(labels)
    classes = {entry["class_id"]: entry["class_name"] for entry in described["classes"]}
    if len(classes) < 2:  # which may be bound, while somebody labels one class after the other, but not learned
        reasons = "; ".join(f"{name}: {reason}" for name, reason in described["missing"].items())
        raise ValueError(
            f"labels: {next(iter(classes.values()))} alone has labelled tiles, expected at least two classes ({reasons}); label "
            "another class"
        )
    placed = splits.place(tables.read(labels), tiles)
    block_m = blocks.side(placed, block_m)
    about = {"seed": seed, "labels": files.fingerprint(labels), "classes": list(classes.values()), "block_m": block_m}
    if scheme == "given" or shares:
        shares = shares or [1, 0, 0]  # which a table that is given does not ask for
        write_shares(placed, classes, scheme, shares, block_m, given, split, about)
    else:
        fold_table.write(placed, classes, scheme, n_folds, block_m, split, about)


def write_shares(
    placed: pd.DataFrame,
    classes: dict[int, str],
    scheme: str,
    shares: list[float],
    block_m: float,
    given: str | None,
    split: str,
    about: dict,
) -> None:
    """Write a split into training, validation and test; see `split_labels`."""
    if scheme != "given":
        splits.check_shares(shares)
    seed = about["seed"]
    if scheme == "random":
        units = placed["tile_id"]
    elif scheme in ("group", "given"):
        units = splits.groups(placed, block_m)
    else:
        units = splits.blocks(placed, block_m)
    if scheme != "given":
        splits.check_classes(placed, units, classes, scheme)

    if scheme == "random":
        subset = splits.by_chance(placed, shares, seed)
    elif scheme == "given":
        subset = splits.as_given(placed, given)
    elif scheme == "scene":
        pairs = splits.overlaps(placed)
        subset, units = splits.by_scene(placed.assign(scene=passes.names(placed, pairs)), units, shares, seed, pairs)
    else:
        subset = block_shares.deal(units, placed["class_id"], shares, seed, splits.overlaps(placed))
    machine = placed["origin"] != "human"  # never validates or tests: a model would be scored on what a model said
    n_machine = int((machine & subset.isin(["validation", "test"])).sum())
    subset = subset.where(~machine | (subset == "train"), "")
    table = placed[["tile_id", "class_id"]].assign(subset=subset, block=units)[subset != ""]
    counts = splits.count(table, table["subset"], classes, scheme)
    if scheme == "given":
        warn_of_seen(placed[subset != ""], subset[subset != ""])

    divided = splits.divided(placed, units, classes) if scheme == "group" else []
    facts = {"scheme": scheme, "shares": list(shares), "counts": counts.to_dict("index")}
    facts |= {"left_out": len(placed) - len(table), "divided": divided}
    if scheme in ("block", "group"):
        facts["unit"] = blocks.kind_of(placed, units, scheme)
    tables.write(split, label_tables.SPLITS, table, about | facts)
    n_train, n_validation, n_test = counts.sum()
    log.logger.info(
        "%s: %d training, %d validation and %d test tiles in %d blocks", scheme, n_train, n_validation, n_test, units.nunique()
    )
    if len(table) + n_machine < len(placed):
        n = len(placed) - len(table) - n_machine
        log.logger.info("%d tiles left out because they overlap tiles that are held back from them", n)
    if n_machine:
        log.logger.info("%d labels by models left out of validation and test, where people's labels alone count", n_machine)
    for name in divided:
        log.logger.info("class %s has one group only, divided into blocks: its scores are not those of another place", name)
    for name in counts.index[(counts["test"] == 0) & (shares[2] > 0)]:
        log.logger.info("class %s has no test tile", name)


def warn_of_seen(tiles: pd.DataFrame, subset: pd.Series) -> None:
    """Say how many tiles show pixels, or ground of one day, that the subsets given hold back from theirs."""
    pairs = splits.overlaps(tiles)
    pairs = pairs[passes.at_once(tiles, pairs)]
    if n := block_shares.leaks(subset.map(splits.SUBSETS.index).to_numpy(), pairs).sum():
        log.logger.warning(
            "%d tiles share pixels, or ground of one day, with tiles that split_labels/file holds back from them, so that scores are "
            "optimistic; put such tiles into one subset or take another split_labels/scheme",
            n,
        )


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        split_labels(
            labels=snakemake.input.labels,
            tiles=snakemake.input.tiles,
            scheme=snakemake.wildcards.scheme,
            shares=snakemake.params.settings["shares"],
            n_folds=snakemake.params.settings["folds"],
            block_m=snakemake.params.settings["block_m"],
            given=snakemake.input.get("given"),
            seed=snakemake.params.settings["seed"],
            split=snakemake.output.split,
        )
