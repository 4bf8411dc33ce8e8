"""Hold a finished series of the simulated glacier against its truth: areas, their intervals, the surge front.

`python tests/bench/series_truth.py [results]`, after a run of the demo with the target `series`; the table goes to docs/benchmarks.md.
"""

import sys
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import rasterio
from scipy import ndimage

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "tests" / "bench")]

import record

from geoclass.core.grid import NODATA, Grid
from geoclass.series import netcdf


def true_areas(truth: str | Path, grid: Grid, cells: np.ndarray, class_ids: np.ndarray) -> pd.DataFrame:
    """Return the shares of the C classes in the ground that a date shows.

    The truth has no class on moraine, and leaves a seam open along boundaries, within half a crevasse spacing of them.

    Returns
    -------
    pandas.DataFrame
        `true`, in all observed ground, where a pixel without class counts as the nearest class; `known_true` and `known_mapped`, as
        is and as mapped, in the ground that has a class.
    """
    with rasterio.open(truth) as source:
        classes, transform = source.read(1), source.transform
    nearest = ndimage.distance_transform_edt(classes == 0, return_distances=False, return_indices=True)
    columns, rows = np.meshgrid(np.arange(classes.shape[1]) + 0.5, np.arange(classes.shape[0]) + 0.5)
    rows, columns = (np.floor(place).astype(int) for place in grid.places(*(transform @ (columns, rows))))
    inside = (rows >= 0) & (rows < grid.height) & (columns >= 0) & (columns < grid.width)
    mapped = np.full(classes.shape, NODATA)
    mapped[inside] = cells[rows[inside], columns[inside]]
    observed, known = mapped != NODATA, (mapped != NODATA) & (classes != 0)
    columns = {"true": classes[tuple(nearest)][observed], "known_true": classes[known], "known_mapped": mapped[known]}
    return pd.DataFrame({name: np.bincount(ids, minlength=256)[class_ids] / ids.size for name, ids in columns.items()})


def measure(folder: str | Path, simulated: str | Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare a series with its truth.

    Parameters
    ----------
    folder
        Of summarize_series: areas.tsv, front.tsv, series.nc.
    simulated
        Of simulate_series: truth_<date>.tif.

    Returns
    -------
    tuple
        A row a date and class: shares of the observed ground, true (`true_areas`), mapped, estimated; ends of the interval, whether it
        holds the truth; share of the region of interest that is observed; a row a date:
        front found less the true one, in cells.
    """
    roi_km2 = geopandas.read_file(Path(simulated) / "roi.gpkg").area.sum() / 1e6
    dates, _ = netcdf.read(Path(folder) / "series.nc")
    areas, front = (pd.read_csv(Path(folder) / f"{name}.tsv", sep="\t") for name in ("areas", "front"))
    parts, fronts = [], []
    for day, date in enumerate(dates.dates):
        truth = Path(simulated) / f"truth_{date.replace('-', '')}.tif"
        table = areas[areas["date"] == date].reset_index(drop=True)
        shares = table[["mapped_km2", "area_km2", "area_low_km2", "area_high_km2"]].div(table["observed_km2"], axis=0)
        shares.columns = ["mapped", "estimate", "low", "high"]
        shares = shares.join(true_areas(truth, dates.grid, dates.classes[day], dates.class_ids))
        shares["inside"] = shares["true"].between(shares["low"], shares["high"])
        shares["of_roi"] = table["observed_km2"] / (roi_km2 * dates.metres**2)  # areas of the series are those on the ground
        parts.append(shares.assign(date=date, class_name=table["class_name"]))
        with rasterio.open(truth) as source:
            true_m = float(source.tags()["FRONT_M"]) * dates.metres
        found = front.set_index("date").loc[date]
        fronts.append({"date": date, "cells": (found["front_m"] - true_m) / found["resolution_m"]})
    return pd.concat(parts, ignore_index=True), pd.DataFrame(fronts)


def row(model: str, areas: pd.DataFrame, front: pd.DataFrame) -> str:
    """Return the row of a model in the table."""
    known, error = (areas["known_mapped"] - areas["known_true"]).abs(), (areas["mapped"] - areas["true"]).abs()
    worst = areas.loc[error.idxmax()]
    estimated = (areas["estimate"] - areas["true"]).abs().max()
    width = (areas["high"] - areas["low"]).mean()
    numbers = [f"{100 * (known * areas['of_roi']).max():.1f}", f"{100 * known.max():.1f}"]
    numbers += [f"{100 * error.max():.1f} ({worst['class_name']}, {worst['date'][:4]})"]
    numbers += [f"{100 * error.mean():.1f}", f"{100 * estimated:.1f}"]
    numbers += [f"{100 * areas['inside'].mean():.0f} %"]
    numbers += [f"{100 * width:.0f}", ", ".join(f"{value:+.1f}" for value in front["cells"])]
    return f"| {model} | " + " | ".join(numbers) + " |"


if __name__ == "__main__":
    results = Path(sys.argv[1] if len(sys.argv) > 1 else "results")
    head = [
        "mapped, largest error where the truth has a class, of the region of interest",
        "of the observed ground",
        "on all ground",
        "mean error",
        "estimated, largest error",
        "true area inside the interval",
    ]
    head += ["mean length of the interval", "front, found − true (cells)"]
    lines = ["| model | " + " | ".join(head) + " |", "|---|" + "---:|" * len(head)]
    for model in ("variomlp", "resnet18", "varionet"):
        if (results / "series" / model / "areas.tsv").is_file():
            lines.append(row(model, *measure(results / "series" / model, results / "simulated")))
    if len(lines) == 2:
        sys.exit(f"{results}/series: no series, expected areas.tsv of at least one model; run snakemake series first")
    what = (
        "Errors and lengths in percent, if nothing is said of the observed ground; all classes and dates of the simulated series."
    )
    text = "\n".join([what, "", *lines])
    print(text)
    record.section("series", "Areas, intervals and surge front", text, script="series_truth")
