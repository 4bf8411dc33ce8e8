"""Tiles as image files in folders of their classes: grey PNG as the networks see them, and GeoTIFF with counts and place."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import rasterio
from rasterio import Affine
from rasterio.errors import NotGeoreferencedWarning

from geoclass.core import log, tables
from geoclass.scenes import raster, tile_table
from geoclass.scenes.radiometry import scale_pixels

FOLDERS = {"png": "images", "tif": "georeferenced"}


def file_name(form: str, class_name: str, tile_id: str) -> str:
    """Return where a tile's image lies in a data set; `form` is png or tif."""
    return f"{FOLDERS[form]}/{class_name}/{tile_id}.{form}"


def write(folder: Path, tile_tables: list[str], tiles: pd.DataFrame, forms: list[str], credits: str) -> None:
    """Write the images of tiles.

    PNG has 8 bits: counts scaled by the radiometry of the scene, so that tiles of all scenes are alike; invalid pixels are
    transparent. GeoTIFF has the counts as they are, the tile's place where it has one, and the radiometry as tags.

    Parameters
    ----------
    folder
        The data set.
    tile_tables
        Tables that hold the tiles.
    tiles
        Rows with tile_id and class_name.
    forms
        Some of png, tif.
    credits
        Line of credits, a tag of every GeoTIFF.
    """
    names = tiles.set_index("tile_id")["class_name"]
    rights = {"credits": credits} if credits else {}
    for form in forms:
        for name in sorted(set(names)):
            (folder / FOLDERS[form] / name).mkdir(parents=True)
    with raster.environment(), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        work = (tile for path in sorted(tile_tables) for tile in _tiles(path, names.index))
        for tile_id, counts, valid, scene, origin in log.progress(work, len(names), "images written"):
            for form in forms:
                place = folder / file_name(form, names[tile_id], tile_id)
                if form == "png":
                    _write_png(place, counts, valid, scene["radiometry"])
                else:
                    _write_tif(place, counts, valid, scene, origin, {"tile_id": tile_id, "class_name": names[tile_id], **rights})


def _tiles(path: str, wanted: pd.Index) -> Iterator[tuple]:
    """Yield name, counts (H, W), validity or None, scene and origin (row, column) of the wanted tiles of a table."""
    metadata = tables.read_metadata(path)
    for group in tables.row_groups(path, ["tile_id", "row_px", "column_px", "mask", "pixels"]):
        rows = group.filter(group["tile_id"].to_pandas().isin(wanted).to_numpy())
        if len(rows) == 0:
            continue
        pixels, masks = tile_table.pixels(rows["pixels"], metadata), tile_table.masks(rows["mask"], metadata)
        places = zip(rows["row_px"].to_pylist(), rows["column_px"].to_pylist(), strict=True)
        for index, (tile_id, origin) in enumerate(zip(rows["tile_id"].to_pylist(), places, strict=True)):
            valid = None if masks is None or masks[index].all() else masks[index]
            yield tile_id, pixels[index], valid, metadata["scene"], origin


def _write_png(path: Path, counts: np.ndarray, valid: np.ndarray | None, radiometry: dict) -> None:
    scaled = scale_pixels(counts[None], radiometry, None if valid is None else valid[None])[0]
    bands = [np.round(255 * scaled).astype(np.uint8)]
    if valid is not None:
        bands.append(np.where(valid, 255, 0).astype(np.uint8))
    height, width = counts.shape
    with rasterio.open(path, "w", driver="PNG", height=height, width=width, count=len(bands), dtype="uint8") as image:
        image.write(np.stack(bands))


def _write_tif(path: Path, counts: np.ndarray, valid: np.ndarray | None, scene: dict, origin: tuple, tags: dict) -> None:
    height, width = counts.shape
    profile = {"driver": "GTiff", "height": height, "width": width, "count": 1, "dtype": counts.dtype, "compress": "deflate"}
    if scene.get("crs_wkt"):
        row, column = origin
        profile |= {"crs": scene["crs_wkt"], "transform": Affine(*scene["transform"]) @ Affine.translation(column, row)}
    with rasterio.open(path, "w", **profile) as image:
        image.write(counts, 1)
        if valid is not None:
            image.write_mask(valid)
        radiometry = {key: value for key, value in scene["radiometry"].items() if value is not None}
        image.update_tags(**tags, scene=scene["scene"], **{f"radiometry_{key}": value for key, value in radiometry.items()})
