"""Residual vario parameters of ICESat-2 heights, as the laboratory that developed them computed them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import pytest

from geoclass.vario import vario_functions, vario_parameters

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "geoclass_reference"
KERNEL = np.array([0.0625, 0.25, 0.375, 0.25, 0.625]) / 1.5625  # of that software
STEP_M, WINDOW_M, N_LAGS = 5, 300, 48
DISTANCES = STEP_M * np.arange(1.0, N_LAGS + 1)[None]


@pytest.fixture(scope="module")
def track():
    """Heights along a track in single precision, as that software keeps them: northings are whole metres."""
    table = pd.read_csv(DATA / "dda_ground_estimate_first80.csv")
    x, y = pyproj.Transformer.from_crs(4326, 32633, always_xy=True).transform(table["lon_deg"], table["lat_deg"])
    return table.assign(x=np.float32(x), y=np.float32(y), z=np.float32(table["elev_m"])).astype(float)


def windows(track):
    published = pd.read_csv(DATA / "dda_varparams_first3.csv", comment="#")
    for row, start in zip(published.itertuples(), (7.5, 57.5, 107.5), strict=True):
        yield row, track[(track["dist_m"] >= start) & (track["dist_m"] < start + WINDOW_M)]


def test_parameters_of_pairs_by_their_distance(track):
    for row, points in windows(track):
        one, other = np.triu_indices(len(points), 1)
        x, y, z = (points[name].to_numpy() for name in "xyz")
        lag = np.rint(np.hypot(x[one] - x[other], y[one] - y[other]) / STEP_M)
        increments = [(z[one] - z[other])[lag == k] for k in range(1, N_LAGS + 1)]
        residual = [np.mean(d**2) / 2 - np.mean(d) ** 2 / 2 for d in increments]
        found = vario_parameters.vario_parameters(np.array(residual)[None, None], DISTANCES, KERNEL)
        assert (found["mindist"].item(), found["hdiff"].item()) == (row.mindist, row.hdiff)
        assert found["pond"].item() == pytest.approx(row.pond, rel=2e-6)
        for name, exact in (("p1", 3e-5), ("p2", 3e-5), ("nugget", 1e-4)):
            assert found[name].item() == pytest.approx(getattr(row, name), rel=exact), name


def test_the_track_as_a_regular_profile_comes_close(track):
    lags = np.array([[(0, k) for k in range(1, N_LAGS + 1)]])
    for row, points in windows(track):
        residual = vario_functions.vario_functions(points["z"].to_numpy()[None, None], lags).residual
        found = vario_parameters.vario_parameters(residual, DISTANCES, KERNEL)
        assert found["pond"].item() == pytest.approx(row.pond, rel=0.04)
        assert found["nugget"].item() == pytest.approx(row.nugget, rel=0.06)
