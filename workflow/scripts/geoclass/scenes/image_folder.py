"""A flat folder of images without georeference, as they come: looked through, and cut into tiles of one size and type."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rasterio.errors import RasterioError

from geoclass.core import log
from geoclass.core.formats import IMAGE_SUFFIXES
from geoclass.scenes import image_names, images, radiometry, tiling

TYPES = ("uint8", "uint16")
COLUMNS = ["image", "height_px", "width_px", "type", "n_tiles", "problem"]


@dataclass(frozen=True)
class Survey:
    """What a folder holds.

    Attributes
    ----------
    table
        A row an image with the columns `COLUMNS`; `problem` says why an image cannot be used and is empty otherwise.
    scaling
        Radiometry of the images of each type, see `radiometry.measure`.
    dtype
        The type that most images have, and all tiles get.
    """

    table: pd.DataFrame
    scaling: dict[str, dict]
    dtype: str


def find(folder: str | Path) -> list[str]:
    """Return the names of the images in a folder, sorted; folders in it are left aside.

    Raises
    ------
    ValueError
        No image.
    """
    found = [path for path in Path(folder).iterdir() if path.is_file() and not path.name.startswith(".")]
    names = sorted(path.name for path in found if path.suffix.lower() in IMAGE_SUFFIXES)
    if not names:
        raise ValueError(
            f"{folder}: no image ({', '.join(IMAGE_SUFFIXES)}), expected at least one directly in it; "
            "name another folder in classify_images/folder"
        )
    return names


def survey(folder: str | Path, size: tuple[int, int], minimum_valid_share: float, method: str, low: float, high: float) -> Survey:
    """Read all images of a folder once: which can be used, how many tiles each gives, how counts of each type are scaled.

    Parameters
    ----------
    folder
        PNG, TIFF or JPEG images, directly in it.
    size
        Height and width of a tile [px].
    minimum_valid_share
        Least share of pixels of a tile that are not transparent.
    method, low, high
        How counts are scaled, see `radiometry.measure`; images of 8 and of 16 bits are scaled apart.

    Raises
    ------
    ValueError
        No image that can be used; the sentence gives the first reason.
    """
    rows, histograms = [], {}
    names = find(folder)
    for name in log.progress(names, len(names), "images looked through"):
        row = dict.fromkeys(COLUMNS, 0) | {"image": image_names.shown(name), "type": "", "problem": ""}
        try:
            if row["image"] != name:
                raise ValueError(image_names.REASON)
            counts, valid = _read(folder, name)
            row |= {"height_px": counts.shape[0], "width_px": counts.shape[1], "type": counts.dtype.name}
            row["n_tiles"] = len(list(_cut(counts, valid, size, minimum_valid_share)))
            histograms.setdefault(row["type"], radiometry.Histogram(counts.dtype)).add(counts[valid])
        except (ValueError, OSError, RasterioError) as error:
            row["problem"] = str(error).split("; ")[0].removeprefix(f"{Path(folder) / name}: ")
        rows.append(row)
    table, scaling = pd.DataFrame(rows, columns=COLUMNS), {}
    for name, histogram in histograms.items():
        try:
            scaling[name] = radiometry.measure(method, low, high, histogram)
        except ValueError:
            table.loc[(table["type"] == name) & (table["problem"] == ""), "problem"] = "no contrast"
    usable = table[table["problem"] == ""]
    if usable.empty:
        raise ValueError(
            f"{folder}: none of {len(table)} images can be used; {table['image'].iloc[0]}: {table['problem'].iloc[0]}"
        )
    return Survey(table, scaling, usable["type"].mode().iloc[0])


def tiles(folder: str | Path, found: Survey, size: tuple[int, int], minimum_valid_share: float) -> Iterator[dict]:
    """Yield the tiles of all images that can be used: image, tile_id (without the name of the set), row_px, column_px, counts, valid."""
    for row in found.table[found.table["problem"] == ""].itertuples():
        counts, valid = _read(folder, row.image)
        counts = _alike(counts, found)
        for top, left in _cut(counts, valid, size, minimum_valid_share):
            part = slice(top, top + size[0]), slice(left, left + size[1])
            yield {
                "image": row.image,
                "tile_id": tiling.tile_id(row.image, top, left),
                "row_px": top,
                "column_px": left,
                "counts": counts[part],
                "valid": valid[part],
            }


def _read(folder: str | Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and validity of an image."""
    _, counts, valid, _ = next(images.read(folder, [name]))
    if counts.dtype.name not in TYPES:
        raise ValueError(f"counts of type {counts.dtype}, expected {' or '.join(TYPES)}; convert the image")
    return counts, valid


def _cut(counts: np.ndarray, valid: np.ndarray, size: tuple[int, int], minimum_valid_share: float) -> Iterator[tuple[int, int]]:
    """Yield the origins of the whole tiles that fit into an image, as a block in its middle."""
    n = [length // side for length, side in zip(counts.shape, size, strict=True)]
    if not all(n):
        raise ValueError(
            f"{counts.shape[0]} x {counts.shape[1]} px, expected at least {size[0]} x {size[1]} px, a tile "
            "(tile_scene/height_px and width_px, as in the model's model.json)"
        )
    first = [(length - k * side) // 2 for length, side, k in zip(counts.shape, size, n, strict=True)]
    kept = 0
    for top in range(first[0], first[0] + n[0] * size[0], size[0]):
        for left in range(first[1], first[1] + n[1] * size[1], size[1]):
            if valid[top : top + size[0], left : left + size[1]].mean() >= minimum_valid_share:
                kept += 1
                yield top, left
    if not kept:
        raise ValueError("transparent, expected opaque pixels; save it without transparency")


def _alike(counts: np.ndarray, found: Survey) -> np.ndarray:
    """Return counts in the type of the set, so that black and white of both types fall together."""
    if counts.dtype.name == found.dtype:
        return counts
    own, common = found.scaling[counts.dtype.name], found.scaling[found.dtype]
    share = (counts.astype(np.float32) - own["low"]) / (own["high"] - own["low"])
    most = np.iinfo(found.dtype).max
    return np.clip(np.round(common["low"] + share * (common["high"] - common["low"])), 0, most).astype(found.dtype)
