"""Pieces of printed maps: true north and true scale in closed form, frames, shading."""

from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from geoclass.core import figures
from geoclass.core.grid import Grid
from geoclass.maps import cartography

ROOT = Path(__file__).parents[3]
# Machado, Oliveira & Fernandes (2009), IEEE Trans. Vis. Comput. Graph. 15:1291-1298, severity 1: linear RGB as seen without one cone
SEEN = {
    "by all cones": np.eye(3),
    "without red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "without green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "without blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]  # IEC 61966-2-1
POLAR = pyproj.CRS(3413).to_wkt()


@pytest.mark.parametrize("x, y", [(804e3, -1102e3), (-500e3, -900e3), (200e3, -2500e3)])
def test_true_north_in_polar_stereographic_is_towards_the_pole(x, y):
    azimuth, _ = cartography.ground(POLAR, x, y)
    assert azimuth == pytest.approx(np.degrees(np.arctan2(-x, -y)), abs=1e-3)


def test_true_north_near_the_south_pole_is_away_from_it():
    azimuth, _ = cartography.ground(pyproj.CRS(3031).to_wkt(), 1e6, 1e6)
    assert azimuth == pytest.approx(45, abs=1e-3)


def test_the_scale_is_true_at_the_standard_parallel_and_smaller_on_the_meridian_of_utm():
    x, y = pyproj.Transformer.from_crs(4326, 3413, always_xy=True).transform(-20, 70)
    assert cartography.ground(POLAR, x, y)[1] == pytest.approx(1, abs=1e-5)
    azimuth, scale = cartography.ground(pyproj.CRS(32718).to_wkt(), 500000, 4400000)
    assert (azimuth, scale) == (pytest.approx(0, abs=1e-9), pytest.approx(1 / 0.9996, abs=1e-6))


@pytest.mark.parametrize("epsg", [3413, 32633, 3857, 4087, 6933, 3035])
def test_the_scale_is_that_along_x_also_where_it_is_another_along_y(epsg):
    crs = pyproj.CRS(epsg)
    to_degrees = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    x, y = to_degrees.transform(16, 78.6, direction="INVERSE")
    lon, lat = to_degrees.transform([x - 250, x + 250], [y, y])
    length = crs.get_geod().inv(lon[0], lat[0], lon[1], lat[1])[2]
    assert cartography.ground(crs.to_wkt(), x, y)[1] == pytest.approx(length / 500, rel=1e-5)


@settings(deadline=None)
@given(
    st.tuples(st.floats(-1e6, 1e6), st.floats(10, 1e5), st.floats(-1e6, 1e6), st.floats(10, 1e5)),
    st.floats(0.3, 3),
)
def test_a_framed_box_is_inside_its_frame_and_the_frame_has_its_shape(box, aspect):
    left, width, bottom, height = box
    view = cartography.framed((left, left + width, bottom, bottom + height), aspect)
    assert view[0] < left and view[1] > left + width and view[2] < bottom and view[3] > bottom + height
    assert (view[3] - view[2]) / (view[1] - view[0]) == pytest.approx(aspect, rel=1e-6)


def test_the_extent_is_that_of_the_cells_that_are_known():
    grid = Grid(4, 5, (10.0, 0.0, 100.0, 0.0, -20.0, 1000.0), POLAR)
    cells = np.full((4, 5), 255, np.uint8)
    cells[1, 2] = cells[2, 3] = 1
    assert cartography.extent(grid, cells) == (120, 140, 940, 980)
    assert cartography.extent(grid, np.full((4, 5), 255, np.uint8)) == (100, 150, 920, 1000)  # of the grid where none is


def test_shading_takes_hue_from_the_class_and_brightness_from_the_image():
    grid = Grid(1, 2, (2.0, 0.0, 0.0, 0.0, -2.0, 0.0), POLAR)
    image = cartography.Picture(Grid(2, 6, (1.0, 0.0, 0.0, 0.0, -1.0, 0.0), POLAR), np.array([[0, 1, 0, 1, 0, np.nan]] * 2))
    found = cartography.shaded(image, grid, np.array([[7, 255]], np.uint8), {7: "#ff0000"})
    assert found.shape == (2, 6, 4)
    dark, bright = found[0, 0], found[0, 1]
    assert dark[0] > 2 * dark[1] and bright[0] > dark[0]
    assert found[0, 2, 0] == found[0, 2, 1] == found[0, 2, 2]  # no class: grey
    assert found[0, :, 3].tolist() == [255, 255, 255, 255, 255, 0]  # neither class nor image: the paper


@pytest.mark.parametrize("width_m, expected", [(300, "50 m"), (7000, "1 km"), (45000, "10 km"), (9, "2 m")])
def test_the_scale_bar_is_a_round_length(width_m, expected):
    with matplotlib.rc_context(figures.STYLE):
        figure = Figure(figsize=(8, 8))
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width_m), ylim=(0, width_m))
        cartography.scale_bar(axes, 1.0, 1.9)
    texts = [text.get_text() for text in axes.texts]
    assert texts[-1] == expected
    ends = [text.get_position()[0] for text in axes.texts]
    length = float(expected.split()[0]) * (1000 if "km" in expected else 1)
    assert ends[-1] - ends[0] == pytest.approx(length)


