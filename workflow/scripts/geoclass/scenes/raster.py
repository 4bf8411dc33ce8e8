"""Rasters: opened with clear words, described by their grid, read in strips of rows whatever their size."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
import shapely
from rasterio import Affine
from rasterio._err import CPLE_BaseError  # what GDAL's drivers raise while they copy
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import CRSError, RasterioError
from rasterio.io import DatasetReader
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from geoclass.core import streams
from geoclass.core.formats import DTYPES

STRIP = 256  # rows read at once; also the side of the blocks that scenes are stored in
PIXEL_TOLERANCE = 1e-6  # relative difference of pixel sizes that shifts a scene of 50,000 px by less than a tenth of a pixel


def environment() -> rasterio.Env:
    """Return GDAL's settings for streaming: a small block cache, masks inside the files, no files beside them."""
    options = {"GDAL_CACHEMAX": 64_000_000, "GDAL_TIFF_INTERNAL_MASK": True, "GDAL_PAM_ENABLED": False}
    options["GDAL_PNG_WHOLE_IMAGE_OPTIM"] = "NO"  # the quick way does not notice a truncated file
    return rasterio.Env(**options)


@dataclass(frozen=True)
class Grid:
    """The pixel grid of a scene: north-up, in metres of a projected coordinate system."""

    crs: CRS
    transform: Affine
    height: int
    width: int

    @property
    def frame(self) -> shapely.Polygon:
        """The rectangle that the grid covers."""
        return shapely.box(*rasterio.transform.array_bounds(self.height, self.width, self.transform))

    def strip(self, first: int, n_rows: int) -> "Grid":
        """Return the grid of some of its rows."""
        return Grid(self.crs, self.transform @ Affine.translation(0, first), n_rows, self.width)

    def metadata(self) -> dict:
        """Return what the scene's metadata say of the grid."""
        return {
            "epsg": self.crs.to_epsg(),
            "crs_wkt": self.crs.to_wkt(),
            "transform": list(self.transform)[:6],
            "height_px": self.height,
            "width_px": self.width,
            "pixel_height_m": -self.transform.e,
            "pixel_width_m": self.transform.a,
        }


@contextmanager
def reading(path: str | Path) -> Iterator[None]:
    """Turn GDAL's errors while reading `path` into one sentence."""
    try:
        yield
    except RasterioError as error:
        reason = " ".join(str(error.__cause__ or error).split()).rstrip(".")
        raise OSError(f"{path}: not a readable raster ({reason}); expected a whole GeoTIFF, copy or download it again") from None


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Turn GDAL's errors while writing `path` into one sentence."""
    try:
        yield
    except (RasterioError, CPLE_BaseError) as error:
        reason = " ".join(str(error.__cause__ or error).split()).rstrip(".")
        raise OSError(f"{path}: could not be written ({reason}); make room on the disk or choose another folder") from None


@contextmanager
def opened(path: str | Path) -> Iterator[DatasetReader]:
    """Open a raster for reading.

    Raises
    ------
    OSError
        Missing, truncated or no raster.
    """
    with reading(path):
        dataset = rasterio.open(path)
    with dataset:
        yield dataset


def strips_of(height: int) -> list[tuple[int, int]]:
    """Return first row and number of rows of the strips that an image is read in."""
    return [(first, min(STRIP, height - first)) for first in range(0, height, STRIP)]


def choose_band(path: str | Path, dataset: DatasetReader, band: int | None) -> int:
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


def check_georeference(path: str | Path, dataset: DatasetReader) -> None:
    """Check that a raster has a coordinate system and a place in it.

    Raises
    ------
    ValueError
        Without georeference.
    """
    if dataset.crs is None or dataset.transform.is_identity:
        missing = "coordinate system" if dataset.crs is None else "place in its coordinate system"
        raise ValueError(
            f"{path}: no georeference ({missing} missing), expected an orthorectified GeoTIFF; georeference it first"
        )


def grid_of(path: str | Path, dataset: DatasetReader) -> Grid:
    """Return a raster's own grid.

    Raises
    ------
    ValueError
        Without georeference, not in metres, or not north-up.
    """
    check_georeference(path, dataset)
    transform = dataset.transform
    if not dataset.crs.is_projected or not math.isclose(dataset.crs.linear_units_factor[1], 1.0):
        raise ValueError(
            f"{path}: coordinates in {dataset.crs.units_factor[0]}s, expected a projection in metres; "
            "set ingest_scene/grid to reproject"
        )
    if transform.b or transform.d or transform.a <= 0 or transform.e >= 0:
        raise ValueError(f"{path}: grid is rotated or not north-up, expected north-up; set ingest_scene/grid to reproject")
    return Grid(dataset.crs, transform, dataset.height, dataset.width)


