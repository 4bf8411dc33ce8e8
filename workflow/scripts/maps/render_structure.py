"""Draw crevasse orientation, spacing and anisotropy of one scene: GeoTIFFs that open styled, and a sheet for print."""

from collections.abc import Sequence

from geoclass.core import files, log, surface_classes, tables
from geoclass.maps import cartography, geotiff, sheet, structure_maps, structure_sheet

LONGEST_PX = 1500  # of the scene's image on the sheet: about the resolution of the print


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
        stem = snakemake.output.sheet.removesuffix(".png")
        rasters = {name: f"{stem}_{name}.tif" for name in ("orientation", "spacing", "anisotropy")}
        for path in filter(None, (snakemake.input.vario, snakemake.input.tiles, snakemake.input.classified)):
            tables.check_scene(path, snakemake.wildcards.scene)
        with files.all_or_none([f"{stem}.pdf", *(path for raster in rasters.values() for path in geotiff.files_of(raster))]):
            render_structure(
                vario=snakemake.input.vario,
                tiles=snakemake.input.tiles,
                scene=snakemake.input.scene,
                rasters=rasters,
                sheets=[snakemake.output.sheet, f"{stem}.pdf", snakemake.output.picture],
                credits=snakemake.params.settings["credits"],
                classified=snakemake.input.classified or None,
                classes=snakemake.input.classes,
                crevassed=snakemake.params.settings["crevassed"],
            )
