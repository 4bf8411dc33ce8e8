"""The scaling of counts to 0 and 1, measured on a scene that streams by."""

import numpy as np

CHUNK = 1 << 20  # counts that are put into the histogram at once
KEY_BITS = 20  # sign, 8 bits of exponent, 11 of mantissa


class Histogram:
    """A histogram of counts of any type, filled piece by piece, for quantiles of a whole scene.

    Integers of 8 and 16 bits get one bin a value, so their quantiles are exact. All others are taken as float32 and get bins of a
    relative width of 2⁻¹¹ (the first 20 bits of the number, whose order as bits is made that of the numbers), so that no range
    has to be known beforehand and outliers do no harm; quantiles are then right to 0.05 % of their value.
    """

    def __init__(self, dtype: str | np.dtype) -> None:
        self.dtype = np.dtype(dtype)
        self.exact = self.dtype.kind in "ui" and self.dtype.itemsize <= 2
        self.bins = np.zeros(1 << (8 * self.dtype.itemsize if self.exact else KEY_BITS), np.int64)

    def add(self, counts: np.ndarray) -> None:
        """Add counts, (N,) of the histogram's type; floating point numbers have to be finite."""
        for first in range(0, len(counts), CHUNK):
            keys = self._keys(counts[first : first + CHUNK])
            self.bins += np.bincount(keys, minlength=len(self.bins))

    def quantiles(self, shares: list[float]) -> list[float]:
        """Return quantiles, shares from 0 to 1, interpolated linearly between counts as `numpy.quantile` does.

        Raises
        ------
        ValueError
            Nothing has been added.
        """
        up_to = np.cumsum(self.bins)
        if up_to[-1] == 0:
            raise ValueError("no counts, expected at least one")
        values = []
        for rank in np.asarray(shares) * (up_to[-1] - 1):
            below, above = self._values(np.searchsorted(up_to, [np.floor(rank), np.ceil(rank)], side="right"))
            values.append(float(below + (rank - np.floor(rank)) * (above - below)))
        return values

    def _keys(self, counts: np.ndarray) -> np.ndarray:
        """Return the bins of counts."""
        if self.exact:
            return counts.astype(np.int32) - np.iinfo(self.dtype).min
        bits = np.ascontiguousarray(counts, np.float32).view(np.uint32)
        ordered = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
        return (ordered >> np.uint32(32 - KEY_BITS)).astype(np.int32)

    def _values(self, keys: np.ndarray) -> np.ndarray:
        """Return the counts of bins, in the middle of wide ones."""
        if self.exact:
            return keys + float(np.iinfo(self.dtype).min)
        ordered = ((keys.astype(np.uint32) << np.uint32(32 - KEY_BITS)) | np.uint32(1 << (31 - KEY_BITS))).astype(np.uint32)
        bits = np.where(ordered >> 31, ordered ^ np.uint32(1 << 31), ~ordered)
        return bits.view(np.float32).astype(np.float64)


def measure(method: str, low: float, high: float, histogram: Histogram) -> dict:
    """Return the scaling of a scene: z = clip((count − low) / (high − low), 0, 1).

    Parameters
    ----------
    method
        ``percentiles``: `low` and `high` are percentiles of the histogram; ``counts``: they are counts;
        ``none``: the whole range of an integer type, 0 to 1 for floating point numbers.
    histogram
        Of the valid counts inside the region of interest.

    Raises
    ------
    ValueError
        Limits that do not increase.
    """
    percents = (low, high) if method == "percentiles" else (None, None)
    if method == "percentiles":
        if not 0 <= low < high <= 100:
            raise ValueError(f"ingest_scene: percentiles low {low:g} and high {high:g}, expected 0 <= low < high <= 100")
        limits = histogram.quantiles([low / 100, high / 100])
    elif method == "counts":
        limits = [float(low), float(high)]
    else:
        limits = [0.0, 1.0]
        if histogram.dtype.kind in "ui":
            limits = [float(np.iinfo(histogram.dtype).min), float(np.iinfo(histogram.dtype).max)]
    if not limits[0] < limits[1]:
        raise ValueError(
            f"low {limits[0]:g} and high {limits[1]:g} counts, expected low < high; "
            "the image is empty of contrast or ingest_scene/low and high are wrong"
        )
    return {"method": method, "low_percent": percents[0], "high_percent": percents[1], "low": limits[0], "high": limits[1]}


def scale_pixels(counts: np.ndarray, radiometry: dict, valid: np.ndarray | None = None) -> np.ndarray:
    """Scale counts to 0..1, the same way in training and in prediction.

    ``z = clip((count - low) / (high - low), 0, 1)``; invalid pixels take the mean of the tile's valid ones, which tells
    a network least.

    Parameters
    ----------
    counts
        (N, H, W), any number type.
    radiometry
        The scene's, with ``low`` and ``high`` in counts: numbers, or one a tile, (N,).
    valid
        (N, H, W) bool; None where every pixel is valid.

    Returns
    -------
    numpy.ndarray
        (N, H, W) float32.
    """
    low, span = _range(radiometry)
    scaled = counts.astype(np.float32)
    scaled -= low.astype(np.float32)
    scaled *= (1 / span).astype(np.float32)
    np.clip(scaled, 0, 1, out=scaled)
    if valid is not None:
        for tile in np.flatnonzero(~valid.all(axis=(1, 2))):
            scaled[tile][~valid[tile]] = scaled[tile][valid[tile]].mean(dtype=np.float64) if valid[tile].any() else 0
    return scaled


def scale_vario(v: np.ndarray, radiometry: dict) -> np.ndarray:
    """Bring vario functions from squared counts to squared parts of the scene's range, ``v / (high - low)²``."""
    return v / _range(radiometry)[1] ** 2


def _range(radiometry: dict) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest count and the range of counts that are scaled to 0..1, as (1, 1, 1) or (N, 1, 1)."""
    low, high = (np.reshape(np.asarray(radiometry[key], np.float64), (-1, 1, 1)) for key in ("low", "high"))
    if not (high > low).all():
        found = f"low {low.max():g} and high {high.min():g}"
        raise ValueError(f"radiometry: {found}, expected low < high; check ingest_scene/low and high")
    return low, high - low
