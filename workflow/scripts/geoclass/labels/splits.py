"""Training, validation and test subsets: by chance, by blocks of ground, by scene, by place, or as given."""

from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from geoclass.core import common_ground, tables, text_tables
from geoclass.labels import block_shares

SUBSETS = block_shares.SUBSETS
SHARED = 0.5  # of its ground: with more, a tile of another date shows much the same; neighbours of one date are as near with less
TOUCHING = 0.05  # of one day every shared pixel counts, as in one scene; less are neighbours whose borders are known no better


def check_shares(shares: list[float]) -> None:
    """Refuse shares that do not add up to 1, or leave nothing to train on or to stop training by."""
    if abs(sum(shares) - 1) > 1e-6 or not (shares[0] > 0 and shares[1] > 0):
        raise ValueError(
            f"split_labels/shares: {shares}, which add up to {sum(shares):g}, expected 1 with training and validation above 0; "
            "change them"
        )


def check_classes(tiles: pd.DataFrame, units: pd.Series, classes: dict[int, str], scheme: str) -> None:
    """Refuse a class that cannot be both learnt and validated, whatever the draw.

    Parameters
    ----------
    tiles
        Labelled tiles with class_id, (N,).
    units
        What the scheme keeps whole: the block, group or name of every tile, (N,).
    classes
        Names of all classes by id.
    scheme
        Name of the scheme, for the message.

    Raises
    ------
    ValueError
        A class with fewer than two tiles, or with all tiles in one block.
    """
    n_tiles, n_units = tiles["class_id"].value_counts(), units.groupby(tiles["class_id"]).nunique()
    for class_id, name in classes.items():
        n = n_tiles.get(class_id, 0)
        if n < 2:
            raise ValueError(
                f"class {name}: {n} labelled {'tile' if n == 1 else 'tiles'}, expected at least 2, one for training and one for "
                "validation; label more of it, or take it out of the table of classes and its labels out of their sources"
            )
        if n_units[class_id] < 2:
            unit = "group" if scheme == "group" else "block"
            raise ValueError(
                f"class {name}: all {n} labelled tiles in one {unit}, expected at least 2 {unit}s, one for training and one for "
                f"validation (scheme {scheme}); label it in another place, lower split_labels/block_m or choose another scheme"
            )


def count(tiles: pd.DataFrame, subset: pd.Series, classes: dict[int, str], scheme: str) -> pd.DataFrame:
    """Return how many tiles of every class (rows, by name) are in train, validation and test (columns).

    Raises
    ------
    ValueError
        A class without a training or validation tile.
    """
    counts = pd.crosstab(tiles["class_id"], subset).reindex(index=list(classes), columns=list(SUBSETS), fill_value=0)
    counts.index = list(classes.values())
    for name, row in counts.iterrows():
        if not row["train"] or not row["validation"]:
            raise ValueError(
                f"class {name}: {row['train']} training, {row['validation']} validation and {row['test']} test tiles (scheme "
                f"{scheme}), expected at least one for training and one for validation; label it in more places and scenes, "
                "change seed or split_labels/shares, or choose another scheme"
            )
    return counts


