"""Pieces of printed maps: the classes shaded by the scene's image, scale bar, north arrow, grid coordinates, legend."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pyproj
import shapely
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Polygon, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import Affine2D
from scipy import ndimage

from geoclass.core import geodesy
from geoclass.core.figures import FAINT, HALO, INK, PAPER
from geoclass.core.grid import NODATA, Grid

HATCH, HATCHED = "//////", "#c9c9c4"  # where there is nothing to see
UNKNOWN = 153  # brightness of 255 where a class has no pixel of the scene behind it
View = tuple[float, float, float, float]  # least x, greatest x, least y, greatest y


@dataclass(frozen=True)
class Picture:
    """A part of a scene's image, thinned out: brightness 0 to 1, NaN where invalid, on a grid of its own."""

    grid: Grid
    grey: np.ndarray


def extent(grid: Grid, cells: np.ndarray) -> View:
    """Return the bounding box of the cells that are not `NODATA`, of the whole grid where there is none."""
    known = cells != NODATA
    rows, columns = np.nonzero(known if known.any() else ~known)
    corners = [grid.coordinates(rows + down, columns + right) for down in (0, 1) for right in (0, 1)]
    x, y = (np.concatenate(part) for part in zip(*corners, strict=True))
    return float(x.min()), float(x.max()), float(y.min()), float(y.max())


def framed(box: View, aspect: float, margin: float = 0.04) -> View:
    """Return `box` with a margin around it, widened to a frame whose height is `aspect` times its width."""
    left, right, bottom, top = box
    width, height = (right - left) * (1 + 2 * margin), (top - bottom) * (1 + 2 * margin)
    width, height = max(width, height / aspect), max(height, width * aspect)
    x, y = (left + right) / 2, (bottom + top) / 2
    return x - width / 2, x + width / 2, y - height / 2, y + height / 2


def shaded(image: Picture, grid: Grid, cells: np.ndarray, colours: dict[int, str]) -> np.ndarray:
    """Return the classes as a picture (height, width, 4) of bytes on the scene's image: class colours, dark where the scene is dark."""
    rows, columns = np.indices(image.grey.shape) + 0.5
    rows, columns = (np.floor(place).astype(int) for place in grid.places(*image.grid.coordinates(rows, columns)))
    inside = (rows >= 0) & (rows < grid.height) & (columns >= 0) & (columns < grid.width)
    values = np.full(image.grey.shape, NODATA, np.uint8)
    values[inside] = cells[rows[inside], columns[inside]]
    unknown = np.isnan(image.grey)
    grey = np.where(unknown, UNKNOWN, np.rint(255 * image.grey)).astype(np.uint8)
    picture = _shades(colours)[values, grey]
    picture[unknown & (values == NODATA), 3] = 0
    return picture


def _shades(colours: dict[int, str]) -> np.ndarray:
    """Return what a pixel looks like by its class and the brightness of the scene there, (256, 256, 4) bytes."""
    grey = np.linspace(0, 1, 256)[:, None]
    shades = np.ones((256, 256, 4))
    shades[..., :3] = 0.5 + 0.6 * grey
    for value, colour in colours.items():
        shades[value, :, :3] = np.array(to_rgb(colour)) * (0.5 + 0.5 * grey) + 0.1 * grey
    shades[NODATA, :, :3] = 0.35 + 0.6 * grey
    return np.rint(255 * shades.clip(0, 1)).astype(np.uint8)


def lay(axes: Axes, pixels: np.ndarray, grid: Grid, **options) -> None:
    """Draw an array on its grid, which may be turned or have cells that are not square."""
    a, b, c, d, e, f = grid.transform
    height, width = pixels.shape[:2]
    place = Affine2D(np.array([[a, b, c], [d, e, f], [0, 0, 1]])) + axes.transData
    axes.imshow(pixels, extent=(0, width, height, 0), transform=place, interpolation="nearest", **options)


def numbers(axes: Axes, grid: Grid, cells: np.ndarray, size_pt: float = 6.5) -> None:
    """Write the class id into every connected region of cells that has room for it, so that the map can be read without colours.

    The number stands where the region is widest: at the cell that is furthest from any other class.
    """
    a, b, _, d, e, _ = grid.transform
    left, right = axes.get_xlim()
    inch = (right - left) / (axes.get_position().width * axes.figure.get_figwidth())  # in units of the grid
    room = 1.1 * size_pt / 72 * inch
    for value in np.setdiff1d(np.unique(cells), NODATA):
        regions, count = ndimage.label(np.pad(cells == value, 1))
        if count == 0:
            continue
        distances = ndimage.distance_transform_edt(regions > 0, sampling=(np.hypot(b, e), np.hypot(a, d)))
        for row, column in ndimage.maximum_position(distances, regions, range(1, count + 1)):
            if distances[row, column] >= room:
                x, y = grid.coordinates(row - 0.5, column - 0.5)  # the middle of the cell, without the margin of one cell
                text = {"fontsize": size_pt, "fontweight": "bold", "ha": "center", "va": "center", "clip_on": True}
                axes.text(float(x), float(y), str(value), path_effects=HALO, zorder=4, **text)


