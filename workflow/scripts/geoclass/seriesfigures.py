"""Figures of a series: areas through time with intervals, change between dates, the surge front."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap

from geoclass import files
from geoclass.mapgrid import NODATA
from geoclass.series import Series

STABLE = {"dpi": 150, "metadata": {"Software": None}, "bbox_inches": "tight"}


def draw_areas(path: str | Path, areas: pd.DataFrame, classes: pd.DataFrame, title: str) -> None:
    """Draw one panel a class: estimated area with its 95 % interval, and the mapped area, by date.

    Parameters
    ----------
    path
        PNG to write.
    areas
        Columns date, class_id, mapped_km2, area_km2, area_low_km2, area_high_km2.
    classes
        Class list with class_id, class_name and colour; classes that were never mapped have no panel.
    title
        Heading of the figure.
    """
    shown = classes[classes["class_id"].isin(areas.loc[areas["area_high_km2"] > 0, "class_id"])]
    n_columns = 3
    n_rows = -(-max(len(shown), 1) // n_columns)
    figure, axes = plt.subplots(
        n_rows, n_columns, figsize=(10, 2.1 * n_rows + 0.6), sharex=True, squeeze=False, layout="constrained"
    )
    for axis, row in zip(axes.flat, shown.itertuples(), strict=False):
        of_class = areas[areas["class_id"] == row.class_id]
        time = pd.to_datetime(of_class["date"])
        below = of_class["area_km2"] - of_class["area_low_km2"]
        above = of_class["area_high_km2"] - of_class["area_km2"]
        axis.errorbar(time, of_class["area_km2"], [below, above], fmt="o-", color=row.colour, ecolor="0.35", capsize=3, lw=1.5,
                      markeredgecolor="0.2", markeredgewidth=0.6)  # fmt: skip
        axis.plot(time, of_class["mapped_km2"], "_", color="0.2", markersize=9)
        axis.set_title(row.class_name, fontsize=9)
        axis.set_ylim(bottom=0)
        axis.tick_params(labelsize=8)
        axis.grid(alpha=0.3, lw=0.5)
        locator = matplotlib.dates.AutoDateLocator(minticks=2, maxticks=4)
        axis.xaxis.set_major_locator(locator)
        axis.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(locator))
    for axis in axes.flat[len(shown) :]:
        axis.set_visible(False)
    figure.supylabel("area [km²]", fontsize=9)
    figure.suptitle(f"{title}\ndots: estimate with 95 % interval; bars: area as mapped", fontsize=10)
    with files.replacing(path) as temporary:
        figure.savefig(temporary, **STABLE)
    plt.close(figure)


def draw_changes(path: str | Path, series: Series, compared: np.ndarray, classes: pd.DataFrame, title: str) -> None:
    """Draw, for each date after the first, the new class of every cell that changed since the date before.

    Parameters
    ----------
    path
        PNG to write.
    series
        Maps on one grid.
    compared
        Classes (T, height, width) with `NODATA` where a date must not be compared.
    classes
        Class list.
    title
        Heading of the figure.
    """
    n_steps = max(len(series.dates) - 1, 1)
    ratio = series.grid.height * abs(series.grid.transform[4]) / (series.grid.width * series.grid.transform[0])
    figure, axes = plt.subplots(1, n_steps, figsize=(3.6 * n_steps, 3.6 * ratio + 1.6), squeeze=False, layout="constrained")
    colours = ListedColormap(["#f2f2f2", "#c9c9c9", *classes["colour"]])
    corners = series.grid.coordinates(np.array([0, series.grid.height]), np.array([0, series.grid.width]))
    extent = [corners[0][0] / 1000, corners[0][1] / 1000, corners[1][1] / 1000, corners[1][0] / 1000]
    position = np.full(256, -1)
    position[classes["class_id"]] = np.arange(len(classes))
    for step, axis in enumerate(axes.flat):
        if len(series.dates) < 2:
            axis.text(0.5, 0.5, "one date only: nothing to compare", ha="center", transform=axis.transAxes)
            break
        before, after = compared[step], compared[step + 1]
        both = (before != NODATA) & (after != NODATA)
        shown = np.where(both, np.where(before == after, 1, 2 + position[after]), 0)
        axis.imshow(shown, cmap=colours, vmin=0, vmax=len(colours.colors) - 1, extent=extent, interpolation="nearest")
        changed = np.count_nonzero(both & (before != after)) / max(np.count_nonzero(both), 1)
        axis.set_title(
            f"{series.dates[step]} → {series.dates[step + 1]}\n{100 * changed:.0f} % of the compared area changed", fontsize=9
        )
        axis.set_xlabel("easting [km]", fontsize=8)
        axis.tick_params(labelsize=7)
    axes.flat[0].set_ylabel("northing [km]", fontsize=8)
    handles = [plt.Rectangle((0, 0), 1, 1, color=c) for c in (*classes["colour"], "#c9c9c9", "#f2f2f2")]
    names = [f"now {name}" for name in classes["class_name"]] + ["no change", "not comparable"]
    figure.legend(handles, names, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=10)
    with files.replacing(path) as temporary:
        figure.savefig(temporary, **STABLE)
    plt.close(figure)
