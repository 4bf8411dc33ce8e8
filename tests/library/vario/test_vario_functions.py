"""Vario functions: equal to their definition for every type, range, mask and shape; closed forms, symmetries, GSTools."""

import gstools
import numpy as np
import pytest
import vario_loop
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoclass.vario import vario_functions

SIZE = (24, 32)
LAGS = vario_functions.lag_vectors(*SIZE)
RANGES = {
    "uint8": [(0, 255)],
    "uint16": [(0, 2047), (59997, 60003), (0, 65535), (65533, 65535)],
    "int16": [(-1000, 1000), (-32768, 32767)],
    "float32": [(0, 1), (59997, 60003), (-1e6, 1e6)],
    "float64": [(0, 1), (59997, 60003), (-1e9, 1e9)],
}
CASES = [(dtype, *limits) for dtype, ranges in RANGES.items() for limits in ranges]
MASKS = ["none", "all valid", "random", "border", "slanted edge", "sparse", "one tile"]


def tiles(dtype, low, high, n=3, size=SIZE, seed=0):
    """Return tiles that take the whole range, its ends often, as black and white crevasses do."""
    rng = np.random.default_rng(seed)
    share = rng.choice([0, 1, 2], (n, *size), p=[0.3, 0.3, 0.4])
    between = rng.uniform(low, high, (n, *size))
    values = np.where(share == 0, low, np.where(share == 1, high, between))
    return values.astype(dtype) if np.dtype(dtype).kind == "f" else np.rint(values).astype(dtype)


def mask(kind, shape, seed=1):
    rng = np.random.default_rng(seed)
    valid = np.ones(shape, bool)
    if kind == "random":
        valid = rng.random(shape) > 0.1
    elif kind == "sparse":
        valid = rng.random(shape) > 0.8
    elif kind == "border":
        valid[:, :, :7] = False
        valid[:, 20:] = False
    elif kind == "slanted edge":  # of another slope in each tile, the last one's row by row anew
        begin = np.arange(shape[1]) * np.linspace(-1.5, 1.5, shape[0])[:, None]
        begin[-1] = rng.integers(0, shape[2] + 1, shape[1])
        valid = np.arange(shape[2]) >= begin[:, :, None]
    elif kind == "one tile":
        valid[1, 3:9, 5:20] = False
    return None if kind == "none" else valid


def equal(found, pixels, lags, valid=None, minimum_pairs=1):
    """Compare with the loop; the residual is a difference of two numbers, so its error is measured by the larger of them."""
    for index, tile in enumerate(pixels):
        v, residual, pairs = vario_loop.vario_functions(tile, lags, None if valid is None else valid[index], minimum_pairs)
        np.testing.assert_array_equal(found.n_pairs[index], pairs)
        exact = 1e-12 if pixels.dtype != np.float32 else 1e-6
        np.testing.assert_allclose(found.v[index], v, rtol=exact)
        np.testing.assert_allclose(found.residual[index], residual, rtol=1e-6, atol=1e-12 * np.nanmax(v, initial=0))


# Exactness


@pytest.mark.parametrize("kind", MASKS)
@pytest.mark.parametrize("dtype, low, high", CASES)
def test_equal_to_a_plain_loop(dtype, low, high, kind):
    pixels = tiles(dtype, low, high)
    valid = mask(kind, pixels.shape)
    equal(vario_functions.vario_functions(pixels, LAGS, valid), pixels, LAGS, valid)


@pytest.mark.parametrize("size", [(8, 8), (8, 40), (40, 8), (33, 33), (31, 67), (70, 45), (64, 64)])
@pytest.mark.parametrize("scheme, maximum_lag_share", [("3-4-5", 0.5), ("3-4-5", 1.0), ("unit", 0.5), ("unit", 1.0)])
def test_any_shape(size, scheme, maximum_lag_share):
    lags = vario_functions.lag_vectors(*size, scheme, maximum_lag_share)
    for dtype, low, high in (("uint16", 0, 2047), ("uint16", 0, 65535), ("float32", 0, 1)):
        pixels = tiles(dtype, low, high, n=2, size=size)
        for kind in ("none", "random"):
            valid = mask(kind, pixels.shape)
            equal(vario_functions.vario_functions(pixels, lags, valid), pixels, lags, valid)