def test_the_scale_bar_is_true_on_the_ground():
    figure = Figure(figsize=(8, 8))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 7000), ylim=(0, 7000))
    cartography.scale_bar(axes, 1.04, 1.9)
    assert axes.texts[-1].get_position()[0] - axes.texts[0].get_position()[0] == pytest.approx(1000 / 1.04)


def cielab(linear):
    """Return linear RGB as CIE L*a*b* (ISO/CIE 11664-4, white D65)."""
    ratios = linear @ np.transpose(TO_XYZ) / (0.95047, 1, 1.08883)
    x, y, z = np.where(ratios > 216 / 24389, np.cbrt(ratios), (24389 / 27 * ratios + 16) / 116).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


@pytest.mark.parametrize("cones", SEEN)
def test_the_shipped_colours_are_told_apart_by_every_eye(cones):
    colours = np.array([to_rgb(colour) for colour in pd.read_csv(ROOT / "config" / "classes.tsv", sep="\t")["colour"]])
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    seen = cielab(np.clip(linear @ np.transpose(SEEN[cones]), 0, 1))
    distances = np.linalg.norm(seen[:, None] - seen[None], axis=-1)
    assert distances[np.triu_indices(len(seen), 1)].min() > (30 if cones == "by all cones" else 15)


def test_numbers_stand_in_regions_that_have_room_for_them():
    grid = Grid(8, 12, (20.0, 0.0, 100.0, 0.0, -20.0, 1000.0), POLAR)
    cells = np.full((8, 12), 255, np.uint8)
    cells[1:7, 1:6], cells[3, 8], cells[1:7, 10:12] = 4, 9, 11
    figure = Figure(figsize=(1, 1))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(100, 340), ylim=(840, 1000))
    cartography.numbers(axes, grid, cells, size_pt=12)
    (text,) = axes.texts
    assert text.get_text() == "4" and text.get_position() == (100 + 3.5 * 20, pytest.approx(1000 - 4 * 20, abs=11))
    cartography.numbers(axes, grid, cells, size_pt=2)
    assert {text.get_text() for text in axes.texts} == {"4", "9", "11"}


def test_coordinates_along_an_edge_have_equally_many_decimals():
    figure = Figure(figsize=(8, 8))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
    axes.set(xlim=(1109900, 1110900), ylim=(-42000, -2000))
    cartography.grid_coordinates(axes, {"epsg": 3413})
    figure.canvas.draw()
    assert [label.get_text() for label in axes.get_xticklabels()][1:3] == ["1\u2009110.0", "1\u2009110.2"]
    assert "\u221220" in [label.get_text() for label in axes.get_yticklabels()]