def place(labels: pd.DataFrame, tile_tables: list[str]) -> pd.DataFrame:
    """Return the labels with the place of their tiles.

    Parameters
    ----------
    labels
        Table of labels, with at least tile_id and scene.
    tile_tables
        Tile tables of all labelled scenes and image sets; only positions are read.

    Returns
    -------
    pandas.DataFrame
        `labels` sorted by tile_id, with date of the scene, ground (name of that it lies on, see `common_ground`), x_m and y_m (centre
        there, in metres on the ground, so that a place has one position on all dates) and row_px, column_px, height_px, width_px,
        height_m, width_m; missing for images without georeference.

    Raises
    ------
    ValueError
        A labelled tile that no tile table holds.
    """
    parts = []
    sources = [(tables.read_metadata(path), path) for path in tile_tables]
    grounds = common_ground.grounds([metadata["scene"] for metadata, _ in sources])
    for metadata, path in sources:
        scene, part = metadata["scene"], tables.read(path, ["tile_id", "row_px", "column_px", "x_m", "y_m"])
        part = part[part["tile_id"].isin(labels["tile_id"])].assign(ground="", date=scene.get("date") or "")
        for side in ("height", "width"):
            part[f"{side}_px"] = metadata["tiles"][f"{side}_px"]
            part[f"{side}_m"] = part[f"{side}_px"] * (scene.get(f"pixel_{side}_m") or np.nan)
        if ground := grounds.get(scene["scene"]):
            part["ground"] = ground.name
            part["x_m"], part["y_m"] = ground.metres(scene["crs_wkt"], part["x_m"].to_numpy(), part["y_m"].to_numpy())
        parts.append(part)
    placed = labels.merge(pd.concat(parts), on="tile_id", how="left", indicator="found", validate="1:1")
    missing = placed.loc[placed["found"] == "left_only", "tile_id"]
    if len(missing):
        raise ValueError(
            f"labels: {len(missing)} tiles, {missing.iloc[0]} for one, that no tile table holds; run collect_labels again"
        )
    return placed.drop(columns="found").sort_values("tile_id", ignore_index=True)


def blocks(tiles: pd.DataFrame, block_m: float) -> pd.Series:
    """Return the square of ground, `block_m` wide, that the centre of every tile lies in.

    The same ground is the same block on every date. An image without georeference is a block with those of its group, or alone.
    """
    column, row = np.floor(tiles["x_m"] / block_m), np.floor(tiles["y_m"] / block_m)
    near = np.where(tiles["ground"] == "", "", " near " + tiles["ground"])
    names = [f"x{x:.0f} y{y:.0f}{where}" for x, y, where in zip(column, row, near, strict=True)]
    return pd.Series(names, index=tiles.index).where(
        tiles["x_m"].notna(), tiles["group"].where(tiles["group"] != "", tiles["tile_id"])
    )


def groups(tiles: pd.DataFrame, block_m: float) -> pd.Series:
    """Return the group of every tile, or its block where no group is named.

    The only group of a class is divided into blocks, since the class could not be both learnt and validated otherwise.
    """
    by_block = blocks(tiles, block_m)
    names = tiles["group"].where(tiles["group"] != "", by_block)
    alone = names.groupby(tiles["class_id"]).transform("nunique") == 1
    return names.where(~alone | (names == by_block), names + " " + by_block)


def divided(tiles: pd.DataFrame, units: pd.Series, classes: dict[int, str]) -> list[str]:
    """Return the names of the classes whose only group `groups` has divided, given the units that it returned."""
    torn = (tiles["group"] != "") & (units != tiles["group"])
    return [classes[class_id] for class_id in sorted(tiles["class_id"][torn].unique())]


def by_chance(tiles: pd.DataFrame, shares: list[float], seed: int) -> pd.Series:
    """Return a stratified random subset for every tile.

    The tiles of a class are put in an order that the seed and their names decide, and cut at the shares: a tile that is labelled
    later moves few others. Tiles that touch or overlap fall into different subsets, so scores are optimistic; see `blocks`.
    """
    subset = pd.Series("", index=tiles.index)
    for _, one_class in tiles.groupby("class_id"):
        n = len(one_class)
        n_test = min(max(1, round(shares[2] * n)), max(0, n - 2)) if shares[2] else 0
        n_validation = min(max(1, round(shares[1] * n)), n - n_test - 1)
        sizes = [n - n_test - n_validation, n_validation, n_test]
        subset[one_class.index[block_shares.draws(one_class["tile_id"], seed).argsort()]] = np.repeat(SUBSETS, sizes)
    return subset


