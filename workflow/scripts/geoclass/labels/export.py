"""Which tiles go into a data set: labels, confident predictions, or both, and as many of each class where that is asked for."""

import numpy as np
import pandas as pd

from geoclass.core import tables

COLUMNS = ["tile_id", "scene", "class_id", "origin", "confidence", "group", "source"]


def gather(labels: str, classified: list[str], content: str, threshold: float) -> pd.DataFrame:
    """Return the tiles of a data set.

    Parameters
    ----------
    labels
        Table of labels.
    classified
        Class tables of a model, one a scene; none are read for labels alone.
    content
        labels, predictions, or both: then tiles that have a label keep it.
    threshold
        Least confidence of a prediction.

    Returns
    -------
    pandas.DataFrame
        The columns COLUMNS, sorted by tile_id; origin is human, the origin of a proposal, or the model that predicts.

    Raises
    ------
    ValueError
        No tile is left.
    """
    parts = []
    if content != "predictions":
        parts.append(tables.read(labels, COLUMNS))
    highest = 0.0
    if content != "labels":
        for path in classified:
            found = predictions(path)
            highest = max(highest, found["confidence"].max() if len(found) else 0)
            parts.append(found[found["confidence"] >= threshold])
    tiles = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True).drop_duplicates("tile_id")
    if tiles.empty:
        raise ValueError(
            f"export_labels: no tile with a confidence of {threshold:g} or more in {len(classified)} scenes (the highest is "
            f"{highest:.3f}), expected at least one; lower export_labels/minimum_confidence"
        )
    return tiles.sort_values("tile_id", ignore_index=True)


def predictions(path: str) -> pd.DataFrame:
    """Return the predictions of a class table, with the columns COLUMNS; tiles that the model could say nothing of are left out."""
    metadata = tables.read_metadata(path)
    found = tables.read(path, ["tile_id", "class_id", "confidence"]).dropna(subset="class_id").astype({"class_id": np.int32})
    about = {"scene": metadata["scene"]["scene"], "origin": metadata["model"]["model"], "group": ""}
    return found.assign(**about, source=metadata["model"]["id"])[COLUMNS]


def equalise(tiles: pd.DataFrame, classes: pd.DataFrame) -> pd.DataFrame:
    """Keep as many tiles of each class as the smallest class has: people's labels first, then the most confident.

    Parameters
    ----------
    tiles
        As `gather` returns them.
    classes
        The table of classes, all of which must occur.

    Raises
    ------
    ValueError
        A class without a tile.
    """
    counts = tiles["class_id"].value_counts()
    for row in classes.itertuples():
        if row.class_id not in counts:
            raise ValueError(
                f"export_labels: class {row.class_name} has no tile, neither labelled nor predicted with enough confidence, "
                "expected one of every class for equal sets; label it, lower export_labels/minimum_confidence or set equal_sets to false"
            )
    order = tiles.assign(by_people=tiles["origin"] == "human").sort_values(
        ["by_people", "confidence", "tile_id"], ascending=[False, False, True]
    )
    kept = order.groupby("class_id").head(counts.min())
    return tiles.loc[sorted(kept.index)].reset_index(drop=True)
