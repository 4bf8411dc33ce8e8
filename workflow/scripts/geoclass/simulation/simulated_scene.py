"""A simulated scene: what its name tells, its grid, footprint and light, and its pixels strip by strip."""

import functools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from rasterio.transform import Affine
from rasterio.warp import transform as reproject

from geoclass.core import streams
from geoclass.simulation import optics, simulated_glacier, variety

EPSG = 3413
PIXEL_WIDTH_M, PIXEL_HEIGHT_M = 0.509891794959, 0.486724332972  # as the Polar Geospatial Center's scene of Negribreen has them
# Pixels that a thread holds at a time, about; a strip is a multiple of 256 rows, the side of a block in the file.
STRIP_PIXELS = 3_000_000
NAME = re.compile(
    r"(?P<satellite>[A-Z]{2}\d{2})_(?P<time>\d{14})_(?P<catalog_id>[0-9A-F]{16})_\d{2}[A-Z]{3}\d{8}"
    r"-P1BS-(?P<order>\d{12}_\d{2}_P\d{3})_u16ns3413\.tif"
)


@dataclass(frozen=True)
class Scene:
    """One simulated scene: everything that its pixels depend on."""

    facts: dict[str, str]  # satellite, time, catalog_id, order: as in the file name
    time: datetime  # UTC
    height_px: int
    width_px: int
    transform: Affine
    edges: np.ndarray  # (4, 3): a column + b row + c ≥ 0 inside the footprint, in pixels
    sun: tuple[float, float]  # azimuth from true north and elevation, degrees
    light: optics.Light
    glacier: simulated_glacier.Glacier

    @property
    def date(self) -> str:
        """The day, as in the names of files: YYYYMMDD."""
        return self.time.strftime("%Y%m%d")


def plan(
    path: str | Path, height_px: int, width_px: int, spacing_m: float, cloudy: list[str], seed: int, strength: float = 0.0
) -> Scene:
    """Return the scene that a file name asks for.

    The name gives satellite, time and ids; the time gives the sun, the season and the state of the surge. Gain, haze, footprint
    and place of the grid are drawn for each date, so that a scene does not depend on the others. There are clouds on the dates
    (YYYYMMDD) in `cloudy`. How the glacier of this seed differs from others, at a `strength` of 0 to 1: `variety.draw`.

    Raises
    ------
    ValueError
        The file name is not built as the Polar Geospatial Center builds them for panchromatic scenes in EPSG:3413.
    """
    named = NAME.fullmatch(Path(path).name)
    if not named:
        expected = "WV02_20160625170309_103001005EED0001_16JUN25170309-P1BS-000000000000_01_P001_u16ns3413.tif"
        raise ValueError(f"{path}: not a name that simulate_series can make a scene for, expected one like {expected}; rename it")
    facts = named.groupdict()
    try:
        time = datetime.strptime(facts["time"], "%Y%m%d%H%M%S")
    except ValueError:
        raise ValueError(
            f"{path}: {facts['time']} is no time, expected year, month, day, hour, minute, second; rename it"
        ) from None
    along, across = width_px * PIXEL_WIDTH_M, height_px * PIXEL_HEIGHT_M
    differs = variety.draw(seed, strength)
    glacier = simulated_glacier.glacier(along, across, spacing_m, time, seed, differs)
    generator = np.random.default_rng([seed, time.toordinal()])
    shift = generator.uniform(-0.012, 0.012, 2) * (along, across)
    x, y = simulated_glacier.CENTRE_X_M + shift[0], simulated_glacier.CENTRE_Y_M + shift[1]
    azimuth, elevation = optics.sun_position(time, *lonlat([x], [y])[0])
    sun = ((azimuth + differs.sun_deg) % 360.0, min(80.0, max(5.0, elevation * differs.elevation)))
    light = optics.Light(
        azimuth=sun[0] + math.degrees(math.atan2(-x, -y)),  # the pole, true north, is at (0, 0)
        elevation=sun[1],
        gain=differs.gain * generator.uniform(950.0, 1500.0),
        haze=generator.uniform(-110.0, 120.0),
        seed=int(generator.integers(2**31)),
        clouds=2 if time.strftime("%Y%m%d") in cloudy else 0,
        cloud_size=0.11 * along,
        cloud_bearing=glacier.flow_deg + 90.0,  # beside the centre line: the surge front stays in sight
        x=x,
        y=y,
        blur=differs.blur,
        noise=differs.noise,
    )
    transform = Affine(PIXEL_WIDTH_M, 0.0, x - along / 2, 0.0, -PIXEL_HEIGHT_M, y + across / 2)
    turn = math.radians(generator.uniform(2.5, 6.0) * generator.choice([-1.0, 1.0]))
    return Scene(facts, time, height_px, width_px, transform, _footprint(height_px, width_px, turn), sun, light, glacier)


