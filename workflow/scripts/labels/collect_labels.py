"""Bind the labels of all sources to tiles, and set conflicts aside."""

import pandas as pd

from geoclass.core import files, log, surface_classes, tables
from geoclass.labels import binding, copies, label_sources, label_tables, tile_sets


def collect_labels(
    sources: list[str],
    tiles: list[str],
    classes: str,
    minimum_inside_share: float,
    group_field: str | None,
    group_pattern: str | None,
    grid: str,
    unlabelled_classes: str,
    labels: str,
    report: str,
) -> None:
    """Write the table of labels and the report on their sources.

    Parameters
    ----------
    sources
        Files of polygons, points or tile names, and class folders of images.
    tiles
        Tile tables of all labelled scenes and image sets.
    classes
        TSV of the classes.
    minimum_inside_share
        Least share of a tile inside the polygons of its class.
    group_field, group_pattern
        Column that names the place of an item, and regular expression that takes the place out of it.
    grid
        Grid of the scenes (ingest_scene/grid), see `label_sources.check`.
    unlabelled_classes
        What becomes of a class of the table without a labelled tile: leave_out or refuse.
    labels, report
        Parquet table of labels and TSV with counts by source and class to write.

    Raises
    ------
    ValueError
        No source, no class with tiles, an unknown class or scene, a source that cannot be read or labels no tile; see
        `label_sources` and `labels`.
    """
    label_sources.check(sources, grid)
    class_table = surface_classes.read(classes)
    tables.check_scenes(tiles)
    labelled = [tile_sets.read_tiles(path) for path in sorted(tiles)]
    names = dict(zip(class_table["class_id"], class_table["class_name"], strict=True))
    items, claims = {}, []
    for source in sources:
        items[source] = label_sources.read(source, class_table, group_field, group_pattern)
        claims.append(binding.bind(items[source], labelled, minimum_inside_share, source, names))
    all_claims = copies.once(pd.concat(claims, ignore_index=True), tiles)
    table, fate = binding.settle(all_claims)
    counts = binding.report(items, all_claims, fate, class_table)

    table["class_name"] = table["class_id"].map(class_table.set_index("class_id")["class_name"])
    missing = binding.without_tiles(class_table, table, counts)
    for class_id, reason in missing.items():
        name = class_table.set_index("class_id")["class_name"][class_id]
        if unlabelled_classes == "refuse":
            raise ValueError(
                f"class {name}: {reason}, expected labelled tiles; label it, take it out of the table of classes "
                "and its labels out of their sources, or set collect_labels/unlabelled_classes to leave_out"
            )
        log.logger.warning("class %s: %s; models will not know it", name, reason)
    known = class_table[~class_table["class_id"].isin(missing)]
    reasons = {class_table.set_index("class_id")["class_name"][k]: reason for k, reason in missing.items()}
    if known.empty:
        sentence = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        raise ValueError(f"labels: no class has labelled tiles, expected at least two ({sentence}); label other places")
    class_list = known[["class_id", "class_name", "colour"]].to_dict("records")
    metadata = {"classes": class_list, "sources": list(sources), "minimum_inside_share": minimum_inside_share, "missing": reasons}
    tables.write(labels, label_tables.LABELS, table, metadata)
    with files.replacing(report) as temporary:
        counts.to_csv(temporary, sep="\t", index=False)
    n_conflict = all_claims["tile_id"][fate == "conflict"].nunique()
    log.logger.info("%d tiles labelled, %d left out because two classes claim or cover them", len(table), n_conflict)
    for name, n in table["class_name"].value_counts().items():
        log.logger.info("  %-30s %6d tiles", name, n)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        collect_labels(
            sources=snakemake.params.settings["sources"],
            tiles=snakemake.input.tiles,
            classes=snakemake.params.classes,
            minimum_inside_share=snakemake.params.settings["minimum_inside_share"],
            group_field=snakemake.params.settings["group_field"],
            group_pattern=snakemake.params.settings["group_pattern"],
            grid=snakemake.params.settings["grid"],
            unlabelled_classes=snakemake.params.settings["unlabelled_classes"],
            labels=snakemake.output.labels,
            report=snakemake.output.report,
        )