def by_scene(
    tiles: pd.DataFrame, units: pd.Series, shares: list[float], seed: int, pairs: np.ndarray
) -> tuple[pd.Series, pd.Series]:
    """Return subsets and blocks when whole scenes are left out.

    The scenes left out are the test subset (validation where the test share is 0): as many as come closest to its share, at least
    one, drawn by the seed from those without which every class can still be learnt. The other scenes are dealt out by block. The
    same ground on other dates stays in training, so that the score is that of a new date, not of a new place.

    Parameters
    ----------
    tiles
        Tiles with scene and class_id, (N,).
    units
        Block of every tile, (N,).
    shares
        Shares of training, validation and test.
    seed
        Seed of the draw.
    pairs
        Tiles that share pixels, see `overlaps`.

    Returns
    -------
    pandas.Series, pandas.Series
        Subset (empty for tiles that `balance.deal` leaves out) and block of every tile, (N,); the blocks of the scenes left out
        bear the scene's name too.

    Raises
    ------
    ValueError
        Labels of one scene only.
    """
    scenes = sorted(tiles["scene"].unique())
    if len(scenes) < 2:
        raise ValueError(
            f"split scene: labels of 1 scene, {scenes[0]}, expected at least 2; label another scene or take scheme block"
        )
    held_share, held_name = (shares[2], "test") if shares[2] else (shares[1], "validation")
    n_blocks = 2 if shares[2] else 1  # that a class needs among the scenes that stay

    def lost(held: list[str]) -> int:
        rest = units[~tiles["scene"].isin(held)].groupby(tiles["class_id"]).nunique()
        return int((rest.reindex(tiles["class_id"].unique(), fill_value=0) < n_blocks).sum())

    def distance(held: list[str]) -> float:
        return abs(tiles["scene"].isin(held).mean() - held_share)

    order = sorted(zip([lost([scene]) for scene in scenes], block_shares.draws(scenes, seed), scenes, strict=True))
    held = [order[0][2]]
    for *_, scene in order[1:]:
        more = [*held, scene]
        if len(more) < len(scenes) and lost(more) == lost(held) and distance(more) < distance(held):
            held = more
    subset = pd.Series(held_name, index=tiles.index)
    rest = ~tiles["scene"].isin(held)
    if shares[2]:
        remaining = [share / (shares[0] + shares[1]) for share in shares[:2]]
        place = np.cumsum(rest) - 1  # of a tile among those that remain
        pairs = place.to_numpy()[pairs[rest.to_numpy()[pairs].all(1)]]
        subset[rest] = block_shares.deal(units[rest], tiles["class_id"][rest], [*remaining, 0], seed, pairs)
    else:
        subset[rest] = "train"
    return subset, units.where(rest, tiles["scene"] + " " + units)


def as_given(tiles: pd.DataFrame, path: str | Path) -> pd.Series:
    """Return the subsets that a file gives.

    Parameters
    ----------
    tiles
        Tiles with tile_id and x_m (missing for images), (N,).
    path
        TSV or CSV with a column subset (train, validation, test) and a column tile_id or, for class folders of images, image: the
        file name, with or without its folders. Rows of other tiles are left aside.

    Raises
    ------
    ValueError
        No table, missing columns, an unknown subset, a labelled tile without row or in two subsets, an image that stands for two tiles.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: no such file, expected the split given; correct split_labels/file")
    with open(path, "rb") as stream:
        table = text_tables.read(path, "\t" if b"\t" in stream.readline() else ",")
    table.columns = [column.strip().lower() for column in table.columns]
    if "subset" not in table or not {"tile_id", "image"} & set(table):
        raise ValueError(f"{path}: columns {', '.join(table)}, expected subset and tile_id or image, separated by tabs or commas")
    unknown = table[~table["subset"].isin(SUBSETS)]
    if len(unknown):
        raise ValueError(
            f"{path}: line {unknown.index[0] + 2}: subset {unknown['subset'].iloc[0]!r}, expected {', '.join(SUBSETS)}"
        )
    if "tile_id" not in table:
        table["tile_id"] = _tiles_of_images(table["image"], tiles.loc[tiles["x_m"].isna(), "tile_id"], path)
    given = table[table["tile_id"].isin(tiles["tile_id"])].drop_duplicates(["tile_id", "subset"])
    twice = given.loc[given["tile_id"].duplicated(), "tile_id"]
    if len(twice):
        raise ValueError(f"{path}: tile {twice.iloc[0]} is in two subsets, expected one; remove one of its rows")
    missing = tiles.loc[~tiles["tile_id"].isin(given["tile_id"]), "tile_id"]
    if len(missing):
        raise ValueError(
            f"{path}: no row for {len(missing)} of {len(tiles)} labelled tiles, {missing.iloc[0]} for one, expected one for "
            "each; add them, or take a file that was made for these labels"
        )
    return tiles["tile_id"].map(given.set_index("tile_id")["subset"])


def _tiles_of_images(images: pd.Series, tile_ids: pd.Series, path: str | Path) -> pd.Series:
    """Return the tile of every image: the one whose name ends with the image's path; empty where there is none."""
    by_ending: dict[str, list[str]] = {}
    for tile_id in tile_ids:
        words = tile_id.split("_")
        for first in range(len(words)):
            by_ending.setdefault("_".join(words[first:]), []).append(tile_id)
    found = [by_ending.get(Path(image).with_suffix("").as_posix().replace("/", "_"), [""]) for image in images]
    for image, candidates in zip(images, found, strict=True):
        if len(candidates) > 1:
            raise ValueError(
                f"{path}: image {image} stands for {', '.join(candidates[:2])}, expected one tile; write <class>/<image>"
            )
    return pd.Series([candidates[0] for candidates in found], index=images.index)


