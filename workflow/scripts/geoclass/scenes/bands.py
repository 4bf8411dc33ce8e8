"""One band of a raster as everybody reads it: grey counts, north up, and which of them are valid.

Validity is decided here alone, from what the file says of this very band, before anything is reprojected.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.io import DatasetReader
from rasterio.windows import Window

from geoclass.core import streams
from geoclass.core.formats import DTYPES
from geoclass.scenes import raster
from geoclass.scenes.raster import Grid

LUMINANCE = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601: red, green, blue
HUGE = 1e30  # numbers beyond are written to text and back with rounding, as -3.4e+38


class Source(Protocol):
    """What a scene or mask is read from: a band on its own grid (`Band`) or on another one (`reprojection.reprojected`)."""

    name: str
    dtype: np.dtype
    grid: Grid

    def read(self, first: int, n_rows: int, columns: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Return counts and validity, both (n_rows, columns), of rows from `first` on and columns from one to before another."""


class Decoder:
    """Turns the numbers of a band into grey counts: those of a colour table into its luminance, white-is-zero into black-is-zero."""

    def __init__(self, dataset: DatasetReader, number: int, as_numbers: bool = False) -> None:
        self.dtype = np.dtype(dataset.dtypes[number - 1])
        self.table = self.opaque = self.top = None
        self.coloured = False
        if as_numbers:
            return
        if dataset.colorinterp[number - 1] == ColorInterp.palette:
            colours = np.zeros((1 << 8 * self.dtype.itemsize, 4))
            for index, colour in dataset.colormap(number).items():
                colours[index] = colour
            self.table = np.round(colours[:, :3] @ LUMINANCE).astype(np.uint8)
            self.opaque = colours[:, 3] > 0
            self.coloured = bool((colours[:, :3] != colours[:, :1]).any())
            self.dtype = np.dtype(np.uint8)
        elif dataset.tags(ns="IMAGE_STRUCTURE").get("MINISWHITE") == "YES" and self.dtype.kind == "u":
            bits = dataset.tags(number, ns="IMAGE_STRUCTURE").get("NBITS", 8 * self.dtype.itemsize)
            self.top = self.dtype.type((1 << int(bits)) - 1)

    def __call__(self, numbers: np.ndarray) -> np.ndarray:
        """Return grey counts of the numbers in the file."""
        if self.table is not None:
            return self.table[numbers]
        return numbers if self.top is None else self.top - numbers


