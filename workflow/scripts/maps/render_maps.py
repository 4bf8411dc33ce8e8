"""Draw the maps of one scene by all models: GeoTIFFs that open styled, sheets for print, and where the networks disagree."""

import pandas as pd

from geoclass.core import files, log, surface_classes, tables
from geoclass.maps import cartography, class_maps, geotiff, sheet

LONGEST_PX = 1500  # of the scene's image on the sheet: about the resolution of the print
MAPS = ("class", "confidence", "entropy", "applicability")
SHEETS = (".png", ".pdf", ".jpg")


def render_maps(
    classified: dict[str, str], classes: str, scene: str, stems: dict[str, str], disagreement: str | None, credits: str
) -> None:
    """Write the maps of one scene by each model.

    Parameters
    ----------
    classified
        Tables of classify_scene, by model.
    classes
        Class list.
    scene
        The scene in the common form, for the image behind the classes.
    stems
        What the names of a model's files begin with, by model: STEM_class.tif, STEM_confidence.tif, STEM_entropy.tif and
        STEM_applicability.tif are written, and the sheet as STEM.png, STEM.pdf and STEM.jpg.
    disagreement
        GeoTIFF to write of the distance between the class probabilities of VarioMLP and ResNet-18, None for no such map.
    credits
        Line at the foot of the sheets, also written into the maps.
    """
    class_list = surface_classes.read(classes)
    contents = {model: class_maps.read_classified(path, class_list) for model, path in classified.items()}
    for model, content in contents.items():
        _write_maps(content, class_list, stems[model], credits)
        _draw_sheet(content, class_list, scene, stems[model], credits)
    if disagreement:
        _write_disagreement(contents["variomlp"], contents["resnet18"], disagreement, credits)


def _write_maps(content: class_maps.Classified, class_list: pd.DataFrame, stem: str, credits: str) -> None:
    facts = geotiff.facts(content.metadata, credits)
    for name, (cells, layer) in class_maps.layers(content, class_list).items():
        geotiff.write_map(f"{stem}_{name}.tif", cells, content.grid, layer, facts)
    n_cells = int((content.classes != class_maps.NODATA).sum())
    name, model = content.metadata["scene"]["scene"], content.metadata["model"]["model"]
    log.logger.info("%s: %d cells of %d x %d have a class by %s", name, n_cells, *content.classes.shape, model)


def _draw_sheet(content: class_maps.Classified, class_list: pd.DataFrame, scene: str, stem: str, credits: str) -> None:
    view = cartography.framed(cartography.extent(content.grid, content.classes), sheet.ASPECT)
    image = geotiff.read_picture(scene, content.metadata["scene"], view, LONGEST_PX)
    drawn = sheet.Content(content.grid, content.classes, image, content.metadata, content.unlike)
    sheet.draw_sheet([stem + suffix for suffix in SHEETS], drawn, content.confidence, class_list, view, credits)


def _write_disagreement(one: class_maps.Classified, other: class_maps.Classified, raster: str, credits: str) -> None:
    cells, layer = class_maps.disagreement(one, other)
    both = {key: " and ".join(content.metadata["model"][key] for content in (one, other)) for key in ("model", "id")}
    facts = geotiff.facts({**one.metadata, "model": both}, credits)
    geotiff.write_map(raster, cells, one.grid, layer, facts)
    mean = cells[cells != class_maps.NODATA].mean()
    log.logger.info("%s: class probabilities of %s are %.0f %% apart on average", facts["scene"], both["model"], mean)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        for path in snakemake.input.classified:
            tables.check_scene(path, snakemake.wildcards.scene)
        models, disagreement = snakemake.params.settings["models"], next(iter(snakemake.output.disagreement), None)
        stems = {model: path.removesuffix("_class.tif") for model, path in zip(models, snakemake.output.class_maps, strict=True)}
        rasters = [f"{stem}_{name}.tif" for stem in stems.values() for name in MAPS] + [disagreement] * bool(disagreement)
        beside = [path for raster in rasters for path in geotiff.files_of(raster)]
        with files.all_or_none([*beside, *(stem + suffix for stem in stems.values() for suffix in SHEETS)]):
            render_maps(
                classified=dict(zip(models, snakemake.input.classified, strict=True)),
                classes=snakemake.input.classes,
                scene=snakemake.input.scene,
                stems=stems,
                disagreement=disagreement,
                credits=snakemake.params.settings["credits"],
            )
