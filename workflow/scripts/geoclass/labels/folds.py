"""Folds: the labelled tiles dealt out so that each is held out once, together with all that a user will not have labelled either."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoclass.labels import block_shares, passes, splits

UNITS = ("scene", "group", "block")  # what `auto` may hold out
LEAST_UNITS = 3  # for `auto`: with two, every model would learn from one
EMPTY = 10.0  # cost of a class without a tile in a fold: above any deviation, so that a class lies in as many folds as it can
STARTS = 20
LEAST_LEARNED = 2  # tiles: one alone has no spread to standardise by
WORDS = {"scene": "scene", "group": "group", "block": "block", "random": "tile"}  # one unit of each


@dataclass(frozen=True)
class Units:
    """What is held out together.

    Attributes
    ----------
    kind
        scene (with those that show its ground on its day), group, block or random (single tiles).
    names
        Unit of each tile, (N,).
    blocks
        Block of each tile, (N,): what scores are resampled by. The same as the unit, but for scenes: the ground within them.
    """

    kind: str
    names: pd.Series
    blocks: pd.Series

    @property
    def n(self) -> int:
        """Number of units."""
        return self.names.nunique()

    def by_class(self, tiles: pd.DataFrame) -> pd.Series:
        """Return the number of units that each class lies in, by class_id."""
        return self.names.groupby(tiles["class_id"]).nunique()


def units(tiles: pd.DataFrame, scheme: str, block_m: float) -> Units:
    """Return the units of a scheme.

    Parameters
    ----------
    tiles
        Labelled tiles as `splits.place` returns them, (N,).
    scheme
        random, block, scene, group, or auto: of scenes, groups and blocks the coarsest, which is the one with the fewest units, with at
        least three units and every class in at least two; blocks where there is none. That comes closest to what a user will ask
        a model for: another glacier, date or place than those with labels.
    block_m
        Side of a block [m].
    """
    by_block = splits.blocks(tiles, block_m)
    grouped = splits.groups(tiles, block_m)  # the only place of a class is divided
    kinds = {
        "random": Units("random", tiles["tile_id"], tiles["tile_id"]),
        "block": Units("block", by_block, by_block),
        "scene": Units("scene", passes.names(tiles), grouped),
        "group": Units("group", grouped, grouped),
    }
    if scheme != "auto":
        return kinds[scheme]
    fit = [kinds[kind] for kind in possible(tiles) if kinds[kind].n >= LEAST_UNITS and kinds[kind].by_class(tiles).min() > 1]
    return min(fit, key=lambda one: one.n, default=kinds["block"])


def possible(tiles: pd.DataFrame) -> list[str]:
    """Return the kinds of units of the tiles, coarse ones first: groups only where labels name any."""
    return [kind for kind in UNITS if kind != "group" or (tiles["group"] != "").any()]


def check(tiles: pd.DataFrame, chosen: Units, classes: dict[int, str], block_m: float) -> None:
    """Refuse a class that a model could not have learned while it is held out.

    Parameters
    ----------
    tiles
        Labelled tiles with source, (N,).
    chosen
        What is held out together.
    classes
        Names of the classes by id.
    block_m
        Side of a block [m].

    Raises
    ------
    ValueError
        A class with fewer than two tiles, or with all tiles in one unit; the sentence names its sources, and the blocks
        and schemes that would do.
    """

    def would_do(kind: str, side_m: float) -> bool:  # for every class: the next run must not give the advice of this one back
        return (units(tiles, kind, side_m).by_class(tiles).reindex(list(several)) > 1).all()

    n_units, n_tiles = chosen.by_class(tiles), tiles["class_id"].value_counts()
    several = n_tiles.index[n_tiles > 1]
    for class_id, name in classes.items():
        mine = tiles[tiles["class_id"] == class_id]
        sources = ", ".join(sorted(mine["source"].astype(str).unique()))
        if len(mine) < 2:
            found = f"1 labelled tile (from {sources})" if len(mine) else "no labelled tile"
            raise ValueError(
                f"class {name}: {found}, expected at least 2, so that one can be learned while the other is held out; label more of it, "
                "or take it out of the table of classes and its labels out of their sources"
            )
        if n_units[class_id] > 1:
            continue
        others = [kind for kind in (*possible(tiles), "random") if would_do(kind, block_m)]
        ways = [f"split_labels/scheme to {' or '.join(others)}"]
        if chosen.kind in ("group", "block") and would_do(chosen.kind, block_m / 2):
            ways.insert(0, f"split_labels/block_m to {block_m / 2:g}")
        advice = f"set {' or '.join(ways)}, whose scores are less strict"
        word = WORDS[chosen.kind]
        raise ValueError(
            f"class {name}: all {len(mine)} labelled tiles (from {sources}) in one {word}, {chosen.names[mine.index[0]]}, expected at "
            f"least 2 {word}s, so that one can be learned while the other is held out; label it in another {word}, or {advice}"
        )


def deal(tiles: pd.DataFrame, chosen: Units, n_folds: int, seed: int) -> pd.Series:
    """Return the fold of every tile, 0 to K - 1, the same for all tiles of a unit.

    Every class is spread over as many folds as it can be, in shares as equal as units allow. K is `n_folds`, or the number of units
    where that is smaller. The order of the rows does not matter.

    Parameters
    ----------
    tiles
        Tiles with tile_id and class_id, (N,).
    chosen
        What is held out together.
    n_folds
        Most folds.
    seed
        Seed of the draw.
    """
    k = min(n_folds, chosen.n)
    if chosen.kind == "random":
        order = np.lexsort([block_shares.draws(tiles["tile_id"], seed), tiles["class_id"]])
        fold = np.empty(len(tiles), int)
        fold[order] = np.arange(len(tiles)) % k  # each class in equal shares, one after the other
        return pd.Series(fold, index=tiles.index)
    counts = pd.crosstab(chosen.names, tiles["class_id"])
    n, shares, empty = counts.to_numpy(float), np.full(k, 1 / k), np.full(k, EMPTY)
    best, least = None, np.inf
    for start in range(STARTS):
        order = np.argsort(block_shares.draws(counts.index, f"{seed} {start}"))
        drawn = np.empty(len(n), int)
        drawn[order] = np.arange(len(n)) % k  # no fold without a unit
        fold = block_shares.improve(n, drawn, shares, empty)
        held = np.array([n[fold == j].sum(0) for j in range(k)])  # (K, C)
        alone = (held == n.sum(0)).any(axis=0).sum()  # classes that no model of their fold would learn
        cost = ((held / n.sum(0) - 1 / k) ** 2).sum() + EMPTY * (held == 0).sum() + 1e6 * alone + 1e9 * (held.sum(1) == 0).sum()
        if cost < least:
            best, least = fold, cost
    return pd.Series(best[counts.index.get_indexer(chosen.names)], index=tiles.index)


def apart(tiles: pd.DataFrame, chosen: Units, fold: pd.Series) -> list[list[int]]:
    """Return for every tile the folds of other tiles that share its pixels or ground: what is held out there has been seen here.

    Of scenes and single tiles only those of the same day count: the same ground on another date is what the models of a date left out
    may know.
    """
    found: list[set[int]] = [set() for _ in range(len(tiles))]
    number, pairs = fold.to_numpy(), splits.overlaps(tiles)
    if chosen.kind not in ("group", "block"):
        pairs = pairs[passes.at_once(tiles, pairs)]
    for one, other in pairs:
        if number[one] != number[other]:
            found[one].add(int(number[other]))
    return [sorted(numbers) for numbers in found]


def check_learned(fold: pd.Series, withheld: list[list[int]], kind: str) -> None:
    """Refuse a fold whose models would have nothing to learn.

    Parameters
    ----------
    fold
        Fold of every tile, (N,).
    withheld
        Other folds whose models must not learn it, see `apart`.
    kind
        What is held out together: scene, group, block or random.

    Raises
    ------
    ValueError
        A fold that leaves fewer than two tiles.
    """
    for held in sorted(fold.unique()):
        n = sum(number != held and held not in others for number, others in zip(fold, withheld, strict=True))
        if n < LEAST_LEARNED:
            smaller = "lower split_labels/block_m, " if kind in ("group", "block") else ""
            raise ValueError(
                f"split_labels: fold {held + 1} of {fold.nunique()}, held out by {WORDS[kind]}, leaves {n} of {len(fold)} labelled tiles "
                f"to learn, since others share its pixels or ground, expected at least {LEAST_LEARNED}; label tiles further apart, "
                f"{smaller}raise split_labels/folds or choose another split_labels/scheme"
            )


def unlearned(tiles: pd.DataFrame, fold: pd.Series, withheld: list[list[int]], classes: dict[int, str]) -> list[str]:
    """Return the names of the classes that no model of some fold would learn although that fold holds tiles of them out.

    Its other tiles all share pixels or ground with those that are held out, so that they are withheld (`apart`), too.
    """
    found = []
    for class_id, name in classes.items():
        mine = np.flatnonzero(tiles["class_id"] == class_id)
        number = fold.to_numpy()
        if any(all(number[k] == held or held in withheld[k] for k in mine) for held in np.unique(number[mine])):
            found.append(name)
    return found