def test_the_default_tile():
    lags = vario_functions.lag_vectors(201, 268)
    assert lags.shape == (4, 33, 2)
    pixels = tiles("uint16", 0, 2047, n=1, size=(201, 268))
    equal(vario_functions.vario_functions(pixels, lags), pixels, lags)


def test_any_lag_vectors():
    rng = np.random.default_rng(4)
    lags = rng.integers(-23, 24, (3, 9, 2))
    pixels = tiles("float64", 0, 1, n=2)
    for valid in (None, mask("random", pixels.shape)):
        equal(vario_functions.vario_functions(pixels, lags, valid), pixels, lags, valid)


@pytest.mark.parametrize("kind", ["none", "random"])
@pytest.mark.parametrize("dtype", vario_functions.DTYPES)
def test_threads_and_batches_change_nothing(dtype, kind):
    pixels = tiles(dtype, 0, 200, n=2 * vario_functions.TILES_AT_ONCE + 5)
    valid = mask(kind, pixels.shape)
    found = [vario_functions.vario_functions(pixels, LAGS, valid, threads=threads) for threads in (1, 2)]
    one_by_one = [
        vario_functions.vario_functions(pixels[[i]], LAGS, None if valid is None else valid[[i]]).residual
        for i in range(len(pixels))
    ]
    np.testing.assert_array_equal(found[0].residual, found[1].residual)
    np.testing.assert_array_equal(found[0].residual, np.concatenate(one_by_one))


def test_what_invalid_pixels_hold_does_not_matter():
    for dtype, odd in (("float32", np.nan), ("float64", np.inf), ("uint16", 65535), ("uint8", 255)):
        pixels = tiles(dtype, 0, 200)
        valid = mask("random", pixels.shape)
        other = np.where(valid, pixels, np.array(odd, dtype))
        one, two = (vario_functions.vario_functions(each, LAGS, valid) for each in (pixels, other))
        np.testing.assert_array_equal(one.residual, two.residual)


def test_arrays_may_be_turned_foreign_or_lists():
    pixels = tiles("uint16", 0, 2047)
    expected = vario_functions.vario_functions(pixels, LAGS).v
    for same in (np.asfortranarray(pixels), pixels.astype(">u2"), pixels[::-1][::-1], np.repeat(pixels, 2, axis=2)[:, :, ::2]):
        np.testing.assert_array_equal(vario_functions.vario_functions(same, LAGS).v, expected)
    np.testing.assert_array_equal(vario_functions.vario_functions(pixels, LAGS.tolist()).v, expected)


def test_no_tile_gives_no_row():
    found = vario_functions.vario_functions(np.zeros((0, *SIZE), np.uint8), LAGS)
    assert found.v.shape == found.residual.shape == found.n_pairs.shape == (0, 4, LAGS.shape[1])


def test_bytes_do_not_wrap_around():
    pixels = np.zeros((1, 8, 8), np.uint8)
    pixels[:, :, ::2] = 200  # stripes a pixel wide: half the squares of 200 is 20,000, which modulo 256 would be 32
    lags = np.array([[[0, 1]]])
    wrapped = np.mean((pixels[0, :, :-1] - pixels[0, :, 1:]) ** 2) / 2
    assert wrapped < 128
    assert vario_functions.vario_functions(pixels, lags).v[0, 0, 0] == 20000


def test_too_few_pairs_are_no_number():
    pixels = tiles("uint8", 0, 255)
    valid = np.zeros(pixels.shape, bool)
    valid[:, :4, :12] = True
    found = vario_functions.vario_functions(pixels, LAGS, valid, minimum_pairs=20)
    equal(found, pixels, LAGS, valid, minimum_pairs=20)
    few = found.n_pairs < 20
    assert few.any() and not few.all()
    np.testing.assert_array_equal(np.isnan(found.v), few)


# Closed forms


def test_a_constant_tile_has_none():
    for dtype in vario_functions.DTYPES:
        found = vario_functions.vario_functions(np.full((1, *SIZE), 7, dtype), LAGS)
        assert not found.v.any() and not found.residual.any()


def test_a_ramp():
    rows, columns = np.indices(SIZE)
    pixels = (3.0 * rows - 1.25 * columns)[None]
    found = vario_functions.vario_functions(pixels, LAGS)
    np.testing.assert_allclose(found.v[0], (LAGS @ [3.0, -1.25]) ** 2 / 2)
    np.testing.assert_allclose(found.residual[0], 0, atol=1e-9)