class Band:
    """One band of an open raster.

    Parameters
    ----------
    dataset
        The raster.
    number
        Its band, from 1.
    grid
        The raster's grid, north-up; rows or columns that the file holds in the other order are turned while they are read.
        None = the order of the file.
    as_numbers
        Whether the numbers themselves count, as those of a mask, whatever colours and transparency show them. A nodata value of 1 is
        a number like others then: it is what masks hide with.
    """

    def __init__(self, dataset: DatasetReader, number: int, grid: Grid | None = None, as_numbers: bool = False) -> None:
        self.dataset, self.number, self.grid = dataset, number, grid
        self.name = dataset.name
        self.decode = Decoder(dataset, number, as_numbers)
        self.dtype = self.decode.dtype
        self.nodata = _nodata(dataset.nodatavals[number - 1], np.dtype(dataset.dtypes[number - 1]))
        self.least, self.most = _valid_range(dataset, number)
        self.alpha = next((i for i, c in zip(dataset.indexes, dataset.colorinterp, strict=True) if c == ColorInterp.alpha), None)
        if as_numbers:
            self.nodata, self.alpha = None if self.nodata == 1 else self.nodata, None
        flags = dataset.mask_flag_enums[number - 1]
        self.has_mask = MaskFlags.alpha not in flags and MaskFlags.all_valid not in flags and flags != [MaskFlags.nodata]
        self.turned = (bool(grid) and dataset.transform.e > 0, bool(grid) and dataset.transform.a < 0)

    def read(self, first: int, n_rows: int, columns: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Return counts and validity, both (n_rows, columns)."""
        left, end = columns
        if self.turned[0]:
            first = self.dataset.height - first - n_rows
        if self.turned[1]:
            left, end = self.dataset.width - end, self.dataset.width - left
        numbers, valid = self.read_file(Window(left, first, end - left, n_rows))
        order = tuple(slice(None, None, -1 if turned else 1) for turned in self.turned)
        return self.decode(numbers)[order], valid[order]

    def read_file(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers in the file and which are valid, in the file's order of rows and columns.

        Invalid is what the nodata tag of this band names, what a mask inside or beside the file hides, what an alpha band of any
        type and position makes wholly transparent, a transparent entry of the colour table, what is not finite, and what NetCDF says
        is beyond the valid range.
        """
        with raster.reading(self.name):
            numbers = self.dataset.read(self.number, window=window)
            valid = np.ones(numbers.shape, bool)
            if self.has_mask:
                valid &= self.dataset.read_masks(self.number, window=window) > 0
            if self.alpha:
                valid &= self.dataset.read(self.alpha, window=window) > 0
        if numbers.dtype.kind == "f":
            valid &= np.isfinite(numbers)
        if self.nodata is not None:
            huge = abs(float(self.nodata)) > HUGE
            valid &= ~np.isclose(numbers, self.nodata, rtol=1e-5, atol=0) if huge else numbers != self.nodata
        if self.least is not None:
            valid &= numbers >= self.least
        if self.most is not None:
            valid &= numbers <= self.most
        if self.decode.opaque is not None:
            valid &= self.decode.opaque[numbers]
        return numbers, valid


def _nodata(value: float | None, dtype: np.dtype) -> np.generic | None:
    """Return the nodata tag as a number of the band's type; None where there is none, or none that a pixel can have."""
    if value is None or np.isnan(value):
        return None
    if dtype.kind in "ui" and not (float(value).is_integer() and np.iinfo(dtype).min <= value <= np.iinfo(dtype).max):
        return None
    with np.errstate(over="ignore"):
        return dtype.type(value)


def _valid_range(dataset: DatasetReader, number: int) -> tuple[float | None, float | None]:
    """Return the least and the greatest valid number of a band by the CF conventions' valid_min and valid_max; GDAL reads valid_range."""
    tags = dataset.tags(number) if dataset.driver == "netCDF" else {}
    try:
        least, most = (float(tags[key]) if key in tags else None for key in ("valid_min", "valid_max"))
    except ValueError:  # no number
        return None, None
    return least, most


def choose(path: str | Path, dataset: DatasetReader, band: int | None) -> int:
    """Return the band to read, from 1: the chosen one, or the only one; an alpha band is none.

    Raises
    ------
    ValueError
        Several bands and no choice, a band that is not there, or numbers of a type that has no vario functions.
    """
    bands = [index for index, colour in zip(dataset.indexes, dataset.colorinterp, strict=True) if colour != ColorInterp.alpha]
    if band is None and len(bands) != 1:
        raise ValueError(f"{path}: {len(bands)} bands, expected 1; choose one with ingest_scene/band")
    if band is not None and band not in bands:
        raise ValueError(f"{path}: no band {band}, found {len(bands)}; correct ingest_scene/band")
    band = band or bands[0]
    if dataset.dtypes[band - 1] not in DTYPES:
        raise ValueError(
            f"{path}: numbers of type {dataset.dtypes[band - 1]}, expected {', '.join(DTYPES[:-1])} or {DTYPES[-1]}; convert it, "
            "for example with gdal_translate -ot UInt16 where all counts are 0 to 65535, else with -ot Float32"
        )
    return band


def read_strips(
    source: Source, strips: list[tuple[int, int]], columns: tuple[int, int] | None = None
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Read strips of rows, the next one while the present one is used.

    The thread that reads ends with this generator: walk it under `streams.walking`, inside the block that opened the raster.

    Parameters
    ----------
    source
        What is read.
    strips
        First row and number of rows of each.
    columns
        First column and the one after the last; None = all.

    Yields
    ------
    tuple
        First row; counts; validity. Both (rows, columns).
    """
    columns = columns or (0, source.grid.width)
    with ThreadPoolExecutor(1) as reader:  # one thread: a dataset of GDAL is not to be shared
        ahead = None
        for strip in strips:
            present, ahead = ahead, (strip[0], reader.submit(source.read, *strip, columns))
            if present:
                yield present[0], *present[1].result()
            del present
        if ahead:
            yield ahead[0], *ahead[1].result()


def read_rows(
    source: Source, starts: list[int], n_rows: int, columns: tuple[int, int] | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Read groups of rows, overlapping or apart, and decode each block once; to be walked as `read_strips` is.

    Parameters
    ----------
    source
        What is read.
    starts
        First rows of the groups, increasing.
    n_rows
        Rows of a group.
    columns
        First column and the one after the last; None = all.

    Yields
    ------
    tuple
        Counts and validity (n_rows, columns) of each group.
    """
    all_strips = raster.strips_of(source.grid.height)
    needed = [(first, count) for first, count in all_strips if any(first - n_rows < s < first + count for s in starts)]
    strips = read_strips(source, needed, columns)
    held: list[tuple[int, np.ndarray, np.ndarray]] = []
    with streams.walking(strips):
        for start in starts:
            held = [strip for strip in held if strip[0] + raster.STRIP > start]
            while not held or held[-1][0] + raster.STRIP < start + n_rows:
                held.append(next(strips))
            inside = [slice(max(start - first, 0), start + n_rows - first) for first, _, _ in held]
            yield tuple(np.concatenate([strip[k][rows] for strip, rows in zip(held, inside, strict=True)]) for k in (1, 2))
