"""Maps for print: one sheet a scene."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from geoclass.core import figures, model_names
from geoclass.core.figures import DPI, SYNTHETIC, save
from geoclass.core.grid import NODATA, Grid
from geoclass.maps import cartography

CONFIDENCE_COLOURS = "cividis"
TIME_OF_DAY = ", %H:%M UTC"
PAGE = (11.69, 8.27)  # A4 landscape, inches
FRAME = (0.62, 0.62, 7.72, 7.3)  # of the map on the page: left, bottom, width, height, inches
COLUMN = (8.6, 2.8)  # of text, legend and small maps: left, width, inches
CREDITS = 4  # most lines of credits
MOST = 24  # classes in the legend
LINE = 26  # letters of a scene's name in a line of it
ASPECT = FRAME[3] / FRAME[2]


@dataclass(frozen=True)
class Content:
    """What is drawn of one scene and one model: the cells of the class map, the scene's image, the class table's metadata."""

    grid: Grid
    classes: np.ndarray
    image: cartography.Picture | None
    metadata: dict
    unlike: float | None = None  # share of the cells outside the model's area of applicability


def draw_sheet(
    paths: Sequence[str | Path],
    content: Content,
    confidence: np.ndarray,
    classes: pd.DataFrame,
    view: cartography.View,
    credits: str,
) -> None:
    """Draw a class map for print and write it to every path, in the format of the path's suffix.

    Parameters
    ----------
    paths
        PNG, PDF or any other format of matplotlib.
    content
        What to draw.
    confidence
        Cells of the confidence map, for the small map beside it.
    classes
        The whole class list; the legend shows the classes that are absent, too, while there is room.
    view
        Part of the coordinate system to show; its height over its width is `ASPECT`.
    credits
        Line at the foot of the sheet.
    """
    scene = content.metadata["scene"]
    with matplotlib.rc_context(figures.STYLE):
        figure = page()
        axes, azimuth = main_map(figure, scene, view)
        draw_classes(axes, content, classes)
        left, width = COLUMN
        top = heading(figure, "Ice-surface classes", content.metadata, azimuth, content.unlike)
        shares = cartography.shares(content.classes, classes)
        listed = cartography.with_room(classes, shares, MOST)
        height = min(0.21, 3.3 / listed.sum()) * listed.sum()
        title(figure, left, top, "Classes", "share of the mapped area")
        legend = add_axes(figure, left, top - 0.12 - height, width, height)
        cartography.legend(legend, classes[listed], shares[listed], left_out=int((~listed).sum()))
        cartography.surroundings(add_axes(figure, left, top - 0.36 - height, width, 0.17), scene["roi"] is not None)
        small = (width - 0.2) / 2
        bottom = top - height - 0.75 - small * ASPECT
        title(figure, left, bottom + small * ASPECT + 0.07, "Image")
        image = small_map(figure, left, bottom, small, view)
        cartography.lay(image, content.image.grey, content.image.grid, cmap="gray", vmin=0, vmax=1)
        cartography.outline(image, scene["roi"])
        title(figure, left + small + 0.2, bottom + small * ASPECT + 0.07, "Confidence")
        inset = small_map(figure, left + small + 0.2, bottom, small, view)
        cartography.lay(inset, np.ma.masked_equal(confidence, NODATA), content.grid, cmap=CONFIDENCE_COLOURS, vmin=0, vmax=100)
        colour_bar(figure, left + small + 0.2, bottom - 0.13, small, CONFIDENCE_COLOURS, {0: "0", 50: "50", 100: "100 %"})
        foot(figure, credits)
        save(figure, paths, DPI)


def draw_classes(axes: Axes, content: Content, classes: pd.DataFrame, weight: float = 1.0) -> None:
    """Draw the class map over the scene's image, and the outline of the region of interest."""
    colours = dict(zip(classes["class_id"], classes["colour"], strict=True))
    cartography.lay(axes, cartography.shaded(content.image, content.grid, content.classes, colours), content.image.grid)
    cartography.outline(axes, content.metadata["scene"]["roi"], weight)
    cartography.numbers(axes, content.grid, content.classes)


def page() -> Figure:
    """Return an empty page."""
    figure = Figure(figsize=PAGE)
    FigureCanvasAgg(figure)
    return figure