def test_white_noise_has_its_variance():
    rng = np.random.default_rng(5)
    pixels = rng.normal(0, 3, (4, 201, 268)).astype(np.float32)
    lags = vario_functions.lag_vectors(201, 268)
    np.testing.assert_allclose(vario_functions.vario_functions(pixels, lags).v.mean(axis=0), 9, rtol=0.02)


def test_a_plane_wave():
    height, width = 200, 240
    frequency = np.array([1 / 20, 1 / 24])
    rows, columns = np.indices((height, width))
    wave = 10 * np.cos(2 * np.pi * (frequency[0] * rows + frequency[1] * columns))
    lags = vario_functions.lag_vectors(height, width, "unit", 0.2)
    expected = 50 * (1 - np.cos(2 * np.pi * lags @ frequency))
    np.testing.assert_allclose(vario_functions.vario_functions(wave[None], lags).v[0], expected, atol=2.5)


def test_gstools_agrees_along_the_axes():
    pixels = tiles("float64", 0, 1, n=1)[0]
    lags = vario_functions.lag_vectors(*SIZE, "unit", 0.5)
    found = vario_functions.vario_functions(pixels[None], lags).v[0]
    n_lags = lags.shape[1]
    for direction, axis in ((0, "x"), (1, "y")):
        np.testing.assert_allclose(found[direction], gstools.vario_estimate_axis(pixels, axis)[1 : n_lags + 1], rtol=1e-9)


def test_gstools_agrees_about_invalid_pixels():
    pixels = tiles("float64", 0, 1, n=1)
    valid = mask("random", pixels.shape)
    lags = vario_functions.lag_vectors(*SIZE, "unit", 0.5)
    found = vario_functions.vario_functions(pixels, lags, valid).v[0]
    masked = np.ma.array(pixels[0], mask=~valid[0])
    for direction, axis in ((0, "x"), (1, "y")):
        expected = gstools.vario_estimate_axis(masked, axis)[1 : lags.shape[1] + 1]
        np.testing.assert_allclose(found[direction], expected, rtol=1e-9)


# Properties

PIXELS = hnp.arrays(np.int16, (2, 12, 16), elements=st.integers(-500, 500))
VALID = hnp.arrays(bool, (2, 12, 16), elements=st.sampled_from([True, True, True, False]))
SMALL = vario_functions.lag_vectors(12, 16, "unit", 0.4)
quick = settings(max_examples=25, deadline=None)


def both(pixels, valid, lags=SMALL):
    valid = valid | (np.arange(16) < 3)  # some pairs are left
    return vario_functions.vario_functions(pixels, lags, valid), valid


@quick
@given(PIXELS, VALID)
def test_turning_rows_into_columns_swaps_their_directions(pixels, valid):
    found, valid = both(pixels, valid)
    turned = vario_functions.vario_functions(pixels.transpose(0, 2, 1), SMALL, valid.transpose(0, 2, 1))
    np.testing.assert_array_equal(turned.residual, found.residual[:, [1, 0, 2, 3]])


@quick
@given(PIXELS, VALID, st.integers(-3000, 3000))
def test_adding_a_constant_changes_nothing(pixels, valid, constant):
    found, valid = both(pixels, valid)
    np.testing.assert_array_equal(
        vario_functions.vario_functions(pixels + np.int16(constant), SMALL, valid).residual, found.residual
    )


@quick
@given(PIXELS, VALID, st.floats(0.01, 100))
def test_scaling_scales_with_the_square(pixels, valid, factor):
    found, valid = both(pixels, valid)
    scaled = vario_functions.vario_functions(pixels * factor, SMALL, valid)
    np.testing.assert_allclose(scaled.v, found.v * factor**2, rtol=1e-9)


@quick
@given(PIXELS, VALID)
def test_masking_is_leaving_out_pairs(pixels, valid):
    found, valid = both(pixels, valid)
    equal(found, pixels, SMALL, valid)


@quick
@given(PIXELS, VALID)
def test_mirrors_swap_the_diagonals(pixels, valid):
    found, valid = both(pixels, valid)
    for axis in (1, 2):
        mirrored = vario_functions.vario_functions(np.flip(pixels, axis), SMALL, np.flip(valid, axis))
        np.testing.assert_array_equal(mirrored.v, found.v[:, [0, 1, 3, 2]])
        np.testing.assert_array_equal(mirrored.n_pairs, found.n_pairs[:, [0, 1, 3, 2]])
