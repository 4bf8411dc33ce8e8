"""Rounds of learning: predictions that are accepted as labels, and the held-out ground that stays held out."""

import hashlib

import numpy as np
import pandas as pd

from geoclass.core import tables
from geoclass.labels import block_shares, label_tables, passes, splits


def accept(
    classified: list[str], labelled: pd.Series, classes: list[dict], threshold: float | None, most_per_class: int, origin: str
) -> pd.DataFrame:
    """Return the predictions of a model that become labels.

    Of the tiles without a label that lie inside the area of applicability, those at least as confident as the threshold; of each
    class the most confident, so that a frequent class does not drown the others.

    Parameters
    ----------
    classified
        Class tables of the model, one a scene; none where nothing is to be accepted.
    labelled
        Names of the tiles that have a label.
    classes
        class_id, class_name and colour of each class, as the labels have them.
    threshold
        Least confidence; without class tables it does not matter.
    most_per_class
        Most tiles of a class.
    origin
        What the labels are marked with: the model and the round.

    Returns
    -------
    pandas.DataFrame
        Columns of `tables.LABELS`, sorted by tile_id; may be empty.

    Raises
    ------
    ValueError
        A model with other classes than the labels.
    """
    names = {entry["class_id"]: entry["class_name"] for entry in classes}
    parts = []
    for path in sorted(classified):
        metadata = tables.read_metadata(path)
        if [entry["class_id"] for entry in metadata["model"]["classes"]] != list(names):
            raise ValueError(
                f"{path}: predictions of a model with other classes than the labels have now, expected the same; begin the rounds anew, "
                "by moving the folder of rounds away, when classes are added or removed"
            )
        part = tables.read(path, ["tile_id", "class_id", "confidence", "applicable"])
        inside = part["applicable"].isna() | (part["applicable"] == True)  # noqa: E712, missing where no area is known
        part = part[inside & (part["confidence"] >= threshold) & ~part["tile_id"].isin(labelled)]
        parts.append(part.assign(scene=metadata["scene"]["scene"], source=metadata["model"]["id"]))
    if not parts:
        return pd.DataFrame({column.name: pd.Series(dtype=object) for column in label_tables.LABELS})
    found = pd.concat(parts, ignore_index=True).sort_values(["confidence", "tile_id"], ascending=[False, True])
    found = found.groupby("class_id").head(most_per_class).sort_values("tile_id", ignore_index=True)
    found = found.astype({"class_id": np.int32}).assign(origin=origin, inside_share=1.0, group="")
    return found.assign(class_name=found["class_id"].map(names))[[column.name for column in label_tables.LABELS]]


def divide(labels: pd.DataFrame, base: pd.DataFrame, scheme: str, block_m: float) -> pd.DataFrame:
    """Divide the labels of a round so that what was held out in the round it builds on stays held out.

    A tile that a person has labelled keeps its subset. A new one takes that of its group or square of ground, or else trains. The
    proposals of models train, but never where anything is held out: not in a square of ground with a held-out tile, on any date,
    nor in a scene of which all labels are held out. Training tiles that overlap held-out ones are left out, but for two of which the
    base knows that they may: where scenes are held out, training shows their ground on other days.

    Parameters
    ----------
    labels
        Labels with the places of their tiles, as `splits.place` returns them, (N,).
    base
        The split that the round builds on.
    scheme
        Scheme of that split. Where it is random, a square of ground says nothing.
    block_m
        Side of a square of ground [m].

    Returns
    -------
    pandas.DataFrame
        tile_id, class_id, subset, block; without the tiles that are left out.
    """
    human, square = labels["origin"] == "human", splits.blocks(labels, block_m)
    unit = labels["group"].where(labels["group"] != "", square) if scheme != "scene" else labels["scene"] + " " + square
    known = base.set_index("tile_id")
    rank = {name: number for number, name in enumerate(splits.SUBSETS)}
    before = labels["tile_id"].map(known["subset"]).map(rank).where(human)
    on_ground = before if scheme != "random" else before * np.nan  # a random split says nothing of the ground
    inherited = unit.map(on_ground.groupby(unit).max())  # held out wins
    by_scene = labels["scene"].map(before.groupby(labels["scene"]).min())  # above 0: no label of the scene trains
    new = inherited.fillna(by_scene).fillna(0)
    subset = before.fillna(new).where(human, 0).astype(int)
    held = [] if scheme == "random" else square[subset > 0].unique()  # on whatever date, and by whichever label
    drop = ~human & (square.isin(held) | (by_scene > 0))
    pairs = splits.overlaps(labels)
    in_base, other = before.notna().to_numpy(), pairs[:, 1]
    allowed = in_base[pairs].all(axis=1)
    if scheme == "scene":
        allowed |= ~passes.at_once(labels, pairs) & (by_scene > 0).to_numpy()[other]
    leaks = block_shares.leaks(subset.to_numpy(), pairs[~drop.to_numpy()[other] & ~allowed])
    block = labels["tile_id"].map(known["block"]).where(human & before.notna(), unit)
    table = labels[["tile_id", "class_id"]].assign(subset=[splits.SUBSETS[k] for k in subset], block=block)
    return table[~drop & ~leaks].reset_index(drop=True)


def content(table: pd.DataFrame, settings: dict) -> str:
    """Return a hash of what a round learns: tiles, classes and subsets, and the settings that it learns them with."""
    rows = table.sort_values("tile_id")[["tile_id", "class_id", "subset"]]
    text = rows.to_csv(index=False) + repr(sorted(settings.items()))
    return hashlib.sha256(text.encode()).hexdigest()
