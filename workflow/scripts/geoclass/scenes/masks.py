"""What of a scene lies inside an area, or is hidden by cloud and shadow, strip by strip."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from rasterio.features import rasterize
from rasterio.warp import transform_bounds
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from geoclass.scenes import raster, regions, reprojection
from geoclass.scenes.bands import Band
from geoclass.scenes.raster import Grid

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
        Polygons whose inside is hidden, or a raster on any grid whose pixels are hidden where they are not 0; None = nothing.
    grid
        Of the scene.
    folder
        For temporary files.

    Raises
    ------
    ValueError
        No georeference, as of a contour of the original software, several bands, or a mask that lies beside the scene.
    """
    if path is None:
        yield lambda first, n_rows: np.zeros((n_rows, grid.width), bool)
    elif Path(path).suffix.lower() in POLYGONS:
        area = regions.read(path, grid.crs.to_wkt())
        _check_place(path, area, grid)
        yield lambda first, n_rows: inside(area, grid.strip(first, n_rows))
    elif Path(path).suffix.lower() == ".npy":
        raise ValueError(
            f"{path}: a contour without coordinate system, expected polygons ({', '.join(POLYGONS)}) or a raster, with one; "
            "save it as such a file"
        )
    else:
        with raster.opened(path) as dataset, raster.reading(path):
            raster.check_georeference(path, dataset)
            if dataset.count != 1:
                raise ValueError(
                    f"{path}: {dataset.count} bands, expected a mask of 1 band; keep the band that is not 0 where hidden"
                )
            _check_place(path, box(*transform_bounds(dataset.crs, grid.crs, *dataset.bounds)), grid)
            with reprojection.reprojected(Band(dataset, 1), grid, folder) as source:
                yield lambda first, n_rows: _not_zero(*source.read(first, n_rows, (0, grid.width)))


def _not_zero(numbers: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Return where a mask is set; what it leaves open, or where it does not reach, is not hidden."""
    return (numbers != 0) & valid


def _check_place(path: str | Path, area: BaseGeometry, grid: Grid) -> None:
    """Check that a mask covers some of the scene."""
    if not area.intersects(grid.frame):
        raise ValueError(
            f"{path}: the mask lies beside the scene, expected one that covers some of it; correct it or leave it out"
        )