def common_lattice(path: str | Path, grid: Grid, reference_path: str | Path, reference: Grid) -> tuple[int, int]:
    """Return row and column of a scene's first pixel in the pixel grid of the series' first scene.

    Where scenes are shifted by a fraction of a pixel, their tiles coincide to half a pixel.

    Raises
    ------
    ValueError
        Another coordinate system or pixel size.
    """
    advice = "set ingest_scene/grid to native or reproject"
    if grid.crs != reference.crs:
        names = [g.crs.to_string() if g.crs.to_epsg() else "another coordinate system" for g in (grid, reference)]
        raise ValueError(f"{path}: {names[0]}, expected {names[1]} as in {reference_path}; {advice}")
    size, expected = (np.array([-g.transform.e, g.transform.a]) for g in (grid, reference))
    if not np.allclose(size, expected, rtol=PIXEL_TOLERANCE, atol=0):
        raise ValueError(
            f"{path}: pixels of {size[0]:.9g} x {size[1]:.9g} m, expected {expected[0]:.9g} x {expected[1]:.9g} m "
            f"as in {reference_path}; {advice}"
        )
    rows, columns = (grid.transform.f - reference.transform.f) / -size[0], (grid.transform.c - reference.transform.c) / size[1]
    return round(rows), round(columns)


def target_grid(
    path: str | Path, dataset: DatasetReader, epsg: int | None, pixel_height: float | None, pixel_width: float | None
) -> Grid:
    """Return the grid that a raster is reprojected to: its frame, outward to whole pixels from the origin of the projection.

    Raises
    ------
    ValueError
        Without georeference, or a target that is incomplete or no projection in metres.
    """
    if None in (epsg, pixel_height, pixel_width):
        raise ValueError(
            "ingest_scene/grid: reproject without a target; give grid_epsg, grid_pixel_height_m and grid_pixel_width_m beside it"
        )
    check_georeference(path, dataset)
    try:
        crs = CRS.from_epsg(epsg)
    except CRSError:
        raise ValueError(
            f"ingest_scene/grid_epsg: EPSG code {epsg} is unknown, expected that of a projection in metres"
        ) from None
    if not crs.is_projected or not math.isclose(crs.linear_units_factor[1], 1.0):
        raise ValueError(f"ingest_scene/grid_epsg: EPSG code {epsg} is no projection in metres, expected one such as 3413")
    left, bottom, right, top = transform_bounds(dataset.crs, crs, *dataset.bounds, densify_pts=101)
    if not np.isfinite([left, bottom, right, top]).all():
        raise ValueError(f"{path}: cannot be projected to EPSG:{epsg}; choose ingest_scene/grid_epsg for the scene's region")
    first_row, first_column = math.floor(-top / pixel_height), math.floor(left / pixel_width)
    height = math.ceil(-bottom / pixel_height) - first_row
    width = math.ceil(right / pixel_width) - first_column
    transform = Affine(pixel_width, 0, first_column * pixel_width, 0, -pixel_height, -first_row * pixel_height)
    return Grid(crs, transform, height, width)


def warped(dataset: DatasetReader, grid: Grid) -> WarpedVRT:
    """Return a raster as it looks on another grid, nearest neighbour, so that counts and noise stay what they are.

    What lies outside the raster is invalid.
    """
    has_alpha = ColorInterp.alpha in dataset.colorinterp
    options = {"crs": grid.crs, "transform": grid.transform, "height": grid.height, "width": grid.width}
    return WarpedVRT(dataset, resampling=Resampling.nearest, add_alpha=not has_alpha, warp_mem_limit=64, **options)


def read_strips(
    dataset: DatasetReader, band: int, strips: list[tuple[int, int]], columns: tuple[int, int] | None = None
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Read strips of rows, the next one while the present one is used.

    The thread that reads ends with this generator: walk it under `streams.walking`, inside the block that opened `dataset`.

    Parameters
    ----------
    strips
        First row and number of rows of each.
    columns
        First column and the one after the last; None = all.

    Yields
    ------
    tuple
        First row; counts; validity by nodata tag, mask or alpha band, and finiteness. Both (rows, columns).
    """
    first_column, end = columns or (0, dataset.width)

    def read(first: int, n_rows: int) -> tuple[int, np.ndarray, np.ndarray]:
        window = Window(first_column, first, end - first_column, n_rows)
        with reading(dataset.name):
            counts = dataset.read(band, window=window)
            valid = dataset.read_masks(band, window=window) > 0
        if counts.dtype.kind == "f":
            valid &= np.isfinite(counts)
        return first, counts, valid

    with ThreadPoolExecutor(1) as reader:  # one thread: a dataset of GDAL is not to be shared
        ahead = None
        for strip in strips:
            present, ahead = ahead, reader.submit(read, *strip)
            if present:
                yield present.result()
            del present
        if ahead:
            yield ahead.result()


def read_rows(
    dataset: DatasetReader, starts: list[int], n_rows: int, columns: tuple[int, int] | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Read groups of rows of the first band, overlapping or apart, and decode each block once; to be walked as `read_strips` is.

    Parameters
    ----------
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
    needed = [
        (first, count) for first, count in strips_of(dataset.height) if any(first - n_rows < s < first + count for s in starts)
    ]
    strips = read_strips(dataset, 1, needed, columns)
    held: list[tuple[int, np.ndarray, np.ndarray]] = []
    with streams.walking(strips):
        for start in starts:
            held = [strip for strip in held if strip[0] + STRIP > start]
            while not held or held[-1][0] + STRIP < start + n_rows:
                held.append(next(strips))
            inside = [slice(max(start - first, 0), start + n_rows - first) for first, _, _ in held]
            yield tuple(np.concatenate([strip[k][rows] for strip, rows in zip(held, inside, strict=True)]) for k in (1, 2))
