"""From a simulated surface to the counts of a panchromatic sensor: sun, shading, cast shadows, haze, cloud, blur and noise."""

import math
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numba import njit

from geoclass.simulation.noise import fractal_noise, hashed, smoothstep

SKY = 0.30  # light from the sky and from snow around, as share of direct sun at normal incidence
HIGHEST_COUNT = 2047  # 11 bits


class Light(NamedTuple):
    """Sun, air and sensor at one date; angles in degrees, directions clockwise from grid north."""

    azimuth: float
    elevation: float
    gain: float  # counts of a flat white surface above the haze
    haze: float  # counts of the air, less the dark offset that was taken off
    seed: int  # of the noise, and of the clouds' shape and place
    clouds: int  # number of clouds
    cloud_size: float  # radius of a cloud, m
    cloud_bearing: (
        float  # direction of the first cloud from the middle of the scene, anticlockwise from east; then the other side
    )
    x: float  # middle of the scene, m
    y: float
    blur: float = 1.0  # of the optics, as factor
    noise: float = 1.0  # standard deviation of the sensor's, as factor


def sun_position(when: datetime, longitude: float, latitude: float) -> tuple[float, float]:
    """Return azimuth (clockwise from true north) and elevation of the sun in degrees at a UTC time and place.

    The low-precision formulas of the Astronomical Almanac, good to 0.02° from 1950 to 2050; refraction is left out.
    """
    n = (when - datetime(2000, 1, 1, 12)).total_seconds() / 86400.0
    mean_longitude, anomaly = 280.460 + 0.9856474 * n, math.radians(357.528 + 0.9856003 * n)
    ecliptic = math.radians(mean_longitude + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2.0 * anomaly))
    tilt = math.radians(23.439 - 4e-7 * n)
    ascension = math.atan2(math.cos(tilt) * math.sin(ecliptic), math.cos(ecliptic))
    declination = math.asin(math.sin(tilt) * math.sin(ecliptic))
    hour = math.radians(280.46062 + 360.98564737 * n + longitude) - ascension
    phi = math.radians(latitude)
    elevation = math.asin(math.sin(phi) * math.sin(declination) + math.cos(phi) * math.cos(declination) * math.cos(hour))
    azimuth = math.atan2(-math.sin(hour), math.tan(declination) * math.cos(phi) - math.sin(phi) * math.cos(hour))
    return math.degrees(azimuth) % 360.0, math.degrees(elevation)


@njit
def cloud_cover(x: float, y: float, light: Light) -> float:
    """Return how opaque the clouds over a map coordinate are, 0 to 1."""
    cover = 0.0
    for cloud in range(light.clouds):
        angle = math.radians(light.cloud_bearing + 180.0 * cloud + 40.0 * (hashed(cloud, 0, light.seed) - 0.5))
        away = 2.6 * light.cloud_size
        u = (x - light.x - away * math.cos(angle)) / light.cloud_size
        v = (y - light.y - away * math.sin(angle)) / light.cloud_size
        distance = math.sqrt(u * u + v * v)
        if distance < 1.8:
            billow = fractal_noise(1.6 * u, 1.6 * v, 5, light.seed + cloud)
            cover = max(cover, smoothstep(0.0, 0.45, 1.0 - distance + 0.55 * billow))
    return cover


@njit
def cloud_shadow(x: float, y: float, light: Light) -> float:
    """Return how dark the clouds' shadow at a map coordinate is, 0 to 1; the clouds float half their radius high."""
    away = 0.5 * light.cloud_size / math.tan(math.radians(light.elevation))
    azimuth = math.radians(light.azimuth)
    return cloud_cover(x + away * math.sin(azimuth), y + away * math.cos(azimuth), light)


def shadow_reach(light: Light, spacing_m: float, pixel_height_m: float) -> int:
    """Return the distance in pixels up to which cast shadows are looked for: those of ice as high as 1.3 crevasse spacings."""
    return math.ceil(1.3 * spacing_m / math.tan(math.radians(light.elevation)) / pixel_height_m)


