"""The border of a scene, strip by strip, against the whole image labelled at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from geoclass.scenes import border


def found(empty, rows):
    strips = [empty[first : first + rows] for first in range(0, len(empty), rows)]
    sweeps = border.Border()
    for strip in strips:
        sweeps.add(strip)
    sweeps.close()
    return np.concatenate([sweeps.mark(strip) for strip in strips])


def expected(empty):
    framed = np.pad(empty, 1, constant_values=True)
    labels, _ = ndimage.label(framed)
    return (labels == labels[0, 0])[1:-1, 1:-1]


@given(st.integers(0, 2**32 - 1), st.integers(1, 24), st.integers(1, 24), st.integers(1, 25), st.floats(0.3, 0.8))
def test_it_is_that_of_the_whole_image(seed, height, width, rows, share):
    empty = np.random.default_rng(seed).random((height, width)) < share
    np.testing.assert_array_equal(found(empty, rows), expected(empty))


@pytest.mark.parametrize("rows", [1, 2, 5, 40])
def test_a_spiral_is_followed_to_its_end(rows):
    empty = np.zeros((21, 21), bool)
    for turn in range(0, 10, 2):  # corridors one pixel wide, from the upper left corner inwards
        empty[turn, max(turn - 1, 0) : 21 - turn] = True
        empty[turn : 21 - turn, 20 - turn] = True
        empty[20 - turn, turn : 21 - turn] = True
        empty[turn + 2 : 21 - turn, turn] = True
    marked = found(empty, rows)
    np.testing.assert_array_equal(marked, expected(empty))
    assert marked[10, 11] == empty[10, 11]


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_a_true_zero_inside_stays(rows):
    empty = np.zeros((9, 9), bool)
    empty[:2] = empty[:, 0] = True
    empty[4:6, 4:6] = True
    empty[2, 3] = empty[3, 4] = True  # the second is reached over a corner only
    marked = found(empty, rows)
    assert marked.sum() == 18 + 7 + 1 and not marked[3:6, 4:6].any()


def test_an_empty_image_is_all_border_and_a_full_one_has_none():
    assert found(np.ones((7, 5), bool), 3).all()
    assert not found(np.zeros((7, 5), bool), 3).any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_least_number_of_either_float_is_border(dtype):
    counts = np.full((3, 4), 100, dtype)
    counts[0] = np.finfo(dtype).min
    counts[1, 0] = np.finfo("float32").min  # as where a raster was turned into the other type
    np.testing.assert_array_equal(border.empty(counts, np.ones(counts.shape, bool)), counts < 0)
