"""What of a scene lies inside an area, or is hidden by cloud and shadow, strip by strip."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from rasterio.features import rasterize
from rasterio.io import DatasetReader
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from geoclass.core import geodesy, log
from geoclass.scenes import raster, regions, reprojection
from geoclass.scenes.bands import Band
from geoclass.scenes.raster import Grid

# Masks of products by the end of their names: whose they are, their bands, and what of a band's numbers is hidden.
# Scene classification of Sentinel-2: defective, cloud shadow, cloud, cirrus. QA_PIXEL of Landsat's Collection 2: bits of fill, dilated
# cloud, cirrus, cloud and its shadow. UDM2 of Planet: shadow, heavy haze, cloud, unusable. Snow is none of them.
PRODUCTS: tuple[tuple[str, str, tuple[int, ...], Callable[[np.ndarray], np.ndarray]], ...] = (
    (r"_SCL(_\d\dm)?$", "Sentinel-2's scene classification", (1,), lambda band: np.isin(band, (1, 3, 8, 9, 10))),
    (r"_QA_PIXEL$", "Landsat's QA_PIXEL", (1,), lambda band: (band.astype(np.uint16) & 0b11111) != 0),
    (r"_udm2(_clip)?$", "Planet's UDM2", (3, 5, 6, 8), lambda band: band != 0),
)
POLYGONS = (".gpkg", ".geojson", ".json", ".shp", ".gdb", ".kml", ".fgb")


def inside(area: BaseGeometry | None, grid: Grid) -> np.ndarray:
    """Return which pixels have their centre inside an area, booleans (height, width); all where there is no area."""
    if area is None:
        return np.ones((grid.height, grid.width), bool)
    if not area.intersects(grid.frame):
        return np.zeros((grid.height, grid.width), bool)
    return rasterize([area], out_shape=(grid.height, grid.width), transform=grid.transform, dtype=np.uint8).view(bool)


@contextmanager
def hidden(path: str | Path | None, grid: Grid, folder: str | Path) -> Iterator[Callable[[int, int], np.ndarray]]:
    """Open a mask of what is hidden and give a function of first row and number of rows → booleans (rows, width).

    Parameters
    ----------
    path
        Polygons whose inside is hidden; a raster on any grid whose pixels are hidden where their numbers are not 0, or a mask of one
        of `PRODUCTS`, which its name tells; None = nothing.
    grid
        Of the scene.
    folder
        For temporary files.

    Raises
    ------
    ValueError
        No georeference, as of a contour of the original software, other bands, or a mask that lies beside the scene.
    """
    if path is None:
        yield lambda first, n_rows: np.zeros((n_rows, grid.width), bool)
        return
    ground = check(path, grid.crs.to_wkt(), grid.frame)
    if Path(path).suffix.lower() in POLYGONS:
        yield lambda first, n_rows: inside(ground, grid.strip(first, n_rows))
    else:
        with raster.opened(path) as dataset, raster.reading(path):
            numbers, is_hidden, whose = _meaning(path, dataset)
            bands = [Band(dataset, number, as_numbers=True) for number in numbers]
            unknown = {f"{band.nodata:g}" for band in bands if band.nodata}
            log.logger.info("%s: read as %s%s", path, whose, f"; nodata ({', '.join(unknown)}) hides nothing" if unknown else "")
            with ExitStack() as stack:
                sources = [stack.enter_context(reprojection.reprojected(band, grid, folder)) for band in bands]

                def rows(first: int, n_rows: int) -> np.ndarray:
                    """Return what is hidden; what a mask leaves open, or where it does not reach, is not."""
                    read = (source.read(first, n_rows, (0, grid.width)) for source in sources)
                    return np.logical_or.reduce([is_hidden(band) & valid for band, valid in read])

                yield rows


def _meaning(path: str | Path, dataset: DatasetReader) -> tuple[tuple[int, ...], Callable[[np.ndarray], np.ndarray], str]:
    """Return the bands of a mask that count, what of their numbers is hidden, and whose mask it is."""
    n_bands, dtype = dataset.count, dataset.dtypes[0]
    if dtype not in reprojection.GDAL_TYPES:
        raise ValueError(
            f"{path}: numbers of type {dtype}, expected a mask of whole or real ones; convert it with gdal_translate -ot Byte"
        )
    for ends, whose, numbers, is_hidden in PRODUCTS:
        if re.search(ends, Path(path).stem, re.IGNORECASE):
            if n_bands < max(numbers):
                raise ValueError(
                    f"{path}: {n_bands} bands, but {whose}, as its name says, has {max(numbers)}; rename or restore it"
                )
            return numbers, is_hidden, whose
    if n_bands != 1:
        raise ValueError(f"{path}: {n_bands} bands, expected a mask of 1 band; keep the band that is not 0 where hidden")
    return (1,), lambda band: band != 0, "hidden where it is not 0"


def check(path: str | Path, crs_wkt: str, frame: BaseGeometry) -> BaseGeometry:
    """Check that a mask can be read and covers some of a scene, and return the ground that it tells of: its polygons, or a raster's
    outline in the raster's own system.

    Parameters
    ----------
    path
        As of `hidden`.
    crs_wkt, frame
        Coordinate system of the scene, and its outline there.

    Raises
    ------
    ValueError
        As of `hidden`.
    """
    if Path(path).suffix.lower() in POLYGONS:
        ground = regions.read(path, crs_wkt)
        covers = ground.intersects(frame)
    elif Path(path).suffix.lower() == ".npy":
        raise ValueError(
            f"{path}: a contour without coordinate system, expected polygons ({', '.join(POLYGONS)}) or a raster, with one; "
            "save it as such a file"
        )
    else:
        with raster.opened(path) as dataset, raster.reading(path):
            raster.check_georeference(path, dataset)
            raster.check_size(path, dataset.height, dataset.width, "cut the scene's part out, or restore it if it is damaged")
            _meaning(path, dataset)
            ground = box(*raster.extent(dataset))
            covers = geodesy.meets(frame, crs_wkt, ground, dataset.crs.to_wkt())
    if not covers:
        raise ValueError(
            f"{path}: the mask lies beside the scene, expected one that covers some of it; correct it or leave it out"
        )
    return ground