def _footprint(height_px: int, width_px: int, turn: float) -> np.ndarray:
    """Return the edges (4, 3) of the largest rectangle of the image's proportions, turned by `turn` radians, that it holds."""
    size = 0.99 / (math.cos(turn) + abs(math.sin(turn)) * max(height_px / width_px, width_px / height_px))
    c, s = math.cos(turn), math.sin(turn)
    edges = []
    for east, south, half in ((c, s, width_px / 2), (-c, -s, width_px / 2), (-s, c, height_px / 2), (s, -c, height_px / 2)):
        edges.append((east, south, size * half - east * width_px / 2 - south * height_px / 2))
    return np.array(edges)


def lonlat(x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
    """Return longitude and latitude in degrees of map coordinates."""
    return list(zip(*reproject(f"EPSG:{EPSG}", "EPSG:4326", x, y), strict=True))


def corners(scene: Scene) -> list[tuple[float, float]]:
    """Return the corners of the footprint on the map: upper left, upper right, lower right, lower left."""
    right, left, lower, upper = scene.edges
    pixels = []
    for one, other in ((upper, left), (upper, right), (lower, right), (lower, left)):
        pixels.append(np.linalg.solve(np.array([one[:2], other[:2]]), -np.array([one[2], other[2]])))
    return [scene.transform @ tuple(pixel) for pixel in pixels]


def spans(scene: Scene, rows: np.ndarray, margin_px: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the first column and the one after the last, row by row, of the pixels in the footprint widened by a margin."""
    first, last = np.zeros(len(rows)), np.full(len(rows), scene.width_px - 1.0)
    for east, south, c in scene.edges:
        bound = -(south * (rows + 0.5) + c + margin_px) / east - 0.5
        first, last = (np.maximum(first, np.ceil(bound)), last) if east > 0 else (first, np.minimum(last, np.floor(bound)))
    return first.astype(np.int64), np.maximum(first, last + 1).astype(np.int64)


def strip_height(scene: Scene) -> int:
    """Return the rows of a strip."""
    return max(256, STRIP_PIXELS // scene.width_px // 256 * 256)


def strips(scene: Scene, threads: int = 1) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Make the scene strip by strip: yields the first row, counts (h, W) as uint16 and class ids (h, W) as uint8.

    Both are 0 outside the footprint. Counts depend on place alone, so that strips of any height give the same scene, whatever the threads.
    """
    return streams.ahead(functools.partial(strip, scene), range(0, scene.height_px, strip_height(scene)), threads)


def strip(scene: Scene, row: int) -> tuple[int, np.ndarray, np.ndarray]:
    """Make the strip of the scene that begins with a row; see `strips`."""
    reach = optics.shadow_reach(scene.light, scene.glacier.spacing, PIXEL_HEIGHT_M)
    sun_below = math.cos(math.radians(scene.light.azimuth)) < 0.0
    above, below = (2, reach + 2) if sun_below else (reach + 2, 2)  # rows that shade or blur into the strip
    left, top = scene.transform @ (0.5, 0.5)
    n = min(strip_height(scene), scene.height_px - row)
    wide = spans(scene, np.arange(row - above, row + n + below), reach + 2)
    shape = (n + above + below, scene.width_px)
    relief, albedo, openness = (np.zeros(shape, np.float32) for _ in range(3))
    classes = np.zeros(shape, np.uint8)
    start = top - (row - above) * PIXEL_HEIGHT_M
    simulated_glacier.surface(left, start, PIXEL_WIDTH_M, PIXEL_HEIGHT_M, *wide, scene.glacier, relief, albedo, openness, classes)
    bright = np.zeros((n + 2, scene.width_px), np.float32)
    window = (above - 1, above + n + 1)
    optics.radiance(relief, albedo, openness, *wide, PIXEL_WIDTH_M, PIXEL_HEIGHT_M, window, reach, scene.light, bright)
    image = np.zeros((n, scene.width_px), np.uint16)
    first, last = spans(scene, np.arange(row, row + n), 0.0)
    pixel = (left, top - row * PIXEL_HEIGHT_M, PIXEL_WIDTH_M, PIXEL_HEIGHT_M)
    optics.counts(bright, *pixel, np.maximum(first, 1), np.minimum(last, scene.width_px - 1), row, scene.light, image)
    outside = np.arange(scene.width_px)
    valid = (outside >= first[:, None]) & (outside < last[:, None])
    return row, image, np.where(valid, classes[above : above + n], 0).astype(np.uint8)
