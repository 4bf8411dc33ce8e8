"""The surging glacier of the simulated series: its flow line, the zones of its surface classes, and how the surge moves them.

The glacier flows along a swaying centre line into a fjord. As at Negribreen, the surge starts near the calving front and its
crevassed zone grows up-glacier, so that the furthest upstream crevasses on the centre line mark the surge front of a date.
Zones are boxes in (a, n): `a` the distance along the centre line as share of the scene's size, `n` the distance from it as share
of the glacier's half-width, both warped by noise so that no boundary is straight.
"""

import math
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numba import njit

from geoclass.simulation import textures
from geoclass.simulation.noise import fractal_noise, gradient_noise, smoothstep
from geoclass.simulation.variety import Variety

CLASSES = (
    "Undisturbed Snow",
    "Slow Moving Ice",
    "Shear",
    "Parallel",
    "Parallel with Shear",
    "Subordinate Shear",
    "Multidirectional",
    "Multigenerational",
    "Chaos",
    "Melt Streams and Melt Ponds",
    "Sea Ice",
)  # in the order of the paper's figures; the class id is the place in it, from 1
SNOW, SLOW, SHEAR, PARALLEL, PARALLEL_SHEAR, SUBORDINATE, MULTIDIRECTIONAL, MULTIGENERATIONAL, CHAOS, MELT, SEA_ICE = range(1, 12)
ROCK, MORAINE = 12, 13  # no classes of the paper: 0 in the truth
CREVASSED = (SHEAR, CHAOS)  # first and last class id of those that the surge makes

CENTRE_X_M, CENTRE_Y_M = 1_110_400.0, -543_000.0  # near Negribreen, Svalbard, in EPSG:3413
FLOW_DEG = 14.0  # of the glacier's axis, anticlockwise from east
CALVING = 0.92  # calving front, as share of the scene's size
SURGE_START = datetime(2016, 6, 25)  # on this day the surge front stands at 0.62, and goes up-glacier by 0.11 a year


class Glacier(NamedTuple):
    """The glacier at one date; lengths in metres."""

    along: float  # size of the scene in the direction of flow
    across: float  # and across it
    half_width: float  # of the glacier
    spacing: float  # mean spacing of parallel crevasses
    zones: np.ndarray  # (Z, 5): class id, then the lowest and highest a and n
    melt: float  # season, 0 (snow) to 1 (bare ice)
    drift: float  # distance that slow ice has moved since the start of the surge
    seed: int  # of the ground and all that stays
    day: int  # of what is new at each date
    flow_deg: float  # of the glacier's axis, anticlockwise from east
    snow: float  # share of the ground under fresh snow
    debris: float  # and under debris


def glacier(along_m: float, across_m: float, spacing_m: float, date: datetime, seed: int, differs: Variety) -> Glacier:
    """Return the glacier at a date; it depends on nothing but the arguments, so that another date changes no other."""
    years = (date - SURGE_START).total_seconds() / (365.25 * 86400.0)
    front = min(0.66, max(0.20, 0.62 - 0.11 * years))
    melt = min(1.0, max(0.0, (date.timetuple().tm_yday - 130) / 85.0 + differs.melt))
    spacing_m *= differs.spacing
    drift = 1.5 * spacing_m * years
    day = seed + 7919 * date.toordinal()
    own = (FLOW_DEG + differs.turn_deg, differs.snow, differs.debris)
    return Glacier(along_m, across_m, 0.36 * across_m, spacing_m, zones(front), melt, drift, seed, day, *own)


