"""What would go wrong in a run, found before any work: tiles against pixels, blocks against tiles, places, dates, labels, disk."""

import shutil
from collections import Counter
from itertools import combinations
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoclass.core import formats, geodesy, pixel_grid
from geoclass.labels import blocks, label_sources, named_tiles, scene_names
from geoclass.scenes import images as image_survey
from geoclass.scenes import masks as scene_masks
from geoclass.scenes import regions
from geoclass.scenes.survey import Found

FEW_LABELS = 20  # of a class: with fewer, its score says little


def tiles(scenes: dict[str, Found], settings: dict, block_m: float | None) -> list[str]:
    """Compare tiles with scenes and blocks with tiles."""
    height, width = settings["height_px"], settings["width_px"]
    found = [
        f"refused: scene {name}: {one.height_px} x {one.width_px} px, smaller than a tile of {height} x {width} px; lower "
        "tile_scene/height_px and width_px"
        for name, one in scenes.items()
        if one.pixel_m and (one.height_px < height or one.width_px < width)
    ]
    pixels = [one.pixel_m for one in scenes.values() if one.pixel_m]
    if not pixels:
        return found
    sides = [max(height * size[0], width * size[1]) for size in pixels]
    if max(sides) > 1.5 * min(sides):
        found.append(
            f"look at: tiles are {min(sides):.3g} to {max(sides):.3g} m long, since pixels differ from scene to scene; set "
            "ingest_scene/grid: reproject, or leave scenes out"
        )
    if told := blocks.small(block_m, max(sides)):
        found.append(f"look at: {told}")
    return found


def places(scenes: dict[str, Found], roi: str | None, masks: dict[str, str], settings: dict) -> list[str]:
    """Compare region of interest and masks with the scenes, and the grids with each other."""
    found = []
    for name, one in scenes.items():
        if one.crs_wkt is None or one.frame is None:
            continue
        if roi:
            try:
                if not regions.read(roi, one.crs_wkt, settings["roi_epsg"]).intersects(one.frame):
                    found.append(f"refused: {roi}: the region misses scene {name}; correct ingest_scene/roi or remove the scene")
            except (ValueError, OSError) as error:
                found.append(f"refused: {error}")
        if name in masks:
            try:
                scene_masks.check(masks[name], one.crs_wkt, one.frame)
            except (ValueError, OSError) as error:
                found.append(f"refused: scene {name}: {error}")
    placed = [{"scene": name, **vars(one)} for name, one in scenes.items() if one.transform]
    if settings["grid"] == "common" and placed:
        try:
            pixel_grid.check(placed)
        except ValueError as error:
            found.append(f"refused: {error}")
    if settings["grid"] == "native" and len(scenes) > 1:
        found.append(
            "look at: ingest_scene/grid: native maps each scene on its own pixels; for areas and change by date set it to common or "
            "reproject"
        )
    return found


def times(scenes: dict[str, Found]) -> list[str]:
    """Find scenes of one time and place."""
    found = []
    for (name, one), (other_name, other) in combinations(scenes.items(), 2):
        if one.date and one.date == other.date and one.frame and other.frame:
            if geodesy.same_place(one.frame, one.crs_wkt, other.frame, other.crs_wkt):
                found.append(f"refused: scenes {name} and {other_name}: both of {one.date} and of the same place; remove one")
    return found


def labels(
    sources: list[str], scenes: dict[str, Found], labelled: list[str], classes: pd.DataFrame, settings: dict, needed: bool
) -> list[str]:
    """Read the sources of labels as a run will; count them by class, and those that lie outside all labelled scenes.

    Parameters
    ----------
    sources
        Sources of labels that are there.
    scenes, labelled
        All scenes, and the names of those whose labels are used.
    classes
        The table of classes.
    settings
        Sections ingest_scene, tile_scene and collect_labels of the configuration.
    needed
        Whether anything is learned from labels.
    """
    found, counts, n_outside, n_placed = [], Counter[int](), 0, 0
    try:
        if sources or needed:
            label_sources.check(sources, settings["ingest_scene"]["grid"])
    except ValueError as error:
        found.append(f"refused: {error}")
    for source in sources:
        try:
            items = _read(source, {name: scenes[name].path for name in labelled}, sources, classes, settings)
        except (ValueError, OSError) as error:
            found.append(f"refused: {error}")
            continue
        counts.update(items["class_id"].tolist())
        shapes = items.geometry.dropna()
        if items.crs is None or shapes.empty:
            continue
        inside = np.zeros(len(shapes), bool)
        for name in labelled:
            one = scenes[name]
            if one.crs_wkt is None or one.frame is None:
                inside[:] = True  # where it lies is not known
                continue
            placed = geodesy.project(shapes.to_numpy(), items.crs.to_wkt(), one.crs_wkt)
            inside |= shapely.intersects(geodesy.shown(placed), one.frame)
        n_outside, n_placed = n_outside + int((~inside).sum()), n_placed + len(shapes)
    if n_outside:
        found.append(
            f"look at: {n_outside} of {n_placed} labels lie outside all labelled scenes; check their coordinate system, and labelled "
            "in the table of scenes"
        )
    if sources:
        for each in classes.itertuples():
            n = counts[each.class_id]
            if n < FEW_LABELS:
                what = "no label" if n == 0 else f"{n} labels (points, polygons, tiles or images)"
                found.append(
                    f"look at: class {each.class_name}: {what}; label more of it, or take it out of the table of classes and its labels "
                    "out of their sources"
                )
    return found


def _read(source: str, images: dict[str, str], sources: list[str], classes: pd.DataFrame, settings: dict) -> gpd.GeoDataFrame:
    """Return the items of a source, after all that reads and binds them in a run has looked at them; `images` are labelled scenes."""
    items = label_sources.read(source, classes, *(settings["collect_labels"][key] for key in ("group_field", "group_pattern")))
    sets = [Path(folder).name for folder in sources if formats.is_image_folder(folder)]
    named_tiles.check(items, [*images, *sets], source)
    scene_names.scenes_of(items[~items["kind"].isin(named_tiles.KINDS)], images, source)
    if formats.is_image_folder(source):
        tile = (settings["tile_scene"][key] for key in ("height_px", "width_px", "minimum_valid_share"))
        image_survey.survey(source, Path(source).name, *tile)
    return items


def disk(scenes: dict[str, Found], settings: dict, folder: Path) -> list[str]:
    """Compare what scenes and tile tables will take with what is free; the rest of a run is small beside them."""
    sizes = [one.height_px * one.width_px * np.dtype(one.dtype).itemsize for one in scenes.values() if one.pixel_m]
    height, width = settings["height_px"], settings["width_px"]
    rows, columns = settings["stride_rows_px"] or height, settings["stride_columns_px"] or width
    needed = sum(sizes) * (1 + height * width / (rows * columns))
    there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    free = shutil.disk_usage(there).free
    text = f"scenes and tile tables take about {needed / 1e9:.3g} GB; {free / 1e9:.3g} GB are free at {there}"
    return [f"refused: {text}; make room or name another folder (pathvars/results)" if needed > free else f"fine: {text}"]
