"""Say which tiles are worth labelling next, and why."""

import pandas as pd

from geoclass.active_learning import queue_tables, queueing
from geoclass.core import log, surface_classes, tables
from geoclass.labels import geopackage


def queue_tiles(
    classified: list[str],
    labels: str,
    tiles: list[str],
    classes: str,
    model: str,
    size: int,
    distance_m: float,
    queue: str,
    layer: str,
) -> None:
    """Write the queue as a table and as a layer for QGIS.

    Parameters
    ----------
    classified
        Class tables of all models and scenes.
    labels
        Table of labels.
    tiles
        Tile tables of all scenes.
    classes
        TSV of the classes.
    model
        Model that the queue is made with.
    size
        Most tiles in the queue.
    distance_m
        Least distance between two of them seen on one day [m].
    queue, layer
        Parquet table and GeoPackage to write.

    Raises
    ------
    ValueError
        No scene; models with different class lists; every tile has a label.
    """
    if not tiles:
        raise ValueError("the table of scenes: no scene, expected at least one whose tiles could be labelled next; add a row")
    class_table, labelled = surface_classes.read(classes), tables.read(labels, ["tile_id", "class_id"])
    of_scene: dict[str, list[str]] = {}
    for path in classified:
        of_scene.setdefault(tables.read_metadata(path)["scene"]["scene"], []).append(path)
    found = pd.concat([queueing.candidates(paths, model) for _, paths in sorted(of_scene.items())], ignore_index=True)
    found = found[~found["tile_id"].isin(labelled["tile_id"])]
    if found.empty:
        raise ValueError(f"{labels}: every tile of all {len(of_scene)} scenes has a label, expected some without; add scenes")
    counts = labelled["class_id"].value_counts().reindex(class_table["class_id"], fill_value=0)
    chosen = queueing.choose(found.merge(queueing.places(tiles), on="tile_id"), counts.to_dict(), size, distance_m)

    about = {
        "model": model,
        "distance_m": distance_m,
        "classes": class_table[["class_id", "class_name", "colour"]].to_dict("records"),
    }
    for column in ("variomlp_id", "resnet18_id"):
        chosen[column] = chosen[column].astype("Int32")
    tables.write(queue, queue_tables.QUEUE, chosen, about)
    names = class_table.set_index("class_id")["class_name"]
    shown = chosen[["tile_id", "scene", "rank", "reason", "confidence", "margin", "divergence"]].assign(
        class_name=chosen["class_id"].map(names),
        variomlp=chosen["variomlp_id"].map(names),
        resnet18=chosen["resnet18_id"].map(names),
    )
    geopackage.write_geopackage(layer, "queue", geopackage.placed(shown, tiles), class_table)
    log.logger.info("%d of %d tiles without a label are in the queue", len(chosen), len(found))
    for reason, n in chosen["reason"].value_counts().items():
        log.logger.info("  %-15s %5d tiles", reason, n)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        queue_tiles(
            classified=snakemake.input.classified,
            labels=snakemake.input.labels,
            tiles=snakemake.input.tiles,
            classes=snakemake.input.classes,
            model=snakemake.params.settings["model"],
            size=snakemake.params.settings["size"],
            distance_m=snakemake.params.settings["distance_m"],
            queue=snakemake.output.queue,
            layer=snakemake.output.layer,
        )