@njit
def _lit(relief: np.ndarray, i: int, j: int, pixel_width: float, pixel_height: float, reach: int, light: Light) -> float:
    """Return the share of the sun's disc that is seen from pixel (i, j), looking `reach` pixels towards it."""
    azimuth = math.radians(light.azimuth)
    east, south = math.sin(azimuth) / pixel_width, -math.cos(azimuth) / pixel_height  # pixels per metre
    longer = max(abs(east), abs(south))
    east, south = east / longer, south / longer
    climb = math.tan(math.radians(light.elevation)) / longer
    above = 0.0
    for step in range(1, reach + 1):
        u, v = i + step * south, j + step * east
        row, column = math.floor(u), math.floor(v)
        if row < 0 or column < 0 or row + 1 >= relief.shape[0] or column + 1 >= relief.shape[1]:
            break
        p, q = u - row, v - column  # one of them is 0
        height = relief[row, column] * (1.0 - p - q) + relief[row + 1, column] * p + relief[row, column + 1] * q
        above = max(above, height - relief[i, j] - step * climb)
        if above > 0.3:
            break
    return 1.0 - min(1.0, above / 0.3)


@njit(nogil=True)
def radiance(
    relief: np.ndarray, albedo: np.ndarray, openness: np.ndarray, first: np.ndarray, last: np.ndarray,
    pixel_width: float, pixel_height: float, rows: tuple[int, int], reach: int, light: Light, bright: np.ndarray,
) -> None:  # fmt: skip
    """Fill `bright` (rows, W) with the light that rows rows[0] to rows[1] - 1 of a surface (H, W) send up; 1 = flat and white.

    Lambert's law for the sun, where the relief casts no shadow, and the sky as far as it is seen from a slope α in the open or in
    a crevasse: A (max(0, cos θ) lit + S o (1 + cos α) / 2).
    """
    azimuth, elevation = math.radians(light.azimuth), math.radians(light.elevation)
    sun_x, sun_y, sun_z = math.sin(azimuth) * math.cos(elevation), math.cos(azimuth) * math.cos(elevation), math.sin(elevation)
    for i in range(rows[0], rows[1]):
        for j in range(max(1, first[i]), min(relief.shape[1] - 1, last[i])):
            east = (relief[i, j + 1] - relief[i, j - 1]) / (2.0 * pixel_width)
            north = (relief[i - 1, j] - relief[i + 1, j]) / (2.0 * pixel_height)
            upward = 1.0 / math.sqrt(1.0 + east * east + north * north)
            facing = (sun_z - east * sun_x - north * sun_y) * upward
            sun = facing * _lit(relief, i, j, pixel_width, pixel_height, reach, light) if facing > 0.0 else 0.0
            sky = SKY * openness[i, j] * 0.5 * (1.0 + upward)
            bright[i - rows[0], j] = albedo[i, j] * (sun + sky) / (sun_z + SKY)


@njit(nogil=True)
def counts(
    bright: np.ndarray, left: float, top: float, pixel_width: float, pixel_height: float, first: np.ndarray, last: np.ndarray,
    row: int, light: Light, image: np.ndarray,
) -> None:  # fmt: skip
    """Fill `image` (H, W) with the counts of `bright` (H + 2, W): blur, clouds, haze, noise and 11 bits; 0 outside first to last.

    Row 0 of the image is row `row` of the scene and row 1 of `bright`. Shot and read noise together have the variance 9 + 0.05 z.
    """
    near = 0.12 * light.blur  # blur of the optics: share of light that goes to each of the four neighbours along an axis
    for i in range(image.shape[0]):
        y = top - i * pixel_height
        for j in range(first[i], last[i]):
            side = bright[i, j] + bright[i + 2, j] + bright[i + 1, j - 1] + bright[i + 1, j + 1]
            corner = bright[i, j - 1] + bright[i, j + 1] + bright[i + 2, j - 1] + bright[i + 2, j + 1]
            seen = (1.0 - 2.0 * near) ** 2 * bright[i + 1, j] + near * (1.0 - 2.0 * near) * side + near * near * corner
            if light.clouds > 0:
                x = left + j * pixel_width
                cover = cloud_cover(x, y, light)
                seen *= 1.0 - 0.55 * cloud_shadow(x, y, light)
                seen += cover * (0.95 + 0.08 * fractal_noise(x / 60.0, y / 60.0, 3, light.seed) - seen)
            z = light.haze + light.gain * seen
            four = hashed(row + i, j, light.seed + 1) + hashed(row + i, j, light.seed + 2)
            four += hashed(row + i, j, light.seed + 3) + hashed(row + i, j, light.seed + 4)
            z += (
                light.noise * math.sqrt(9.0 + 0.05 * max(0.0, z)) * 1.7320508 * (four - 2.0)
            )  # of four uniform numbers: variance 1/3
            image[i, j] = int(min(HIGHEST_COUNT, max(0.0, z + 0.5)))
