"""Vario parameters of curves whose maximum and minimum are known."""

import numpy as np
import pytest

from geoclass.vario import vario_parameters

DISTANCES = 0.5 * np.arange(1, 34)[None]
BARE = np.array([1.0])  # no smoothing


def wave(spacing_m, level=100.0, amplitude=40.0):
    return (level - amplitude * np.cos(2 * np.pi * DISTANCES / spacing_m))[None]


def test_a_wave_gives_half_a_spacing_and_a_spacing():
    found = {name: values.item() for name, values in vario_parameters.vario_parameters(wave(6.0), DISTANCES, BARE).items()}
    assert (found["mindist"], found["hdiff"]) == (6.0, 3.0)
    assert found["pond"] == pytest.approx(140) and found["nugget"] == pytest.approx(100 - 40 * np.cos(np.pi / 6))
    assert found["p1"] == pytest.approx(80 / 3) and found["p2"] == pytest.approx(80 / 140)


def test_smoothing_takes_a_lag_of_noise_out_and_keeps_the_wave():
    curves = wave(6.0) + 12 * (-1.0) ** np.arange(33)
    bare = vario_parameters.vario_parameters(curves, DISTANCES, BARE)
    smooth = vario_parameters.vario_parameters(curves, DISTANCES)
    assert bare["mindist"].item() < 6.0 and smooth["mindist"].item() == 6.0


def test_the_kernel_is_a_mean_and_ends_go_on_level():
    assert vario_parameters.KERNEL.sum() == 1
    np.testing.assert_allclose(vario_parameters.smooth(np.full((1, 1, 9), 3.0)), 3.0)
    np.testing.assert_allclose(vario_parameters.smooth(np.array([16.0, 0, 0, 0, 0])), [16 * 11 / 16, 5, 1, 0, 0])


def test_a_curve_without_waves_has_a_pond_and_a_nugget_alone():
    found = vario_parameters.vario_parameters(np.sqrt(DISTANCES)[None], DISTANCES)
    assert np.isfinite([found["pond"], found["nugget"]]).all()
    assert np.isnan([found[name] for name in ("p1", "p2", "mindist", "hdiff")]).all()


def test_unknown_lags_at_the_end_continue_the_curve_and_no_curve_gives_nothing():
    curves = np.repeat(wave(6.0), 2, axis=1)
    curves[0, 0, 20:] = np.nan
    curves[0, 1] = np.nan
    found = vario_parameters.vario_parameters(curves, np.repeat(DISTANCES, 2, axis=0), BARE)
    assert found["mindist"][0, 0] == 6.0
    assert all(np.isnan(values[0, 1]) for values in found.values())


def test_where_a_falling_curve_ends_is_no_minimum():
    curves = wave(1.6 * DISTANCES.max())  # its minimum lies beyond the longest lag
    curves[..., -3:] = np.nan
    found = vario_parameters.vario_parameters(curves, DISTANCES)
    assert np.isnan([found[name] for name in ("p1", "p2", "mindist", "hdiff")]).all()


@pytest.mark.parametrize("n_lags", [1, 2, 3])
def test_short_curves(n_lags):
    found = vario_parameters.vario_parameters(np.arange(1.0, n_lags + 1)[None, None], DISTANCES[:, :n_lags])
    assert np.isfinite(found["pond"]).all() and np.isnan(found["mindist"]).all()