def add_axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Add axes at a place of the page in inches."""
    return figure.add_axes((left / PAGE[0], bottom / PAGE[1], width / PAGE[0], height / PAGE[1]))


def add_text(figure: Figure, left: float, bottom: float, text: str, **options) -> None:
    """Write at a place of the page in inches."""
    figure.text(left / PAGE[0], bottom / PAGE[1], text, **options)


def main_map(figure: Figure, scene: dict, view: cartography.View) -> tuple[Axes, float]:
    """Add the large map with coordinates and scale bar; return its axes and the azimuth of true north, degrees."""
    axes = add_axes(figure, *FRAME)
    cartography.show(axes, view)
    azimuth, metres = cartography.ground(scene["crs_wkt"], (view[0] + view[1]) / 2, (view[2] + view[3]) / 2)
    cartography.grid_coordinates(axes, scene)
    cartography.scale_bar(axes, metres, 1.9)
    return axes, azimuth


def date_text(scene: dict, pattern: str) -> str:
    """Return the date of a scene as text, the name of the scene where no date is known; midnight stands for an unknown time of day."""
    if scene["date"] is None:
        return scene["scene"]
    date = datetime.fromisoformat(scene["date"])
    return date.strftime(pattern if date.time() != time() else pattern.removesuffix(TIME_OF_DAY))


def heading(figure: Figure, text: str, metadata: dict, azimuth_deg: float, unlike: float | None = None) -> float:
    """Write what the map shows into the upper part of the column, with a north arrow; return where it ends, in inches from the foot."""
    scene, model, tiles = metadata["scene"], metadata.get("model"), metadata["tiles"]
    left, top = COLUMN[0], FRAME[1] + FRAME[3]
    add_text(figure, left, top, text, fontsize=15, fontweight="bold", va="top")
    top -= 0.36
    if scene["date"] is not None:
        add_text(figure, left, top, date_text(scene, f"%-d %B %Y{TIME_OF_DAY}"), fontsize=10, va="top")
        top -= 0.26
    if scene["synthetic"]:
        add_text(figure, left, top, SYNTHETIC, fontsize=7.2, color=figures.WARNING, fontweight="bold", va="top")
        top -= 0.22
    height, width = (tiles[f"{side}_px"] * scene[f"pixel_{side}_m"] for side in ("height", "width"))
    facts = {
        "Scene": "\n".join(scene["scene"][start : start + LINE] for start in range(0, len(scene["scene"]), LINE)),
        "Sensor": scene["sensor"],
        "Model": model and f"{model_names.NAMES[model['model']]}, {model['id'].rpartition('-')[2]}",
        "Tiles": f"{tiles['height_px']} × {tiles['width_px']} px, {height:.0f} × {width:.0f} m",
        "Unlike": unlike is not None and f"{100 * unlike:.1f} % of cells unlike training tiles",
        "North": f"true north {abs(azimuth_deg):.1f}° {'east' if azimuth_deg > 0 else 'west'} of grid north",
    }
    beside = add_axes(figure, sum(COLUMN) - 0.6, top - 0.65, 0.65, 0.65)  # off the map, where it would hide cells
    cartography.north_arrow(beside, azimuth_deg)
    for name, fact in facts.items():
        if fact:
            add_text(figure, left, top, name, fontsize=7, color=figures.FAINT, va="top")
            add_text(figure, left + 0.5, top, fact, fontsize=7, va="top", linespacing=1.15)
            top -= 0.05 + 0.125 * (1 + fact.count("\n"))
    return top - 0.22


def small_map(figure: Figure, left: float, bottom: float, width: float, view: cartography.View) -> Axes:
    """Add a small map without coordinates."""
    axes = add_axes(figure, left, bottom, width, width * ASPECT)
    cartography.show(axes, view)
    axes.set(xticks=[], yticks=[])
    return axes


def colour_bar(figure: Figure, left: float, bottom: float, width: float, colours: str, ticks: dict[float, str]) -> None:
    """Add the key of a small map: colours from the first to the last of the ticks, each with its text."""
    bar = add_axes(figure, left, bottom, width, 0.07)
    bar.imshow(np.arange(256)[None], aspect="auto", cmap=colours, extent=(min(ticks), max(ticks), 0, 1))
    bar.set(xticks=list(ticks), xticklabels=list(ticks.values()), yticks=[])
    bar.tick_params(labelsize=6, length=2, pad=1)
    bar.get_xticklabels()[-1].set_ha("right")


def foot(figure: Figure, credits: str) -> None:
    """Write the credits at the foot of the column; what does not fit is in the tags of the maps alone."""
    lines = textwrap.wrap(credits, 52, max_lines=CREDITS, placeholder=figures.CUT)
    add_text(figure, COLUMN[0], 0.22, "\n".join(lines), fontsize=6.5, color=figures.FAINT, va="bottom")


def title(figure: Figure, left: float, bottom: float, text: str, aside: str = "") -> None:
    """Write the title of a part of the column, and a remark at its right."""
    add_text(figure, left, bottom, text, fontsize=8.5, fontweight="bold")
    add_text(figure, sum(COLUMN), bottom, aside, fontsize=6.5, color=figures.FAINT, ha="right")
