"""Cut a scene into split-images on a regular grid and write them, pixels inside, as one GeoParquet table."""

import numpy as np
import shapely

from geoclass.core import files, log, streams, tables
from geoclass.scenes import bands, raster, tile_table, tiling

NEARLY = 0.1  # share of a tile's pixels that shadows may take


def tile_scene(
    scene: str,
    metadata: str,
    height_px: int,
    width_px: int,
    stride_rows_px: int | None,
    stride_columns_px: int | None,
    minimum_valid_share: float,
    minimum_roi_share: float,
    tiles: str,
) -> None:
    """Write the tile table of a scene, row of tiles by row of tiles.

    A row of tiles is read at once and each block of the scene decoded once, so memory depends on the scene's width and the tile's
    height alone. A whole scene takes about a minute: a job that was stopped begins again.

    Parameters
    ----------
    scene, metadata
        The scene in the common form and what is known about it.
    height_px, width_px
        Size of a tile.
    stride_rows_px, stride_columns_px
        From tile to tile; None = the tile's size.
    minimum_valid_share
        Least share of valid pixels in a tile.
    minimum_roi_share
        Least share of a tile's area inside the region of interest.
    tiles
        Table to write.

    Raises
    ------
    ValueError
        The scene is smaller than a tile, or no tile is left.
    """
    facts = files.read_json(metadata)
    if height_px > facts["height_px"] or width_px > facts["width_px"]:
        raise ValueError(
            f"{scene}: {facts['height_px']} x {facts['width_px']} px, smaller than a tile of {height_px} x {width_px} px; lower "
            "tile_scene/height_px and width_px or remove the scene"
        )
    strides = (stride_rows_px or height_px, stride_columns_px or width_px)
    sizes = {"height_px": height_px, "width_px": width_px, "stride_rows_px": strides[0], "stride_columns_px": strides[1]}
    transform, roi = facts["transform"], facts["roi"] and shapely.from_wkt(facts["roi"])
    columns = tiling.origins(facts["width_px"], width_px, strides[1], facts["lattice_column_px"])
    rows = tiling.origins(facts["height_px"], height_px, strides[0], facts["lattice_row_px"])
    if not len(columns) or not len(rows):
        raise ValueError(
            f"{scene}: {facts['height_px']} x {facts['width_px']} px hold no whole tile of {height_px} x {width_px} px where the tiles of "
            "the series begin; lower tile_scene/height_px and width_px, or their strides, or remove the scene"
        )
    inside = []  # of each row of tiles that has any: its first pixel, columns of the tiles and their shares inside the region
    for row in rows.tolist():
        shares = tiling.roi_shares(tiling.footprints(row, columns, height_px, width_px, transform), roi)
        kept = shares >= minimum_roi_share - 1e-9  # areas are sums of rounded numbers
        if kept.any():
            inside.append((row, columns[kept], shares[kept]))
    if not inside:
        raise ValueError(
            f"{scene}: no tile of {height_px} x {width_px} px has {100 * minimum_roi_share:g} % of its area inside the region of interest; "
            "lower tile_scene/minimum_roi_share or the tile's size"
        )
    first, end = min(c[0] for _, c, _ in inside), max(c[-1] for _, c, _ in inside) + width_px
    schema = tile_table.table_schema(facts, {**sizes, "dtype": facts["dtype"]})
    with raster.environment(), raster.opened(scene) as dataset, tables.writer(tiles, schema) as table:
        source = bands.Band(dataset, 1, raster.grid_of(scene, dataset))
        lost = []  # valid share, row and column of the tiles that are left out
        groups = bands.read_rows(source, [row for row, _, _ in inside], height_px, (first, end))
        with streams.walking(log.progress(groups, len(inside), "rows of tiles")) as work:
            for (row, candidates, roi_share), (counts, valid) in zip(inside, work, strict=True):
                valid_share = tiling.valid_shares(valid, candidates - first, width_px)
                kept = valid_share >= minimum_valid_share - 1e-9
                lost += [(share, row, column) for share, column in zip(valid_share[~kept], candidates[~kept], strict=True)]
                if kept.any():
                    pixels, validity = (tiling.cut(part, candidates[kept] - first, width_px) for part in (counts, valid))
                    table.write(_columns(facts, row, candidates[kept], valid_share[kept], roi_share[kept], pixels, validity))
        if table.n_rows == 0:
            n_tiles = sum(len(c) for _, c, _ in inside)
            raise ValueError(
                f"{scene}: none of {n_tiles} tiles has a share of valid pixels of {minimum_valid_share:g}; "
                "lower tile_scene/minimum_valid_share or the tile's size, or look at the scene's mask"
            )
    log.logger.info("%s: %d tiles of %d x %d px", facts["scene"], table.n_rows, height_px, width_px)
    _log_lost(facts["scene"], lost, minimum_valid_share)


def _log_lost(scene: str, lost: list[tuple[float, int, int]], minimum_valid_share: float) -> None:
    """Say how many tiles too many invalid pixels cost, and name those that miss a few alone, as by a nodata tag that shadows hit."""
    near = [tile for tile in lost if tile[0] >= minimum_valid_share - NEARLY]
    if not near:
        return
    names = ", ".join(tiling.tile_id(scene, row, column) for _, row, column in near[:3]) + (" ..." if len(near) > 3 else "")
    log.logger.warning(
        "%s: %d tiles are left out with less than %.4g %% of their pixels valid, %d of them with at least %.4g %% (%s); if their "
        "invalid pixels are ice, as shadows that a nodata tag hits, set tile_scene/minimum_valid_share to %.4g to keep them",
        *(scene, len(lost), 100 * minimum_valid_share, len(near), 100 * (minimum_valid_share - NEARLY), names),
        min(share for share, _, _ in near) // 0.001 / 1000,
    )


def _columns(
    facts: dict,
    row: int,
    columns: np.ndarray,
    valid_share: np.ndarray,
    roi_share: np.ndarray,
    pixels: np.ndarray,
    valid: np.ndarray,
) -> dict:
    """Return the columns of the table for tiles of one row, pixels and validity (N, height, width)."""
    footprints = tiling.footprints(row, columns, *pixels.shape[1:], facts["transform"])
    centres = shapely.centroid(footprints)
    return {
        "tile_id": [tiling.tile_id(facts["scene"], row, column) for column in columns],
        "scene": [facts["scene"]] * len(columns),
        "row_px": np.full(len(columns), row),
        "column_px": columns,
        "x_m": shapely.get_x(centres),
        "y_m": shapely.get_y(centres),
        "valid_share": valid_share,
        "roi_share": roi_share,
        "geometry": shapely.to_wkb(footprints, byte_order=1),
        "mask": tile_table.mask_column(valid),
        "pixels": tile_table.pixel_column(pixels),
    }


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        tile_scene(
            scene=snakemake.input.scene,
            metadata=snakemake.input.metadata,
            height_px=snakemake.params.settings["height_px"],
            width_px=snakemake.params.settings["width_px"],
            stride_rows_px=snakemake.params.settings["stride_rows_px"],
            stride_columns_px=snakemake.params.settings["stride_columns_px"],
            minimum_valid_share=snakemake.params.settings["minimum_valid_share"],
            minimum_roi_share=snakemake.params.settings["minimum_roi_share"],
            tiles=snakemake.output.tiles,
        )