def show(axes: Axes, view: View) -> None:
    """Set what the axes show; equal scales along both."""
    axes.set(xlim=view[:2], ylim=view[2:], aspect="equal")
    axes.patch.set(hatch=HATCH, edgecolor=HATCHED)  # no data is no bright snow


def outline(axes: Axes, roi_wkt: str | None, weight: float = 1.0) -> None:
    """Draw the region of interest, if there is one; `weight` makes the line thinner on small maps."""
    if roi_wkt is None:
        return
    region = shapely.from_wkt(roi_wkt)
    for part in shapely.get_parts(region):
        for ring in (part.exterior, *part.interiors):
            for colour, width in (("white", 1.6 * weight), (INK, 0.7 * weight)):
                axes.add_patch(Polygon(np.array(ring.coords)[:, :2], closed=True, fill=False, edgecolor=colour, linewidth=width))


def grid_coordinates(axes: Axes, scene: dict) -> None:
    """Label the frame with easting and northing in km, with small crosses where the grid lines meet."""
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        locator = MaxNLocator(6, steps=[1, 2, 5, 10])
        decimals = max(0, -int(np.floor(np.log10(np.diff(locator.tick_values(low, high))[0] / 1000) + 1e-9)))
        axis.set_major_locator(locator)
        axis.set_major_formatter(FuncFormatter(partial(_kilometres, decimals=decimals)))
    axes.tick_params(direction="out", length=3, top=True, right=True)
    for label in axes.get_yticklabels():
        label.set(rotation=90, va="center")
    name = f"EPSG:{scene['epsg']}" if scene["epsg"] else pyproj.CRS(scene["crs_wkt"]).name
    axes.set_xlabel(f"Easting (km, {name})", labelpad=3)
    axes.set_ylabel("Northing (km)", labelpad=3)
    x, y = np.meshgrid(axes.get_xticks(), axes.get_yticks())
    axes.plot(x.ravel(), y.ravel(), "+", color=INK, markersize=5, markeredgewidth=0.4, alpha=0.7, scalex=False, scaley=False)


def _kilometres(value: float, _: int, decimals: int) -> str:
    """Return a coordinate in metres as text in kilometres."""
    return f"{value / 1000:,.{decimals}f}".replace(",", "\u2009").replace("-", "\u2212")


def ground(crs_wkt: str, x: float, y: float) -> tuple[float, float]:
    """Return where true north lies and how long a metre of the grid is along x, as scale bars are, at one point of a coordinate system.

    Returns
    -------
    tuple
        Azimuth of true north, degrees clockwise from grid north; metres on the ground for a metre of the grid along x.
    """
    axes = geodesy.jacobian(crs_wkt, x, y)
    right, up = np.linalg.solve(axes, [0.0, 1.0])
    return float(np.degrees(np.arctan2(right, up))), float(np.hypot(*axes[:, 0]))


def scale_bar(axes: Axes, metres_per_unit: float, length_in: float) -> None:
    """Draw a scale bar, true on the ground, into the lower left corner; it is at most `length_in` inches long."""
    left, right, bottom, _ = *axes.get_xlim(), *axes.get_ylim()
    inch = (right - left) / (axes.get_position().width * axes.figure.get_figwidth())  # in units of the grid
    longest = length_in * inch * metres_per_unit
    power = 10.0 ** np.floor(np.log10(longest))
    length = next(factor * power for factor in (5, 2, 1) if factor * power <= longest)
    half, height = length / metres_per_unit / 2, 0.055 * inch
    x, y = left + 0.3 * inch, bottom + 0.22 * inch
    box = Rectangle(
        (x - 0.16 * inch, y - 0.1 * inch), 2 * half + 0.46 * inch, 0.36 * inch, facecolor="white", alpha=0.85, zorder=5
    )
    axes.add_patch(box)
    unit, size = ("km", length / 1000) if length >= 1000 else ("m", length)
    for part, colour, text in ((0, INK, "0"), (1, "white", f"{size / 2:g}")):
        bar = Rectangle((x + part * half, y), half, height, facecolor=colour, edgecolor=INK, linewidth=0.6, zorder=6)
        axes.add_patch(bar)
        if part == 0 or half > 0.35 * inch:  # else the middle's text would touch the end's
            axes.text(x + part * half, y + 1.6 * height, text, ha="center", va="bottom", fontsize=7, zorder=6)
    axes.text(x + 2 * half, y + 1.6 * height, f"{size:g} {unit}", ha="center", va="bottom", fontsize=7, zorder=6)


