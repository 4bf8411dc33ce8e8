"""Write the data card: scenes and labels that everything is made of."""

import pandas as pd
import pyarrow.parquet as pq

from geoclass.core import files, log, surface_classes, tables
from geoclass.report import data_card


def describe_data(
    metadata: list[str], tiles: list[str], classes: str, labels: str, split: str, sources: list[str], credits: str, card: str
) -> None:
    """Write the data card.

    Parameters
    ----------
    metadata, tiles
        JSON files of the scenes and their tile tables.
    classes
        Class list.
    labels, split
        Labelled tiles and their split.
    sources
        Where the labels come from.
    credits
        Of the imagery.
    card
        Markdown to write.
    """
    scenes = pd.DataFrame([files.read_json(path) for path in metadata])
    scenes["n_tiles"] = [pq.read_metadata(path).num_rows for path in tiles]
    scenes = scenes.sort_values(["date", "scene"], na_position="last")
    labelled = tables.read(labels, ["scene", "class_id"])
    text = data_card.markdown(scenes, surface_classes.read(classes), labelled, tables.read_metadata(split), sources, credits)
    with files.replacing(card) as temporary:
        temporary.write_text(text, encoding="utf-8")
    log.logger.info("%d scenes, %d labelled tiles", len(scenes), len(labelled))


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        describe_data(
            metadata=snakemake.input.metadata,
            tiles=snakemake.input.tiles,
            classes=snakemake.input.classes,
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            sources=snakemake.params.settings["sources"],
            credits=snakemake.params.settings["credits"],
            card=snakemake.output.card,
        )
