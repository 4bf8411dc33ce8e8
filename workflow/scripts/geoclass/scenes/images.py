"""Images without georeference, in folders of their classes, as grey tiles."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning

from geoclass.core import formats, log
from geoclass.core.formats import IMAGE_SUFFIXES
from geoclass.scenes import image_names, raster, tiling
from geoclass.scenes.bands import LUMINANCE, Band
from geoclass.scenes.radiometry import Histogram

LARGEST = 100_000_000  # pixels; a larger image is a scene


@dataclass(frozen=True)
class Survey:
    """What is known of a set after all its images have been read once: those that can be used, and their counts."""

    paths: list[str]
    histogram: Histogram
    n_coloured: int
    n_transparent: int


def find(folder: str | Path) -> list[str]:
    """Return the images of class folders, ``<class>/<image>`` relative to `folder`, sorted.

    Raises
    ------
    ValueError
        No class folder, one without an image, or an image whose name no table can hold.
    """
    folder = Path(folder)
    classes = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not classes:
        raise ValueError(
            f"{folder}: no class folder, expected <folder>/<class>/<image>; put the images into folders of their classes"
        )
    found = []
    for class_folder in classes:
        files = formats.images(class_folder)
        if not files:
            raise ValueError(
                f"{class_folder}: no image ({', '.join(IMAGE_SUFFIXES)}), expected at least one; add images or remove the folder"
            )
        for name in (file.relative_to(folder).as_posix() for file in files):
            if image_names.shown(name) != name:
                raise ValueError(f"{folder}: {image_names.shown(name)}: {image_names.REASON}")
            found.append(name)
    return sorted(found)


def survey(folder: str | Path, image_set: str, height_px: int, width_px: int, minimum_valid_share: float) -> Survey:
    """Read all images of a set, check them and gather their counts; images with too few opaque pixels are set aside.

    Raises
    ------
    ValueError
        An empty class folder, images of another size, of different or other types than 8 and 16 bits, two that would have one
        name, or none that is left.
    """
    paths = find(folder)
    names: dict[str, str] = {}
    for path in paths:
        other = names.setdefault(tiling.image_tile_id(image_set, path), path)
        if other != path:
            raise ValueError(f"{folder}: {other} and {path} would be one tile, expected names that differ; rename one")
    histogram, kept, wrong, n_coloured = None, [], [], 0
    for path, counts, valid, coloured in log.progress(read(folder, paths), len(paths), "images checked"):
        histogram = histogram or Histogram(counts.dtype)
        if counts.dtype != histogram.dtype or counts.dtype.name not in ("uint8", "uint16"):
            expected = f"{histogram.dtype} as in {paths[0]}" if counts.dtype != histogram.dtype else "uint8 or uint16"
            raise ValueError(f"{folder}/{path}: counts of type {counts.dtype}, expected {expected}; convert the images")
        if counts.shape != (height_px, width_px):
            wrong.append((path, *counts.shape))
        elif valid.mean() >= minimum_valid_share:
            kept.append(path)
            histogram.add(counts[valid])
            n_coloured += coloured
    if wrong:
        path, height, width = wrong[0]
        raise ValueError(
            f"{folder}/{path}: {height} x {width} px, expected {height_px} x {width_px} px (tile_scene/height_px, width_px); "
            f"{len(wrong)} of {len(paths)} images have another size, crop them or change the tile size"
        )
    if not kept:
        raise ValueError(
            f"{folder}: all {len(paths)} images are transparent, expected opaque ones; save them without transparency"
        )
    return Survey(kept, histogram, n_coloured, len(paths) - len(kept))


def read(folder: str | Path, paths: list[str]) -> Iterator[tuple[str, np.ndarray, np.ndarray, bool]]:
    """Read images one by one.

    Yields
    ------
    path
        As given in `paths`.
    counts
        Grey counts (height, width); of a coloured image its luminance, rounded.
    valid
        Where the image is not transparent, booleans (height, width).
    coloured
        Whether the image has channels that differ.

    Raises
    ------
    ValueError
        An image as large as a scene, or of other channels than grey or colours.
    """
    with raster.environment(), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        for path in paths:
            file = Path(folder) / path
            with raster.opened(file) as image, raster.reading(file):
                if image.height * image.width > LARGEST:
                    raise ValueError(
                        f"{file}: {image.height * image.width:,} pixels, expected at most {LARGEST:,}; list it in the table of scenes"
                    )
                yield path, *_grey(image)


def _grey(image: rasterio.DatasetReader) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return counts, validity, and whether the image is coloured."""
    colours = [band for band, colour in zip(image.indexes, image.colorinterp, strict=True) if colour != ColorInterp.alpha]
    if len(colours) not in (1, 3):
        raise ValueError(f"{image.name}: {len(colours)} channels, expected 1 (grey) or 3 (red, green, blue); convert the image")
    sources = [Band(image, number) for number in colours]
    counts, valid = (np.stack(part) for part in zip(*(s.read(0, image.height, (0, image.width)) for s in sources), strict=True))
    coloured = sources[0].decode.coloured or not (counts == counts[0]).all()
    if len(colours) == 1 or not coloured:
        return counts[0], valid.all(axis=0), coloured
    return np.round(np.tensordot(LUMINANCE, counts, 1)).astype(counts.dtype), valid.all(axis=0), True
