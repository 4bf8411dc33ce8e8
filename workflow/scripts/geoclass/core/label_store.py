"""The store of labels as a source of labels: named in the settings before the labelling page has made it, and its classes by id."""

from pathlib import Path

import pandas as pd


def sources(config: dict) -> tuple[list[str], str]:
    """Return the sources of labels that are there, and the sentence that refuses to bind labels without a store that is none yet.

    The labelling page makes the store when it first starts, from scenes that are ingested and cut without it.
    """
    named, store = config["collect_labels"]["sources"], config["label"]["store"]
    if store not in named or Path(store).exists():
        return named, ""
    sentence = (
        f"config: collect_labels/sources has {store}, which holds no labels yet (label/store), expected labels to learn from; label "
        "tiles first: make label, or snakemake label"
    )
    return [source for source in named if source != store], sentence


def check_ids(bound: dict[int, str], classes: pd.DataFrame, where: str, store: str | Path) -> None:
    """Refuse a table of classes that gives a class of the store's labels another id: they would become those of another class.

    A class may have another name than in the store, where it was renamed in the table.

    Parameters
    ----------
    bound
        Names of the classes that labels of the store have, by id.
    classes
        The table of classes.
    where, store
        The table and the store, for the sentence.

    Raises
    ------
    ValueError
        A name that the store knows under another id.
    """
    ids = dict(zip(classes["class_name"].str.lower(), classes["class_id"], strict=True))
    for class_id, name in bound.items():
        found = ids.get(name.lower(), class_id)
        if found != class_id:
            raise ValueError(
                f"{where}: class {name} has id {found}, expected {class_id}, as labels in {store} have it; give it its old id"
            )
