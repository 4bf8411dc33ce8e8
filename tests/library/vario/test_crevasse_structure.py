"""Orientation and spacing of simulated crevasses: exact enough, honest about it, and a reason where there is none."""

import crevasses
import numpy as np
import pytest

from geoclass.vario import structure, vario_functions

SIZE = (201, 268)
LAGS = vario_functions.lag_vectors(*SIZE)
PIXEL = (0.51, 0.487)


def estimate(tiles, lags=LAGS, pixel=(1.0, 1.0), valid=None):
    residual = vario_functions.vario_functions(tiles, lags, valid, 16).residual
    return structure.structure(tiles, residual, lags, *pixel, valid)


def apart(one_deg, other_deg):
    """Return the angle between lines, 0 to 90°."""
    return np.abs((one_deg - other_deg + 90) % 180 - 90)


@pytest.fixture(scope="module")
def simulated():
    """Sixty tiles each of straight, of bent and of very noisy crevasses."""
    parts = [crevasses.tiles(60, 1, bend=0.1), crevasses.tiles(60, 2, bend=0.4), crevasses.tiles(60, 3, bend=0.2, noise=0.6)]
    tiles, orientation, spacing = (np.concatenate(values) for values in zip(*parts, strict=True))
    return estimate(tiles), orientation, spacing


def test_orientation(simulated):
    found, orientation, _ = simulated
    resolved = found.status == "resolved"
    errors = apart(found.orientation_grid_deg, orientation)[resolved]
    assert resolved.mean() > 0.95
    assert np.median(errors) <= 1 and np.percentile(errors, 90) <= 3


def test_spacing(simulated):
    found, _, spacing = simulated
    errors = np.abs(found.spacing_m / spacing - 1)[found.status == "resolved"]
    assert np.median(errors) <= 0.02 and np.percentile(errors, 90) <= 0.06


def test_standard_errors_are_honest(simulated):
    found, orientation, spacing = simulated
    resolved = found.status == "resolved"
    within = [
        (apart(found.orientation_grid_deg, orientation) <= found.orientation_se_deg)[resolved].mean(),
        (np.abs(found.spacing_m - spacing) <= found.spacing_se_m)[resolved].mean(),
    ]
    assert all(0.58 <= share <= 0.78 for share in within), within


@pytest.mark.parametrize("orientation", [0, 30, 90, 135, 178])
def test_degrees_run_clockwise_from_north_on_pixels_that_are_not_square(orientation):
    rng = np.random.default_rng(orientation)
    tiles = np.stack([crevasses.tile(rng, orientation, 9.0, bend=0, pixel=PIXEL) for _ in range(3)])
    found = estimate(tiles, pixel=PIXEL)
    assert (apart(found.orientation_grid_deg, orientation) < 0.5).all()
    np.testing.assert_allclose(found.spacing_m, 9.0, rtol=0.01)
    assert ((found.orientation_grid_deg >= 0) & (found.orientation_grid_deg < 180)).all()


def test_metres_scale_with_the_pixel():
    tiles, _, _ = crevasses.tiles(4, 5)
    one, two = estimate(tiles), estimate(tiles, pixel=(0.5, 0.5))
    np.testing.assert_allclose(two.spacing_m, one.spacing_m / 2, rtol=1e-6)
    np.testing.assert_allclose(two.spacing_se_m, one.spacing_se_m / 2, rtol=1e-6)
    np.testing.assert_allclose(two.orientation_grid_deg, one.orientation_grid_deg, atol=1e-6)


def test_contrast_and_brightness_do_not_matter():
    tiles = crevasses.tiles(4, 6)[0].astype(np.float64)
    one, two = estimate(tiles), estimate(7 * tiles + 1000)
    np.testing.assert_allclose(two.spacing_m, one.spacing_m, rtol=1e-4)
    np.testing.assert_allclose(two.anisotropy, one.anisotropy, atol=1e-4)


def test_invalid_pixels_are_not_looked_at():
    tiles, orientation, spacing = crevasses.tiles(8, 7, spacings_px=(12, 40), bend=0.1)
    valid = np.random.default_rng(1).random(tiles.shape) > 0.1
    valid[:, 60:100, 90:160] = False
    spoiled = np.where(valid, tiles, 65535).astype(np.uint16)
    found = estimate(spoiled, valid=valid)
    assert (found.status == "resolved").all()
    assert np.median(apart(found.orientation_grid_deg, orientation)) < 1
    assert np.median(np.abs(found.spacing_m / spacing - 1)) < 0.02


