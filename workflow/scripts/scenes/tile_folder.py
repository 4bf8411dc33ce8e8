"""Make a tile table of a flat folder of images, so that a finished model can classify them."""

from geoclass.core import files, log, tables
from geoclass.scenes import image_folder, tile_table

MISSING = ("sensor", "date", "catalog_id", "epsg", "crs_wkt", "transform", "roi", "pixel_height_m", "pixel_width_m")


def tile_folder(
    image_set: str,
    folder: str,
    height_px: int,
    width_px: int,
    minimum_valid_share: float,
    method: str,
    low: float,
    high: float,
    tiles: str,
    table: str,
) -> None:
    """Write the tile table of a folder of images and the table of what became of each image.

    An image larger than a tile gives all whole tiles that fit into it. Images that cannot be used are listed, not refused.

    Parameters
    ----------
    image_set
        Name of the set.
    folder
        The images, directly in it.
    height_px, width_px
        Size of a tile.
    minimum_valid_share
        Least share of pixels of a tile that are not transparent.
    method, low, high
        How counts are scaled, see `radiometry.measure`.
    tiles, table
        Parquet table of tiles and TSV of images to write.

    Raises
    ------
    ValueError
        No image that can be used.
    """
    size = height_px, width_px
    found = image_folder.survey(folder, size, minimum_valid_share, method, low, high)
    facts = {"scene": image_set, "source": folder, **dict.fromkeys(MISSING), "synthetic": False}
    facts |= {"dtype": found.dtype, "radiometry": found.scaling[found.dtype]}
    sizes = {"height_px": height_px, "width_px": width_px, "stride_rows_px": height_px, "stride_columns_px": width_px}
    with tables.writer(tiles, tile_table.table_schema(facts, {**sizes, "dtype": found.dtype})) as out:
        for tile in image_folder.tiles(folder, found, size, minimum_valid_share):
            known = {
                "tile_id": [f"{image_set}_{tile['tile_id']}"],
                "scene": [image_set],
                "row_px": [tile["row_px"]],
                "column_px": [tile["column_px"]],
                "valid_share": [tile["valid"].mean()],
                "mask": tile_table.mask_column(tile["valid"][None]),
                "pixels": tile_table.pixel_column(tile["counts"][None]),
            }
            out.write({column.name: known.get(column.name, [None]) for column in tile_table.TILES})
    with files.replacing(table) as temporary:
        found.table.to_csv(temporary, sep="\t", index=False)
    unused = found.table[found.table["problem"] != ""]
    log.logger.info(
        "%s: %d of %d images in %d tiles of %d x %d px",
        *(image_set, len(found.table) - len(unused), len(found.table), found.table["n_tiles"].sum(), height_px, width_px),
    )
    for row in unused.itertuples():
        log.logger.info("left out: %s: %s", row.image, row.problem)


if "snakemake" in globals():
    with log.job(snakemake.log[0]):
        tile_folder(
            image_set=snakemake.wildcards.image_set,
            folder=snakemake.input.folder,
            height_px=snakemake.params.settings["height_px"],
            width_px=snakemake.params.settings["width_px"],
            minimum_valid_share=snakemake.params.settings["minimum_valid_share"],
            method=snakemake.params.settings["radiometry"],
            low=snakemake.params.settings["low"],
            high=snakemake.params.settings["high"],
            tiles=snakemake.output.tiles,
            table=snakemake.output.table,
        )
