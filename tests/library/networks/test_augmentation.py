"""Views of tiles: what is said of their vario functions is what one would compute from their pixels."""

import numpy as np
import pytest
import torch

from geoclass.networks import pixel_training, vario_training
from geoclass.vario import features, vario_functions

HEIGHT, WIDTH, N = 36, 48, 6
LAGS = vario_functions.lag_vectors(HEIGHT, WIDTH)
UNIT = {"low": 0.0, "high": 1.0}


@pytest.fixture(scope="module")
def pixels():
    rng = np.random.default_rng(0)
    row, column = np.mgrid[:HEIGHT, :WIDTH]
    angle = rng.uniform(0, np.pi, (N, 1, 1))
    wave = np.sin(2 * np.pi * (row * np.cos(angle) + column * np.sin(angle)) / 9)
    return (0.5 + 0.15 * wave + rng.normal(0, 0.02, wave.shape)).astype(np.float32)


def functions(pixels):
    return vario_functions.vario_functions(np.asarray(pixels), LAGS).v


def views(**changes):
    still = {"copy": np.zeros(N, int), "rows": np.zeros(N, bool), "columns": np.zeros(N, bool)}
    still |= {"gain": np.ones(N), "offset": np.zeros(N), "noise": np.zeros(N)}
    return pixel_training.Views(**(still | changes))


@pytest.mark.parametrize("rows, columns", [(False, False), (True, False), (False, True), (True, True)])
def test_vario_functions_of_mirrored_tiles_are_those_of_the_mirrored_pixels(pixels, rows, columns):
    chosen = views(rows=np.full(N, rows), columns=np.full(N, columns))
    mirrored = pixel_training.of_pixels(torch.from_numpy(pixels), np.zeros(N), chosen).numpy()
    flipped = pixels[:, :: -1 if rows else 1, :: -1 if columns else 1]
    np.testing.assert_array_equal(mirrored, flipped)
    np.testing.assert_allclose(vario_training.of_vario(functions(pixels), chosen), functions(flipped), rtol=1e-5)


def test_vario_functions_in_other_light_are_those_of_the_pixels_in_that_light(pixels):
    chosen = views(gain=np.full(N, 0.8), offset=np.full(N, 0.1))
    seen = pixel_training.of_pixels(torch.from_numpy(pixels), np.zeros(N), chosen)
    np.testing.assert_allclose(vario_training.of_vario(functions(pixels), chosen), functions(seen), rtol=1e-3)


def test_noise_adds_its_variance_at_every_lag(pixels):
    torch.manual_seed(0)
    chosen = views(noise=np.full(N, 0.05))
    flat = torch.full((N, HEIGHT, WIDTH), 0.5)
    noisy = pixel_training.of_pixels(flat, np.zeros(N), chosen).numpy()
    np.testing.assert_allclose(vario_training.of_vario(np.zeros((N, 4, 3)), chosen), 0.0025)
    assert functions(noisy).mean() == pytest.approx(0.0025, rel=0.05)


def test_a_turn_is_clockwise_and_keeps_lengths_in_tiles_of_any_shape():
    row, column = np.mgrid[:60, :80]
    lines = np.sin(2 * np.pi * row / 10)  # horizontal, as crevasses from west to east
    turned = pixel_training.turn(torch.from_numpy(lines[None]).float(), torch.tensor([30.0]), "bilinear", "zeros")[0]
    middle = turned[18:42, 24:56].numpy()
    normal = np.radians(30)  # lines that run from the upper left to the lower right are clockwise from horizontal
    expected = np.sin(2 * np.pi * ((row - 29.5) * np.cos(normal) - (column - 39.5) * np.sin(normal) + 29.5) / 10)
    assert np.corrcoef(middle.ravel(), expected[18:42, 24:56].ravel())[0, 1] > 0.99


def test_nothing_changes_where_no_kind_is_asked_for(pixels):
    drawn = pixel_training.draw(np.random.default_rng(0), N, [], 1)
    assert torch.equal(pixel_training.of_pixels(torch.from_numpy(pixels), np.zeros(N), drawn), torch.from_numpy(pixels))
    v = functions(pixels)
    np.testing.assert_array_equal(vario_training.of_vario(v, drawn), v)


def test_views_are_drawn_anew_for_every_batch_and_stay_within_their_bounds():
    rng = np.random.default_rng(0)
    one, other = (pixel_training.draw(rng, 2000, ["mirror", "rotate", "brightness"], 12) for _ in range(2))
    assert (one.copy != other.copy).any() and (one.gain != other.gain).any()
    assert 0.45 < (one.copy == 0).mean() < 0.55 and one.copy.max() == 11
    assert 0.45 < one.rows.mean() < 0.55 and 0.45 < one.columns.mean() < 0.55
    assert (one.noise <= pixel_training.NOISE).all() and (one.gain > 0).all()
    seen = torch.from_numpy(np.random.default_rng(1).random((2000, 4, 4), np.float32))
    found = pixel_training.of_pixels(seen, np.zeros(2000), one)
    assert found.min() >= 0 and found.max() <= 1


def test_a_mirrored_crevasse_field_swaps_its_diagonals():
    row, column = np.mgrid[:HEIGHT, :WIDTH]
    down_right = np.sin(2 * np.pi * (row - column) / 9)[None].astype(np.float32)
    v, mirrored = functions(down_right), functions(down_right[:, ::-1])
    assert not np.allclose(v[:, 2], v[:, 3])
    np.testing.assert_allclose(features.mirror(v), mirrored, rtol=1e-4)


def test_other_tones_keep_the_order_of_grey_values_and_repeat_with_the_seed():
    ramp = torch.linspace(0, 1, 50).reshape(5, 10).repeat(400, 1, 1)
    seen = pixel_training.retoned(ramp, np.random.default_rng(0))
    assert seen.min() >= 0 and seen.max() <= 1 and (seen.flatten(1).diff(dim=1) >= 0).all()
    middle = seen[:, 2, 5]
    assert 0.1 < middle.std() < 0.3 and abs(middle.mean() - 0.5) < 0.05
    assert torch.equal(seen, pixel_training.retoned(ramp, np.random.default_rng(0)))
