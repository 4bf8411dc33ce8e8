"""Pieces of printed maps: true north and true scale in closed form, frames, shading."""

import matplotlib
import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from geoclass import mapdraw
from geoclass.mapgrid import Grid

POLAR = pyproj.CRS(3413).to_wkt()


@pytest.mark.parametrize("x, y", [(804e3, -1102e3), (-500e3, -900e3), (200e3, -2500e3)])
def test_true_north_in_polar_stereographic_is_towards_the_pole(x, y):
    azimuth, _ = mapdraw.ground(POLAR, x, y)
    assert azimuth == pytest.approx(np.degrees(np.arctan2(-x, -y)), abs=1e-3)


def test_true_north_near_the_south_pole_is_away_from_it():
    azimuth, _ = mapdraw.ground(pyproj.CRS(3031).to_wkt(), 1e6, 1e6)
    assert azimuth == pytest.approx(45, abs=1e-3)


def test_the_scale_is_true_at_the_standard_parallel_and_smaller_on_the_meridian_of_utm():
    x, y = pyproj.Transformer.from_crs(4326, 3413, always_xy=True).transform(-20, 70)
    assert mapdraw.ground(POLAR, x, y)[1] == pytest.approx(1, abs=1e-5)
    azimuth, scale = mapdraw.ground(pyproj.CRS(32718).to_wkt(), 500000, 4400000)
    assert (azimuth, scale) == (pytest.approx(0, abs=1e-9), pytest.approx(1 / 0.9996, abs=1e-6))


@given(
    st.tuples(st.floats(-1e6, 1e6), st.floats(10, 1e5), st.floats(-1e6, 1e6), st.floats(10, 1e5)),
    st.floats(0.3, 3),
)
def test_a_framed_box_is_inside_its_frame_and_the_frame_has_its_shape(box, aspect):
    left, width, bottom, height = box
    view = mapdraw.framed((left, left + width, bottom, bottom + height), aspect)
    assert view[0] < left and view[1] > left + width and view[2] < bottom and view[3] > bottom + height
    assert (view[3] - view[2]) / (view[1] - view[0]) == pytest.approx(aspect, rel=1e-6)


def test_the_extent_is_that_of_the_cells_that_are_known():
    grid = Grid(4, 5, (10.0, 0.0, 100.0, 0.0, -20.0, 1000.0), POLAR)
    cells = np.full((4, 5), 255, np.uint8)
    cells[1, 2] = cells[2, 3] = 1
    assert mapdraw.extent(grid, cells) == (120, 140, 940, 980)


def test_shading_takes_hue_from_the_class_and_brightness_from_the_image():
    grid = Grid(1, 2, (2.0, 0.0, 0.0, 0.0, -2.0, 0.0), POLAR)
    image = mapdraw.Picture(Grid(2, 6, (1.0, 0.0, 0.0, 0.0, -1.0, 0.0), POLAR), np.array([[0, 1, 0, 1, 0, np.nan]] * 2))
    found = mapdraw.shaded(image, grid, np.array([[7, 255]], np.uint8), {7: "#ff0000"})
    assert found.shape == (2, 6, 4)
    dark, bright = found[0, 0], found[0, 1]
    assert dark[0] > 2 * dark[1] and bright[0] > dark[0]
    assert found[0, 2, 0] == found[0, 2, 1] == found[0, 2, 2]  # no class: grey
    assert found[0, :, 3].tolist() == [1, 1, 1, 1, 1, 0]  # neither class nor image: the paper


@pytest.mark.parametrize("width_m, expected", [(300, "50 m"), (7000, "1 km"), (45000, "10 km"), (9, "2 m")])
def test_the_scale_bar_is_a_round_length(width_m, expected):
    with matplotlib.rc_context(mapdraw.STYLE):
        figure = Figure(figsize=(8, 8))
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width_m), ylim=(0, width_m))
        mapdraw.scale_bar(axes, 1.0, 1.9)
    texts = [text.get_text() for text in axes.texts]
    assert texts[-1] == expected
    ends = [text.get_position()[0] for text in axes.texts]
    length = float(expected.split()[0]) * (1000 if "km" in expected else 1)
    assert ends[-1] - ends[0] == pytest.approx(length)


def test_the_scale_bar_is_true_on_the_ground():
    figure = Figure(figsize=(8, 8))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 7000), ylim=(0, 7000))
    mapdraw.scale_bar(axes, 1.04, 1.9)
    assert axes.texts[-1].get_position()[0] - axes.texts[0].get_position()[0] == pytest.approx(1000 / 1.04)
