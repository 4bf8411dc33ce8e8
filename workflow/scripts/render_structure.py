"""Draw crevasse orientation, spacing and anisotropy of one scene: GeoTIFFs that open styled, and a sheet for print."""

from geoclass import log, mapdraw, mapfiles, mapsheet, structuremaps, structuresheet

LONGEST_PX = 1500  # of the scene's image on the sheet: about the resolution of the print


def render_structure(vario: str, tiles: str, scene: str, rasters: dict[str, str], sheets: list[str], credits: str) -> None:
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
    """
    content = structuremaps.read(vario, tiles)
    facts = mapfiles.facts(content.metadata, credits)
    for name, (cells, layer) in structuremaps.layers(content).items():
        mapfiles.write_map(rasters[name], cells, content.grid, layer, facts)
    mapped = structuresheet.orientation_bytes(content.anisotropy)
    view = mapdraw.framed(mapdraw.extent(content.grid, mapped), mapsheet.ASPECT)
    image = mapfiles.read_picture(scene, content.metadata["scene"], view, LONGEST_PX)
    structuresheet.draw(sheets, content, image, view, credits)
    log.logger.info(
        "%s: %d of %d tiles resolved", content.metadata["scene"]["scene"], content.status["resolved"], content.status.total()
    )


if "snakemake" in globals():
    with log.job(snakemake.log[0]):
        render_structure(
            vario=snakemake.input.vario,
            tiles=snakemake.input.tiles,
            scene=snakemake.input.scene,
            rasters={name: snakemake.output[f"{name}_map"][0] for name in ("orientation", "spacing", "anisotropy")},
            sheets=[*snakemake.output.sheets, snakemake.output.picture],
            credits=snakemake.params.credits,
        )
