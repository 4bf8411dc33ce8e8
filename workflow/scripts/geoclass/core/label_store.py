"""The store of labels as a source of labels: named in the settings before the labelling page has made it."""

from pathlib import Path


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