def north_arrow(axes: Axes, azimuth_deg: float) -> None:
    """Fill axes with an arrow to true north, and a line to grid north where the two are well apart."""
    axes.set(xlim=(-1.45, 1.45), ylim=(-1.45, 1.45), aspect="equal", xticks=[], yticks=[])
    axes.patch.set(facecolor="white", alpha=0.85)
    axes.spines[:].set_visible(False)
    azimuth = np.radians(azimuth_deg)
    ahead, aside = np.array([np.sin(azimuth), np.cos(azimuth)]), np.array([np.cos(azimuth), -np.sin(azimuth)])
    tip, tail = 0.8 * ahead, -0.75 * ahead
    for side, colour in ((1, INK), (-1, "white")):
        corners = [tip, tail + side * 0.38 * aside, -0.42 * ahead]
        axes.add_patch(Polygon(corners, closed=True, facecolor=colour, edgecolor=INK, linewidth=0.7))
    axes.text(*(1.12 * ahead), "N", ha="center", va="center", fontsize=8, fontweight="bold")
    if abs(azimuth_deg) > 20:  # below it the two would overlap
        axes.plot([0, 0], [0, 1.0], color=FAINT, linewidth=0.6, linestyle=(0, (3, 2)))
        axes.text(0, 1.2, "grid", ha="center", va="center", fontsize=5, color=FAINT)


def shares(cells: np.ndarray, classes: pd.DataFrame) -> np.ndarray:
    """Return the share of every class in the cells that have one."""
    counts = np.bincount(cells.ravel(), minlength=256)
    return counts[classes["class_id"].to_numpy()] / max(counts[:NODATA].sum(), 1)


def with_room(classes: pd.DataFrame, shares: np.ndarray, most: int) -> np.ndarray:
    """Return which classes a legend of at most `most` entries lists: all, or the first by their shares; bool (C,)."""
    if len(classes) <= most:
        return np.ones(len(classes), bool)
    ranked = np.argsort(-shares, kind="stable")
    return np.isin(np.arange(len(classes)), ranked[:most])


def legend(axes: Axes, classes: pd.DataFrame, shares: np.ndarray | None, columns: int = 1, left_out: int = 0) -> None:
    """List the classes with their colours; absent ones are pale. `shares` of the map, 0 to 1, are written beside the names."""
    lines = int(np.ceil(len(classes) / columns))
    axes.set(xlim=(0, columns), ylim=(-lines, 0))
    axes.axis("off")
    if left_out:
        axes.text(0, -lines - 0.1, f"and {left_out} more, named in the GeoTIFF", va="top", fontsize=6.3, color=FAINT)
    for index, entry in enumerate(classes.itertuples()):
        column, line = divmod(index, lines)
        present = shares is None or shares[index] > 0
        swatch = Rectangle((column, -line - 0.82), 0.11, 0.64, facecolor=entry.colour, edgecolor=INK, linewidth=0.5)
        swatch.set_alpha(1 if present else 0.25)
        axes.add_patch(swatch)
        name = f"{entry.class_id}  {entry.class_name}"
        axes.text(column + 0.15, -line - 0.5, name, va="center", fontsize=7.5, color=INK if present else FAINT)
        if shares is not None:
            text = f"{100 * shares[index]:.1f} %" if present else "none"
            axes.text(column + 1, -line - 0.5, text, va="center", ha="right", fontsize=7.5, color=INK if present else FAINT)


def surroundings(axes: Axes, with_region: bool) -> None:
    """Tell what a map shows where no class is: the bare image, cloud or nothing, and the outline of the region of interest."""
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.axis("off")
    for left, colour, name in ((0, "#a6a6a6", "image, no class"), (0.35, PAPER, "cloud, no data")):
        axes.add_patch(Rectangle((left, 0.15), 0.06, 0.7, facecolor=colour, edgecolor=FAINT, linewidth=0.5))
        if colour == PAPER:
            axes.add_patch(Rectangle((left, 0.15), 0.06, 0.7, fill=False, hatch=HATCH, edgecolor=HATCHED, linewidth=0))
        axes.text(left + 0.08, 0.5, name, va="center", fontsize=6.3)
    if with_region:
        axes.plot([0.69, 0.74], [0.5, 0.5], color=INK, linewidth=0.9)
        axes.text(0.755, 0.5, "region of interest", va="center", fontsize=6.3)