def overlaps(tiles: pd.DataFrame) -> np.ndarray:
    """Return the pairs of tiles that share pixels of a scene, ground on one day, or most of their ground on two dates.

    A tile belongs to the block of its centre, and the tiles of two scenes do not lie on one lattice: near a border of blocks two of
    them may show much the same ground, and one of a stereo pair may show a quarter of each of four tiles of the other.

    Parameters
    ----------
    tiles
        Tiles as `place` returns them, (N,).

    Returns
    -------
    numpy.ndarray
        Positions of the tiles, each pair in both orders, (M, 2).
    """
    placed = tiles.assign(position=range(len(tiles)))[tiles["row_px"].notna()]
    pairs = [_sharing_pixels(scene) for _, scene in placed.groupby("scene")]
    pairs += [_sharing_ground(ground) for _, ground in placed.groupby("ground")]
    return np.concatenate([block_shares.NO_PAIRS, *pairs])


def _sharing_pixels(scene: pd.DataFrame) -> np.ndarray:
    """Return the positions of the tiles of one scene that share pixels, (M, 2)."""
    top, left = scene["row_px"].to_numpy(float), scene["column_px"].to_numpy(float)
    inset = 0.25  # neighbours that only touch do not overlap
    boxes = shapely.box(left + inset, top + inset, left + scene["width_px"] - inset, top + scene["height_px"] - inset)
    found = shapely.STRtree(boxes).query(boxes, predicate="intersects").T
    return scene["position"].to_numpy()[found[found[:, 0] != found[:, 1]]]


def _sharing_ground(tiles: pd.DataFrame) -> np.ndarray:
    """Return the positions of the tiles of two scenes of one ground that share it, of two dates most of it, (M, 2)."""
    x, y, width, height = (tiles[name].to_numpy(float) for name in ("x_m", "y_m", "width_m", "height_m"))
    boxes = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    found = shapely.STRtree(boxes).query(boxes, predicate="intersects").T
    scene = tiles["scene"].to_numpy()[found]
    one, other = found = found[scene[:, 0] != scene[:, 1]].T
    wide = (width[one] + width[other]) / 2 - np.abs(x[one] - x[other])
    high = (height[one] + height[other]) / 2 - np.abs(y[one] - y[other])
    day = tiles["date"].str[:10].to_numpy()
    least = np.where(day[one] == day[other], TOUCHING, SHARED)
    shared = wide * high > least * np.minimum(width[one] * height[one], width[other] * height[other])
    return tiles["position"].to_numpy()[found.T[shared]]
