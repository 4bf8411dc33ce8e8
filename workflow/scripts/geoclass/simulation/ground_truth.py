"""What is known of a simulated series: region of interest, centre line, surge front, clouds, and labels as if drawn by hand."""

import math
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely
from numba import njit
from rasterio.features import shapes
from rasterio.transform import Affine

from geoclass.simulation import simulated_glacier, simulated_scene
from geoclass.simulation.optics import Light, cloud_cover, cloud_shadow
from geoclass.simulation.simulated_glacier import CENTRE_X_M, CENTRE_Y_M, Glacier, flow_place, zone_at
from geoclass.simulation.simulated_scene import Scene

CELLS = 480  # along a scene's width: the raster that outlines are drawn from
PLACES = 6  # labelled places of a class in a scene, at most


@njit
def _zones(x: np.ndarray, y: np.ndarray, glacier: Glacier, least: float) -> np.ndarray:
    """Return the zone at map coordinates (N,), 0 where the next one is not further than `least` metres."""
    found = np.zeros(x.size, np.uint8)
    for i in range(x.size):
        s, m = flow_place(x[i], y[i], glacier)
        zone, _, distance = zone_at(s, m, glacier)
        found[i] = zone if distance > least else 0
    return found


@njit
def _across(u: np.ndarray, glacier: Glacier) -> np.ndarray:
    """Return the distance of the glacier's centre line from the axis of its flow, m, at places along that axis (N,)."""
    found = np.empty(u.size)
    for i in range(u.size):
        found[i] = simulated_glacier.centre_line(u[i], glacier)[0]
    return found


@njit
def _clouded(x: np.ndarray, y: np.ndarray, light: Light) -> np.ndarray:
    """Return 1 where a cloud or its shadow can be seen at map coordinates (N,), else 0."""
    found = np.zeros(x.size, np.uint8)
    for i in range(x.size):
        found[i] = cloud_cover(x[i], y[i], light) > 0.02 or cloud_shadow(x[i], y[i], light) > 0.05
    return found


def _outlines(scene: Scene, values_at: Callable) -> tuple[dict[int, shapely.Geometry], float]:
    """Return the area of each value of a function of map coordinates, in and around the scenes, and the cell it is drawn from."""
    cell = scene.glacier.along / CELLS
    columns, rows = math.ceil(1.04 * CELLS), math.ceil(1.04 * scene.glacier.across / cell)
    transform = Affine(cell, 0.0, CENTRE_X_M - columns * cell / 2, 0.0, -cell, CENTRE_Y_M + rows * cell / 2)
    column, row = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    values = values_at(transform.c + cell * column.ravel(), transform.f - cell * row.ravel()).reshape(rows, columns)
    found: dict[int, list] = {}
    for geometry, value in shapes(values, transform=transform):
        found.setdefault(int(value), []).append(shapely.geometry.shape(geometry))
    return {value: shapely.union_all(parts) for value, parts in found.items()}, cell


def region(scene: Scene) -> gpd.GeoDataFrame:
    """Return the region of interest: glacier, snow beside it and sea ice, without the rock; the same for every date."""
    zones, cell = _outlines(scene, lambda x, y: _zones(x, y, scene.glacier, 0.0))
    ground = shapely.union_all([area for zone, area in zones.items() if zone != simulated_glacier.ROCK])
    half_x, half_y = 0.465 * scene.glacier.along, 0.465 * scene.glacier.across
    frame = shapely.box(CENTRE_X_M - half_x, CENTRE_Y_M - half_y, CENTRE_X_M + half_x, CENTRE_Y_M + half_y)
    inside = ground.buffer(-2 * cell).intersection(frame)
    largest = max(getattr(inside, "geoms", [inside]), key=lambda part: part.area)
    return _frame([shapely.Polygon(largest.exterior).simplify(cell)], note=["simulated region of interest"])


