"""The inner loops of the vario functions: sums over pixel pairs of many tiles, compiled by numba, called by `vario` alone.

Each kernel takes tiles (N, H, W), lags (L, 2) with rows >= 0, the masked ones valid (N, H, W), and fills sums (N, 3, L):

    sums[:, 0]    Σ [z(x) − z(x+h)]²
    sums[:, 1]    Σ [z(x) − z(x+h)], up to its sign
    sums[:, 2]    number of pairs

A tile that a kernel cannot do exactly, or that has pixels which are no finite number, is left out: its sums are NaN.

What makes them fast: pixels of one tile are copied once to a small array of the type that the loops compute in, rows are walked
contiguously, and no loop has a branch. What keeps them exact: sums of integers are integers, and no sum of a row can overflow,
because tiles of too wide a range of counts are left to the kernels for real numbers, in which integers are exact up to 2^53.
"""

import numpy as np
from numba import njit

BLOCK_PX = 64  # rows of zero-padded integers are walked in whole vector registers, without a remainder
ROW_LIMIT = 2**31 - 1  # sums along a row are kept in int32


@njit(nogil=True)
def _dot(a, b):
    """Σ a·b of int16 in int32: the form of loop that a processor multiplies and adds in one instruction."""
    total = np.int32(0)
    for j in range(a.size):
        total = np.int32(total + np.int32(a[j]) * np.int32(b[j]))
    return total


