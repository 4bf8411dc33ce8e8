"""A sheet for print: crevasse orientation over the scene's image, spacing and anisotropy beside it."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure

from geoclass.core import figures
from geoclass.core.grid import NODATA
from geoclass.maps import cartography, sheet, structure_maps
from geoclass.maps.structure_maps import ANISOTROPY, ORIENTATION, SPACING, StructureMaps

STROKES = 48  # most strokes along a side of the map
SECTOR_DEG = 15  # of the rose
STATUS = {  # structure status in a few words
    "resolved": "resolved",
    "no wave": "no regular crevasses in one direction",
    "aliased": "a wave too short for the lags",
    "too long": "wider than the longest lag can tell",
    "insignificant": "no stronger than chance makes it",
    "uncertain": "standard error above a tenth",
    structure_maps.OTHER_CLASS: "in a class without crevasses",
    "constant": "no contrast",
    "no pairs": "too few valid pixels",
}
CYCLE, WIDTHS, SHARES = (
    LinearSegmentedColormap.from_list(name, colours)
    for name, colours in (("orientation", ORIENTATION), ("spacing", SPACING), ("anisotropy", ANISOTROPY))
)


def draw(
    paths: Sequence[str | Path], content: StructureMaps, image: cartography.Picture, view: cartography.View, credits: str
) -> None:
    """Draw the structure of a scene for print and write it to every path, in the format of the path's suffix.

    Parameters
    ----------
    paths
        PNG, PDF or JPEG files.
    content
        What to draw.
    image
        The scene's image.
    view
        Part of the coordinate system to show; its height over its width is `mapsheet.ASPECT`.
    credits
        Line at the foot of the sheet.
    """
    scene = content.metadata["scene"]
    with matplotlib.rc_context(figures.STYLE):
        figure = sheet.page()
        axes, azimuth = sheet.main_map(figure, scene, view)
        colours = {degree: to_hex(CYCLE(degree / 180)) for degree in range(180)}
        cartography.lay(
            axes, cartography.shaded(image, content.grid, orientation_bytes(content.orientation_true_deg), colours), image.grid
        )
        cartography.outline(axes, scene["roi"])
        _strokes(axes, content)
        left, width = sheet.COLUMN
        top = sheet.heading(figure, "Crevasse structure", content.metadata, azimuth)
        sheet.title(figure, left, top, "Orientation of crevasse lines", "from true north")
        _rose(figure, left + 0.45, top - 2.2, 1.9, content.orientation_true_deg)
        top -= 2.5
        sheet.title(figure, left, top, "Tiles", "share")
        total = content.status.total()
        lines = [(text, content.status[status] / total) for status, text in STATUS.items() if content.status[status]]
        for index, (text, share) in enumerate(lines):
            height = top - 0.2 - 0.15 * index
            sheet.add_text(figure, left, height, text, fontsize=7, color=figures.FAINT if index else figures.INK)
            sheet.add_text(figure, left + width, height, f"{100 * share:.1f} %", fontsize=7, ha="right")
        small = (width - 0.2) / 2
        bottom = top - 0.2 - 0.15 * len(lines) - 0.3 - small * sheet.ASPECT
        highest = content.highest_m
        ticks = {0: "0", highest: f"{highest:.3g} m"}
        maps = (
            ("Spacing", content.spacing_m, WIDTHS, ticks),
            ("Anisotropy", content.anisotropy, SHARES, {0: "0", 0.5: "0.5", 1: "1"}),
        )
        for index, (name, cells, map_colours, map_ticks) in enumerate(maps):
            x = left + index * (small + 0.2)
            sheet.title(figure, x, bottom + small * sheet.ASPECT + 0.07, name)
            inset = sheet.small_map(figure, x, bottom, small, view)
            shown = np.ma.masked_invalid(cells)
            cartography.lay(inset, shown, content.grid, cmap=map_colours, vmin=0, vmax=max(map_ticks))
            cartography.outline(inset, scene["roi"], 0.6)
            sheet.colour_bar(figure, x, bottom - 0.13, small, map_colours, map_ticks)
        sheet.foot(figure, credits)
        figures.save(figure, paths, figures.DPI)


def orientation_bytes(orientation_deg: np.ndarray) -> np.ndarray:
    """Return orientations in whole degrees, 0 to 179, as bytes, `NODATA` for NaN."""
    whole = np.rint(np.nan_to_num(orientation_deg)).astype(int) % 180
    return np.where(np.isnan(orientation_deg), NODATA, whole).astype(np.uint8)


def _strokes(axes: Axes, content: StructureMaps) -> None:
    """Draw a stroke along the crevasses of each cell, or of some where there are many."""
    step = -(-max(content.orientation_grid_deg.shape) // STROKES)
    rows, columns = np.nonzero(np.isfinite(content.orientation_grid_deg))
    chosen = (rows % step == step // 2) & (columns % step == step // 2)
    rows, columns = rows[chosen], columns[chosen]
    a, b, _, d, e, _ = content.grid.transform
    half = 0.36 * step * min(np.hypot(a, d), np.hypot(b, e))
    angle = np.radians(content.orientation_grid_deg[rows, columns])
    middle = np.stack(content.grid.coordinates(rows + 0.5, columns + 0.5), axis=-1)
    along = half * np.stack([np.sin(angle), np.cos(angle)], axis=-1)
    lines = np.stack([middle - along, middle + along], axis=1)
    axes.add_collection(LineCollection(lines, colors=figures.INK, linewidths=0.7, path_effects=figures.HALO), autolim=False)


def _rose(figure: Figure, left: float, bottom: float, size: float, orientation_deg: np.ndarray) -> None:
    """Add a rose of the orientations from true north, in the colours of the map: it is the key to them, too."""
    axes = figure.add_axes(
        (left / sheet.PAGE[0], bottom / sheet.PAGE[1], size / sheet.PAGE[0], size / sheet.PAGE[1]), projection="polar"
    )
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    known = orientation_deg[np.isfinite(orientation_deg)]
    edges = np.arange(0, 180 + SECTOR_DEG, SECTOR_DEG) - SECTOR_DEG / 2  # the first sector stands astride of north
    counts = np.histogram((known + SECTOR_DEG / 2) % 180 - SECTOR_DEG / 2, edges)[0]
    middles = np.arange(0, 360, SECTOR_DEG)
    lengths = np.sqrt(np.tile(counts / max(counts.max(initial=0), 1), 2))  # areas are as the numbers of tiles
    ring = {"width": np.radians(SECTOR_DEG), "color": CYCLE(middles % 180 / 180), "linewidth": 0}
    axes.bar(np.radians(middles), lengths, edgecolor=figures.INK, **ring | {"linewidth": 0.4})
    axes.bar(np.radians(middles), 0.14, bottom=1.06, **ring)
    axes.set(ylim=(0, 1.2), yticks=[], xticks=np.radians([0, 45, 90, 135, 180, 225, 270, 315]))
    axes.set_xticklabels(["0°", "45°", "90°", "135°", "", "", "", ""], fontsize=7)
    axes.tick_params(pad=-1)
    axes.grid(False)
    axes.spines["polar"].set_visible(False)
    axes.set_facecolor("none")
