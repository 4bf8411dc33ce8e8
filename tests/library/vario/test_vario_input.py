"""Lag vectors and their lengths, higher order, and every input that the vario functions refuse, with what to do about it."""

import numpy as np
import pytest

from geoclass.core import pixel_axes
from geoclass.vario import features, vario_functions

LAGS = vario_functions.lag_vectors(24, 32)
TILES = np.random.default_rng(0).integers(0, 255, (2, 24, 32)).astype(np.uint8)


def test_lags_of_the_default_tile():
    lags = vario_functions.lag_vectors(201, 268)
    assert lags.shape == (4, 33, 2) and np.issubdtype(lags.dtype, np.integer)
    k = np.arange(1, 34)
    for direction, step in enumerate([(3, 0), (0, 4), (3, 4), (3, -4)]):
        np.testing.assert_array_equal(lags[direction], np.outer(k, step))
    np.testing.assert_array_equal(vario_functions.lag_distances_m(lags, pixel_axes.of_image()), np.outer([3, 4, 5, 5], k))


def test_a_tall_tile_swaps_the_steps():
    lags = vario_functions.lag_vectors(268, 201)
    assert lags.shape == (4, 33, 2)
    np.testing.assert_array_equal(lags[:, 0], [(4, 0), (0, 3), (4, 3), (4, -3)])


@pytest.mark.parametrize(
    "size, scheme, maximum_lag_share, step, n_lags",
    [
        ((8, 8), "3-4-5", 0.5, 1, 1),
        ((64, 64), "3-4-5", 0.5, 1, 8),
        ((60, 80), "3-4-5", 0.5, 1, 10),
        ((201, 268), "3-4-5", 1.0, 1, 67),
        ((8, 8), "unit", 0.5, 1, 4),
        ((201, 268), "unit", 0.5, 2, 50),
        ((30, 20), "unit", 1.0, 3, 6),
    ],
)
def test_number_of_lags(size, scheme, maximum_lag_share, step, n_lags):
    lags = vario_functions.lag_vectors(*size, scheme, maximum_lag_share, step)
    assert lags.shape == (4, n_lags, 2)
    assert (np.abs(lags).max(axis=(0, 1)) <= size).all()


@pytest.mark.parametrize("size", [(24, 32), (48, 64), (60, 80), (80, 60), (95, 127)])
def test_small_tiles_get_every_lag_from_one_pixel_on(size):
    np.testing.assert_array_equal(
        vario_functions.lag_vectors(*size, "auto", step_px=7), vario_functions.lag_vectors(*size, "unit")
    )


@pytest.mark.parametrize("size", [(96, 128), (128, 96), (160, 160), (201, 268)])
def test_large_tiles_get_two_short_lags_before_those_of_the_triangle(size):
    lags = vario_functions.lag_vectors(*size, "auto")
    np.testing.assert_array_equal(lags[:, :2], vario_functions.lag_vectors(*size, "unit")[:, :2])
    np.testing.assert_array_equal(lags[:, vario_functions.regular(lags)], vario_functions.lag_vectors(*size, "3-4-5"))


@pytest.mark.parametrize("scheme", ["3-4-5", "unit", "original"])
@pytest.mark.parametrize("size", [(8, 8), (60, 80)])
def test_lags_at_one_step_are_regular_as_a_whole(size, scheme):
    lags = vario_functions.lag_vectors(*size, scheme)
    assert lags[:, vario_functions.regular(lags)].shape == lags.shape


def test_lags_of_the_original_software():
    lags = vario_functions.lag_vectors(201, 268, "original")
    assert lags.shape == (4, 33, 2) and lags[:3, 1].tolist() == [[4, 0], [0, 5], [4, 5]]
    assert lags[0, :3, 0].tolist() == [1, 4, 7] and lags[1, :3, 1].tolist() == [1, 5, 9]


def test_unit_lags_go_along_rows_columns_and_both_diagonals():
    np.testing.assert_array_equal(vario_functions.lag_vectors(30, 40, "unit", 0.5, 2)[:, 0], [(2, 0), (0, 2), (2, 2), (2, -2)])


def test_distances_on_pixels_that_are_not_square():
    found = vario_functions.lag_distances_m(LAGS[:, :1], pixel_axes.of_image(0.51, 0.487))
    np.testing.assert_allclose(found[:, 0], [3 * 0.51, 4 * 0.487, *[np.hypot(3 * 0.51, 4 * 0.487)] * 2])


# Higher order and normalisation


def test_order_two_by_hand():
    v = np.array([[[1.0, 3.0, 2.0, 4.0]]])
    np.testing.assert_allclose(vario_functions.higher_order(v), [[[(4 + 1 + 4) / 6, (1 + 1) / 4]]])


def test_order_two_leaves_out_unknown_values():
    v = np.array([[[1.0, 3.0, np.nan, 4.0], [np.nan] * 4]])
    np.testing.assert_allclose(vario_functions.higher_order(v), [[[4 / 2, 1 / 2], [np.nan] * 2]])


def test_order_three_is_order_two_of_order_two():
    v = np.random.default_rng(1).random((2, 4, 33))
    np.testing.assert_array_equal(
        vario_functions.higher_order(v, 3), vario_functions.higher_order(vario_functions.higher_order(v))
    )


def test_a_straight_curve_has_a_square_one():
    np.testing.assert_allclose(
        vario_functions.higher_order(3.0 * np.arange(1, 9)[None, None])[0, 0], 9 * np.arange(1, 5) ** 2 / 2
    )


