"""Write the data card: scenes and labels that everything is made of."""

from geoclass.core import files, log, surface_classes, tables
from geoclass.report import data_card, run_tables


def describe_data(series: str, classes: str, labels: str, split: str, sources: list[str], credits: str, card: str) -> None:
    """Write the data card.

    Parameters
    ----------
    series
        Table of list_scenes.
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

    Raises
    ------
    ValueError
        A table of an earlier version, which does not count tiles.
    """
    scenes = run_tables.read(series)
    if "n_tiles" not in scenes:
        raise ValueError(f"{series}: no column n_tiles, as in earlier versions; delete the table, and the next run makes it anew")
    labelled, class_list = tables.read(labels, ["scene", "class_id"]), surface_classes.read(classes)
    # A class that is renamed needs no new labels; their split knows it by the name that it had.
    names = class_list.set_index("class_id")["class_name"]
    now = {entry["class_name"]: names.get(entry["class_id"]) for entry in tables.read_metadata(labels)["classes"]}
    divided = tables.read_metadata(split)
    divided = divided | {"counts": {now.get(name, name): counts for name, counts in divided["counts"].items()}}
    text = data_card.markdown(scenes, class_list, labelled, divided, sources, credits)
    with files.replacing(card) as temporary:
        temporary.write_text(text, encoding="utf-8")
    log.logger.info("%d scenes, %d labelled tiles", len(scenes), len(labelled))


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        describe_data(
            series=snakemake.input.series,
            classes=snakemake.input.classes,
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            sources=snakemake.params.settings["sources"],
            credits=snakemake.params.settings["credits"],
            card=snakemake.output.card,
        )
