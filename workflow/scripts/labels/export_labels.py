"""Write a data set of labelled or confidently classified tiles, in the forms that other software reads, with a card."""

import pandas as pd

from geoclass.core import files, log, surface_classes, tables
from geoclass.labels import annotation_formats, dataset_card, export, export_images, geopackage


def export_labels(
    labels: str, classified: list[str], tiles: list[str], classes: str, settings: dict, credits: str, folder: str
) -> None:
    """Write the data set.

    Parameters
    ----------
    labels
        Parquet table of labels.
    classified
        Class tables of the model, one a scene; none for labels alone.
    tiles
        Tile tables of all scenes and image sets that may have a tile in the data set.
    classes
        TSV of the classes.
    settings
        Section export_labels of the config.
    credits
        Line of credits of the images.
    folder
        Folder to write; an earlier one is replaced when all is written.

    Raises
    ------
    ValueError
        No tile, or a class without one where equal sets are asked for; see `exports`.
    """
    class_table = surface_classes.read(classes)
    chosen = export.gather(labels, classified, settings["content"], settings["minimum_confidence"])
    if settings["equal_sets"]:
        chosen = export.equalise(chosen, class_table)
    names = class_table.set_index("class_id")["class_name"]
    chosen.insert(3, "class_name", chosen["class_id"].map(names))
    unknown = chosen.loc[chosen["class_name"].isna(), "class_id"]
    if len(unknown):
        raise ValueError(f"{classes}: no class {unknown.iloc[0]}, which the labels or predictions have; add it to the table")
    formats = set(settings["formats"])
    described = formats & {"coco", "label_studio"}  # both name image files
    images = sorted((formats & {"png", "tif"}) | ({"png"} if described else set()))
    with files.replacing_folder(folder) as temporary:
        export_images.write(temporary, tiles, chosen, images, credits)
        placed = geopackage.placed(chosen, tiles)
        if "geopackage" in formats:
            geopackage.write_geopackage(temporary / "labels.gpkg", "labels", placed, class_table)
        if "geojson" in formats:
            placed.to_crs("EPSG:4326").to_file(temporary / "labels.geojson", driver="GeoJSON", RFC7946="YES")
        if "parquet" in formats:
            placed.to_parquet(temporary / "labels.parquet", index=False)
        if described:
            listed = chosen.merge(_sizes(tiles), on="scene")
            pairs = zip(listed["class_name"], listed["tile_id"], strict=True)
            listed["file_name"] = [export_images.file_name("png", name, tile_id) for name, tile_id in pairs]
        if "coco" in formats:
            content = annotation_formats.to_coco(listed, class_table, dataset_card.TITLE, settings["licence"], credits)
            files.write_json(temporary / "coco.json", content)
        if "label_studio" in formats:
            files.write_json(temporary / "label_studio.json", annotation_formats.to_label_studio(listed))
            (temporary / "label_studio.xml").write_text(annotation_formats.label_studio_view(class_table), encoding="utf-8")
        digest = dataset_card.write(temporary, chosen, tiles, class_table, settings, credits)
    log.logger.info("%d tiles of %d classes in %s, SHA-256 %s", len(chosen), chosen["class_id"].nunique(), folder, digest)
    for row in class_table.itertuples():
        log.logger.info("  %-30s %6d tiles", row.class_name, (chosen["class_id"] == row.class_id).sum())


def _sizes(tiles: list[str]) -> pd.DataFrame:
    """Return the size of the tiles of every scene."""
    described = [tables.read_metadata(path) for path in tiles]
    sizes = [{key: metadata["tiles"][key] for key in ("height_px", "width_px")} for metadata in described]
    return pd.DataFrame(sizes).assign(scene=[metadata["scene"]["scene"] for metadata in described])


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        export_labels(
            labels=snakemake.input.labels,
            classified=snakemake.input.classified,
            tiles=snakemake.input.tiles,
            classes=snakemake.input.classes,
            settings=snakemake.params.settings["export"],
            credits=snakemake.params.settings["credits"],
            folder=snakemake.output.folder,
        )