def test_normalisation_by_the_tiles_variance_takes_out_contrast():
    pixels = np.random.default_rng(2).normal(size=(1, 24, 32))
    one, two = (features.vector(vario_functions.vario_functions(scale * pixels, LAGS).v, "variance") for scale in (1, 7))
    np.testing.assert_allclose(one, two, rtol=1e-5)
    assert one.mean() == pytest.approx(1)


# Bad input: where, found, expected, what to do

REFUSED = [
    (
        "a tile smaller than the lags",
        lambda: vario_functions.vario_functions(TILES[:, :20, :14], LAGS),
        "lags: up to 12 rows and 16 columns, expected at most the 20 x 14 px of the tiles; take the lags of this tile",
    ),
    (
        "no valid pair",
        lambda: vario_functions.vario_functions(TILES, LAGS, np.zeros(TILES.shape, bool)),
        "tiles: tile 0 has no pair of valid pixels at any lag, expected some; leave it out, as tile_scene/minimum",
    ),
    (
        "no valid pair in one tile",
        lambda: vario_functions.vario_functions(TILES, LAGS, np.stack([np.ones((24, 32), bool), np.zeros((24, 32), bool)])),
        "tile 1 has no pair",
    ),
    (
        "a wrong type",
        lambda: vario_functions.vario_functions(TILES.astype(np.int64), LAGS),
        "tiles: dtype int64, expected one of uint8, uint16, int16, float32, float64; convert",
    ),
    (
        "complex numbers",
        lambda: vario_functions.vario_functions(TILES.astype(complex), LAGS),
        "tiles: dtype complex128, expected one of",
    ),
    (
        "a single tile",
        lambda: vario_functions.vario_functions(TILES[0], LAGS),
        "tiles: shape (24, 32), expected (tiles, height, width); a single tile is tiles[None]",
    ),
    ("tiles without rows", lambda: vario_functions.vario_functions(TILES[:, :0], LAGS), "tiles: shape (2, 0, 32), expected"),
    (
        "lags that are no integers",
        lambda: vario_functions.vario_functions(TILES, LAGS * 1.0),
        "lags: float64 of shape (4, 4, 2), expected integers (directions, lags, 2); use lag_vectors",
    ),
    (
        "lags of a wrong shape",
        lambda: vario_functions.vario_functions(TILES, LAGS[0]),
        "lags: int64 of shape (4, 2), expected integers",
    ),
    (
        "a mask of another shape",
        lambda: vario_functions.vario_functions(TILES, LAGS, np.ones((2, 24, 31), bool)),
        "valid: bool of shape (2, 24, 31), expected bool of shape (2, 24, 32), as the tiles; True = valid",
    ),
    (
        "a mask of numbers",
        lambda: vario_functions.vario_functions(TILES, LAGS, np.ones(TILES.shape, np.uint8)),
        "valid: uint8 of shape (2, 24, 32), expected bool",
    ),
    (
        "NaN",
        lambda: vario_functions.vario_functions(np.where(TILES == TILES[1, 3, 3], np.nan, TILES)[1:], LAGS),
        "valid pixels that are no finite number, expected none; mark them in `valid`",
    ),
    (
        "an unknown scheme",
        lambda: vario_functions.lag_vectors(24, 32, "knight"),
        "lag scheme: 'knight', expected auto, 3-4-5, unit or original; set extract_vario/scheme",
    ),
    (
        "a maximum lag share of 0",
        lambda: vario_functions.lag_vectors(24, 32, maximum_lag_share=0),
        "maximum lag share: 0, expected above 0 and at most 1; set extract_vario/maximum_lag_share",
    ),
    (
        "a maximum lag share above 1",
        lambda: vario_functions.lag_vectors(24, 32, maximum_lag_share=1.01),
        "maximum lag share: 1.01, expected",
    ),
    (
        "a maximum lag share that is no number",
        lambda: vario_functions.lag_vectors(24, 32, maximum_lag_share=float("nan")),
        "maximum lag share: nan, expected",
    ),
    (
        "a step of 0",
        lambda: vario_functions.lag_vectors(24, 32, "unit", step_px=0),
        "lag step: 0 px, expected 1 px or more",
    ),
    (
        "a tile without a lag",
        lambda: vario_functions.lag_vectors(5, 5),
        "lag vectors: tiles of 5 x 5 px have no lag up to 0.5 of their size, expected one at least; raise",
    ),
    (
        "order 1",
        lambda: vario_functions.higher_order(np.ones((1, 1, 9)), 1),
        "order: 1, expected 2 or more; order 1 is the vario function itself",
    ),
    (
        "a short curve",
        lambda: vario_functions.higher_order(np.ones((1, 1, 2)), 3),
        "vario function: 1 lags are too few for order 3; lower the order or use more lags",
    ),
]


@pytest.mark.parametrize("call, message", [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused_in_one_sentence(call, message):
    with pytest.raises(ValueError) as error:
        call()
    assert message in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("masked", [False, True])
def test_pixels_that_are_no_number_are_counted(dtype, odd, masked):
    pixels = TILES.astype(dtype)
    pixels[1, 5, 5:8] = odd
    valid = np.ones(pixels.shape, bool)
    valid[1, 0, 0] = False
    with pytest.raises(
        ValueError, match="tile 1 has 3 valid pixels that are no finite number, expected none; mark them in `valid`"
    ):
        vario_functions.vario_functions(pixels, LAGS, valid if masked else None)
    valid[1, 5, 5:8] = False
    assert np.isfinite(vario_functions.vario_functions(pixels, LAGS, valid).v).all()


def test_numbers_too_large_to_square_are_refused():
    pixels = TILES.astype(np.float64)
    pixels[0, 2, 2] = 1e200
    with pytest.raises(ValueError, match="tile 0 has 1 valid pixels that are no finite number or too large to be squared"):
        vario_functions.vario_functions(pixels, LAGS)
