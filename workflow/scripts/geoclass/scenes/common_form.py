"""The form that all scenes are brought into: one band, a mask of what is valid, tiled, compressed, with overviews."""

import os
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.errors import RasterioIOError
from shapely.geometry.base import BaseGeometry

from geoclass.core import files, log, streams
from geoclass.scenes import bands, masks, raster
from geoclass.scenes.bands import Source
from geoclass.scenes.border import Border, empty
from geoclass.scenes.radiometry import Histogram


def store(
    source: Source,
    tags: dict[str, str],
    hidden: Callable[[int, int], np.ndarray],
    roi: BaseGeometry | None,
    path: str | Path,
) -> tuple[Histogram, int]:
    """Write a scene in the common form: a Cloud Optimized GeoTIFF with an internal mask, counts and type unchanged.

    The scene is read once, in strips of rows, into a plain copy beside `path`; the border is found on the way (see `Border`). The
    copy is read a second time to write its mask, and a third time by GDAL's COG driver, which averages the overviews; what was
    written is read back and compared. No step holds more than a few strips.

    Parameters
    ----------
    source
        The scene on its final grid.
    tags
        Tags of the file, which are kept.
    hidden
        First row, number of rows → what cloud and shadow hide, booleans (rows, width).
    roi
        Region of interest in the scene's coordinate system; None = the whole scene.

    Returns
    -------
    histogram
        Of the valid counts inside the region of interest.
    n_valid
        Number of valid pixels of the whole scene.
    """
    grid, dtype = source.grid, source.dtype
    profile = {"driver": "GTiff", "count": 1, "dtype": dtype, "crs": grid.crs, "transform": grid.transform}
    profile |= {"height": grid.height, "width": grid.width, "tiled": True, "blockxsize": raster.STRIP, "blockysize": raster.STRIP}
    profile |= {"compress": "zstd", "zstd_level": 1, "bigtiff": "if_safer"}
    strips = raster.strips_of(grid.height)
    path = Path(path)
    with raster.writing(path), files.scratch(path) as folder:
        copy, cog = folder / "copy.tif", folder / "cog.tif"
        border, read, masked = Border(), Checksum(), Checksum()
        copied = log.progress(bands.read_strips(source, strips), len(strips), "strips copied")
        with rasterio.open(copy, "w", **profile) as out, streams.walking(copied):
            out.update_tags(**tags)
            for first, counts, valid in copied:
                read.add(counts)
                border.add(empty(counts, valid))
                window = ((first, first + len(counts)), (0, grid.width))
                out.write(counts, 1, window=window)
                out.write_mask(valid, window=window)
        border.close()
        histogram, n_valid = Histogram(dtype), 0
        with rasterio.open(copy, "r+") as out:
            for first, n_rows in log.progress(strips, len(strips), "strips masked"):
                window = ((first, first + n_rows), (0, grid.width))
                counts, tagged = out.read(1, window=window), out.read_masks(1, window=window) > 0
                valid = tagged & ~border.mark(empty(counts, tagged)) & ~hidden(first, n_rows)
                out.write_mask(valid, window=window)
                masked.add(valid)
                n_valid += np.count_nonzero(valid)
                histogram.add(counts[valid & masks.inside(roi, grid.strip(first, n_rows))])
        options = {"compress": "zstd", "level": 1, "predictor": "yes", "blocksize": raster.STRIP, "bigtiff": "if_safer"}
        rasterio.shutil.copy(copy, cog, driver="COG", overview_resampling="average", **options)
        _check(cog, read, masked)
        os.replace(cog, path)
    return histogram, n_valid


class Checksum:
    """The CRC-32 of an image that streams by."""

    def __init__(self) -> None:
        self.value = 0

    def add(self, strip: np.ndarray) -> None:
        """Take the next rows."""
        self.value = zlib.crc32(np.ascontiguousarray(strip).view(np.uint8), self.value)


def _check(cog: Path, read: Checksum, masked: Checksum) -> None:
    """Read the file back: GDAL does not always say that a disk is full."""
    counts_found, valid_found = Checksum(), Checksum()
    with rasterio.open(cog) as stored:
        for first, n_rows in raster.strips_of(stored.height):
            window = ((first, first + n_rows), (0, stored.width))
            counts_found.add(stored.read(1, window=window))
            valid_found.add(stored.read_masks(1, window=window) > 0)
    if (counts_found.value, valid_found.value) != (read.value, masked.value):
        raise RasterioIOError("what is read back differs from what was written")
