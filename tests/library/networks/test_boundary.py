"""Tiles across a boundary: their vario functions are those of the pixels put together, their shares those of the areas."""

from dataclasses import replace

import labelled_series
import numpy as np
import pytest
import torch

from geoclass.labels import labelled_tiles
from geoclass.networks import boundary, changed_pixels, vario_training
from geoclass.vario import features, vario_functions

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def tiles(tmp_path_factory):
    series = labelled_series.write(tmp_path_factory.mktemp("series"))
    return labelled_tiles.labelled_tiles(series.labels, series.split, series.tiles, series.vario).subset("train")


def test_lines_divide_a_tile_into_all_shares_alike_and_in_all_directions():
    sides = boundary.half_planes(np.random.default_rng(1), 4000, 30, 40)
    shares = sides.mean(axis=(1, 2))
    counted, _ = np.histogram(shares, np.linspace(0, 1, 6))
    assert counted.min() > 0.8 * 800 and counted.max() < 1.2 * 800
    for axis in (1, 2):  # what lies on the low side of an axis is as often beyond the line as what lies on the high side
        low, high = (np.take(sides, place, axis).mean() for place in (0, -1))
        assert abs(low - high) < 0.05
    rows = sides.any(axis=2) & ~sides.all(axis=2)
    assert 0 < rows.all(axis=1).mean() < 1  # some lines cross every row, some do not


def test_a_partner_has_the_same_range_of_counts(tiles):
    n = len(tiles)
    changed = replace(tiles, high=np.where(np.arange(n) % 3 == 0, 2000.0, tiles.high))
    others = boundary.partners(changed, np.random.default_rng(1))
    assert (changed.high[others] == changed.high).all()
    assert (others != np.arange(n)).any()


def test_black_and_white_show_the_step_between_them(tiles):
    """v(h) of a step is h times the length of the line over the pairs: by hand, from the very mask."""
    two = tiles.take(np.array([tiles.labels.tolist().index(c) for c in range(2)]))
    counts = np.stack(
        [np.full(two.counts.shape[1:], value, np.uint16) for value in (100, 1100)]
    )  # of low and high: black and white
    two = replace(two, counts=counts, valid=None, low=np.full(2, 100.0), high=np.full(2, 1100.0))
    lags = np.array(two.expected["vario"]["lags"])
    seen = set()
    for seed in range(12):
        v, shares = boundary.vario(two, np.random.default_rng(seed))
        rng = np.random.default_rng(seed)
        others, beyond = boundary.partners(two, rng), boundary.half_planes(rng, 2, *counts.shape[1:])
        for k in range(2):
            shown = np.where(beyond[k], others[k], k).astype(float)  # 0 black, 1 white
            expected = [0.5 * np.mean((shown[: -lag[0] or None] - shown[lag[0] :]) ** 2) for lag in lags[0]]
            np.testing.assert_allclose(v[k, 0], expected, atol=1e-9)
            np.testing.assert_allclose(shares[k, two.labels[1]], shown.mean(), atol=1e-6)
            seen.add(0 < shown.mean() < 1)
        np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    assert seen == {True, False}


def test_a_tile_that_would_lose_its_valid_pixels_stays_itself(tiles):
    """Every tile is seen on one side alone, left or right: what is put together of both sides may have no pixel at all."""
    n, width = len(tiles), tiles.counts.shape[2]
    left = np.zeros(tiles.counts.shape, bool)
    left[:, :, : width // 2] = True
    left[n // 2 :] = ~left[n // 2 :]
    lags = np.array(tiles.expected["vario"]["lags"])
    own = vario_functions.vario_functions(tiles.counts, lags, left)
    v = features.continue_curves(own.v / (tiles.high - tiles.low)[:, None, None] ** 2)
    one_sided, rng = replace(tiles, valid=left, v=v), np.random.default_rng(3)
    found, shares = boundary.vario(one_sided, rng)
    assert np.isfinite(found).all()
    rng = np.random.default_rng(3)
    others, beyond = boundary.partners(one_sided, rng), boundary.half_planes(rng, n, *tiles.counts.shape[1:])
    kept = np.where(beyond, left[others], left).sum(axis=(1, 2)) >= 0.5 * left.sum(axis=(1, 2))
    assert 0 < kept.sum() < n
    np.testing.assert_allclose(found[~kept], v[~kept], rtol=1e-12)
    assert (shares[~kept].max(axis=1) == 1).all()


def test_labels_count_the_pixels_that_are_seen_alone(tiles):
    """The left three quarters of some tiles are outside the scene."""
    n, (height, width) = len(tiles), tiles.counts.shape[1:]
    valid = np.ones(tiles.counts.shape, bool)
    valid[::3, :, : 3 * width // 4] = False
    _, shares = boundary.vario(replace(tiles, valid=valid), np.random.default_rng(3))
    rng = np.random.default_rng(3)
    others, beyond = boundary.partners(tiles, rng), boundary.half_planes(rng, n, height, width)
    left = np.where(beyond, valid[others], valid).sum(axis=(1, 2)) >= 0.5 * valid.sum(axis=(1, 2))
    mixed = np.flatnonzero(left & (tiles.labels != tiles.labels[others]))
    assert len(mixed) > n // 3
    for k in mixed:
        seen = np.where(beyond[k], valid[others[k]], valid[k])
        assert shares[k, tiles.labels[others[k]]] == pytest.approx(beyond[k][seen].mean(), abs=1e-6)


def test_a_direction_without_any_pair_is_taken_from_the_tile_itself(tiles, monkeypatch):
    def blind(counts, lags, valid=None, allow_empty=False):
        v = np.ones((len(counts), *lags.shape[:2]))
        v[0, 2] = np.nan
        return vario_functions.VarioFunctions(v, v, v)

    monkeypatch.setattr(changed_pixels.vario_functions, "vario_functions", blind)
    found, shares = boundary.vario(tiles, np.random.default_rng(1))
    np.testing.assert_array_equal(found[0], tiles.v[0])
    assert shares[0].max() == 1 and (found[1] != tiles.v[1]).all()


def test_half_of_the_views_of_training_lie_across_a_boundary_and_none_of_prediction(tiles):
    recipe = features.recipe(tiles.v, "log", 4)
    source = vario_training.Examples(tiles, recipe, CPU, ["mirror", "boundary"], seed=3)
    again = vario_training.Examples(tiles, recipe, CPU, ["mirror", "boundary"], seed=3)
    chosen = np.arange(len(tiles))
    mixed = []
    for seed in range(20):
        one, other = (examples.batch(chosen, np.random.default_rng(seed)) for examples in (source, again))
        assert torch.equal(one[0][0], other[0][0]) and torch.equal(one[1], other[1])
        torch.testing.assert_close(one[1].sum(1), torch.ones(len(tiles)))
        mixed.append((one[1].amax(1) < 1).float().mean().item())
    different = np.mean([len(set(tiles.labels)) > 1 and (tiles.labels != label).mean() for label in tiles.labels])
    assert np.mean(mixed) == pytest.approx(0.5 * different, abs=0.1)
    (vectors,), shares = source.batch(chosen)
    np.testing.assert_array_equal(vectors, features.apply(tiles.v, recipe))
    assert (shares.amax(1) == 1).all()


def test_boundaries_need_pixels_and_brightness_does_not():
    assert vario_training.needs_pixels({"augmentation": ["mirror", "boundary"]})
    assert vario_training.needs_pixels({"augmentation": ["rotate"]})
    assert not vario_training.needs_pixels({"augmentation": ["mirror", "brightness"]})