def zones(front: float) -> np.ndarray:
    """Return the zones of the classes for a surge front at `front`, as boxes (class id, a_low, a_high, n_low, n_high)."""
    surged = CALVING - front
    near, far = front + 0.20 * surged, front + 0.57 * surged
    end = 9.0  # beyond everything
    boxes = [
        (SNOW, -end, 0.14, -0.98, 0.98),
        (MELT, 0.14, min(0.31, front), -0.98, -0.05),
        (SLOW, 0.14, min(0.31, front), -0.05, 0.98),
        (SLOW, 0.31, front, -0.98, 0.20),
        (MELT, 0.31, min(0.50, front), 0.20, 0.98),
        (SLOW, 0.50, front, 0.20, 0.98),
        (PARALLEL, front, near, -0.76, 0.76),
        (SUBORDINATE, near, far, -0.55, 0.02),
        (MULTIDIRECTIONAL, near, far, 0.02, 0.55),
        (CHAOS, far, CALVING, -0.55, 0.06),
        (MULTIGENERATIONAL, far, CALVING, 0.06, 0.55),
        (SEA_ICE, CALVING, end, -1.25, 1.25),
    ]
    for side in (-1.0, 1.0):
        for zone, a_low, a_high, inner, outer in (
            (PARALLEL_SHEAR, near, CALVING, 0.55, 0.76),
            (SHEAR, front, CALVING, 0.76, 0.98),
            (MORAINE, -end, CALVING, 0.98, 1.02),
            (SNOW, -end, CALVING, 1.02, 1.38),
            (SNOW, CALVING, end, 1.25, 1.38),
            (ROCK, -end, end, 1.38, end),
        ):
            boxes.append((zone, a_low, a_high, min(side * inner, side * outer), max(side * inner, side * outer)))
    return np.array(boxes, float)


@njit
def centre_line(u: float, g: Glacier) -> tuple[float, float, float]:
    """Return the centre line at `u` along the glacier's axis: offset from the axis, slope, and arc length from u = -along/2.

    The line is a sine; its arc length is the integral of √(1 + slope²) to fourth order in the slope.
    """
    k = 2.0 * math.pi / (1.3 * g.along)
    steepest = 0.28
    p2, p4 = steepest**2, steepest**4
    w, w0 = k * u + 0.6, -0.5 * k * g.along + 0.6
    even = (1.0 + p2 / 4.0 - 3.0 * p4 / 64.0) * (u + 0.5 * g.along)
    wave = (p2 / 8.0 - p4 / 32.0) * (math.sin(2.0 * w) - math.sin(2.0 * w0))
    wave -= p4 / 256.0 * (math.sin(4.0 * w) - math.sin(4.0 * w0))
    return steepest / k * math.sin(w), steepest * math.cos(w), even + wave / k


@njit
def flow_place(x: float, y: float, g: Glacier) -> tuple[float, float]:
    """Return the distance along the centre line and from it (positive on the left), in metres, of a map coordinate."""
    c, s = math.cos(math.radians(g.flow_deg)), math.sin(math.radians(g.flow_deg))
    u = (x - CENTRE_X_M) * c + (y - CENTRE_Y_M) * s
    v = (y - CENTRE_Y_M) * c - (x - CENTRE_X_M) * s
    offset, slope, _ = centre_line(u, g)
    foot = u + (v - offset) * slope / (1.0 + slope * slope)
    offset, slope, distance = centre_line(foot, g)
    stretch = 1.0 / math.sqrt(1.0 + slope * slope)
    return distance + (u - foot + slope * (v - offset)) * stretch, (v - offset - slope * (u - foot)) * stretch


@njit
def zone_at(s: float, m: float, g: Glacier) -> tuple[int, int, float]:
    """Return the zone at (s, m), the zone next to it, and the distance to the boundary between them in metres."""
    a, n = s / g.along, m / g.half_width
    warp_a = fractal_noise(6.0 * a, 2.0 * n, 5, g.seed + 1)
    warp_n = fractal_noise(6.0 * a, 2.0 * n, 5, g.seed + 2)
    a += 0.026 * warp_a + 0.05 * max(0.0, 1.0 - n * n)
    n += 0.06 * warp_n
    first = second = 0
    inner = outer = -1e9
    for k in range(g.zones.shape[0]):
        z = g.zones[k]
        depth = min(min(a - z[1], z[2] - a) * g.along, min(n - z[3], z[4] - n) * g.half_width)
        zone = int(z[0])
        if depth > inner:
            if zone != first:
                outer, second = inner, first
            inner, first = depth, zone
        elif depth > outer and zone != first:
            outer, second = depth, zone
    return first, second, 0.5 * (inner - outer)


