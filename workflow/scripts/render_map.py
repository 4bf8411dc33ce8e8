"""Draw the maps of one classified scene: GeoTIFFs that open styled, and a sheet for print."""

from geoclass import classlist, log, mapdraw, mapfiles, maps, mapsheet

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
    class_list = classlist.read(classes)
    content = maps.read_classified(classified, class_list)
    facts = mapfiles.facts(content.metadata, credits)
    for name, (cells, layer) in maps.layers(content, class_list).items():
        mapfiles.write_map(rasters[name], cells, content.grid, layer, facts)
    view = mapdraw.framed(mapdraw.extent(content.grid, content.classes), mapsheet.ASPECT)
    image = mapfiles.read_picture(scene, content.metadata["scene"], view, LONGEST_PX)
    drawn = mapsheet.Content(content.grid, content.classes, image, content.metadata)
    mapsheet.draw_sheet(sheets, drawn, content.confidence, class_list, view, credits)
    n_cells = int((content.classes != maps.NODATA).sum())
    log.logger.info("%s: %d cells of %d x %d have a class", content.metadata["scene"]["scene"], n_cells, *content.classes.shape)


if "snakemake" in globals():
    with log.job(snakemake.log[0]):
        names = ("class", "confidence", "entropy", "applicability")
        render_map(
            classified=snakemake.input.classified,
            classes=snakemake.input.classes,
            scene=snakemake.input.scene,
            rasters={name: snakemake.output[f"{name}_map"][0] for name in names},
            sheets=[*snakemake.output.sheets, snakemake.output.picture],
            credits=snakemake.params.credits,
        )
