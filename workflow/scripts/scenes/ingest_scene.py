"""Bring a scene into the common form: checked, masked, georeferenced, its radiometry measured."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from geoclass.core import files, log, pixel_grid
from geoclass.scenes import bands, common_form, masks, quicklook, radiometry, raster, regions, reprojection, sidecar


def ingest_scene(
    scene: str,
    source: str,
    side_car: str | None,
    date: str | None,
    mask: str | None,
    roi: str | None,
    settings: dict,
    stored: str,
    metadata: str,
    picture: str,
) -> None:
    """Write a scene as GeoTIFF, what is known about it as JSON, and a quicklook.

    Parameters
    ----------
    scene, date, mask
        Row of the table of scenes: its id, and date and mask where they are given.
    source, side_car
        The scene, any raster of GDAL, and its side-car, if it has one.
    roi
        Region of interest, if there is one.
    settings
        Section ingest_scene of the configuration.
    stored, metadata, picture
        GeoTIFF, JSON and PNG to write.

    Raises
    ------
    ValueError, OSError
        One sentence that says what is wrong with the scene, its side-car, mask, region or grid.
    """
    folder = Path(stored).parent
    with raster.environment(), ExitStack() as stack:
        dataset = stack.enter_context(raster.opened(source))
        fingerprint = stack.enter_context(ThreadPoolExecutor(1)).submit(files.fingerprint, source)  # while it is read anyway
        number = bands.choose(source, dataset, settings["band"])
        facts = sidecar.describe(source, side_car, dataset.tags(), date, dataset.tags(ns="IMAGERY"))
        turned = (False, False)
        if settings["grid"] == "reproject":
            grid = reprojection.target_grid(source, dataset, settings["grid_epsg"], settings["grid_pixel_m"])
            common_form.check_room(source, grid, dataset.dtypes[number - 1], folder)
            band = stack.enter_context(reprojection.reprojected(bands.Band(dataset, number), grid, folder))
        else:
            grid = raster.grid_of(source, dataset)
            common_form.check_room(source, grid, dataset.dtypes[number - 1], folder)
            band = bands.Band(dataset, number, grid)
            turned = band.turned
        area = regions.read(roi, grid.crs.to_wkt(), settings["roi_epsg"]) if roi else None
        if area and not area.intersects(grid.frame):
            raise ValueError(f"{roi}: the region misses scene {scene} ({source}); correct ingest_scene/roi or remove the scene")
        hidden = stack.enter_context(masks.hidden(mask, grid, folder))
        finished = stack.enter_context(files.replacing(stored))
        histogram, n_valid = common_form.store(band, dataset.tags(), hidden, area, finished)
        if not histogram.bins.any():
            raise ValueError(
                f"{source}: {n_valid} valid pixels, none in the region of interest; check nodata, mask and {roi or 'the file'}"
            )
        try:
            scaling = radiometry.measure(settings["radiometry"], settings["low"], settings["high"], histogram)
        except ValueError as error:
            raise ValueError(f"{source}: {error}") from None
        quicklook.draw(finished, scaling, area, picture)
    share = n_valid / (grid.height * grid.width)
    facts = {
        "scene": scene,
        "source": source,
        "source_sha256": fingerprint.result(),
        **facts,
        **grid.metadata(),
        "dtype": histogram.dtype.name,
        "valid_share": share,
    }
    lattice = (0, 0) if settings["grid"] == "native" else pixel_grid.lattice(facts["transform"])
    facts |= {
        "lattice_row_px": lattice[0],
        "lattice_column_px": lattice[1],
        "rows_turned": turned[0],
        "columns_turned": turned[1],
    }
    facts |= {"roi": area and area.wkt, "radiometry": scaling}
    files.write_json(metadata, facts)
    log.logger.info(
        "%s: %d x %d px of %.3g x %.3g m, %.1f %% valid, counts %g to %g scaled to 0 and 1",
        *(scene, grid.height, grid.width, facts["pixel_height_m"], facts["pixel_width_m"], 100 * share),
        *(scaling["low"], scaling["high"]),
    )


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        ingest_scene(
            scene=snakemake.wildcards.scene,
            source=snakemake.input.scene,
            side_car=snakemake.input.get("side_car") or None,
            date=snakemake.params.settings["date"] or None,
            mask=snakemake.input.get("mask") or None,
            roi=snakemake.input.get("roi") or None,
            settings=snakemake.params.settings["ingestion"],
            stored=snakemake.output.scene,
            metadata=snakemake.output.metadata,
            picture=snakemake.output.quicklook,
        )
