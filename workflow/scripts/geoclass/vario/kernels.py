"""The inner loops of the vario functions: sums over pixel pairs of many tiles, compiled by numba, called by `vario` alone.

Each kernel takes the pixels of N tiles of the same size in one row (N·H·W), the masked ones likewise which are valid, and the `steps` of
L lags, and fills sums (N, 3, L):

    sums[:, 0]    Σ [z(x) − z(x+h)]²
    sums[:, 1]    Σ [z(x) − z(x+h)]
    sums[:, 2]    number of pairs

A tile that a kernel cannot do exactly, or that has pixels which are no finite number, is left out: its sums[0, 0] is NaN.

What makes them fast: the pixels of a tile are copied once, in the type that the loops compute in, to an array z of rows with a margin
between them. In z, x + h is one step from every x, and rows are walked in whole vector registers, without a remainder and without
a branch, because what the margin holds counts as nothing. What keeps them exact: sums of integers are integers, and no sum of int32
can overflow, because tiles of too wide a range of counts are left to the kernels for real numbers, where integers are exact up to 2^53.
What keeps compilation short: one function each, one loop a thought; positions are unsigned, so that no index is checked for its sign.
"""

import numpy as np
from numba import njit

from geoclass.vario import vectors

vectors.widen()
BLOCK_PX = 32  # rows are walked in blocks of so many pixels
NEAR_PX = 8  # lags that differ by no more are walked together
LIMIT = 2**31 - 1  # sums along rows and columns are kept in int32
UNKNOWN = np.int16(-(2**15))  # an invalid pixel; the counts of a tile, taken from the middle of their range, are far from it
ONE = np.uint64(1)
ANY_ORDER = {"reassoc", "contract", "nsz"}  # sums may be taken in any order; NaN and infinity keep their meaning
# In z: where x and x + h begin, how many rows and columns (in whole blocks) are walked, and where x + h of a near lag begins;
# in sums over columns (H + 1, W): where the windows of x and of x + h begin and end.
POSITIONS = ("x", "y", "n_rows", "walked", "near", "y_near", "n_columns", "up_left", "down_left", "up_right", "down_right")
STEP = np.dtype([(name, np.uint64) for name in POSITIONS])


