"""Places on the Earth in one or another coordinate system: which systems are one, shapes carried over, metres and north on the ground.

Every chapter asks here, so that a region, a mask, a label and a map never differ about where something lies.
"""

import functools
import math
import re
from collections.abc import Callable

import numpy as np
import pyproj
import shapely
from pyproj.crs import CRS
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

PIECES = 256  # pieces of an edge as long as the shape, where edges bend when they are projected
BEND = 0.01  # of an edge in the target system, in its units, that is left straight
EDGE = 1e-9  # of a turn, 4 cm: a raster that ends at 180 degrees but for rounding does not go beyond
CRSLike = str | CRS


def horizontal(crs: CRSLike) -> CRS:
    """Return the horizontal part of a coordinate system: without heights, and without a shift to another datum tied to it."""
    flat = CRS.from_user_input(crs)
    while flat.is_compound or flat.is_bound:
        part = flat.sub_crs_list[0] if flat.is_compound else flat.source_crs
        assert part is not None  # a bound system has a source
        flat = part
    return flat.to_2d() if len(flat.axis_info) == 3 else flat


def same(one: CRSLike, other: CRSLike) -> bool:
    """Return whether two systems give a place the same horizontal coordinates, whatever their names and heights.

    Programs write one system with axes that point or are named otherwise, and with other names of its parameters: what counts is
    the datum and where places come to lie. A datum without a name, as in PROJ's +ellps=WGS84 and with +towgs84 of zeros, is the
    other's if the ellipsoids are one.
    """
    a, b = horizontal(one), horizontal(other)
    shifts = [_shift(crs) for crs, flat in ((one, a), (other, b)) if _datum(flat).startswith("unknown")]
    equal = a.equals(b, ignore_axis_order=True)
    if not shifts:
        return equal or (_datum(a) == _datum(b) and _project_alike(a, b))
    tied = any(shifts[0]) if len(shifts) == 1 else shifts[0] != shifts[1]  # to another datum than the other is
    return not tied and (equal or _project_alike(a, b))


def _datum(flat: CRS) -> str:
    """Return the name of a datum; an ensemble of its realisations is the same."""
    return flat.datum.name.lower().removesuffix(" ensemble") if flat.datum else ""


def _shift(crs: CRSLike) -> list[float]:
    """Return how a system's datum is shifted to another one, seven numbers; none where it is not tied to one."""
    whole = CRS.from_user_input(crs)
    shift = whole.coordinate_operation.towgs84 if whole.is_bound and whole.coordinate_operation else []
    return list(shift) if any(shift) else []


def _project_alike(one: CRS, other: CRS) -> bool:
    """Return whether two projected systems of one ellipsoid give the same coordinates to the same longitudes and latitudes."""
    if not one.is_projected or not other.is_projected or _figure(one) != _figure(other):
        return False
    x, y = np.meshgrid([-1.5e6, 3e5, 7e5, 2e6], [-2e6, 4e5, 9e5, 7e6])
    lon, lat = pyproj.Proj(one)(x, y, inverse=True)
    shown = np.isfinite(lon) & np.isfinite(lat)
    here, there = (np.array(pyproj.Proj(crs)(lon[shown], lat[shown])) for crs in (one, other))
    return bool(shown.any()) and bool((abs(there - here) < 1e-3).all())


def _figure(flat: CRS) -> tuple[float, ...]:
    """Return half axis, flattening and prime meridian, whatever their names."""
    assert flat.ellipsoid is not None and flat.prime_meridian is not None  # every projected system has them
    flattening = flat.ellipsoid.inverse_flattening
    return round(flat.ellipsoid.semi_major_metre, 3), round(flattening, 6), round(flat.prime_meridian.longitude, 9)


