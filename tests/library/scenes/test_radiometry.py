"""The histogram of a scene and the scaling taken from it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoclass.scenes import radiometry

SHARES = [0.0, 0.005, 0.37, 0.5, 0.995, 1.0]


def filled(counts):
    histogram = radiometry.Histogram(counts.dtype)
    for piece in np.array_split(counts, 3):
        histogram.add(piece)
    return histogram


@given(st.integers(0, 2**32 - 1), st.sampled_from(["uint8", "int8", "uint16", "int16"]), st.integers(1, 300))
def test_quantiles_of_short_integers_are_exact(seed, dtype, n):
    info = np.iinfo(dtype)
    counts = np.random.default_rng(seed).integers(info.min, info.max, n, dtype=dtype, endpoint=True)
    np.testing.assert_allclose(filled(counts).quantiles(SHARES), np.quantile(counts.astype(float), SHARES), rtol=1e-12, atol=1e-9)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["float32", "float64", "int32", "uint32"]), st.integers(1, 300))
def test_quantiles_of_all_others_are_near(seed, dtype, n):
    counts = np.random.default_rng(seed).lognormal(5, 3, n)
    if dtype[0] != "u":
        counts -= 300
    counts = counts.astype(dtype)
    error = 0.0005 * np.abs(counts.astype(float)).max() + 1e-37  # the bin around 0 is not empty
    np.testing.assert_allclose(
        filled(counts).quantiles(SHARES), np.quantile(counts.astype(float), SHARES), rtol=0.0005, atol=error
    )


def test_outliers_do_no_harm():
    counts = np.concatenate([np.linspace(0.1, 0.2, 10_001), [-3.4e38, 3.4e38]]).astype(np.float32)
    assert filled(counts).quantiles([0.5]) == pytest.approx([0.15], rel=0.0005)


def test_the_pieces_make_no_difference(monkeypatch):
    counts = np.arange(5000, dtype=np.uint16)
    whole = filled(counts)
    monkeypatch.setattr(radiometry, "CHUNK", 7)
    np.testing.assert_array_equal(filled(counts).bins, whole.bins)


def test_methods():
    histogram = filled(np.arange(1001, dtype=np.uint16))
    assert radiometry.measure("percentiles", 0.5, 99.5, histogram) == {
        "method": "percentiles", "low_percent": 0.5, "high_percent": 99.5, "low": 5.0, "high": 995.0,
    }  # fmt: skip
    assert radiometry.measure("counts", 0, 2047, histogram)["high"] == 2047.0
    assert radiometry.measure("counts", 0, 2047, histogram)["low_percent"] is None
    none = radiometry.measure("none", 0.5, 99.5, histogram)
    assert (none["low"], none["high"]) == (0.0, 65535.0)
    none = radiometry.measure("none", 0.5, 99.5, radiometry.Histogram("float32"))
    assert (none["low"], none["high"]) == (0.0, 1.0)


@pytest.mark.parametrize(
    "method, low, high, sentence",
    [
        ("percentiles", 99, 1, "percentiles low 99 and high 1, expected 0 <= low < high <= 100"),
        ("percentiles", 0.5, 2047, "high 2047, expected"),
        ("counts", 5, 5, "low 5 and high 5 counts, expected low < high"),
        ("percentiles", 1, 99, "low 7 and high 7 counts, expected low < high; the image is empty of contrast"),
    ],
)
def test_limits_have_to_increase(method, low, high, sentence):
    with pytest.raises(ValueError, match=sentence):
        radiometry.measure(method, low, high, filled(np.full(9, 7, np.uint8)))


def test_an_empty_histogram_has_no_quantiles():
    with pytest.raises(ValueError, match="no counts"):
        radiometry.Histogram("uint8").quantiles([0.5])
