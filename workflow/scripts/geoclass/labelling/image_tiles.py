"""Images for the labelling page: pieces of a scene at any scale in its own pixel grid, stretched to eight bits."""

import io
import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np
import rasterio
from PIL import Image
from rasterio.enums import Resampling
from rasterio.io import DatasetReader
from rasterio.windows import Window

from geoclass.scenes import raster

SIDE = 512  # pixels of an image tile
DEEPEST = 12  # reductions by two
SAMPLE = 512  # pixels, at most, of the side of a sample
PERCENTILES = (0.5, 99.5)
OPEN = 3  # scenes that a thread keeps open

_thread = threading.local()


def piece(path: Path, level: int, column: int, row: int, low: float, high: float) -> bytes:
    """Return an image tile of a scene as JPEG; what is not valid or outside is black.

    Parameters
    ----------
    path
        Scene in the common form; its overviews make small scales as quick as large ones.
    level
        Reductions by two: a pixel of the image tile covers :math:`2^{level}` pixels of the scene.
    column, row
        Place of the image tile among those of its level, from the upper left corner.
    low, high
        Counts that become black and white.

    Raises
    ------
    ValueError
        No such level or place.
    """
    with raster.reading(path), raster.environment():
        scene = _opened(path)
        step = 1 << level if 0 <= level <= DEEPEST else 0
        if not step or not (0 <= column * SIDE * step < scene.width and 0 <= row * SIDE * step < scene.height):
            raise ValueError(f"image tile {level}/{column}/{row}: outside the scene, expected one inside; reload the page")
        width = min(SIDE * step, scene.width - column * SIDE * step)
        height = min(SIDE * step, scene.height - row * SIDE * step)
        window = Window(column * SIDE * step, row * SIDE * step, width, height)
        shape = -(-height // step), -(-width // step)
        counts, valid = _read(scene, window, shape)
    image = np.zeros((SIDE, SIDE), np.uint8)
    image[: shape[0], : shape[1]] = stretched(counts, valid, low, high)
    return _encoded(image, "JPEG", quality=88)


def window(path: Path, row: int, column: int, height: int, width: int, low: float, high: float) -> bytes:
    """Return a window of a scene at full size as PNG."""
    with raster.reading(path), raster.environment():
        counts, valid = _read(_opened(path), Window(column, row, width, height), (height, width))
    return _encoded(stretched(counts, valid, low, high), "PNG", compress_level=1)


def percentiles(path: Path, left: float, top: float, right: float, bottom: float) -> tuple[float, float]:
    """Return the counts at the percentiles 0.5 and 99.5 of a part of a scene, out of a sample; columns and rows in pixels.

    Raises
    ------
    ValueError
        The part holds no valid pixel.
    """
    with raster.reading(path), raster.environment():
        scene = _opened(path)
        left, right = (int(np.clip(value, 0, scene.width)) for value in (left, right))
        top, bottom = (int(np.clip(value, 0, scene.height)) for value in (top, bottom))
        shape = min(bottom - top, SAMPLE), min(right - left, SAMPLE)
        counts, valid = np.zeros((0, 0)), np.zeros((0, 0), bool)
        if min(shape) > 0:
            counts, valid = _read(scene, Window(left, top, right - left, bottom - top), shape)
    if not valid.any():
        raise ValueError("stretch: no valid pixel in view, expected part of the scene; move the map")
    low, high = np.percentile(counts[valid], PERCENTILES)
    return float(low), float(high if high > low else low + 1)


def stretched(counts: np.ndarray, valid: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return counts as bytes: 0 where not valid, 1 (at `low` and below) to 255 (at `high` and above) elsewhere."""
    scaled = (counts.astype(np.float32) - low) * (254 / (high - low))
    return np.where(valid, np.clip(scaled, 0, 254) + 1, 0).astype(np.uint8)


def _read(scene: DatasetReader, part: Window, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and validity of a part at a size; of the overviews, GDAL takes the one just larger."""
    counts = scene.read(1, window=part, out_shape=shape, resampling=Resampling.average)
    return counts, scene.read_masks(1, window=part, out_shape=shape) > 0


def _opened(path: Path) -> DatasetReader:
    """Return a scene that this thread keeps open, since GDAL's datasets belong to one thread; opened again when it has changed."""
    kept = _thread.__dict__.setdefault("scenes", OrderedDict())
    key = path, path.stat().st_mtime_ns
    if key not in kept:
        kept[key] = rasterio.open(path)
    kept.move_to_end(key)
    while len(kept) > OPEN:
        kept.popitem(last=False)[1].close()
    return kept[key]


def _encoded(image: np.ndarray, kind: str, **options: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, kind, **options)
    return stream.getvalue()
