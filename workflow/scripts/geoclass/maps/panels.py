"""Maps for print: many small ones side by side, all dates of one model or of several, with one legend."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from geoclass.core import figures, geodesy, model_names
from geoclass.core.grid import Grid
from geoclass.maps import cartography, sheet

DPI = 225  # about the resolution of the images on the page (render_panels)
PAGE = sheet.PAGE
SIDE, HEAD = 0.5, 0.75  # margins of the page at the sides and above, inches
MOST = 32  # classes in the legend
GAP, LINE = 0.05, 0.24  # between two maps, and above a line of maps, inches
ENTRY, COLUMNS = 0.21, 4  # height of an entry of the legend, inches, and entries side by side


def views(grids: Sequence[Grid], cells: Sequence[np.ndarray]) -> list[cartography.View]:
    """Return the part of the ground that each map shows, all of one size.

    Maps in one coordinate system all show the same piece of ground, so that what moves between the dates is seen to move; others
    show as much ground around their own centres, by the scale along x, as the one scale bar does. The ground around long strips is
    shown until they are half as wide as long.
    """
    boxes = np.array([cartography.extent(grid, part) for grid, part in zip(grids, cells, strict=True)])
    if _one_system([grid.crs_wkt for grid in grids]):
        boxes[:] = [boxes[:, 0].min(), boxes[:, 1].max(), boxes[:, 2].min(), boxes[:, 3].max()]
    x, y = boxes[:, :2].mean(axis=1), boxes[:, 2:].mean(axis=1)
    metres = np.array([geodesy.ground_units(grid.crs_wkt, *place)[0] for grid, *place in zip(grids, x, y, strict=True)])
    width, height = (1.05 * (metres * (boxes[:, end] - boxes[:, start])).max() for start, end in ((0, 1), (2, 3)))
    width, height = max(width, height / 2) / metres, max(height, width / 2) / metres
    edges = np.stack([x - width / 2, x + width / 2, y - height / 2, y + height / 2], axis=1)
    return [tuple(edge) for edge in edges.tolist()]


def _one_system(systems: Sequence[str]) -> bool:
    """Return whether coordinate systems are one: programs write one in more ways than one."""
    return all(geodesy.same(systems[0], other) for other in set(systems) - {systems[0]})


def draw_panels(
    paths: Sequence[str | Path],
    rows: Sequence[Sequence[sheet.Content]],
    shown: Sequence[cartography.View],
    classes: pd.DataFrame,
    credits: str,
) -> None:
    """Draw every scene of every model at one scale with one legend, and write the page to every path.

    Parameters
    ----------
    paths
        Files to write, `.png` or `.pdf`.
    rows
        One sequence of scenes a model, the same scenes in the same order.
    shown
        What each scene's map shows, from `views`.
    classes
        The whole class list.
    credits
        Line at the foot.
    """
    n_scenes, n_models = len(rows[0]), len(rows)
    ground_width, ground_height = shown[0][1] - shown[0][0], shown[0][3] - shown[0][2]
    cells = np.concatenate([content.classes.ravel() for contents in rows for content in contents])
    listed = classes[cartography.with_room(classes, cartography.shares(cells, classes), MOST)]
    foot = 0.75 + ENTRY * -(-len(listed) // COLUMNS)
    across, width = _arrangement(n_scenes, n_models, ground_height / ground_width, PAGE[1] - HEAD - foot)
    height = width * ground_height / ground_width
    left = (PAGE[0] - across * (width + GAP) + GAP) / 2
    scenes = [content.metadata["scene"] for content in rows[0]]
    with matplotlib.rc_context(figures.STYLE):
        figure = sheet.page()
        for index, (scene, view) in enumerate(zip(scenes, shown, strict=True)):
            line, column = divmod(index, across)
            x = left + column * (width + GAP)
            top = PAGE[1] - HEAD - line * (LINE + n_models * (height + GAP)) - LINE
            name = sheet.date_text(scene, "%Y-%m-%d")
            size = np.clip(width * 72 / (0.62 * len(name)), 4, 9)
            sheet.add_text(figure, x + width / 2, top + 0.05, name, fontsize=size, ha="center")
            for row, contents in enumerate(rows):
                bottom = top - height - row * (height + GAP)
                axes = sheet.add_axes(figure, x, bottom, width, height)
                cartography.show(axes, view)
                axes.set(xticks=[], yticks=[])
                sheet.draw_classes(axes, contents[index], classes, weight=min(1.0, width / 3))
                if column == 0 and n_models > 1:
                    model = model_names.NAMES[contents[index].metadata["model"]["model"]]
                    place = (x - 0.08, bottom + height / 2)
                    sheet.add_text(figure, *place, model, fontsize=min(9, height * 12), rotation=90, ha="right", va="center")
        _frame(figure, rows, shown, width, listed, len(classes) - len(listed), credits)
        figures.save(figure, paths, DPI)


def _arrangement(n_scenes: int, n_models: int, aspect: float, room: float) -> tuple[int, float]:
    """Return how many scenes stand side by side and the width of a map in inches, the largest that fits."""
    best = (1, 0.0)
    for across in range(1, n_scenes + 1):
        down = -(-n_scenes // across)
        wide = (PAGE[0] - 2 * SIDE + GAP) / across - GAP
        high = ((room / down - LINE) / n_models - GAP) / aspect
        if min(wide, high) > best[1]:
            best = (across, min(wide, high))
    return best


def _frame(
    figure: Figure,
    rows: Sequence[Sequence[sheet.Content]],
    shown: Sequence[cartography.View],
    width: float,
    classes: pd.DataFrame,
    left_out: int,
    credits: str,
) -> None:
    """Write title, legend, scale bar, north arrow and credits around the maps."""
    scenes = [content.metadata["scene"] for content in rows[0]]
    sheet.add_text(figure, SIDE, PAGE[1] - 0.6, "Ice-surface classes", fontsize=15, fontweight="bold")
    models = ", ".join(model_names.NAMES[contents[0].metadata["model"]["model"]] for contents in rows)
    sheet.add_text(figure, PAGE[0] - SIDE, PAGE[1] - 0.6, f"{models}, {len(scenes)} scenes", fontsize=10, ha="right")
    if any(scene["synthetic"] for scene in scenes):
        place = (PAGE[0] / 2, PAGE[1] - 0.6)
        sheet.add_text(figure, *place, figures.SYNTHETIC, fontsize=7.5, color=figures.WARNING, fontweight="bold", ha="center")
    lines = -(-len(classes) // COLUMNS)
    cartography.legend(sheet.add_axes(figure, SIDE, 0.5, 8.0, ENTRY * lines), classes, None, COLUMNS, left_out)
    view, unit = shown[0], (shown[0][1] - shown[0][0]) / width
    azimuth, metres = cartography.ground(scenes[0]["crs_wkt"], (view[0] + view[1]) / 2, (view[2] + view[3]) / 2)
    axes = sheet.add_axes(figure, 8.6, 0.35, 1.9, 0.5)
    axes.set(xlim=(0, 1.9 * unit), ylim=(0, 0.5 * unit))
    axes.axis("off")
    cartography.scale_bar(axes, metres, 1.3)
    if _one_system([scene["crs_wkt"] for scene in scenes]):
        cartography.north_arrow(sheet.add_axes(figure, PAGE[0] - SIDE - 0.6, 0.4, 0.6, 0.6), azimuth)
    cartography.surroundings(sheet.add_axes(figure, SIDE, 0.3, 2.8, 0.17), any(scene["roi"] for scene in scenes))
    sheet.add_text(figure, SIDE, 0.14, textwrap.shorten(credits, 180, placeholder=figures.CUT), fontsize=6.5, color=figures.FAINT)
