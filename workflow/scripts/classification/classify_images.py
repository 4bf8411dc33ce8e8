"""Tell the class of every image of a folder: a table, a contact sheet and, on request, folders by class."""

import re
import shutil
from pathlib import Path

from geoclass.classification import image_classes
from geoclass.core import files, log, tables, text_tables


def classify_images(classified: str, table: str, folder: str, image_set: str, class_folders: bool, output: str) -> None:
    """Write images.tsv and contact_sheet.png into a folder and, on request, copies of the images into folders by class.

    Parameters
    ----------
    classified
        Table of classes of the images' tiles.
    table
        TSV of what became of each image, see `tile_folder`.
    folder
        The images.
    image_set
        Name of the set.
    class_folders
        Whether to copy the images into `classes/<class>/`.
    output
        Folder to make.
    """
    known = text_tables.read(table)
    found = image_classes.classes(classified, known, image_set)
    model = tables.read_metadata(classified)["model"]
    target = Path(output)
    target.mkdir(parents=True, exist_ok=True)
    with files.replacing(target / "images.tsv") as temporary:
        found.to_csv(temporary, sep="\t", index=False)
    colours = {entry["class_id"]: entry["colour"] for entry in model["classes"]}
    title = f"{image_set}: classes by {model['id']}, {found['class_id'].notna().sum()} of {len(found)} images"
    with files.replacing(target / "contact_sheet.png") as temporary:
        image_classes.sheet(folder, found, colours, title).save(temporary, "PNG")
    if class_folders:
        for row in found[found["class_id"].notna()].itertuples():
            place = target / "classes" / re.sub(r"[. ]+$", "", row.class_name)
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(folder) / row.image, place / row.image)
    counts = found["class_name"].value_counts()
    log.logger.info("%s: %s", title, ", ".join(f"{n} {name}" for name, n in counts.items()))
    problems = found[found["problem"] != ""]
    if len(problems):
        log.logger.info("%d images without a class, the reasons are in %s", len(problems), target / "images.tsv")


if "snakemake" in globals():
    with log.job(snakemake.log[0]):
        classify_images(
            classified=snakemake.input.classified,
            table=snakemake.input.table,
            folder=snakemake.input.folder,
            image_set=snakemake.wildcards.image_set,
            class_folders=snakemake.params.settings["class_folders"],
            output=snakemake.output.images,
        )