def project(shapes: np.ndarray, source: CRSLike, target: CRSLike) -> np.ndarray:
    """Carry polygons, lines and points over to another coordinate system, their edges bent as they are there.

    In longitude and latitude, an edge between 179.9 and -179.9 is the short one over 180 degrees, as whoever drew it in a projection
    meant it; an edge from -180 to 180 itself is a whole parallel. So it is in Mercator's and other projections whose x axis follows
    the longitude. Parts that RFC 7946 cuts at 180 degrees come together again.

    Parameters
    ----------
    shapes
        Geometries of `source`, (N,).

    Returns
    -------
    numpy.ndarray
        Geometries of `target`, (N,), two-dimensional; coordinates are infinite where it cannot show them.
    """
    source, target = horizontal(source), horizontal(target)
    shapes = np.asarray(shapely.force_2d(shapes))
    if same(source, target):
        return shapes
    transform = pyproj.Transformer.from_crs(source, target, always_xy=True).transform
    turn = turn_of(source)

    def carry(shape: BaseGeometry) -> BaseGeometry:
        if turn:
            shape = unwrapped(shape, turn)
        if shape.geom_type not in ("Point", "MultiPoint"):
            left, bottom, right, top = shape.bounds
            pieces = shapely.segmentize(shape, max(right - left, top - bottom, 1e-9) / PIECES)
            if target.is_geographic or _bends(shape, transform):
                shape = pieces
        return shapely.transform(shape, transform, interleaved=False)

    return np.array([carry(shape) for shape in shapes], dtype=object)


def shown(shapes: np.ndarray) -> np.ndarray:
    """Return shapes that were carried over, with None for those that the coordinate system cannot show: GEOS fails at infinity."""
    kept = shapes.copy()
    kept[~np.isfinite(shapely.bounds(shapes)).all(axis=-1)] = None
    return kept


def turn_of(flat: CRS) -> float | None:
    """Return the length of a turn around the Earth along the x axis of a system that jumps at 180 degrees; None for others."""
    if flat.is_geographic:
        return round(2 * np.pi / flat.axis_info[0].unit_conversion_factor, 9)  # 360 degrees, but 400 gradians
    method = flat.coordinate_operation.method_name.lower() if flat.coordinate_operation else ""
    if not re.match(
        r"(popular visualisation pseudo |world )?mercator|equidistant cylindrical|(lambert )?cylindrical equal", method
    ):
        return None
    _, latitude = pyproj.Proj(flat)(0, 0, inverse=True)
    x, _ = pyproj.Proj(flat)([0, 1], [latitude, latitude])  # a degree is as long everywhere
    return 360 * abs(x[1] - x[0])


def turns(crs: CRSLike, left: float, right: float) -> list[float]:
    """Return how far the places on a stretch of a system's x axis lie from where the system itself puts them, in whole turns.

    Longitudes from 0 to 360 degrees are in the system's own turn up to 180, and 360 off beyond: [0, 360]. Systems that do not jump
    at 180 degrees have one way to put a place: [0].
    """
    flat = horizontal(crs)
    turn = turn_of(flat)
    if turn is None:
        return [0.0]
    ends = np.array([left, right]) + np.array([EDGE, -EDGE]) * turn
    if flat.is_geographic:
        own = (ends + turn / 2) % turn - turn / 2
    else:
        on_axis = pyproj.Proj(flat)
        own, _ = on_axis(*on_axis(ends, np.zeros(2), inverse=True))
    first, last = np.round((ends - own) / turn).astype(int)
    return [float(n * turn) for n in range(first, last + 1)]


def carried(shape: BaseGeometry, crs: CRSLike, target: CRSLike) -> BaseGeometry | None:
    """Return a shape in another coordinate system, running on past 180 degrees where it lies across; None where it cannot be shown."""
    placed = shown(project(np.array([shape]), crs, target))[0]
    turn = turn_of(horizontal(target))
    return unwrapped(placed, turn) if turn and placed else placed


def meets(shape: BaseGeometry, crs: CRSLike, ground: BaseGeometry, ground_crs: CRSLike) -> bool:
    """Return whether a shape lies on some of a ground whose x axis may run on past 180 degrees.

    The shape is carried over, not the ground, which may be the whole Earth, as few systems can show it.
    """
    placed = carried(shape, crs, ground_crs)
    if placed is None:
        return False
    placed, turn = shapely.make_valid(placed), turn_of(horizontal(ground_crs))
    if turn is None:
        return bool(placed.intersects(ground))
    first, last = (ground.bounds[0] - placed.bounds[2]) / turn, (ground.bounds[2] - placed.bounds[0]) / turn
    return any(translate(placed, n * turn).intersects(ground) for n in range(math.ceil(first), math.floor(last) + 1))


