"""Areas that the user draws: the region of interest and masks of cloud and shadow, in the scene's coordinate system."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from geoclass.core import formats, geodesy


def read(path: str | Path, crs_wkt: str, epsg: int | None = None) -> BaseGeometry:
    """Read an area as one polygon or multipolygon in the coordinate system `crs_wkt`.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON or Shapefile of polygons, which are joined; or ``.npy``, the contour's vertices x, y, (N, 2).
    crs_wkt
        Coordinate system of the scene.
    epsg
        EPSG code of a file without a coordinate system; a file that has one keeps it.

    Raises
    ------
    ValueError
        Unreadable, without polygons, without coordinate system, or out of the reach of the scene's.
    """
    shapes, crs = _read_contour(path) if Path(path).suffix.lower() == ".npy" else _read_polygons(path)
    try:
        crs = crs or (epsg and pyproj.CRS.from_epsg(epsg))
    except CRSError:
        raise ValueError(f"{path}: EPSG code {epsg} is unknown, expected that of a coordinate system; correct the code") from None
    if not crs:
        raise ValueError(
            f"{path}: no coordinate system; give its EPSG code in ingest_scene/roi_epsg (region) or inside the file (mask)"
        )
    shapes = geodesy.project(shapes, crs, crs_wkt)
    polygons = []
    if np.isfinite(shapely.total_bounds(shapes)).all():
        polygons = [part for part in shapely.get_parts(shapely.make_valid(shapes)) if part.area > 0]
    if not polygons:
        raise ValueError(
            f"{path}: no area that the scene's coordinate system can show; check the coordinates and their EPSG code"
        )
    return shapely.union_all(polygons)


def _read_contour(path: str | Path) -> tuple[np.ndarray, None]:
    """Read a contour as the original software saves it."""
    try:
        vertices = np.load(path, allow_pickle=False)
    except ValueError as error:
        raise ValueError(f"{path}: not a plain NumPy array ({error}); save the contour as an array (N, 2) of numbers") from None
    if vertices.ndim != 2 or vertices.shape[1] != 2 or len(vertices) < 3 or not np.issubdtype(vertices.dtype, np.number):
        raise ValueError(f"{path}: array {vertices.shape} of {vertices.dtype}, expected the vertices x, y of a contour, (N, 2)")
    if not np.isfinite(vertices).all():
        raise ValueError(f"{path}: vertices that are not finite, expected coordinates; remove them")
    return np.array([shapely.Polygon(vertices)]), None


def _read_polygons(path: str | Path) -> tuple[np.ndarray, pyproj.CRS | None]:
    """Read the polygons of a file of one layer."""
    formats.refuse_virtual(path)
    try:
        layers = gpd.list_layers(path)
        if len(names := layers["name"][layers["geometry_type"].notna()]) != 1:
            raise ValueError(f"{path}: {len(names)} layers of geometry, expected one; keep one")
        frame = gpd.read_file(path, layer=names.iloc[0], columns=[])
    except (RuntimeError, OSError, ShapelyError) as error:  # pyogrio's errors are RuntimeErrors; shapely knows no triangles
        raise ValueError(f"{path}: not a readable file of polygons ({' '.join(str(error).split())}); restore it") from None
    shapes = frame.geometry[frame.geometry.notna() & ~frame.geometry.is_empty]
    kinds = set(shapes.geom_type) - {"Polygon", "MultiPolygon"}
    if shapes.empty or kinds:
        raise ValueError(
            f"{path}: {', '.join(sorted(kinds)) or 'no geometry'}, expected polygons; draw them or leave the file out"
        )
    return shapes.to_numpy(), frame.crs