@pytest.mark.parametrize("size", [(60, 80), (64, 64), (80, 60)])
def test_small_and_square_and_tall_tiles(size):
    lags = vario_functions.lag_vectors(*size)
    tiles, orientation, _ = crevasses.tiles(20, 8, spacings_px=(12, 20), size=size, bend=0.1)
    found = estimate(tiles, lags)
    resolved = found.status == "resolved"
    assert resolved.mean() > 0.6
    assert np.median(apart(found.orientation_grid_deg, orientation)[resolved]) < 2


def test_why_there_is_none():
    rng = np.random.default_rng(9)
    noise = rng.normal(1000, 50, SIZE)
    few = np.zeros(SIZE, bool)
    few[:4, :8] = True
    cases = {
        "no wave": (noise, None),
        "constant": (np.full(SIZE, 900.0), None),
        "aliased": (crevasses.tile(rng, 20, 4.2, bend=0), None),
        "too long": (crevasses.tile(rng, 20, 130, bend=0), None),
        "no pairs": (noise, few),
    }
    for status, (tile, valid) in cases.items():
        mask = None if valid is None else valid[None]
        found = estimate(np.round(tile)[None].astype(np.uint16), valid=mask)
        # The search leaves out waves that are too long, so that most of them are no wave to it.
        assert found.status[0] in ({"too long", "no wave"} if status == "too long" else {status})
        assert np.isnan([found.orientation_grid_deg, found.spacing_m, found.orientation_se_deg, found.spacing_se_m]).all()
        assert np.isnan(found.anisotropy[0]) == (status == "no pairs")


@pytest.mark.parametrize("size, spacings_px", [((36, 48), (7, 10)), ((60, 80), (10, 16)), ((100, 134), (12, 30))])
def test_textures_without_crevasses_have_no_structure_and_crevasses_keep_theirs(size, spacings_px, monkeypatch):
    lags = vario_functions.lag_vectors(*size, "auto")
    lags = lags[:, vario_functions.regular(lags)]
    kinds = [(slope, stretch) for slope in (0, 1, 2, 3, 4) for stretch in (1, 2)]
    free = np.concatenate([crevasses.textures(40, size, *kind, seed) for seed, kind in enumerate(kinds)])
    found = estimate(free, lags)
    assert (found.status == "resolved").mean() <= 0.02 and (found.status == "insignificant").any()
    crevassed, _, _ = crevasses.tiles(100, 4, spacings_px, size=size, bend=0.3, noise=0.3)
    kept = estimate(crevassed, lags).status == "resolved"
    monkeypatch.setattr(structure, "LEAST_SIGNIFICANCE", 0)
    before = estimate(crevassed, lags).status == "resolved"
    assert before.mean() > 0.5 and kept[before].mean() >= 0.95


def test_anisotropy_tells_one_direction_from_none():
    rng = np.random.default_rng(10)
    rows, columns = np.indices(SIZE)
    wave = 1000 + 100 * np.cos(2 * np.pi * (rows / 40 + columns / 25)) + rng.normal(0, 5, SIZE)
    crossed = wave + 100 * np.cos(2 * np.pi * (rows / 25 - columns / 40))
    one, none, both = estimate(np.stack([wave, rng.normal(1000, 80, SIZE), crossed]).astype(np.uint16)).anisotropy
    assert one > 0.9 and 0 <= none < 0.1 and none < both < 0.6


def test_the_same_tiles_give_the_same_numbers_alone_and_together():
    tiles, _, _ = crevasses.tiles(5, 11)
    together = estimate(tiles)
    alone = [estimate(tiles[[i]]) for i in range(5)]
    np.testing.assert_allclose(together.spacing_m, [one.spacing_m[0] for one in alone], rtol=1e-5)
    assert together.status.tolist() == [one.status[0] for one in alone]


def test_8_x_8_tiles_have_a_status():
    tiles = np.random.default_rng(12).integers(0, 200, (3, 8, 8)).astype(np.uint8)
    for scheme in ("3-4-5", "unit"):
        lags = vario_functions.lag_vectors(8, 8, scheme)
        found = structure.structure(tiles, vario_functions.vario_functions(tiles, lags).residual, lags)
        assert found.status.shape == (3,) and np.isnan(found.spacing_m).all()
