"""Rasters: opened with clear words, described by their grid, read in strips of rows whatever their size."""

import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
import rasterio
import shapely
from rasterio import Affine
from rasterio._err import CPLE_BaseError  # what GDAL's drivers raise while they copy
from rasterio.crs import CRS
from rasterio.env import ensure_env
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader

from geoclass.core import geodesy, surroundings  # noqa: F401  # `surroundings` acts by being imported

STRIP = 256  # rows read at once; also the side of the blocks that scenes are stored in
# None of these fetches anything, nor reads other files.
DRIVERS = ["GTiff", "JP2OpenJPEG", "PNG", "JPEG", "BMP", "WEBP", "netCDF", "ENVI", "HFA"]
ANIMATED = {"PNG": b"acTL", "WEBP": b"ANIM"}  # what the head of a file of several frames holds, by driver
LONGEST_PX, MOST_PX = 1_000_000, 40_000_000_000  # of a side and of a scene; a whole WorldView strip has some 10^9
SHIFT_PX = 0.1  # at most, over a whole scene, of a rotation that is but rounding


def environment() -> rasterio.Env:
    """Return GDAL's settings for streaming: a small block cache, masks inside the files that are written.

    Variables that users set for other programs, as for reading from clouds, would hide side-cars, shift scenes or fill damaged blocks.
    """
    options = {"GDAL_CACHEMAX": 64_000_000, "GDAL_TIFF_INTERNAL_MASK": True}
    options |= {"GDAL_PAM_ENABLED": True, "GDAL_DISABLE_READDIR_ON_OPEN": False}
    options |= {"GTIFF_POINT_GEO_IGNORE": False, "GTIFF_IGNORE_READ_ERRORS": False}
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
        """Return what the scene's metadata say of the grid; pixel sizes are metres on the ground at its centre."""
        place = self.transform @ (self.width / 2, self.height / 2)
        across, along = geodesy.ground_units(self.crs.to_wkt(), *place)
        return {
            "epsg": self.crs.to_epsg(),
            "crs_wkt": self.crs.to_wkt(),
            "transform": list(self.transform)[:6],
            "height_px": self.height,
            "width_px": self.width,
            "pixel_height_m": round(-self.transform.e * along, 9),
            "pixel_width_m": round(self.transform.a * across, 9),
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
    """Open a raster for reading, in one of the formats of `DRIVERS`, or a virtual raster that is called so (``.vrt``).

    Raises
    ------
    OSError
        Missing, truncated or no raster, or one of another format than its name says.
    ValueError
        Several images in one file: pages, frames, or variables of a NetCDF file.
    """
    drivers = [*DRIVERS, "VRT"] if Path(path).suffix.lower() == ".vrt" else DRIVERS
    with reading(path):
        dataset = _open(str(path), drivers)
    with dataset:
        _check_single(path, dataset)
        yield dataset


def _check_single(path: str | Path, dataset: DatasetReader) -> None:
    """Refuse a file that holds several images, of which GDAL would show the first, or none."""
    parts = dataset.subdatasets
    if len(parts) > 1:
        names = ", ".join(part.rpartition(":")[2] if dataset.driver == "netCDF" else part.split(":")[1] for part in parts[:5])
        raise ValueError(
            f"{path}: {len(parts)} images in one file ({names}{', ...' if len(parts) > 5 else ''}), expected one; save the one that is "
            f"meant by itself, for example gdal_translate {parts[0]} one.tif"
        )
    if dataset.driver in ANIMATED:
        with open(path, "rb") as stream:
            if ANIMATED[dataset.driver] in stream.read(4096):
                raise ValueError(f"{path}: several frames, expected one image; save the one that is meant by itself")


@ensure_env
def _open(path: str, drivers: list[str]) -> DatasetReader:
    """Open a raster with one of some drivers; `rasterio.open` takes but one."""
    return DatasetReader(path, driver=drivers)


class Checksum:
    """The CRC-32 of an image that streams by."""

    def __init__(self) -> None:
        self.value = 0

    def add(self, strip: np.ndarray) -> None:
        """Take the next rows."""
        self.value = zlib.crc32(np.ascontiguousarray(strip).view(np.uint8), self.value)


def strips_of(height: int) -> list[tuple[int, int]]:
    """Return first row and number of rows of the strips that an image is read in."""
    return [(first, min(STRIP, height - first)) for first in range(0, height, STRIP)]


def check_georeference(path: str | Path, dataset: DatasetReader) -> None:
    """Check that a raster has a coordinate system on the Earth and a place in it.

    Raises
    ------
    ValueError
        Without georeference, or with one of its own.
    """
    if dataset.crs is None or dataset.transform.is_identity:
        missing = "coordinate system" if dataset.crs is None else "place in its coordinate system"
        raise ValueError(
            f"{path}: no georeference ({missing} missing), expected an orthorectified GeoTIFF; georeference it first"
        )
    if not (dataset.crs.is_projected or dataset.crs.is_geographic):
        raise ValueError(
            f"{path}: a local coordinate system, expected a projection or longitude and latitude; assign the right one, for example "
            "gdal_edit.py -a_srs EPSG:3413"
        )
    if not all(map(math.isfinite, list(dataset.transform)[:6])):
        raise ValueError(f"{path}: its geotransform is not finite, expected origin and size of pixels; georeference it again")


def extent(dataset: DatasetReader) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of a raster, whose rows may run north, columns west, or both askew."""
    corners = [dataset.transform @ (column, row) for column in (0, dataset.width) for row in (0, dataset.height)]
    x, y = zip(*corners, strict=True)
    return min(x), min(y), max(x), max(y)


def check_size(path: str | Path, height: int, width: int, remedy: str) -> None:
    """Refuse a grid that no scene has.

    Raises
    ------
    ValueError
        A side or an area without end.
    """
    if not (0 < height <= LONGEST_PX and 0 < width <= LONGEST_PX and height * width <= MOST_PX):
        raise ValueError(
            f"{path}: {height:,} x {width:,} px, expected at most {LONGEST_PX:,} px a side and {MOST_PX:,} px in all; {remedy}"
        )


def grid_of(path: str | Path, dataset: DatasetReader) -> Grid:
    """Return a raster's own grid, north-up: where rows run north or columns west in the file, `bands.Band` turns them.

    Raises
    ------
    ValueError
        Without georeference, not in metres, or rotated.
    """
    check_georeference(path, dataset)
    check_size(path, dataset.height, dataset.width, "cut it into scenes, or restore it if it is damaged")
    transform = dataset.transform
    if not dataset.crs.is_projected or not math.isclose(dataset.crs.linear_units_factor[1], 1.0):
        raise ValueError(
            f"{path}: coordinates in {dataset.crs.units_factor[0]}s, expected a projection in metres; "
            "set ingest_scene/grid to reproject"
        )
    a, b, c, d, e, f = list(transform)[:6]
    if abs(b) * dataset.height > SHIFT_PX * abs(a) or abs(d) * dataset.width > SHIFT_PX * abs(e):
        raise ValueError(f"{path}: grid is rotated, expected north-up; set ingest_scene/grid to reproject")
    transform = Affine(a, 0, c, 0, e, f)
    if transform.e > 0:  # rows run north
        transform = transform @ Affine(1, 0, 0, 0, -1, dataset.height)
    if transform.a < 0:  # columns run west
        transform = transform @ Affine(-1, 0, dataset.width, 0, 1, 0)
    return Grid(horizontal(dataset.crs), transform, dataset.height, dataset.width)


def horizontal(crs: CRS) -> CRS:
    """Return the horizontal part of a coordinate system; one that has no other part stays as it is."""
    whole = pyproj.CRS.from_wkt(crs.to_wkt())
    part = geodesy.horizontal(whole)
    return crs if part == whole else CRS.from_wkt(part.to_wkt())