@njit
def _texture(zone: int, s: float, m: float, x: float, y: float, g: Glacier) -> tuple[float, float, float]:
    """Return relief (in spacings), albedo and openness of a zone at a place."""
    a, b = s / g.spacing, m / g.spacing
    bent = a - 0.24 * b * b * g.spacing / g.half_width  # crevasses across the flow bend down-glacier towards the margins
    moved = (s - g.drift) / g.spacing
    if zone == SNOW:  # the wind comes from the glacier's head, as katabatic winds do
        return textures.snow(0.87 * x + 0.5 * y, 0.87 * y - 0.5 * x, g.melt, g.day)
    if zone == SLOW:
        return textures.slow_ice(moved, b, g.melt, g.seed + 200)
    if zone == SHEAR:
        return textures.shear(a, b, g.melt, g.day + 300)
    if zone == PARALLEL:
        return textures.parallel(bent, b, g.melt, g.day + 400)
    if zone == PARALLEL_SHEAR:
        return textures.parallel_with_shear(a, b, g.melt, g.day + 500)
    if zone == SUBORDINATE:
        return textures.subordinate_shear(bent, b, g.melt, g.day + 600)
    if zone == MULTIDIRECTIONAL:
        return textures.multidirectional(bent, b, g.melt, g.day + 700)
    if zone == MULTIGENERATIONAL:
        return textures.multigenerational(bent, b, g.melt, g.day + 800)
    if zone == CHAOS:
        return textures.chaos(a, b, g.melt, g.day + 900)
    if zone == MELT:
        return textures.melt_streams(moved, b, g.melt, g.seed + 1000)
    if zone == SEA_ICE:
        return textures.sea_ice(a, b, g.melt, g.day + 1100)
    if zone == ROCK:
        return textures.rock(x, y, g.melt, g.seed + 1200)
    return textures.moraine(x, y, g.melt, g.seed + 1300)


@njit
def _ground(zone: int, s: float, m: float, g: Glacier) -> float:
    """Return the height (in spacings) of the ground under a zone's relief: swells over the bed, valley sides, the sea."""
    if zone == SEA_ICE:
        return -1.2
    rise = max(0.0, abs(m) / g.half_width - 1.0)
    swell = gradient_noise(s / (17.0 * g.spacing), m / (23.0 * g.spacing), g.seed + 3)
    return 0.28 * swell + 3.0 * rise + (6.0 * (rise - 0.38) if zone == ROCK else 0.0)


@njit(nogil=True)
def surface(
    left: float, top: float, pixel_width: float, pixel_height: float, first: np.ndarray, last: np.ndarray, g: Glacier,
    relief: np.ndarray, albedo: np.ndarray, openness: np.ndarray, classes: np.ndarray,
) -> None:  # fmt: skip
    """Fill arrays (H, W) with relief in metres, albedo, openness and class id, in each row i for columns first[i] to last[i] - 1.

    (left, top) is the centre of the upper left pixel on the map. The class is 0 on rock and where two classes mix: less than half
    a crevasse spacing from a boundary. Two zones blend over one crevasse spacing on either side
    of their boundary.
    """
    for i in range(first.size):
        y = top - i * pixel_height
        for j in range(first[i], last[i]):
            x = left + j * pixel_width
            s, m = flow_place(x, y, g)
            zone, other, distance = zone_at(s, m, g)
            u, v = (x - CENTRE_X_M) / g.spacing, (y - CENTRE_Y_M) / g.spacing
            height, reflects, sky = _texture(zone, s, m, u, v, g)
            height += _ground(zone, s, m, g)
            band = (0.1 if zone == SEA_ICE or other == SEA_ICE else 1.0) * g.spacing
            if distance < band:
                share = smoothstep(-band, band, distance)
                height2, reflects2, sky2 = _texture(other, s, m, u, v, g)
                height2 += _ground(other, s, m, g)
                height = share * height + (1.0 - share) * height2
                reflects = share * reflects + (1.0 - share) * reflects2
                sky = share * sky + (1.0 - share) * sky2
            if g.snow > 0.0 and zone != SEA_ICE:  # drifts fill crevasses and hide what is under them
                drift = smoothstep(-0.25, 0.25, fractal_noise(u / 9.0, v / 9.0, 4, g.day + 11) + 1.6 * g.snow - 0.8)
                height, reflects, sky = (
                    height * (1.0 - 0.8 * drift),
                    reflects + drift * (0.9 - reflects),
                    sky + drift * (1.0 - sky),
                )
            if g.debris > 0.0 and zone != SEA_ICE:
                cover = smoothstep(-0.15, 0.15, fractal_noise(u / 5.0, v / 5.0, 5, g.seed + 12) + 1.6 * g.debris - 0.8)
                reflects *= 1.0 - 0.6 * cover
            relief[i, j] = height * g.spacing
            albedo[i, j] = reflects
            openness[i, j] = sky
            classes[i, j] = zone if zone <= SEA_ICE and distance > 0.5 * g.spacing else 0
