"""Rasters on another grid, nearest neighbour, so that counts and noise stay what they are."""

import math
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import rasterio
from rasterio import Affine
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import CRSError
from rasterio.io import DatasetReader
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from geoclass.core import files, geodesy
from geoclass.scenes import raster
from geoclass.scenes.bands import Band, Source
from geoclass.scenes.raster import Grid

GDAL_TYPES = {"uint8": "Byte", "uint16": "UInt16", "int16": "Int16", "float32": "Float32", "float64": "Float64"}
GDAL_TYPES |= {"int8": "Int8", "uint32": "UInt32", "int32": "Int32", "uint64": "UInt64", "int64": "Int64"}  # masks may be of any


def target_grid(path: str | Path, dataset: DatasetReader, epsg: int | None, pixel_m: float | list[float] | None) -> Grid:
    """Return the grid that a raster is reprojected to: its frame, outward to whole pixels from the origin of the projection.

    Parameters
    ----------
    path, dataset
        The raster.
    epsg
        Code of the projection, in metres.
    pixel_m
        Side of a pixel, or its height and width.

    Raises
    ------
    ValueError
        Without georeference, or a target that is incomplete or no projection in metres.
    """
    if epsg is None or pixel_m is None:
        raise ValueError("ingest_scene/grid: reproject without a target; give grid_epsg and grid_pixel_m beside it")
    pixel_height, pixel_width = pixel_m if isinstance(pixel_m, list) else (pixel_m, pixel_m)
    raster.check_georeference(path, dataset)
    raster.check_size(path, dataset.height, dataset.width, "cut it into scenes, or restore it if it is damaged")
    try:
        crs = CRS.from_epsg(epsg)
    except CRSError:
        raise ValueError(
            f"ingest_scene/grid_epsg: EPSG code {epsg} is unknown, expected that of a projection in metres"
        ) from None
    if not crs.is_projected or not math.isclose(crs.linear_units_factor[1], 1.0):
        raise ValueError(f"ingest_scene/grid_epsg: EPSG code {epsg} is no projection in metres, expected one such as 3413")
    left, bottom, right, top = transform_bounds(dataset.crs, crs, *raster.extent(dataset), densify_pts=101)
    if not np.isfinite([left, bottom, right, top]).all():
        raise ValueError(f"{path}: cannot be projected to EPSG:{epsg}; choose ingest_scene/grid_epsg for the scene's region")
    first_row, first_column = math.floor(-top / pixel_height), math.floor(left / pixel_width)
    height = math.ceil(-bottom / pixel_height) - first_row
    width = math.ceil(right / pixel_width) - first_column
    raster.check_size(path, height, width, "set ingest_scene/grid_pixel_m to that of the scene")
    transform = Affine(pixel_width, 0, first_column * pixel_width, 0, -pixel_height, -first_row * pixel_height)
    return Grid(crs, transform, height, width)