def centre_line(scene: Scene, ground: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return the centre line of the glacier, from the calving front up-glacier to the edge of `ground`, the region of interest."""
    u = np.linspace(0.5, -0.5, 2001) * scene.glacier.along
    v = _across(u, scene.glacier)
    c, s = math.cos(math.radians(scene.glacier.flow_deg)), math.sin(math.radians(scene.glacier.flow_deg))
    x, y = CENTRE_X_M + c * u - s * v, CENTRE_Y_M + s * u + c * v
    zones = _zones(x, y, scene.glacier, 0.0)
    inside = shapely.contains_xy(ground, x, y) & (zones != simulated_glacier.SEA_ICE)
    return _frame([shapely.LineString(np.column_stack([x[inside], y[inside]]))], note=["simulated centre line, up-glacier"])


def front_m(scene: Scene, line: shapely.Geometry) -> float:
    """Return how far up the centre line the surge has come: the distance of the furthest upstream crevassed class, in m."""
    along = np.arange(0.0, line.length, 0.5)
    x, y = shapely.get_coordinates(shapely.line_interpolate_point(line, along)).T.copy()
    zones = _zones(x, y, scene.glacier, 0.0)
    first, last = simulated_glacier.CREVASSED
    return float(along[(zones >= first) & (zones <= last)].max())


def clouds(scene: Scene) -> gpd.GeoDataFrame:
    """Return the outlines of clouds and their shadows."""
    areas, cell = _outlines(scene, lambda x, y: _clouded(x, y, scene.light))
    outline = areas.get(1, shapely.Polygon()).buffer(2 * cell).simplify(cell / 2)
    parts = list(getattr(outline, "geoms", [outline]))
    return _frame(parts, note=["simulated cloud or its shadow"] * len(parts))


def labels(scene: Scene, scene_id: str, ground: shapely.Geometry) -> gpd.GeoDataFrame:
    """Return label polygons of a scene: places spread over each class, each some tiles wide and well inside its class.

    Most of `ground`, the region of interest, stays unlabelled. Where clouds lie nothing is labelled.
    """
    areas, cell = _outlines(scene, lambda x, y: _zones(x, y, scene.glacier, 0.5 * scene.glacier.spacing))
    size = math.sqrt(scene.glacier.along * scene.glacier.across)
    seen = shapely.Polygon(simulated_scene.corners(scene)).intersection(ground)
    if scene.light.clouds:
        seen = seen.difference(clouds(scene).union_all())
    polygons, ids, notes = [], [], []
    for class_id, name in enumerate(simulated_glacier.CLASSES, 1):
        area = areas.get(class_id, shapely.Polygon()).intersection(seen).buffer(-0.004 * size)
        generator = np.random.default_rng([scene.light.seed, class_id])
        drawn = shapely.union_all([_blob(x, y, 0.06 * size, generator) for x, y in _spread(area, 0.09 * size, 3 * cell)])
        parts = drawn.intersection(area).simplify(cell / 2)
        for place, polygon in enumerate(getattr(parts, "geoms", [parts]), 1):
            if polygon.area > 0.002 * size**2:
                polygons.append(polygon)
                ids.append(class_id)
                notes.append(f"{scene_id}-{class_id}-{place} drawn from the simulated truth: {name}")
    names = [simulated_glacier.CLASSES[class_id - 1] for class_id in ids]
    return _frame(polygons, class_id=ids, class_name=names, scene=[scene_id] * len(ids), note=notes)


def _spread(area: shapely.Geometry, apart: float, step: float) -> list[tuple[float, float]]:
    """Return up to PLACES points well inside an area, far from each other, at least `apart`; the one furthest inside first."""
    if area.is_empty:
        return []
    left, bottom, right, top = area.bounds
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(left, right, step), np.arange(bottom, top, step)))
    inside = shapely.contains_xy(area, x, y)
    x, y = x[inside], y[inside]
    if not x.size:
        return []
    depth = _depth(area, x, y)
    roomy = depth >= 0.6 * min(depth.max(), apart / 2)
    x, y, depth = x[roomy], y[roomy], depth[roomy]
    chosen = [int(depth.argmax())]
    while len(chosen) < PLACES:
        near = np.min([np.hypot(x - x[k], y - y[k]) for k in chosen], axis=0)
        if near.max() < apart:
            break
        chosen.append(int(near.argmax()))
    return [(float(x[k]), float(y[k])) for k in chosen]


def _depth(area: shapely.Geometry, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return how far points (N,) inside an area lie from its boundary."""
    edges = []
    for line in shapely.get_parts(shapely.get_rings(shapely.get_parts(area))):
        corners = shapely.get_coordinates(line)
        edges.append(np.stack([corners[:-1], corners[1:]], axis=1))
    nearest = shapely.STRtree(shapely.linestrings(np.concatenate(edges)))
    return nearest.query_nearest(shapely.points(x, y), return_distance=True, all_matches=False)[1]


def _blob(x: float, y: float, radius: float, generator: np.random.Generator) -> shapely.Polygon:
    """Return a roundish outline, as a hand draws it."""
    angles = np.linspace(0.0, 2.0 * math.pi, 24, endpoint=False)
    size = radius * (1.0 + 0.10 * np.sin(2 * angles + generator.uniform(0, 6.3)) + generator.uniform(-0.06, 0.06, angles.size))
    return shapely.Polygon(np.column_stack([x + size * np.cos(angles), y + size * np.sin(angles)]))


def _frame(geometry: list, **columns: list) -> gpd.GeoDataFrame:
    """Return geometries and their attributes in the series' coordinate system."""
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=simulated_scene.EPSG)
