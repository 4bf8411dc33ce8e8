"""Figures of a series: areas through time with intervals, crevasse orientation and spacing, the surge front."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from geoclass.core.figures import TEXT, save_drawing

matplotlib.rcParams.update(TEXT)
INK, FAINT = "0.15", "0.45"


def save(figure: Figure, path: str | Path) -> None:
    """Write a figure as PNG, the same bytes at every run."""
    save_drawing(figure, path, bbox_inches="tight")
    plt.close(figure)


WHOLE = 0.8  # share of the ground from which on a date shows the glacier as a whole


def draw_areas(path: str | Path, areas: pd.DataFrame, coverage: pd.DataFrame, classes: pd.DataFrame, title: str) -> None:
    """Draw one panel a class, the estimated area with its 95 % interval and the mapped area by date; and one of what was observed.

    Parameters
    ----------
    path
        PNG to write.
    areas
        Columns date, class_id, mapped_km2, area_km2, area_low_km2, area_high_km2; the last three may be NaN.
    coverage
        Columns date, ground_km2, observed_km2, comparable_km2.
    classes
        Class list with class_id, class_name and colour.
    title
        Heading of the figure.

    The line leaves out dates that clouds or the frame have hidden in part: less area of a class is then no retreat.
    """
    n_columns = 4
    n_rows = -(-(len(classes) + 1) // n_columns)
    figure, axes = plt.subplots(
        n_rows, n_columns, figsize=(11, 2.1 * n_rows + 0.7), sharex=True, squeeze=False, layout="constrained"
    )
    first, rest = axes.flat[0], list(axes.flat[1:])
    time = pd.to_datetime(coverage["date"])
    ground = coverage["ground_km2"].iloc[0]
    first.axhline(ground, color=FAINT, lw=0.8, ls=":")
    first.plot(time, coverage["observed_km2"], "s-", color="0.25", lw=1.2, ms=4, label="observed")
    first.plot(time, coverage["comparable_km2"], "s--", color="0.6", lw=1.2, ms=4, label="comparable")
    first.legend(fontsize=7, frameon=False, loc="lower left")
    first.set_title("Ground (dotted: seen on any date)", fontsize=9)
    _prepare(first)
    seen = dict(zip(coverage["date"], coverage["observed_km2"] >= WHOLE * ground, strict=True))
    for axis, row in zip(rest, classes.itertuples(), strict=False):
        of_class = areas[areas["class_id"] == row.class_id]
        time = pd.to_datetime(of_class["date"])
        axis.vlines(time, of_class["area_low_km2"], of_class["area_high_km2"], color="0.35", lw=1.2)
        line = of_class["area_km2"].where(of_class["date"].map(seen))
        axis.plot(time, line, "-", color=FAINT, lw=2.4)
        axis.plot(time, line, "-", color=row.colour, lw=1.5)
        axis.plot(time, of_class["area_km2"].mask(line.notna()), "o", color="white", mec=row.colour, mew=1.4, ms=5.5)
        axis.plot(time, line, "o", color=row.colour, mec=INK, mew=0.7, ms=6)
        axis.plot(time, of_class["mapped_km2"], "_", color=INK, ms=11, mew=1.4)
        axis.set_title(row.class_name, fontsize=9)
        _prepare(axis)
    for axis in rest[len(classes) :]:
        axis.set_visible(False)
    figure.supylabel("area on the ground (km²)", fontsize=9)
    what = "dots: estimate with 95 % interval; bars: area as mapped"
    if not all(seen.values()):
        what += f"; hollow, without a line: dates on which less than {WHOLE:.0%} of the ground was observed".replace("%", " %")
    if areas["area_low_km2"].isna().all():
        what = "bars: area as mapped; this model was not scored here, so that there is no estimate and no interval"
    figure.suptitle(f"{title}\n{what}", fontsize=10)
    save(figure, path)


def draw_front(path: str | Path, front: pd.DataFrame, title: str) -> None:
    """Draw the position of the surge front by date, with the size of a cell as its resolution, and its rates between dates."""
    figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
    known = front.dropna(subset="front_m")
    if len(known):
        time = pd.to_datetime(front["date"])  # with the dates of an unknown front, over which no line goes
        above = front["resolution_m"] + front["unobserved_beyond_m"]
        axis.errorbar(
            time, front["front_m"], [front["resolution_m"], above], fmt="o-", color="#54278f", ecolor="0.4", capsize=4, lw=1.6
        )
        middle = time.shift() + (time - time.shift()) / 2
        for x, row, before in zip(middle, front.itertuples(), front["front_m"].shift(), strict=True):
            if pd.notna(row.rate_m_per_year) and pd.notna(before):
                axis.annotate(
                    f"{row.rate_m_per_year:+.0f} m/a".replace("-", "\u2212"), (x, (row.front_m + before) / 2), (6, -10),
                    textcoords="offset points", fontsize=8, color=FAINT,
                )  # fmt: skip
        _prepare(axis)
    else:
        axis.text(0.5, 0.5, "no centre line, or no crevassed ice along it", ha="center", transform=axis.transAxes)
        axis.set_axis_off()
    axis.set_ylabel("crevassed up to, from the downstream end of the centre line (m)", fontsize=8)
    axis.set_title(f"{title}\nbars: one cell of the map; longer ones reach over ground that was not observed", fontsize=9)
    save(figure, path)


def draw_structure(path: str | Path, tiles: pd.DataFrame, dates: Sequence[str], classes: pd.DataFrame, title: str) -> None:
    """Draw the orientation of crevasses as a rose for every date, and their spacing by class through time.

    Parameters
    ----------
    path
        PNG to write.
    tiles
        Columns date, class_id, orientation_true_deg, spacing_m of all tiles; NaN where a tile has no resolved crevasses.
    dates
        All dates of the series, drawn at most eight: the first seven and the last.
    classes
        The crevassed classes: class_id, class_name, colour.
    title
        Heading of the figure.
    """
    shown = list(dates) if len(dates) <= 8 else [*dates[:7], dates[-1]]
    tiles = tiles[tiles["class_id"].isin(classes["class_id"])].dropna(subset=["orientation_true_deg", "spacing_m"])
    across = max(len(shown), 2)
    figure = plt.figure(figsize=(max(2.6 * across, 8), 6.6), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=[1, 1.15])
    edges = np.radians(np.arange(0, 361, 15))
    for place, date in enumerate(shown):
        axis = upper.add_subplot(1, across, place + 1, projection="polar")
        of_date = tiles[tiles["date"] == date]
        axis.set(theta_zero_location="N", theta_direction=-1)
        bottom = np.zeros(24)
        for row in classes.itertuples():
            angles = np.radians(of_date.loc[of_date["class_id"] == row.class_id, "orientation_true_deg"].to_numpy(float))
            counts = np.histogram(np.concatenate([angles, angles + np.pi]), edges)[0] / max(len(of_date), 1)
            axis.bar(edges[:-1], counts, np.radians(15), bottom, align="edge", color=row.colour, edgecolor=INK, linewidth=0.4)
            bottom += counts
        axis.set_xticks(np.radians([0, 90, 180, 270]), ["N", "E", "S", "W"], fontsize=7)
        axis.tick_params(axis="x", pad=-2)
        axis.set_yticks([])
        axis.set_title(f"{date}\n{len(of_date)} tiles", fontsize=8)
    axis = lower.add_subplot()
    middles = matplotlib.dates.date2num(pd.to_datetime(list(dates)))
    step = 0.3 * (np.diff(middles).min() if len(middles) > 1 else 100) / max(len(classes), 1)
    for index, row in enumerate(classes.itertuples()):
        spacing = tiles[tiles["class_id"] == row.class_id].groupby("date")["spacing_m"].quantile([0.25, 0.5, 0.75]).unstack()
        if spacing.empty:
            continue
        spacing = spacing.reindex(list(dates))  # no line over a date without any
        x = matplotlib.dates.date2num(pd.to_datetime(spacing.index)) + (index - (len(classes) - 1) / 2) * step
        axis.vlines(x, spacing[0.25], spacing[0.75], color="0.35", lw=1.2, zorder=1)
        axis.plot(x, spacing[0.5], "o-", color=row.colour, mec=INK, mew=0.6, ms=5, lw=1.2, label=row.class_name)
    axis.xaxis_date()
    _prepare(axis)
    axis.set_ylabel("crevasse spacing (m):\nmedian and quartiles", fontsize=8)
    handles = [plt.Rectangle((0, 0), 1, 1, facecolor=row.colour, edgecolor=INK, linewidth=0.4) for row in classes.itertuples()]
    lower.legend(handles, list(classes["class_name"]), loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    figure.suptitle(f"{title}\ncrevasse orientation (share of resolved tiles, from true north) and spacing", fontsize=10)
    save(figure, path)


def _prepare(axis: Axes) -> None:
    """Set scales, grid and dates of an axis whose x is time."""
    axis.set_ylim(bottom=0)
    axis.tick_params(labelsize=8)
    axis.grid(alpha=0.3, lw=0.5)
    locator = matplotlib.dates.AutoDateLocator(minticks=2, maxticks=6)
    axis.xaxis.set_major_locator(locator)
    axis.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(locator))