def _bends(shape: BaseGeometry, transform: Callable) -> bool:
    """Return whether the middle of an edge comes to lie beside the straight line between its projected ends."""
    x, y = shapely.get_coordinates(shape).T
    if not np.isfinite(transform(x, y)).all():
        return False
    middle = np.array(transform((x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2))
    ends = np.array(transform(x, y))
    return not (abs(middle - (ends[:, 1:] + ends[:, :-1]) / 2) < BEND).all()


def unwrapped(shape: BaseGeometry, turn: float = 360.0) -> BaseGeometry:
    """Return a shape with longitudes that run on past 180 degrees in place of jumping back.

    A ring that goes around a pole gets its corners at the pole. The parts of one shape are brought near each other.

    Parameters
    ----------
    shape
        In longitude and latitude, or in a projection whose x axis follows the longitude.
    turn
        How long its x axis is around the Earth.
    """
    parts = [_run_on(part, turn) for part in shapely.get_parts(shape)]
    if len(parts) == 1:
        return parts[0]
    first = parts[0].centroid.x
    turns = [np.round((part.centroid.x - first) / turn) for part in parts]
    return type(shape)([translate(part, -turn * n) for part, n in zip(parts, turns, strict=True)])


def cut_at_180(shape: BaseGeometry) -> BaseGeometry:
    """Return a polygon in longitude and latitude with all longitudes from -180 to 180, cut there as RFC 7946 asks for."""
    shape = shapely.make_valid(unwrapped(shape))
    left, _, right, _ = shape.bounds
    turns = range(int(np.floor((left + 180) / 360)), int(np.ceil((right - 180) / 360)) + 1)
    pieces = [translate(shape & shapely.box(360 * turn - 180, -90, 360 * turn + 180, 90), -360 * turn) for turn in turns]
    polygons = [part for part in shapely.get_parts(shapely.union_all(pieces)) if part.area > 0]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def _run_on(part: BaseGeometry, turn: float) -> BaseGeometry:
    """Return a polygon or line whose longitudes do not jump."""
    if part.geom_type == "LineString":
        return shapely.LineString(_ring(part, turn))
    if part.geom_type != "Polygon":
        return part
    outer, holes = _ring(part.exterior, turn), [_ring(hole, turn) for hole in part.interiors]
    middle = outer[:, 0].mean()
    holes = [hole - [turn * np.round((hole[:, 0].mean() - middle) / turn), 0] for hole in holes]
    return shapely.Polygon(outer, holes)


def _ring(line: BaseGeometry, turn: float) -> np.ndarray:
    """Return the vertices of a line or ring, (N, 2), without jumps in longitude."""
    x, y = shapely.get_coordinates(line).T
    jump = np.diff(x, prepend=x[:1])
    x = x - turn * np.cumsum(np.where((abs(jump) > turn / 2) & (abs(jump) < turn * (1 - 1e-9)), np.sign(jump), 0))
    if line.geom_type == "LinearRing" and abs(x[-1] - x[0]) > 180 and turn == 360:
        pole = np.copysign(90.0, y.mean())
        x, y = np.append(x, [x[-1], x[0], x[0]]), np.append(y, [pole, pole, y[0]])
    return np.column_stack([x, y])


def same_place(one: BaseGeometry, one_crs: CRSLike, other: BaseGeometry, other_crs: CRSLike) -> bool:
    """Return whether two frames show the same place: more than half of the smaller one lies in the other.

    Frames of two systems are compared in an equal-area projection around the first, in which nothing near it jumps at 180 degrees.
    """
    if one_crs != other_crs:
        (lon, lat, reach_m), (other_lon, other_lat, other_m) = circle(one, one_crs), circle(other, other_crs)
        apart_m = pyproj.Geod(ellps="WGS84").inv(lon, lat, other_lon, other_lat)[2]
        if apart_m > REACH * (reach_m + other_m):  # first, since most frames are far apart and a projection takes long to make
            return False
        around = CRS.from_dict({"proj": "laea", "lon_0": lon, "lat_0": lat, "datum": "WGS84"})
        one, other = (project(np.array([frame]), crs, around)[0] for frame, crs in ((one, one_crs), (other, other_crs)))
        if not np.isfinite(other.bounds).all():
            return False
    return bool(one.intersection(other).area > 0.5 * min(one.area, other.area))


REACH = 1.1  # sides of a frame bend outwards on the ground


def circle(frame: BaseGeometry, crs: CRSLike) -> tuple[float, float, float]:
    """Return longitude and latitude of a frame's centre, and the distance of its farthest corner from there, m."""
    x, y = shapely.get_coordinates([frame.centroid, frame]).T
    lon, lat = _to_degrees(crs)(x, y)
    distances = pyproj.Geod(ellps="WGS84").inv(np.full_like(lon, lon[0]), np.full_like(lat, lat[0]), lon, lat)[2]
    return float(lon[0]), float(lat[0]), float(np.max(distances))


@functools.lru_cache(maxsize=64)
def _to_degrees(crs: CRSLike) -> Callable:
    """Return what leads to a system's own longitude and latitude, in degrees from Greenwich; making it takes longer than its use."""
    flat = horizontal(crs)
    geodetic = flat.geodetic_crs
    assert geodetic is not None and geodetic.prime_meridian is not None  # every coordinate system on the ground has them
    transform = pyproj.Transformer.from_crs(flat, geodetic, always_xy=True).transform
    unit, meridian = np.degrees(geodetic.axis_info[0].unit_conversion_factor), geodetic.prime_meridian
    origin = np.degrees(meridian.longitude * float(meridian.unit_conversion_factor))

    def to_degrees(x: float | np.ndarray, y: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        lon, lat = transform(x, y)
        return np.asarray(lon) * unit + origin, np.asarray(lat) * unit

    return to_degrees


STEP = 500.0  # units of a system, half of the line that its scale and north are measured along


def jacobian(crs: CRSLike, x: float | np.ndarray, y: float | np.ndarray) -> np.ndarray:
    """Return where on the ground a unit along the axes of a projected system leads at a place, (2, 2), or at places, (..., 2, 2).

    The rows are metres east and north, the columns the x and the y axis, which meet at a right angle in conformal systems alone. It is
    measured along straight lines below the ground, as long to 1e-9, to which poles are places like others.
    """
    ellipsoid = horizontal(crs).get_geod()
    assert ellipsoid is not None  # every coordinate system on the ground has one
    x, y = np.asarray(x, float), np.asarray(y, float)

    def in_space(right: float, up: float) -> np.ndarray:
        """Return a place in metres from the centre of the ellipsoid."""
        lon, lat = np.radians(_to_degrees(crs)(x + right, y + up))
        radius = ellipsoid.a / np.sqrt(1 - ellipsoid.es * np.sin(lat) ** 2)
        flat = np.cos(lat) * np.exp(1j * lon)
        return radius * np.stack([flat.real, flat.imag, (1 - ellipsoid.es) * np.sin(lat)])

    lon, lat = np.radians(_to_degrees(crs)(x, y))
    found = np.empty((*x.shape, 2, 2))
    for axis, (right, up) in enumerate(((STEP, 0.0), (0.0, STEP))):
        first, second, third = (in_space(right, up) - in_space(-right, -up)) / (2 * STEP)
        found[..., 0, axis] = np.cos(lon) * second - np.sin(lon) * first
        found[..., 1, axis] = np.cos(lat) * third - np.sin(lat) * (np.cos(lon) * first + np.sin(lon) * second)
    return found


def ground_units(crs: CRSLike, x: float, y: float) -> tuple[float, float]:
    """Return how many metres on the ground a unit of a projected system is at a place, along its x and its y axis: polar
    stereographic metres are up to 4 % off, five of Web Mercator one at 78.6 degrees north.
    """
    across, along = np.hypot(*jacobian(crs, x, y))
    return float(across), float(along)


def ground_area(crs: CRSLike, x: float | np.ndarray, y: float | np.ndarray) -> np.ndarray:
    """Return how many square metres on the ground a square unit of a projected system is at a place or at places."""
    return abs(np.linalg.det(jacobian(crs, x, y)))


def north_deg(axes: np.ndarray) -> np.ndarray:
    """Return the directions of the y axis, clockwise from true north, -180 to 180 degrees, where the `jacobian` is (..., 2, 2)."""
    return np.degrees(np.arctan2(axes[..., 0, 1], axes[..., 1, 1]))


def centre(scene: dict) -> tuple[float, float]:
    """Return the coordinates of the centre of a scene, from its metadata."""
    a, b, c, d, e, f = scene["transform"]
    column, row = scene["width_px"] / 2, scene["height_px"] / 2
    return a * column + b * row + c, d * column + e * row + f