class _Reprojected:
    """A band on another grid: numbers and validity are warped together, so that they are of the same pixel."""

    def __init__(self, band: Band, grid: Grid, views: list[WarpedVRT]) -> None:
        self.name, self.dtype, self.grid = band.name, band.dtype, grid
        self.decode, self.views = band.decode, views

    def read(self, first: int, n_rows: int, columns: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Return counts and validity, both (n_rows, columns); what lies outside the raster is invalid and has no counts."""
        with raster.reading(self.name):
            window = Window(columns[0], first, columns[1] - columns[0], n_rows)
            read = [(view.read(1, window=window), view.read(2, window=window) > 0) for view in self.views]
        numbers, valid = read[0]
        for others, there in read[1:]:
            numbers, valid = np.where(valid, numbers, others), valid | there
        return np.where(valid, self.decode(numbers), self.dtype.type(0)), valid


@contextmanager
def reprojected(band: Band, grid: Grid, folder: str | Path) -> Iterator[Source]:
    """Give a band as it looks on another grid.

    GDAL asks a raster for its mask in ways that depend on the type of its numbers and the place of its alpha band, and warps some
    masks away. So the validity that `Band` finds is first written down as a raster of its own in a temporary folder inside
    `folder`, and numbers and validity are warped as two bands of one virtual raster that knows no nodata.

    GDAL looks for every place at longitudes from -180 to 180 degrees. A raster that runs on beyond is laid there once for each turn
    around the Earth that it lies in.
    """
    own = f"validity-{band.number}-{zlib.crc32(band.name.encode()):08x}"  # several may be open at once: a scene, bands of a mask
    with files.scratch(Path(folder) / own) as temporary, ExitStack() as stack:
        validity, dataset = temporary / "validity.tif", band.dataset
        profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "height": dataset.height, "width": dataset.width}
        profile |= {"crs": dataset.crs, "transform": dataset.transform}
        profile |= {"tiled": True, "blockxsize": raster.STRIP, "blockysize": raster.STRIP, "compress": "zstd", "zstd_level": 1}
        with raster.writing(validity), rasterio.open(validity, "w", sparse_ok=True, **profile) as out:
            for first, n_rows in raster.strips_of(dataset.height):
                _, valid = band.read_file(Window(0, first, dataset.width, n_rows))
                out.write(valid.astype(np.uint8), 1, window=Window(0, first, dataset.width, n_rows))
        options = {"crs": grid.crs, "transform": grid.transform, "height": grid.height, "width": grid.width}
        options |= _at_180(dataset, grid)
        left, _, right, _ = raster.extent(dataset)
        views = []
        for turn in geodesy.turns(dataset.crs.to_wkt(), left, right):
            both = temporary / f"both{turn:+.0f}.vrt"
            both.write_text(_virtual(band, validity, Affine.translation(-turn, 0) @ dataset.transform), encoding="utf-8")
            source = stack.enter_context(raster.opened(both))
            view = WarpedVRT(source, resampling=Resampling.nearest, warp_mem_limit=64, **options)
            views.append(stack.enter_context(view))
        yield _Reprojected(band, grid, views)


def _at_180(dataset: DatasetReader, grid: Grid) -> dict:
    """Return what GDAL has to know of a grid across 180 degrees of a raster's system.

    It reads the part of a raster that 21 places along each edge of a strip lie in: what is between the last of them and 180 degrees
    would be missing.
    """
    system, transform = dataset.crs.to_wkt(), dataset.transform
    frame = geodesy.carried(grid.frame, grid.crs.to_wkt(), system)
    if frame is None or len(geodesy.turns(system, frame.bounds[0], frame.bounds[2])) == 1:
        return {}
    side = min(math.hypot(transform.a, transform.d), math.hypot(transform.b, transform.e))
    pixels = (frame.bounds[2] - frame.bounds[0]) / side / min(grid.height, grid.width)  # of the raster, to one of the grid
    return {"SAMPLE_STEPS": "ALL", "SOURCE_EXTRA": math.ceil(2 * pixels) + 1}


def _virtual(band: Band, validity: Path, transform: Affine) -> str:
    """Return GDAL's description of a raster of two bands: the numbers of `band` and their validity."""
    dataset = band.dataset
    root = ElementTree.Element("VRTDataset", rasterXSize=str(dataset.width), rasterYSize=str(dataset.height))
    ElementTree.SubElement(root, "SRS", dataAxisToSRSAxisMapping="1,2").text = dataset.crs.to_wkt()
    ElementTree.SubElement(root, "GeoTransform").text = ", ".join(repr(float(value)) for value in transform.to_gdal())
    parts = ((dataset.name, band.number, dataset.dtypes[band.number - 1]), (str(validity), 1, "uint8"))
    for number, (name, of_file, dtype) in enumerate(parts, 1):
        entry = ElementTree.SubElement(root, "VRTRasterBand", dataType=GDAL_TYPES[dtype], band=str(number))
        source = ElementTree.SubElement(entry, "SimpleSource")
        local = Path(name).exists()
        ElementTree.SubElement(source, "SourceFilename", relativeToVRT="0").text = str(Path(name).resolve()) if local else name
        ElementTree.SubElement(source, "SourceBand").text = str(of_file)
    return ElementTree.tostring(root, encoding="unicode")
