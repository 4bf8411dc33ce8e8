"""Figures of change between two dates: where a class has changed, and from which class into which."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import SubFigure

from geoclass.core.grid import NODATA, Grid
from geoclass.maps import cartography
from geoclass.series import stack
from geoclass.series.series_figures import FAINT, INK, save

ACROSS = 4  # maps side by side
FOOT = 0.75  # height of the scale bar and the north arrow, inches: a legend of long names leaves no room beside it


def draw_changes(path: str | Path, steps: list[tuple[str, stack.Series, int, int]], classes: pd.DataFrame, title: str) -> None:
    """Draw maps of change: the new class of every cell that changed.

    Parameters
    ----------
    path
        PNG to write.
    steps
        What to draw: heading, maps on one grid, and the two dates of them to compare.
    classes
        Class list.
    title
        Heading of the figure.
    """
    across = min(max(len(steps), 1), ACROSS)
    down = max(-(-len(steps) // across), 1)
    ratio = max(
        [
            dates.grid.height * abs(dates.grid.transform[4] / dates.grid.transform[0]) / dates.grid.width
            for _, dates, _, _ in steps
        ],
        default=1,
    )
    width, height = 3.6 * across + 0.4, (3.6 * ratio + 0.5) * down + 1.2
    figure = plt.figure(figsize=(width, height + FOOT), layout="constrained")
    maps, foot = figure.subfigures(2, 1, height_ratios=[height, FOOT])
    axes = maps.subplots(down, across, squeeze=False)
    values = stack.change_values(classes, steps[0][1].class_ids if steps else classes["class_id"].to_numpy())
    colours = np.full((256, 3), 1.0)
    colours[values["class_id"]] = [[part / 255 for part in bytes.fromhex(colour[1:])] for colour in values["colour"]]
    for axis, (heading, dates, one, other) in zip(axes.flat, steps, strict=False):
        (left, right), (top, bottom) = dates.grid.coordinates(np.array([0, dates.grid.height]), np.array([0, dates.grid.width]))
        extent = [left / 1000, right / 1000, bottom / 1000, top / 1000]
        axis.imshow(colours[dates.changes(one, other)], extent=extent, interpolation="nearest")
        before, after = dates.compared[one], dates.compared[other]
        both = (before != NODATA) & (after != NODATA)
        compared = np.count_nonzero(both)
        share = f"{100 * np.count_nonzero(both & (before != after)) / compared:.0f} % of it changed" if compared else "none"
        km2 = compared * dates.cell_m2 / 1e6
        axis.set_title(f"{heading}\ncompared {km2:.3g} km², {share}", fontsize=8.5)
        axis.tick_params(labelsize=7)
        axis.ticklabel_format(useOffset=False)
        axis.locator_params(nbins=4)
    for axis in axes.flat[len(steps) :]:
        axis.set_axis_off()
    if not steps:
        axes[0, 0].text(0.5, 0.5, "one date only: nothing to compare", ha="center", transform=axes[0, 0].transAxes)
    for axis in axes[-1]:
        axis.set_xlabel("easting (km)", fontsize=8)
    for axis in axes[:, 0]:
        axis.set_ylabel("northing (km)", fontsize=8)
    handles = [plt.Rectangle((0, 0), 1, 1, facecolor=colour, edgecolor=INK, linewidth=0.4) for colour in values["colour"]]
    names = list(values["class_name"])
    maps.legend(handles, names, loc="outside lower center", ncols=min(4, across + 1), fontsize=8, frameon=False)
    maps.suptitle(title, fontsize=10)
    if steps:
        figure.draw_without_rendering()  # lays the maps out
        _scale_and_north(foot, axes[0, 0], width, steps[0][1].grid)
    save(figure, path)


def _scale_and_north(foot: SubFigure, axis: plt.Axes, width: float, grid: Grid) -> None:
    """Add a scale bar and a north arrow for maps in kilometres at the foot of a figure, `width` inches wide."""
    x, y = grid.coordinates(np.array([grid.height / 2]), np.array([grid.width / 2]))
    azimuth, metres = cartography.ground(grid.crs_wkt, float(x[0]), float(y[0]))
    inches = axis.get_position().width * width / abs(np.diff(axis.get_xlim())[0])  # of a kilometre of the grid
    longest = 1.2 / inches * metres  # kilometres on the ground
    power = 10.0 ** np.floor(np.log10(longest))
    length = next(factor * power for factor in (5, 2, 1) if factor * power <= longest)
    north = foot.add_axes((0.1 / width, 0.05 / FOOT, 0.65 / width, 0.65 / FOOT))
    cartography.north_arrow(north, azimuth)
    side = length / metres * inches / width
    bar = foot.add_axes((1 - 0.3 / width - side, 0.35 / FOOT, side, 0.07 / FOOT))
    bar.set(
        facecolor=INK, xticks=[0, 1], xticklabels=["0", f"{length:g} km" if length >= 1 else f"{1000 * length:g} m"], yticks=[]
    )
    bar.tick_params(labelsize=7, length=0)


def draw_transitions(path: str | Path, transitions: pd.DataFrame, classes: pd.DataFrame, title: str) -> None:
    """Draw a matrix for every step of the series: the area that went from one class (row) to another (column).

    Parameters
    ----------
    path
        PNG to write.
    transitions
        Columns from_date, to_date, from_class, to_class, area_km2.
    classes
        Class list.
    title
        Heading of the figure.
    """
    seen = transitions.loc[transitions["area_km2"] > 0, ["from_class", "to_class"]].stack().unique()
    names = [*(name for name in classes["class_name"] if name in seen), stack.NOT_COMPARABLE]
    steps = list(transitions.groupby(["from_date", "to_date"], sort=False))
    across = min(max(len(steps), 1), 2)
    down = max(-(-len(steps) // across), 1)
    side = 0.48 * len(names) + 1.7
    figure, axes = plt.subplots(
        down, across, figsize=(side * across, (side - 0.3) * down + 0.6), squeeze=False, layout="constrained"
    )
    for axis, ((one, other), step) in zip(axes.flat, steps, strict=False):
        km2 = step.pivot(index="from_class", columns="to_class", values="area_km2").loc[names, names].to_numpy()
        share = km2 / np.maximum(km2.sum(axis=1, keepdims=True), 1e-12)
        shown = np.ma.masked_equal(share, 0)
        axis.imshow(shown, cmap="Purples", vmin=0, vmax=1)
        for row, column in zip(*np.nonzero(km2), strict=True):
            text = f"{km2[row, column]:.2g}" if km2[row, column] < 1e3 else f"{km2[row, column]:.0f}"
            colour = "white" if share[row, column] > 0.6 else INK
            weight = "bold" if row == column else "normal"
            axis.text(column, row, text, ha="center", va="center", fontsize=7, color=colour, fontweight=weight)
        axis.set_xticks(range(len(names)), names, rotation=60, ha="right", rotation_mode="anchor", fontsize=8)
        axis.set_yticks(range(len(names)), names, fontsize=8)
        for edge in (axis.axhline, axis.axvline):
            edge(len(names) - 1.5, color=FAINT, lw=0.8)
        axis.set_title(f"from {one} (rows) to {other} (columns)", fontsize=8.5)
    for axis in axes.flat[len(steps) :]:
        axis.set_axis_off()
    if not steps:
        axes[0, 0].text(0.5, 0.5, "one date only: nothing to compare", ha="center", transform=axes[0, 0].transAxes)
    figure.suptitle(f"{title}\nnumbers: km²; shade: share of the row", fontsize=10)
    save(figure, path)
