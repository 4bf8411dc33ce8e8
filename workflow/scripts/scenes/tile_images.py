"""Make a tile table of the images in class folders, so that they can be learned from like tiles of scenes."""

from geoclass.core import log, tables
from geoclass.scenes import images, radiometry, tile_table, tiling


def tile_images(
    image_set: str,
    folder: str,
    height_px: int,
    width_px: int,
    minimum_valid_share: float,
    method: str,
    low: float,
    high: float,
    tiles: str,
) -> None:
    """Write the tile table of a set of images without georeference; row, column and place stay empty.

    The images are read twice: to check them all and measure their counts, then to write them. The scaling is one for the whole set.

    Parameters
    ----------
    image_set
        Name of the set.
    folder
        Its class folders, ``<folder>/<class>/<image>``: PNG, TIFF or JPEG of 8 or 16 bits, grey; of coloured images the luminance
        is taken, and the log says of how many.
    height_px, width_px
        Size of a tile, and so of each image.
    minimum_valid_share
        Least share of pixels that are not transparent; images with less are left out, and the log says how many.
    method, low, high
        How counts are scaled, see `radiometry.measure`.
    tiles
        Table to write.

    Raises
    ------
    ValueError
        Images that are not tiles, see `images.survey`.
    """
    survey = images.survey(folder, image_set, height_px, width_px, minimum_valid_share)
    try:
        scaling = radiometry.measure(method, low, high, survey.histogram)
    except ValueError as error:
        raise ValueError(f"{folder}: {error}") from None
    dtype = survey.histogram.dtype.name
    missing = ("sensor", "date", "catalog_id", "epsg", "crs_wkt", "transform", "roi", "pixel_height_m", "pixel_width_m")
    facts = {
        "scene": image_set,
        "source": folder,
        **dict.fromkeys(missing),
        "synthetic": False,
        "dtype": dtype,
        "radiometry": scaling,
    }
    sizes = {"height_px": height_px, "width_px": width_px, "stride_rows_px": height_px, "stride_columns_px": width_px}
    with tables.writer(tiles, tile_table.table_schema(facts, {**sizes, "dtype": dtype})) as table:
        work = log.progress(images.read(folder, survey.paths), len(survey.paths), "images written")
        for path, counts, valid, _ in work:
            known = {
                "tile_id": [tiling.image_tile_id(image_set, path)],
                "scene": [image_set],
                "valid_share": [valid.mean()],
                "mask": tile_table.mask_column(valid[None]),
                "pixels": tile_table.pixel_column(counts[None]),
            }
            table.write({column.name: known.get(column.name, [None]) for column in tile_table.TILES})
    log.logger.info(
        "%s: %d images of %d x %d px, counts %g to %g scaled to 0 and 1; %d were coloured and turned to grey, %d transparent, left out",
        *(image_set, len(survey.paths), height_px, width_px, scaling["low"], scaling["high"]),
        *(survey.n_coloured, survey.n_transparent),
    )


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        tile_images(
            image_set=snakemake.wildcards.image_set,
            folder=snakemake.params.settings["folder"],
            height_px=snakemake.params.settings["height_px"],
            width_px=snakemake.params.settings["width_px"],
            minimum_valid_share=snakemake.params.settings["minimum_valid_share"],
            method=snakemake.params.settings["radiometry"],
            low=snakemake.params.settings["low"],
            high=snakemake.params.settings["high"],
            tiles=snakemake.output.tiles,
        )
