"""Draw the maps of one scene: classes by all models, where the networks disagree, crevasse structure; GeoTIFFs and sheets for print."""

from collections.abc import Sequence

import pandas as pd

from geoclass.core import files, log, surface_classes, tables
from geoclass.maps import cartography, class_maps, geotiff, sheet, structure_maps, structure_sheet

LONGEST_PX = 1500  # of the scene's image on the sheet: about the resolution of the print
MAPS = ("class", "confidence", "entropy", "applicability")
STRUCTURE = ("orientation", "spacing", "anisotropy")
SHEETS = (".png", ".pdf", ".jpg")


def render_maps(
    classified: dict[str, str], classes: str, scene: str, stems: dict[str, str], disagreement: str | None, credits: str
) -> None:
    """Write the maps of the classes of one scene by each model.

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
    known = cells[cells != class_maps.NODATA]
    mean = f"{known.mean():.0f} % apart on average" if len(known) else "not known anywhere"
    log.logger.info("%s: class probabilities of %s are %s", facts["scene"], both["model"], mean)


def render_structure(
    vario: str,
    tiles: str,
    scene: str,
    rasters: dict[str, str],
    sheets: list[str],
    credits: str,
    classified: str | None = None,
    classes: str | None = None,
    crevassed: Sequence[str] = (),
) -> None:
    """Write the structure maps of one scene.

    Parameters
    ----------
    vario
        Table of extract_vario.
    tiles
        Tile table.
    scene
        The scene in the common form, for the image behind the orientations.
    rasters
        GeoTIFF to write, by the map's name: orientation, spacing, anisotropy.
    sheets
        PNG, PDF and JPEG to write.
    credits
        Line at the foot of the sheet.
    classified
        Class table: tiles of a class without crevasses get no orientation and no spacing. None = all tiles may have them.
    classes
        Class list, with it.
    crevassed
        Names of the classes with crevasses.
    """
    with_crevasses = None
    if classified:
        listed = surface_classes.read(classes)
        listed = listed[listed["class_name"].isin(crevassed)]
        with_crevasses = dict(zip(listed["class_id"], listed["class_name"], strict=True))
    content = structure_maps.read(vario, tiles, classified, with_crevasses)
    facts = geotiff.facts(content.metadata, credits) | ({"crevassed_classes": content.masked_by} if content.masked_by else {})
    for name, (cells, layer) in structure_maps.layers(content).items():
        geotiff.write_map(rasters[name], cells, content.grid, layer, facts)
    mapped = structure_sheet.orientation_bytes(content.anisotropy)
    view = cartography.framed(cartography.extent(content.grid, mapped), sheet.ASPECT)
    image = geotiff.read_picture(scene, content.metadata["scene"], view, LONGEST_PX)
    structure_sheet.draw(sheets, content, image, view, credits)
    log.logger.info(
        "%s: %d of %d tiles resolved", content.metadata["scene"]["scene"], content.status["resolved"], content.status.total()
    )


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        found, settings = snakemake.input, snakemake.params.settings
        for path in (*found.classified, found.vario, found.tiles):
            tables.check_scene(path, snakemake.wildcards.scene)
        classified = dict(zip(settings["models"], found.classified, strict=True))
        disagreement, structure = next(iter(snakemake.output.disagreement), None), snakemake.output.structure.removesuffix(".png")
        class_maps_of = zip(classified, snakemake.output.class_maps, strict=True)
        stems = {model: path.removesuffix("_class.tif") for model, path in class_maps_of}
        structure_rasters = {name: f"{structure}_{name}.tif" for name in STRUCTURE}
        rasters = [f"{stem}_{name}.tif" for stem in stems.values() for name in MAPS] + list(structure_rasters.values())
        beside = [path for raster in [*rasters, *([disagreement] if disagreement else [])] for path in geotiff.files_of(raster)]
        sheets = [stem + suffix for stem in [*stems.values(), structure] for suffix in SHEETS]
        with files.all_or_none([*beside, *sheets]):
            render_maps(classified, found.classes, found.scene, stems, disagreement, settings["credits"])
            render_structure(
                vario=found.vario,
                tiles=found.tiles,
                scene=found.scene,
                rasters=structure_rasters,
                sheets=[structure + suffix for suffix in SHEETS],
                credits=settings["credits"],
                classified=classified[settings["best"]] if settings["crevassed"] else None,
                classes=found.classes,
                crevassed=settings["crevassed"],
            )