def stride_px(width: int) -> int:
    """Return the length of a row of z: that of a tile's row, and a margin of more than a block and `NEAR_PX`, in whole blocks."""
    return (width // BLOCK_PX + 3) * BLOCK_PX


def steps(lags: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return what the kernels need to know of lags (L, 2) = (rows, columns), columns >= 0, in tiles of this size: (L,) `STEP`.

    `near` is the next lag where it is near enough to be walked together with this one, else the lag itself.
    """
    stride = stride_px(width)
    rows, columns = lags.T
    first, second = np.maximum(-rows, 0), np.maximum(rows, 0)  # rows of a tile in which x and x + h begin
    n_rows, n_columns = height - np.abs(rows), width - columns
    farther, wider = np.diff(np.abs(rows)), np.diff(columns)
    together = (farther >= 0) & (farther <= NEAR_PX) & (wider >= 0) & (wider <= NEAR_PX) & (rows[1:] * rows[:-1] >= 0)
    near = np.arange(len(lags)) + np.append(together, False)
    found = np.zeros(len(lags), STEP)
    found["x"] = (NEAR_PX + first) * stride
    found["y"] = (NEAR_PX + second) * stride + columns
    found["n_rows"], found["n_columns"] = n_rows, n_columns
    found["walked"] = -(-n_columns // BLOCK_PX) * BLOCK_PX
    found["up_left"], found["down_left"] = first * width, (first + n_rows) * width
    found["up_right"], found["down_right"] = second * width + columns, (second + n_rows) * width + columns
    found["near"], found["y_near"] = near, (NEAR_PX + first + rows[near]) * stride + columns[near]
    return found


@njit(nogil=True)
def complete_counts(pixels, height, width, stride, steps, sums):
    """Integer tiles without invalid pixels.

    Σ (a − b)² = Σ a² + Σ b² − 2 Σ ab: the first two and Σ (a − b) telescope into sums over windows, which cost next to nothing,
    and Σ ab needs one multiplication a pair, in the form of loop that a processor multiplies and adds in one instruction. Counts
    are taken from the middle of the tile's range, so that they are small; the margin is 0.
    """
    z = np.zeros((height + np.uint64(2 * NEAR_PX)) * stride, np.int16)
    column_sums = np.zeros((height + ONE) * width, np.int32)
    square_sums = np.zeros((height + ONE) * width, np.int32)
    for t in range(sums.shape[0]):
        tile = np.uint64(t) * height * width
        low = np.int32(pixels[tile])
        high = low
        for j in range(height * width):
            low = min(low, np.int32(pixels[tile + j]))
            high = max(high, np.int32(pixels[tile + j]))
        middle = np.int32((low + high) // 2)
        reach = np.int64(high - middle)
        if reach * reach * np.int64(max(height, stride)) > LIMIT:
            sums[t, 0, 0] = np.nan
            continue
        for i in range(height):
            row, above, below, row_z = tile + i * width, i * width, (i + ONE) * width, (i + np.uint64(NEAR_PX)) * stride
            for j in range(width):
                count = np.int32(np.int32(pixels[row + j]) - middle)
                z[row_z + j] = np.int16(count)
                column_sums[below + j] = np.int32(column_sums[above + j] + count)
                square_sums[below + j] = np.int32(square_sums[above + j] + np.int32(count * count))
        for k in range(steps.size):
            step = steps[k]
            x, y = step.x, step.y
            products = np.int64(0)
            for _ in range(step.n_rows):
                total = np.int32(0)
                for j in range(step.walked):
                    total = np.int32(total + np.int32(z[x + j]) * np.int32(z[y + j]))
                products += total
                x += stride
                y += stride
            a, b, c, d = step.up_left, step.down_left, step.up_right, step.down_right
            squares, increments = -2 * products, np.int64(0)
            for j in range(step.n_columns):
                squares += np.int64(square_sums[b + j]) - square_sums[a + j] + square_sums[d + j] - square_sums[c + j]
                increments += np.int64(column_sums[b + j]) - column_sums[a + j] - column_sums[d + j] + column_sums[c + j]
            sums[t, 0, k], sums[t, 1, k], sums[t, 2, k] = squares, increments, step.n_rows * step.n_columns


@njit(nogil=True)
def run_counts(pixels, valid, height, width, stride, steps, sums):
    """Integer tiles whose valid pixels are one run in each row, as those at the edge of a scene.

    As `complete_counts`, with 0 in the place of what is invalid: Σ ab is then that of the valid pairs. Both ends of a pair are valid
    where the runs of two rows overlap. What telescopes is summed up along rows and kept by columns, (W + 1, H), because the runs of
    neighbouring rows begin and end in nearly the same columns.
    """
    z = np.zeros((height + np.uint64(2 * NEAR_PX)) * stride, np.int16)
    begin, end = np.zeros(height, np.uint64), np.zeros(height, np.uint64)
    row_sums = np.zeros((width + ONE) * height, np.int32)
    square_sums = np.zeros((width + ONE) * height, np.int32)
    margin = np.uint64(NEAR_PX)
    for t in range(sums.shape[0]):
        tile = np.uint64(t) * height * width
        low, high, whole = np.int32(2**16), np.int32(-(2**16)), True
        for i in range(height):
            row = tile + i * width
            n_known, n_runs, last = np.int32(0), np.int32(0), row + width - ONE
            for j in range(row, last):
                n_known = np.int32(n_known + np.int32(valid[j]))
                n_runs = np.int32(n_runs + np.int32(valid[j] > valid[j + ONE]))  # one ends here
                low = min(low, np.int32(pixels[j]) if valid[j] else low)
                high = max(high, np.int32(pixels[j]) if valid[j] else high)
            if valid[last]:
                n_known, n_runs = np.int32(n_known + 1), np.int32(n_runs + 1)
                low, high = min(low, np.int32(pixels[last])), max(high, np.int32(pixels[last]))
            begin[i] = 0
            while n_known and not valid[row + begin[i]]:
                begin[i] += ONE
            end[i] = begin[i] + np.uint64(n_known)
            whole = whole and n_runs < 2
        middle = np.int32((low + high) // 2)
        reach = np.int64(high - middle)
        if not whole or reach * reach * np.int64(stride) > LIMIT:
            sums[t, 0, 0] = np.nan
            continue
        for i in range(height):
            row, row_z = tile + i * width, (i + margin) * stride
            for j in range(width):
                z[row_z + j] = np.int16(np.int32(pixels[row + j]) - middle) if valid[row + j] else np.int16(0)
        for j in range(width):
            left, right = j * height, (j + ONE) * height
            for i in range(height):
                count = np.int32(z[(i + margin) * stride + j])
                row_sums[right + i] = np.int32(row_sums[left + i] + count)
                square_sums[right + i] = np.int32(square_sums[left + i] + np.int32(count * count))
        for k in range(steps.size):
            step = steps[k]
            x, y, columns = step.x, step.y, width - step.n_columns
            here, there = x // stride - margin, y // stride - margin  # rows of x and of x + h
            products, squares, increments, pairs = np.int64(0), np.int64(0), np.int64(0), np.uint64(0)
            for i in range(step.n_rows):
                first = max(begin[here + i] + columns, begin[there + i])  # column of x + h
                after = min(end[here + i] + columns, end[there + i])
                if first < after:
                    total = np.int32(0)
                    for j in range(step.walked):
                        total = np.int32(total + np.int32(z[x + j]) * np.int32(z[y + j]))
                    products += total
                    a, b = (first - columns) * height + here + i, (after - columns) * height + here + i
                    c, d = first * height + there + i, after * height + there + i
                    squares += np.int64(square_sums[b]) - square_sums[a] + square_sums[d] - square_sums[c]
                    increments += np.int64(row_sums[b]) - row_sums[a] - row_sums[d] + row_sums[c]
                    pairs += after - first
                x += stride
                y += stride
            sums[t, 0, k], sums[t, 1, k], sums[t, 2, k] = squares - 2 * products, increments, pairs


@njit(nogil=True)
def masked_counts(pixels, valid, height, width, stride, steps, sums):
    """Integer tiles with invalid pixels; they and the margin are `UNKNOWN`."""
    z = np.full((height + np.uint64(2 * NEAR_PX)) * stride, UNKNOWN)
    for t in range(sums.shape[0]):
        tile = np.uint64(t) * height * width
        low, high = np.int32(2**16), np.int32(-(2**16))
        for j in range(height * width):
            low = min(low, np.int32(pixels[tile + j]) if valid[tile + j] else low)
            high = max(high, np.int32(pixels[tile + j]) if valid[tile + j] else high)
        middle = np.int32((low + high) // 2)
        reach = np.int64(high - low)
        if reach > 2**15 - 2 or width > np.uint64(2**15 - 1) or reach * reach * np.int64(width) > LIMIT:
            sums[t, 0, 0] = np.nan
            continue
        for i in range(height):
            row, row_z = tile + i * width, (i + np.uint64(NEAR_PX)) * stride
            for j in range(width):
                z[row_z + j] = np.int16(np.int32(pixels[row + j]) - middle) if valid[row + j] else UNKNOWN
        for k in range(steps.size):
            step = steps[k]
            x, y = step.x, step.y
            squares, increments, pairs = np.int64(0), np.int64(0), np.int64(0)
            for _ in range(step.n_rows):
                row_squares, row_increments, row_pairs = np.int32(0), np.int32(0), np.int16(0)
                for j in range(step.walked):
                    known = (z[x + j] != UNKNOWN) & (z[y + j] != UNKNOWN)
                    difference = np.int16(z[x + j] - z[y + j]) if known else np.int16(0)
                    row_squares = np.int32(row_squares + np.int32(difference) * np.int32(difference))
                    row_pairs = np.int16(row_pairs + np.int16(known))
                for j in range(step.walked):  # one loop over all three is slower than two
                    known = (z[x + j] != UNKNOWN) & (z[y + j] != UNKNOWN)
                    row_increments = np.int32(row_increments + np.int32(np.int16(z[x + j] - z[y + j]) if known else np.int16(0)))
                squares += row_squares
                increments += row_increments
                pairs += row_pairs
                x += stride
                y += stride
            sums[t, 0, k], sums[t, 1, k], sums[t, 2, k] = squares, increments, pairs


@njit(nogil=True, fastmath=ANY_ORDER)
def complete_reals(pixels, height, width, stride, steps, outside, sums):
    """Real tiles without invalid pixels: differences in the precision of the pixels, rows summed up in float64.

    The margin is `outside`, a number far larger than any pixel. A lag and the next, slightly longer one share what is read of z(x).
    """
    zero = pixels.dtype.type(0)
    z = np.full((height + np.uint64(2 * NEAR_PX)) * stride, outside)
    column_sums = np.zeros((height + ONE) * width)
    highest = np.empty(width, pixels.dtype)
    for t in range(sums.shape[0]):
        tile = np.uint64(t) * height * width
        origin = np.float64(pixels[tile])
        highest[:] = 0
        for i in range(height):
            row, above, below, row_z = tile + i * width, i * width, (i + ONE) * width, (i + np.uint64(NEAR_PX)) * stride
            for j in range(width):
                value = pixels[row + j]
                z[row_z + j] = value
                column_sums[below + j] = column_sums[above + j] + (np.float64(value) - origin)
                highest[j] = abs(value) if abs(value) > highest[j] else highest[j]
        total, top = 0.0, zero
        for j in range(width):
            total += column_sums[height * width + j]
            top = max(top, highest[j])
        if not np.isfinite(total) or not top < outside / (top + np.float64(width)) / 4:
            sums[t, 0, 0] = np.nan
            continue
        k = np.uint64(0)
        while k < steps.size:
            step = steps[k]
            x, y, y_near = step.x, step.y, step.y_near
            squares, squares_near = 0.0, 0.0
            for _ in range(step.n_rows):
                row_squares, row_squares_near = zero, zero
                for j in range(step.walked):
                    difference = z[x + j] - z[y + j] if z[y + j] != outside else zero
                    difference_near = z[x + j] - z[y_near + j] if z[y_near + j] != outside else zero
                    row_squares += difference * difference
                    row_squares_near += difference_near * difference_near
                squares += row_squares
                squares_near += row_squares_near
                x += stride
                y += stride
                y_near += stride
            sums[t, 0, step.near] = squares_near
            sums[t, 0, k] = squares
            k = step.near + ONE
        for k in range(steps.size):
            step = steps[k]
            a, b, c, d = step.up_left, step.down_left, step.up_right, step.down_right
            increments = 0.0
            for j in range(step.n_columns):
                increments += (column_sums[b + j] - column_sums[a + j]) - (column_sums[d + j] - column_sums[c + j])
            sums[t, 1, k], sums[t, 2, k] = increments, step.n_rows * step.n_columns


@njit(nogil=True, fastmath=ANY_ORDER)
def masked_reals(pixels, valid, height, width, stride, steps, outside, sums):
    """Real tiles with invalid pixels; they and the margin are `outside`, and what they held, be it NaN, is never looked at."""
    zero = pixels.dtype.type(0)
    z = np.full((height + np.uint64(2 * NEAR_PX)) * stride, outside)
    for t in range(sums.shape[0]):
        tile = np.uint64(t) * height * width
        total, top = 0.0, zero
        for i in range(height):
            row, row_z = tile + i * width, (i + np.uint64(NEAR_PX)) * stride
            for j in range(width):
                value = pixels[row + j] if valid[row + j] else zero
                z[row_z + j] = value if valid[row + j] else outside
                total += value
                top = max(top, abs(value))
        if not np.isfinite(total) or not top < outside / (top + np.float64(width)) / 4:
            sums[t, 0, 0] = np.nan
            continue
        for k in range(steps.size):
            step = steps[k]
            x, y = step.x, step.y
            squares, increments, pairs = 0.0, 0.0, np.int64(0)
            for _ in range(step.n_rows):
                row_squares, row_increments, row_pairs = zero, zero, np.int32(0)
                for j in range(step.walked):
                    known = (z[x + j] != outside) & (z[y + j] != outside)
                    difference = z[x + j] - z[y + j] if known else zero
                    row_squares += difference * difference
                    row_increments += difference
                    row_pairs = np.int32(row_pairs + np.int32(known))
                squares += row_squares
                increments += row_increments
                pairs += row_pairs
                x += stride
                y += stride
            sums[t, 0, k], sums[t, 1, k], sums[t, 2, k] = squares, increments, pairs
