"""Map where two models disagree about a scene."""

from geoclass.core import files, log, surface_classes
from geoclass.maps import class_maps, geotiff


def render_disagreement(one: str, other: str, classes: str, raster: str, credits: str) -> None:
    """Write the distance between the class probabilities of two models as a GeoTIFF that opens styled.

    Parameters
    ----------
    one, other
        Tables of classify_scene of the same scene.
    classes
        Class list.
    raster
        GeoTIFF to write.
    credits
        Written into the file.
    """
    class_list = surface_classes.read(classes)
    contents = [class_maps.read_classified(path, class_list) for path in (one, other)]
    cells, layer = class_maps.disagreement(*contents)
    both = {key: " and ".join(content.metadata["model"][key] for content in contents) for key in ("model", "id")}
    facts = geotiff.facts({**contents[0].metadata, "model": both}, credits)
    geotiff.write_map(raster, cells, contents[0].grid, layer, facts)
    mean = cells[cells != class_maps.NODATA].mean()
    log.logger.info("%s: class probabilities of %s are %.0f %% apart on average", facts["scene"], both["model"], mean)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        with files.all_or_none(geotiff.files_of(snakemake.output.raster)):
            render_disagreement(
                one=snakemake.input.one,
                other=snakemake.input.other,
                classes=snakemake.input.classes,
                raster=snakemake.output.raster,
                credits=snakemake.params.settings["credits"],
            )
