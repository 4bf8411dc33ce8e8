"""The form that all scenes are brought into: one band, a mask of what is valid, tiled, compressed, with overviews."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.errors import RasterioIOError
from shapely.geometry.base import BaseGeometry

from geoclass.core import files, log, streams
from geoclass.scenes import bands, masks, pyramid, raster
from geoclass.scenes.bands import Source
from geoclass.scenes.border import Border, empty
from geoclass.scenes.radiometry import Histogram
from geoclass.scenes.raster import Grid


def check_room(source: str | Path, grid: Grid, dtype: str, folder: Path) -> None:
    """Check before any work that the plain copy of a scene and its overviews find room beside the result.

    Raises
    ------
    OSError
        Less is free than they take.
    """
    needed = grid.height * grid.width * np.dtype(dtype).itemsize * 4 / 3
    free = shutil.disk_usage(next(path for path in (folder, *folder.absolute().parents) if path.is_dir())).free
    if needed > free:
        raise OSError(
            f"{source}: {grid.height:,} x {grid.width:,} px of {dtype} take {needed / 1e9:.3g} GB while they are stored, but "
            f"{free / 1e9:.3g} GB are free at {folder} ({os.strerror(errno.ENOSPC)}); make room, name another folder "
            "(pathvars/results) or cut the scene"
        )


def store(
    source: Source,
    tags: dict[str, str],
    hidden: Callable[[int, int], np.ndarray],
    roi: BaseGeometry | None,
    path: str | Path,
) -> tuple[Histogram, int]:
    """Write a scene in the common form: a Cloud Optimized GeoTIFF with an internal mask, counts and type unchanged.

    The scene is read once, in strips of rows, into a plain copy beside `path`; the border is found on the way (see `Border`). The
    copy is read a second time for its mask, overviews and histogram, and a third time by GDAL's COG driver; what was written is
    read back and compared. No step holds more than a few strips.

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
    profile |= {"bigtiff": "if_safer"}
    strips = raster.strips_of(grid.height)
    path = Path(path)
    with raster.writing(path), files.scratch(path) as folder:
        copy, known, joined, cog = (folder / name for name in ("copy.tif", "valid.bits", "joined.vrt", "cog.tif"))
        border, read, masked = Border(), raster.Checksum(), raster.Checksum()
        copied = log.progress(bands.read_strips(source, strips), len(strips), "strips copied")
        with rasterio.open(copy, "w", **profile) as out, open(known, "wb") as bits, streams.walking(copied):
            out.update_tags(**tags)
            for first, counts, valid in copied:
                read.add(counts)
                border.add(empty(counts, valid))
                out.write(counts, 1, window=((first, first + len(counts)), (0, grid.width)))
                bits.write(np.packbits(valid).tobytes())
        border.close()
        histogram, n_valid = Histogram(dtype), 0
        with rasterio.open(copy, "r+") as out, open(known, "rb") as bits, pyramid.Pyramid(folder, profile, grid) as overviews:
            for first, n_rows in log.progress(strips, len(strips), "strips masked"):
                window = ((first, first + n_rows), (0, grid.width))
                counts = out.read(1, window=window)
                packed = np.frombuffer(bits.read(-(-counts.size // 8)), np.uint8)
                tagged = np.unpackbits(packed, count=counts.size).view(bool).reshape(counts.shape)
                valid = tagged & ~border.mark(empty(counts, tagged)) & ~hidden(first, n_rows)
                out.write_mask(valid, window=window)
                masked.add(valid)
                overviews.add(counts, valid)
                n_valid += np.count_nonzero(valid)
                histogram.add(counts[valid & masks.inside(roi, grid.strip(first, n_rows))])
        overviews.attach(copy, joined)
        options = {"compress": "zstd", "level": 1, "predictor": "yes", "blocksize": raster.STRIP, "bigtiff": "if_safer"}
        rasterio.shutil.copy(joined, cog, driver="COG", **options)
        _check(cog, [(read, masked), *((level.counts, level.valid) for level in overviews.levels)])
        os.replace(cog, path)
    return histogram, n_valid


def _check(cog: Path, written: list[tuple[raster.Checksum, raster.Checksum]]) -> None:
    """Read scene and overviews back: GDAL does not always say that a disk is full."""
    for index, expected in enumerate(written):
        found = raster.Checksum(), raster.Checksum()
        with rasterio.open(cog, **({"overview_level": index - 1} if index else {})) as stored:
            for first, n_rows in raster.strips_of(stored.height):
                window = ((first, first + n_rows), (0, stored.width))
                found[0].add(stored.read(1, window=window))
                found[1].add(stored.read_masks(1, window=window) > 0)
        if [checksum.value for checksum in found] != [checksum.value for checksum in expected]:
            raise RasterioIOError("what is read back differs from what was written")