@njit(nogil=True)
def complete_counts(tiles, lags, sums):
    """Integer tiles without invalid pixels.

    Σ (a − b)² = Σ a² + Σ b² − 2 Σ ab: the first two and Σ (a − b) telescope into sums over windows, which cost next to nothing,
    and Σ ab needs one multiplication a pair. Counts are taken from the middle of the tile's range, so that they are small.
    """
    n_tiles, height, width = tiles.shape
    z = np.zeros((height, width + BLOCK_PX), np.int16)
    column_sums = np.zeros((height + 1, width), np.int64)
    square_sums = np.zeros((height + 1, width), np.int64)
    for t in range(n_tiles):
        low = np.int32(tiles[t, 0, 0])
        high = low
        for i in range(height):
            row = tiles[t, i]
            for j in range(width):
                low = min(low, np.int32(row[j]))
                high = max(high, np.int32(row[j]))
        middle = np.int32((low + high) // 2)
        reach = np.int64(high - middle)
        if reach * reach * (width + BLOCK_PX) > ROW_LIMIT:
            sums[t] = np.nan
            continue
        for i in range(height):
            row, shifted = tiles[t, i], z[i]
            above, below = column_sums[i], column_sums[i + 1]
            squares_above, squares_below = square_sums[i], square_sums[i + 1]
            for j in range(width):
                count = np.int32(np.int32(row[j]) - middle)
                shifted[j] = np.int16(count)
                below[j] = above[j] + count
                squares_below[j] = squares_above[j] + np.int32(count * count)
        for k in range(lags.shape[0]):
            rows, columns = lags[k]
            first = 0 if columns >= 0 else rows  # the left one of the two windows starts in this row, the right one in `second`
            second = rows - first
            left, n_rows, n_columns = abs(columns), height - rows, width - abs(columns)
            padded = (n_columns + BLOCK_PX - 1) // BLOCK_PX * BLOCK_PX
            products = np.int64(0)
            for i in range(n_rows):
                products += _dot(z[first + i, :padded], z[second + i, left : left + padded])
            squares, increments = -2 * products, np.int64(0)
            above, below = column_sums[first, :n_columns], column_sums[first + n_rows, :n_columns]
            above_right, below_right = column_sums[second, left:], column_sums[second + n_rows, left:]
            squares_above, squares_below = square_sums[first, :n_columns], square_sums[first + n_rows, :n_columns]
            squares_above_right, squares_below_right = square_sums[second, left:], square_sums[second + n_rows, left:]
            for j in range(n_columns):
                squares += squares_below[j] - squares_above[j] + squares_below_right[j] - squares_above_right[j]
                increments += below[j] - above[j] - below_right[j] + above_right[j]
            sums[t, 0, k], sums[t, 1, k], sums[t, 2, k] = squares, increments, n_rows * n_columns


@njit(nogil=True, fastmath=True)
def _square_sum(a, b):
    """Σ (a − b)² of real numbers, in their own precision."""
    total = a.dtype.type(0)
    for j in range(a.size):
        difference = a[j] - b[j]
        total += difference * difference
    return total


@njit(nogil=True, fastmath=True)
def _window_difference(above, below, above_right, below_right):
    """Sum over the left window less that over the right one, from sums of the columns above and down to the end of each."""
    total = 0.0
    for j in range(above.size):
        total += (below[j] - above[j]) - (below_right[j] - above_right[j])
    return total


@njit(nogil=True)
def complete_reals(tiles, lags, sums):
    """Real tiles without invalid pixels: differences in the precision of the tiles, rows summed up in float64."""
    n_tiles, height, width = tiles.shape
    z = np.empty((height, width), tiles.dtype)  # a copy that stays in the cache
    column_sums = np.zeros((height + 1, width))
    for t in range(n_tiles):
        origin = np.float64(tiles[t, 0, 0])
        for i in range(height):
            row, row_z, above, below = tiles[t, i], z[i], column_sums[i], column_sums[i + 1]
            for j in range(width):
                row_z[j] = row[j]
                below[j] = above[j] + (np.float64(row[j]) - origin)
        if not np.isfinite(column_sums[height].sum()):
            sums[t] = np.nan
            continue
        for k in range(lags.shape[0]):
            rows, columns = lags[k]
            first = 0 if columns >= 0 else rows
            second = rows - first
            left, n_rows, n_columns = abs(columns), height - rows, width - abs(columns)
            squares = 0.0
            for i in range(n_rows):
                squares += _square_sum(z[first + i, :n_columns], z[second + i, left : left + n_columns])
            increments = _window_difference(
                column_sums[first, :n_columns],
                column_sums[first + n_rows, :n_columns],
                column_sums[second, left:],
                column_sums[second + n_rows, left:],
            )
            sums[t, 0, k], sums[t, 1, k], sums[t, 2, k] = squares, increments, n_rows * n_columns


@njit(nogil=True)
def _masked_count_sums(a, b, valid_a, valid_b):
    """Σ (a − b)², Σ (a − b) and the number of pairs, of int32 whose mask is −1 (all bits set) where valid and 0 where not."""
    squares, increments, pairs = np.int32(0), np.int32(0), np.int32(0)
    for j in range(a.size):
        mask = np.int32(valid_a[j] & valid_b[j])
        difference = np.int32(np.int32(a[j] - b[j]) & mask)
        squares = np.int32(squares + difference * difference)
        increments = np.int32(increments + difference)
        pairs = np.int32(pairs - mask)
    return squares, increments, pairs


@njit(nogil=True)
def masked_counts(tiles, valid, lags, sums):
    """Integer tiles with invalid pixels."""
    n_tiles, height, width = tiles.shape
    z = np.empty((height, width), np.int32)
    mask = np.empty((height, width), np.int32)
    for t in range(n_tiles):
        low, high = np.int32(2**16), np.int32(-(2**16))
        for i in range(height):
            row, row_valid, row_mask, row_z = tiles[t, i], valid[t, i], mask[i], z[i]
            for j in range(width):
                count = np.int32(row[j])
                row_z[j] = count
                row_mask[j] = -np.int32(row_valid[j])
                low = min(low, count if row_valid[j] else np.int32(2**16))
                high = max(high, count if row_valid[j] else np.int32(-(2**16)))
        reach = np.int64(high - low)
        if reach * reach * width > ROW_LIMIT:
            sums[t] = np.nan
            continue
        for k in range(lags.shape[0]):
            rows, columns = lags[k]
            first = 0 if columns >= 0 else rows
            second = rows - first
            left, n_columns = abs(columns), width - abs(columns)
            squares, increments, pairs = np.int64(0), np.int64(0), np.int64(0)
            for i in range(height - rows):
                a, b, n = _masked_count_sums(
                    z[first + i, :n_columns],
                    z[second + i, left : left + n_columns],
                    mask[first + i, :n_columns],
                    mask[second + i, left : left + n_columns],
                )
                squares += a
                increments += b
                pairs += n
            sums[t, 0, k], sums[t, 1, k], sums[t, 2, k] = squares, increments, pairs


@njit(nogil=True, fastmath=True)
def _masked_real_sums(a, b, weight_a, weight_b):
    """Σ (a − b)², Σ (a − b) and the number of pairs, of real numbers whose weight is 1 where valid and 0 where not."""
    zero = a.dtype.type(0)
    squares, increments, pairs = zero, zero, zero
    for j in range(a.size):
        weight = weight_a[j] * weight_b[j]
        difference = (a[j] - b[j]) * weight
        squares += difference * difference
        increments += difference
        pairs += weight
    return squares, increments, pairs


@njit(nogil=True)
def masked_reals(tiles, valid, lags, sums):
    """Real tiles with invalid pixels; what an invalid pixel holds, be it NaN, is never looked at."""
    n_tiles, height, width = tiles.shape
    z = np.empty((height, width), tiles.dtype)
    weight = np.empty((height, width), tiles.dtype)
    column_sums = np.empty(width)
    for t in range(n_tiles):
        column_sums[:] = 0
        for i in range(height):
            row, row_valid, row_weight, row_z = tiles[t, i], valid[t, i], weight[i], z[i]
            for j in range(width):
                row_weight[j] = row_valid[j]
                row_z[j] = row[j] if row_valid[j] else 0
                column_sums[j] += row_z[j]
        if not np.isfinite(column_sums.sum()):
            sums[t] = np.nan
            continue
        for k in range(lags.shape[0]):
            rows, columns = lags[k]
            first = 0 if columns >= 0 else rows
            second = rows - first
            left, n_columns = abs(columns), width - abs(columns)
            squares, increments, pairs = 0.0, 0.0, 0.0
            for i in range(height - rows):
                a, b, n = _masked_real_sums(
                    z[first + i, :n_columns],
                    z[second + i, left : left + n_columns],
                    weight[first + i, :n_columns],
                    weight[second + i, left : left + n_columns],
                )
                squares += a
                increments += b
                pairs += n
            sums[t, 0, k], sums[t, 1, k], sums[t, 2, k] = squares, increments, pairs
