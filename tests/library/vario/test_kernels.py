"""The kernels as plain Python do what they do compiled, and the steps that they walk by lead where the lags say."""

import os
import subprocess
import sys

import numpy as np
import pytest
import vario_loop

from geoclass.vario import kernels

SIZE = (6, 40)  # more than a block wide
LAGS = np.array([(0, 0), (1, 0), (2, 0), (0, 1), (0, 37), (2, 3), (5, 39), (-1, 1), (-2, 2), (-5, 20), (3, 4)])
KERNELS = ["complete_counts", "run_counts", "masked_counts", "complete_reals", "masked_reals"]


def arguments(name, n=2):
    """Return what a kernel takes, and the tiles and masks to compare with."""
    rng = np.random.default_rng(3)
    counts, masked = name.endswith("counts"), not name.startswith("complete")
    tiles = rng.integers(0, 2048, (n, *SIZE)).astype(np.uint16) if counts else rng.normal(size=(n, *SIZE))
    valid = rng.random(tiles.shape) > 0.2
    if name == "run_counts":
        begin, end = [[3], [0], [7], [38], [12], [0]], [[40], [0], [31], [40], [13], [40]]  # the second row has none
        valid[:] = (np.arange(SIZE[1]) >= begin) & (np.arange(SIZE[1]) < end)
    pixels = (tiles.ravel(), valid.ravel()) if masked else (tiles.ravel(),)
    size = (*map(np.uint64, SIZE), np.uint64(kernels.stride_px(SIZE[1])))
    outside = () if counts else (np.finfo(float).max,)
    sums = np.full((n, 3, len(LAGS)), np.nan)
    return (*pixels, *size, kernels.steps(LAGS, *SIZE), *outside, sums), tiles, valid if masked else [None] * n


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("name", KERNELS)
def test_plain_and_compiled_agree_with_the_definition(name):
    kernel = getattr(kernels, name)
    plain, tiles, valid = arguments(name)
    kernel.py_func(*(part.view(np.recarray) if getattr(part, "dtype", None) == kernels.STEP else part for part in plain))
    compiled = arguments(name)[0]
    kernel(*compiled)
    np.testing.assert_allclose(plain[-1], compiled[-1], rtol=1e-12, atol=1e-12)
    for index in range(len(tiles)):
        v, residual, pairs = vario_loop.vario_functions(tiles[index], LAGS[None], valid[index])
        squares, increments, found = compiled[-1][index]
        np.testing.assert_array_equal(found, pairs[0])
        known = pairs[0] > 0
        level = np.nanmax(v)
        np.testing.assert_allclose(squares[known] / (2 * found[known]), v[0, known], atol=1e-12 * level)
        np.testing.assert_allclose(
            (squares[known] - increments[known] ** 2 / found[known]) / (2 * found[known]),
            residual[0, known],
            atol=1e-9 * level,
        )


@pytest.mark.parametrize("name", KERNELS[:3])
def test_tiles_of_too_wide_a_range_are_left_out(name):
    given, tiles, _ = arguments(name)
    given[0][:] = np.where(np.arange(tiles.size) < tiles[0].size, given[0], given[0] * 31)  # the second tile
    getattr(kernels, name)(*given)
    assert np.isfinite(given[-1][0]).all() and np.isnan(given[-1][1, 0, 0])


@pytest.mark.parametrize("odd", [np.nan, np.inf, 1e200])
@pytest.mark.parametrize("name", KERNELS[3:])
def test_tiles_with_a_pixel_that_is_no_number_are_left_out(name, odd):
    given, tiles, _ = arguments(name)
    place = tiles[0].size + 3
    given[0][place] = odd
    if name.startswith("masked"):
        given[1][place] = True
    getattr(kernels, name)(*given)
    assert np.isfinite(given[-1][0]).all() and np.isnan(given[-1][1, 0, 0])


def test_steps_stay_inside_the_copy_of_a_tile():
    stride = kernels.stride_px(SIZE[1])
    steps = kernels.steps(LAGS, *SIZE)
    length = (SIZE[0] + 2 * kernels.NEAR_PX) * stride
    assert stride >= SIZE[1] + kernels.BLOCK_PX + kernels.NEAR_PX
    for step in steps:
        rows = np.arange(int(step["n_rows"])) * stride
        for name in ("x", "y", "y_near"):
            ends = int(step[name]) + rows + int(step["walked"])
            assert (ends <= length).all()
    assert steps["near"].tolist()[1] == 2  # (1, 0) and (2, 0) are walked together, (0, 1) and (0, 37) are not
    assert steps["near"].tolist()[3] == 3


def test_a_row_of_two_runs_is_left_to_the_next_kernel():
    given, tiles, _ = arguments("run_counts")
    given[1][tiles[0].size + 10] = False  # in the first row of the second tile
    kernels.run_counts(*given)
    assert np.isfinite(given[-1][0]).all() and np.isnan(given[-1][1, 0, 0])


COMPILED = """
import numpy as np
from numba import njit, types
from geoclass.vario import vectors

vectors.widen()


@njit((types.int16[::1], types.int16[::1]))
def products(a, b):
    total = np.int32(0)
    for j in range(a.size):
        total = np.int32(total + np.int32(a[j]) * np.int32(b[j]))
    return total


print(*products.inspect_asm().values())
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="instructions of this make of processor")
@pytest.mark.parametrize(
    "processor, features", [("haswell", "+avx2,+fma"), ("icelake-server", "+avx2,+avx512f,+avx512bw,+avx512vl")]
)
def test_counts_are_multiplied_in_vectors_of_256_bits(processor, features):
    environment = os.environ | {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": features, "PYTHONPATH": "workflow/scripts"}
    run = subprocess.run([sys.executable, "-c", COMPILED], env=environment, capture_output=True, text=True, check=True)
    assert any("vpmaddwd" in line and "ymm" in line for line in run.stdout.splitlines())
