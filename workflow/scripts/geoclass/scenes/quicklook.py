"""A small picture of a scene, to see at a glance what was read."""

import warnings
from pathlib import Path

import numpy as np
import rasterio
from rasterio import Affine
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

from geoclass.core import files
from geoclass.scenes import raster

SIDE_PX = 900  # of the longer side
INVALID, OUTLINE = (46, 52, 64), (255, 176, 0)
QUALITY = 75  # of the JPEG


def draw(stored: str | Path, radiometry: dict, roi: BaseGeometry | None, path: str | Path) -> None:
    """Write a JPEG of a scene in the common form: counts stretched as the networks see them, invalid dark, the ROI outlined.

    Ground distances are the same in both directions, whatever the shape of the pixels.
    """
    with raster.opened(stored) as dataset:
        grid = raster.Grid(dataset.crs, dataset.transform, dataset.height, dataset.width)
        ground = np.array([grid.height * -grid.transform.e, grid.width * grid.transform.a])
        step = max(ground.max() / SIDE_PX, grid.transform.a, -grid.transform.e)
        height, width = np.maximum(np.round(ground / step).astype(int), 1)
        counts = dataset.read(1, out_shape=(height, width), resampling=Resampling.average)
        valid = dataset.read_masks(1, out_shape=(height, width)) > 0
    share = (counts.astype(np.float32) - radiometry["low"]) / (radiometry["high"] - radiometry["low"])
    grey = np.round(255 * np.clip(np.nan_to_num(share), 0, 1)).astype(np.uint8)
    picture = np.repeat(grey[..., None], 3, axis=-1)
    picture[~valid] = INVALID
    if roi is not None:
        transform = grid.transform @ Affine.scale(grid.width / width, grid.height / height)
        outline = roi.boundary.buffer(1.5 * step)
        if outline.intersects(grid.frame):
            line = rasterize([outline], out_shape=(height, width), transform=transform, dtype=np.uint8).view(bool)
            picture[line] = OUTLINE
    with files.replacing(path) as temporary, raster.writing(path), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # it is a picture
        form = {"height": height, "width": width, "count": 3, "dtype": "uint8", "quality": QUALITY}
        with rasterio.open(temporary, "w", driver="JPEG", **form) as image:
            image.write(picture.transpose(2, 0, 1))
