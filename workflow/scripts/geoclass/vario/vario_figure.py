"""A figure of tiles beside their directional vario functions."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from geoclass.core import figures, pixel_axes, tables
from geoclass.scenes import tile_table

WIDTH, ROW = 7.5, 2.15  # of the figure and of a tile's line, inches
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")  # of Okabe and Ito, which every eye tells apart
STYLES = ("-", "--", "-.", (0, (1, 1)))
CHOICE = 6  # tiles where none are named


@dataclass(frozen=True)
class Shown:
    """Tiles to draw: pixels (N, H, W), valid likewise or None, their rows of the table of vario functions, its metadata."""

    pixels: np.ndarray
    valid: np.ndarray | None
    rows: pd.DataFrame
    metadata: dict


def read(tiles: str | Path, vario: str | Path, wanted: Sequence[str]) -> Shown:
    """Read what is drawn of a scene's tiles.

    Parameters
    ----------
    tiles, vario
        Tile table and table of vario functions of a scene.
    wanted
        Ids of the tiles; where there is none, six from the least to the most anisotropic one.

    Raises
    ------
    ValueError
        An id that is not in the tables, or two tables that do not belong together.
    """
    columns = ["tile_id", "v", "residual", "orientation_true_deg", "orientation_grid_deg", "grid_north_deg"]
    table = tables.read(vario, [*columns, "orientation_se_deg", "spacing_m", "spacing_se_m", "anisotropy", "structure_status"])
    metadata = tables.read_metadata(vario)
    places = tables.read(tiles, ["tile_id", "x_m", "y_m"])
    known = places["tile_id"]
    if not known.equals(table["tile_id"]):
        raise ValueError(f"{vario}: other tiles than in {tiles}, expected the same in the same order; run extract_vario again")
    missing = sorted(set(wanted) - set(known))
    if missing:
        raise ValueError(f"{tiles}: no tile {missing[0]}, expected one of its {len(known)} tiles; correct draw_vario/tiles")
    if wanted:
        index = np.array([known[known == name].index[0] for name in wanted])
    else:
        ranked = np.argsort(table["anisotropy"].fillna(0).to_numpy(), kind="stable")
        index = ranked[np.unique(np.linspace(0, len(ranked) - 1, min(CHOICE, len(ranked))).round().astype(int))]
    pixels, valid, first = {}, {}, 0
    for group in tables.row_groups(tiles, ["mask", "pixels"]):
        for row in index[(index >= first) & (index < first + len(group))]:
            one = group.slice(row - first, 1)
            pixels[row], valid[row] = tile_table.pixels(one["pixels"], metadata)[0], tile_table.masks(one["mask"], metadata)
        first += len(group)
    complete = np.ones((1, *next(iter(pixels.values())).shape), bool) if len(index) else None
    masks = [complete if valid[row] is None else valid[row] for row in index]
    rows = table.assign(x_m=places["x_m"], y_m=places["y_m"]).iloc[index]
    return Shown(np.stack([pixels[row] for row in index]), np.concatenate(masks), rows, metadata)


def draw(paths: Sequence[str | Path], shown: Shown, credits: str) -> None:
    """Draw the tiles, one a line, and write the figure to every path.

    The image has the tile's own contrast; a line shows the orientation, where one is resolved. The vario functions are drawn over
    the lag distance, one line a direction, the residual ones thin where they differ.

    Parameters
    ----------
    paths
        PNG and PDF.
    shown
        What to draw.
    credits
        Line at the foot.
    """
    n_tiles, scene = len(shown.rows), shown.metadata["scene"]
    lags, distances = (np.array(shown.metadata["vario"][name]) for name in ("lags", "lag_distances_m"))
    unit = "m" if scene.get("pixel_height_m") else "px"
    height = n_tiles * ROW + 0.9
    with matplotlib.rc_context(figures.STYLE | {"axes.facecolor": "white"}):
        figure = Figure(figsize=(WIDTH, height))
        FigureCanvasAgg(figure)
        north = "from true north" if shown.rows["grid_north_deg"].notna().any() else "from the top of the image"
        title = f"Vario functions, scene {scene['scene']}"
        figure.text(0.06, 1 - 0.22 / height, title, fontsize=11, fontweight="bold", va="center")
        if scene.get("synthetic"):
            figure.text(0.97, 1 - 0.22 / height, figures.SYNTHETIC, fontsize=7.2, color=figures.WARNING, ha="right", va="center")
        line = textwrap.shorten(credits, 100, placeholder=figures.CUT)
        figure.text(0.06, 0.1 / height, line, fontsize=6.5, color=figures.FAINT)
        figure.text(0.97, 0.1 / height, f"Directions are counted {north}.", fontsize=6.5, color=figures.FAINT, ha="right")
        for index, row in enumerate(shown.rows.itertuples()):
            bottom = (0.6 + (n_tiles - 1 - index) * ROW) / height
            size = 1.55 / height
            _image(figure.add_axes((0.06, bottom, 0.28, size)), shown.pixels[index], shown.valid[index], row, scene)
            curves = figure.add_axes((0.45, bottom, 0.52, size))
            _curves(curves, row, lags, distances, scene)
            if index == 0:
                curves.legend(
                    frameon=False, fontsize=6.5, ncols=4, loc="lower right", bbox_to_anchor=(1.01, 0.99), handlelength=2.4
                )
            if index == n_tiles - 1:
                curves.set_xlabel(f"Lag distance ({unit})")
        figures.save(figure, paths, figures.DPI)


def _image(axes: Axes, pixels: np.ndarray, valid: np.ndarray, row: tuple, scene: dict) -> None:
    """Draw a tile with its size, its name and what is known of its structure."""
    unit, pixel = "m" if scene.get("pixel_height_m") else "px", _pixel(scene)
    height, width = pixels.shape[0] * pixel[0], pixels.shape[1] * pixel[1]
    low, high = np.percentile(pixels[valid], [1, 99])
    shown = np.ma.array(pixels, mask=~valid)
    axes.imshow(shown, cmap="gray", vmin=low, vmax=max(high, low + 1e-6), extent=(0, width, 0, height), interpolation="nearest")
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.tick_params(labelsize=6, length=2)
    axes.set_title(row.tile_id, fontsize=7, pad=3)
    text = f"{row.structure_status}, anisotropy {row.anisotropy:.2f}"
    if row.structure_status == "resolved":
        angle = np.radians(row.orientation_grid_deg)
        down, right = np.linalg.solve(pixel_axes.of_grid(scene), [np.sin(angle), np.cos(angle)]) * pixel
        east, north = 0.35 * min(height, width) / np.hypot(down, right) * np.array([right, -down])
        axes.plot(
            [width / 2 - east, width / 2 + east],
            [height / 2 - north, height / 2 + north],
            color=COLOURS[1],
            linewidth=1.6,
            path_effects=figures.HALO,
        )
        direction = row.orientation_grid_deg if np.isnan(row.grid_north_deg) else row.orientation_true_deg
        text = f"{direction:.0f} ± {row.orientation_se_deg:.1f}°, spacing {row.spacing_m:.1f} ± {row.spacing_se_m:.1f} {unit}, "
        text += f"anisotropy {row.anisotropy:.2f}"
    axes.set_xlabel(text, fontsize=6.5, labelpad=2)


def _curves(axes: Axes, row: tuple, lags: np.ndarray, distances: np.ndarray, scene: dict) -> None:
    """Draw the vario functions of a tile over the lag distance, each named by the azimuth of its direction from true north."""
    v, residual = (np.reshape(values, lags.shape[:2]) for values in (row.v, row.residual))
    for direction, azimuth in enumerate(pixel_axes.lags_deg(pixel_axes.at(scene, row.x_m, row.y_m), lags)):
        options = {"color": COLOURS[direction], "linestyle": STYLES[direction]}
        axes.plot(distances[direction], v[direction], linewidth=1.3, label=f"towards {azimuth:.0f}°", **options)
        axes.plot(distances[direction], residual[direction], linewidth=0.5, **options)
    axes.set(xlim=(0, distances.max()), ylim=(0, 1.05 * max(float(np.nanmax(v, initial=0)), 1e-12)))
    axes.set_ylabel("v (squared counts)", fontsize=7)
    axes.tick_params(labelsize=6, length=2)
    axes.spines[["top", "right"]].set_visible(False)


def _pixel(scene: dict) -> tuple[float, float]:
    """Return height and width of a pixel, m; 1 px where they are unknown."""
    return scene.get("pixel_height_m") or 1.0, scene.get("pixel_width_m") or 1.0
