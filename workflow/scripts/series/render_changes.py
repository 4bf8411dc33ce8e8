"""Write a map of change for every step of a series: GeoTIFFs that open styled."""

import shutil
from pathlib import Path

import numpy as np

from geoclass.core import grid, log, surface_classes
from geoclass.maps import geotiff, map_styles
from geoclass.series import netcdf, stack


def render_changes(dates: str, classes: str, folder: str) -> None:
    """Write the change between each date and the next, and between the first and the last.

    Parameters
    ----------
    dates
        NetCDF of the series.
    classes
        Class list.
    folder
        Where `<date>_<date>.tif` and its styles go; what was there before is removed. Empty where there is one date alone.
    """
    stacked, facts = netcdf.read(dates)
    class_list = surface_classes.read(classes)
    class_list = class_list[class_list["class_id"].isin(stacked.class_ids) & class_list["observed"]]
    shutil.rmtree(folder, ignore_errors=True)
    Path(folder).mkdir(parents=True)
    for one, other in stacked.steps:
        cells = stacked.changes(one, other)
        values = stack.change_values(class_list, stacked.class_ids)
        values["cells"] = np.bincount(cells.ravel(), minlength=256)[values["class_id"].to_numpy()]
        days = {"from": stacked.dates[one], "to": stacked.dates[other]}
        layer = map_styles.named(f"change of the ice-surface class from {days['from']} to {days['to']}", values)
        path = Path(folder) / f"{days['from']}_{days['to']}.tif"
        geotiff.write_map(path, cells, stacked.grid, layer, {**facts, **days})
        compared = np.isin(cells, [*stacked.class_ids, stack.NO_CHANGE])
        log.logger.info(
            "%s to %s: %d of %d cells compared, %d changed",
            *(days["from"], days["to"], compared.sum(), (cells != grid.NODATA).sum()),
            np.isin(cells, stacked.class_ids).sum(),
        )


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        render_changes(dates=snakemake.input.dates, classes=snakemake.input.classes, folder=snakemake.output.folder)
