"""The overviews of a scene, made while it streams by: means of the valid pixels of 2 x 2, 4 x 4 … pixels."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from xml.etree import ElementTree

import numpy as np
import rasterio
import rasterio.shutil
from rasterio import Affine

from geoclass.scenes import raster
from geoclass.scenes.raster import Grid


class Level:
    """One overview, written as rows of the level below it come in.

    Parameters
    ----------
    path
        GeoTIFF to write, with its mask inside.
    profile
        Of the scene; size and transform become those of the overview.
    grid
        Of the scene.
    factor
        Pixels of the scene along a side of a pixel of this level.
    """

    def __init__(self, path: Path, profile: dict, grid: Grid, factor: int) -> None:
        self.path, self.dtype = path, np.dtype(profile["dtype"])
        height, width = (-(-size // factor) for size in (grid.height, grid.width))
        transform = grid.transform @ Affine.scale(factor)
        self.file = rasterio.open(path, "w", **profile | {"height": height, "width": width, "transform": transform})
        self.below = -(-2 * grid.height // factor)  # rows of the level below that are to come
        self.row = 0
        self.held: tuple[np.ndarray, ...] = ()  # an odd row, until the next one comes
        self.counts, self.valid = raster.Checksum(), raster.Checksum()

    def add(self, sums: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take the next rows of the level below, sums and numbers of valid counts; write and return those of this one."""
        self.below -= len(sums)
        rows = [np.concatenate(parts) for parts in zip(self.held, (sums, numbers), strict=True)] if self.held else [sums, numbers]
        odd = len(rows[0]) % 2 if self.below else 0
        self.held = tuple(values[-1:] for values in rows) if odd else ()
        sums, numbers = (_halved(values[: len(values) - odd]) for values in rows)
        if len(sums):
            known = numbers > 0
            means = sums / np.maximum(numbers, 1)
            if self.dtype.kind in "ui":
                means = np.floor(means + 0.5)  # exact: no quotient of these integers is as near to a half as float64 rounds
            means = means.astype(self.dtype)
            window = ((self.row, self.row + len(means)), (0, means.shape[1]))
            self.file.write(means, 1, window=window)
            self.file.write_mask(known, window=window)
            self.counts.add(means)
            self.valid.add(known)
            self.row += len(means)
        return sums, numbers


class Pyramid:
    """All overviews of a scene, each in a file of its own, down to one that is a single block.

    Parameters
    ----------
    folder
        For the files.
    profile
        What `rasterio.open` takes to write the scene; overviews are written in the same way.
    grid
        Of the scene.
    """

    def __init__(self, folder: Path, profile: dict, grid: Grid) -> None:
        self.stack, self.levels = ExitStack(), list[Level]()
        factor = 2
        while max(grid.height, grid.width) * 2 > raster.STRIP * factor:
            level = Level(folder / f"overview_{factor}.tif", profile, grid, factor)
            self.stack.enter_context(level.file)
            self.levels.append(level)
            factor *= 2

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stack.close()

    def add(self, counts: np.ndarray, valid: np.ndarray) -> None:
        """Take the next rows of the scene, counts and validity (rows, columns)."""
        sums, numbers = np.where(valid, counts, counts.dtype.type(0)), valid
        for level in self.levels:
            sums, numbers = level.add(sums, numbers)

    def attach(self, scene: Path, path: Path) -> None:
        """Write a virtual raster of the scene in a file with mask, with these overviews; all files are in one folder."""
        rasterio.shutil.copy(scene, path, driver="VRT")
        tree = ElementTree.parse(path)
        for band in tree.iter("VRTRasterBand"):
            source = band.findtext("SimpleSource/SourceBand")
            for level in self.levels:
                overview = ElementTree.SubElement(band, "Overview")
                ElementTree.SubElement(overview, "SourceFilename", relativeToVRT="1").text = level.path.name
                ElementTree.SubElement(overview, "SourceBand").text = source
        tree.write(path)


def _halved(values: np.ndarray) -> np.ndarray:
    """Return sums over 2 x 2 pixels (rows, columns), of integers as integers; an odd last row or column is one by itself."""
    if values.shape[0] % 2 or values.shape[1] % 2:
        values = np.pad(values, [(0, size % 2) for size in values.shape])
    wide = {"b": np.uint8, "f": np.float64}.get(values.dtype.kind, np.int32 if values.dtype.itemsize <= 2 else np.int64)
    along = np.add(values[:, 0::2], values[:, 1::2], dtype=wide)
    return along[0::2] + along[1::2]
