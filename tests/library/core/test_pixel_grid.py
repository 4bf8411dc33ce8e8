"""The grid of pixels that scenes share: counted from the origin of the projection, whatever other scenes there are."""

import itertools

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoclass.core import pixel_grid

WKT = {epsg: pyproj.CRS(epsg).to_wkt() for epsg in (3413, 3031)}


def scene(name="b", left=0.0, top=0.0, pixel=(0.5, 0.25), epsg=3413):
    return {"scene": name, "epsg": epsg, "crs_wkt": WKT[epsg], "transform": [pixel[1], 0.0, left, 0.0, -pixel[0], top]}


def test_a_scene_at_the_origin_begins_with_the_first_pixel_and_rows_run_south():
    assert pixel_grid.lattice(scene()["transform"]) == (0, 0)
    assert pixel_grid.lattice(scene(left=-100.0, top=8_700_000.0)["transform"]) == (-17_400_000, -400)


@given(
    st.sampled_from([0.0, 0.5, 0.25, 1 / 3, 0.1, 0.875, 0.9]),
    st.integers(-(10**7), 10**7),
    st.integers(1, 50_000),
    st.sampled_from([0.5, 0.31, 30.0, 0.4652345678, 0.5000000012]),
)
def test_scenes_of_one_grid_are_as_many_pixels_apart_wherever_it_begins(phase, start, n, pixel):
    """Corners of Landsat, for one, lie half a pixel off."""
    begin = phase * pixel + start * pixel
    (_, here), (_, there) = (
        pixel_grid.lattice(scene(left=left, pixel=(pixel, pixel))["transform"]) for left in (begin, begin + n * pixel)
    )
    assert there - here == n


@given(st.floats(-0.99, 0.99), st.integers(-1000, 1000))
def test_scenes_shifted_by_parts_of_a_pixel_are_counted_to_less_than_a_pixel(part, n):
    first, other = (np.array(pixel_grid.lattice(scene(left=1e6 + 0.25 * k)["transform"])) for k in (0, n + part))
    assert abs(other - first - [0, n + part]).max() < 1


def test_programs_that_round_the_size_of_a_pixel_otherwise_mean_the_same_grid():
    exact, rounded = scene("a", 6e5, 8.7e6, (0.5, 0.5)), scene("b", 6e5, 8.7e6, (0.50000012, 0.49999991))
    assert pixel_grid.lattice(exact["transform"]) == pixel_grid.lattice(rounded["transform"])
    pixel_grid.check([exact, rounded])


@pytest.mark.parametrize(
    "other, sentence",
    [
        (scene(epsg=3031), "scene b: EPSG:3031, expected EPSG:3413 as scene a has; set ingest_scene/grid to native or reproject"),
        (scene(pixel=(0.25, 0.5005)), r"scene b: pixels of 0\.25 x 0\.5005 m, expected 0\.5 x 0\.25 m as scene a has; set"),
        (scene(pixel=(0.5, 0.2500005)), r"scene b: pixels of 0\.5 x 0\.2500005 m, expected 0\.5 x 0\.25 m as scene a has"),
    ],
)
def test_scenes_of_another_grid_are_refused(other, sentence):
    with pytest.raises(ValueError, match=sentence):
        pixel_grid.check([scene("a"), scene("c", 1e6, -3.25), other])


def test_tiles_that_would_not_coincide_so_far_from_the_origin_are_refused():
    sizes = (0.4652345, 0.4652345 * (1 + 4e-7))  # not those of one grid that was rounded otherwise
    near, far = ([scene(name, x, x, (size,) * 2) for name, size in zip("ab", sizes, strict=True)] for x in (1e5, 8.7e6))
    pixel_grid.check(near)
    with pytest.raises(
        ValueError, match=r"scene b: pixels of 0\.4652346861 x 0\.4652346861 m, expected 0\.4652345 x 0\.4652345 m"
    ):
        pixel_grid.check(far)


def test_the_grid_of_a_scene_does_not_depend_on_the_others():
    scenes = [scene("a", 1e6, -5e5), scene("b", 1e6 + 7 * 0.25, -5e5 + 12 * 0.5), scene("c", 1e6 + 0.1, -5e5)]
    for order in itertools.permutations(scenes):
        pixel_grid.check(list(order))
