"""Draw the maps of one classified scene: GeoTIFFs that open styled, and a sheet for print."""

from geoclass.core import files, log, surface_classes, tables
from geoclass.maps import cartography, class_maps, geotiff, sheet

LONGEST_PX = 1500  # of the scene's image on the sheet: about the resolution of the print


def render_map(classified: str, classes: str, scene: str, rasters: dict[str, str], sheets: list[str], credits: str) -> None:
    """Write the maps of one scene and one model.

    Parameters
    ----------
    classified
        Table of classify_scene.
    classes
        Class list.
    scene
        The scene in the common form, for the image behind the classes.
    rasters
        GeoTIFF to write, by the map's name: class, confidence, entropy, applicability.
    sheets
        PNG, PDF and JPEG to write.
    credits
        Line at the foot of the sheet.
    """
    class_list = surface_classes.read(classes)
    content = class_maps.read_classified(classified, class_list)
    facts = geotiff.facts(content.metadata, credits)
    for name, (cells, layer) in class_maps.layers(content, class_list).items():
        geotiff.write_map(rasters[name], cells, content.grid, layer, facts)
    view = cartography.framed(cartography.extent(content.grid, content.classes), sheet.ASPECT)
    image = geotiff.read_picture(scene, content.metadata["scene"], view, LONGEST_PX)
    drawn = sheet.Content(content.grid, content.classes, image, content.metadata, content.unlike)
    sheet.draw_sheet(sheets, drawn, content.confidence, class_list, view, credits)
    n_cells = int((content.classes != class_maps.NODATA).sum())
    log.logger.info("%s: %d cells of %d x %d have a class", content.metadata["scene"]["scene"], n_cells, *content.classes.shape)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        stem = snakemake.output.class_map.removesuffix("_class.tif")
        rasters = {name: f"{stem}_{name}.tif" for name in ("class", "confidence", "entropy", "applicability")}
        tables.check_scene(snakemake.input.classified, snakemake.wildcards.scene)
        with files.all_or_none([f"{stem}.pdf", *(path for raster in rasters.values() for path in geotiff.files_of(raster))]):
            render_map(
                classified=snakemake.input.classified,
                classes=snakemake.input.classes,
                scene=snakemake.input.scene,
                rasters=rasters,
                sheets=[snakemake.output.sheet, f"{stem}.pdf", snakemake.output.picture],
                credits=snakemake.params.settings["credits"],
            )
