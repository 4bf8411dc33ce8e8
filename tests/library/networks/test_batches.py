"""Examples: the inputs of training are those of prediction, in views that are drawn anew each time."""

from dataclasses import replace

import labelled_series
import numpy as np
import pytest
import torch

from geoclass.labels import labelled_tiles
from geoclass.networks import fusion_training, pixel_training, vario_training
from geoclass.vario import features, vario_functions

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def tiles(tmp_path_factory):
    series = labelled_series.write(tmp_path_factory.mktemp("series"))
    return labelled_tiles.labelled_tiles(series.labels, series.split, series.tiles, series.vario).subset("train")


@pytest.fixture(scope="module")
def recipe(tiles):
    return features.recipe(tiles.v, "log", 4)


def test_a_batch_without_views_is_what_prediction_sees(tiles, recipe):
    chosen = np.array([3, 0, 7])
    (vectors, pixels), shares = fusion_training.Examples(tiles, recipe, CPU).batch(chosen)
    np.testing.assert_array_equal(vectors, features.apply(tiles.v[chosen], recipe))
    np.testing.assert_array_equal(pixels, tiles.pixels(chosen))
    np.testing.assert_array_equal(shares, np.eye(len(tiles.classes))[tiles.labels[chosen]])


def test_the_two_networks_are_given_what_they_need(tiles, recipe):
    assert len(pixel_training.Examples(tiles, CPU).batch(np.arange(2))[0]) == 1
    (vectors,), _ = vario_training.Examples(tiles, recipe, CPU).batch(np.arange(2))
    assert vectors.shape == (2, tiles.v[0].size)


def test_views_differ_from_batch_to_batch_and_repeat_with_the_seed(tiles, recipe):
    source = fusion_training.Examples(tiles, recipe, CPU, ["mirror", "rotate", "brightness"], seed=3)
    chosen = np.arange(16)

    def batch(seed):
        torch.manual_seed(seed)
        return source.batch(chosen, np.random.default_rng(seed))[0]

    one, again, other = batch(1), batch(1), batch(2)
    for part in range(2):
        assert torch.equal(one[part], again[part]) and not torch.equal(one[part], other[part])


def test_pixels_that_stay_on_the_device_give_the_same_batches_and_are_not_changed_by_views(tiles, monkeypatch):
    """No GPU is needed: what a GPU keeps is put where a CPU would look."""
    one, other = (pixel_training.Examples(tiles, CPU, ["mirror", "rotate", "brightness", "tone", "cutmix"], 3) for _ in range(2))
    assert one.resident is None
    other.resident = torch.from_numpy(tiles.pixels())
    for seed in range(6):
        found = []
        for source in (one, other):
            torch.manual_seed(seed)
            found.append(source.batch(np.array([5, 2, 9, 2]), np.random.default_rng(seed)))
        assert torch.equal(found[0][0][0], found[1][0][0]) and torch.equal(found[0][1], found[1][1])
    np.testing.assert_array_equal(other.resident, tiles.pixels())
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (4 * tiles.counts.nbytes, 10**12))
    assert pixel_training.kept_on(torch.device("cuda"), tiles) is None  # a quarter of it would not hold them


def test_pasted_tiles_show_two_classes_by_their_areas(tiles):
    flat = tiles.take(np.array([tiles.labels.tolist().index(c) for c in range(2)]))
    flat = replace(
        flat, counts=np.stack([np.full_like(flat.counts[0], value) for value in (flat.low[0], flat.high[0])]), valid=None
    )
    source = pixel_training.Examples(flat, CPU, ["cutmix"], seed=1)
    chosen, seen = np.arange(2), []
    for seed in range(40):
        torch.manual_seed(seed)
        (pixels,), shares = source.batch(chosen, np.random.default_rng(seed))
        torch.testing.assert_close(shares.sum(1), torch.ones(2))
        bright = pixels.mean((1, 2))  # of black and white tiles: the share of white
        torch.testing.assert_close(bright, shares[:, flat.labels[1]], atol=1e-5, rtol=0)
        seen.append(bright[0].item())
    assert (
        sum(0 < value < 1 for value in seen) > 10 and sum(value == 0 for value in seen) > 10
    )  # pasted in about half of the batches


def test_turned_vario_functions_are_those_of_the_turned_pixels_inside_the_tile(tiles):
    still = vario_training.turned_vario(tiles, np.zeros(len(tiles)))
    np.testing.assert_allclose(still, tiles.v, rtol=1e-5)
    half = vario_training.turned_vario(tiles, np.full(len(tiles), 180.0))
    np.testing.assert_allclose(half, tiles.v, rtol=2e-2)  # turned by 180°, v is the same


def test_a_tile_whose_valid_pixels_are_turned_out_of_it_stays_itself():
    """A wide tile of which the left is known: turned by a right angle, its middle is seen, where nothing is."""
    lags = vario_functions.lag_vectors(16, 64, "unit")
    counts = np.random.default_rng(1).integers(100, 1100, (2, 16, 64)).astype(np.uint16)
    valid = np.ones(counts.shape, bool)
    valid[0, :, 20:] = False
    v = features.continue_curves(vario_functions.vario_functions(counts, lags, valid).v) / 1000**2
    given = {"subsets": np.array(["train"] * 2), "blocks": np.array(["a"] * 2), "labels": np.zeros(2, int), "classes": []}
    given |= {"low": np.full(2, 100.0), "high": np.full(2, 1100.0), "valid": valid, "tile_ids": np.array(["a", "b"])}
    tiles = labelled_tiles.LabelledTiles(v=v, counts=counts, expected={"vario": {"lags": lags.tolist()}}, **given)
    turned = vario_training.turned_vario(tiles, np.array([90.0, 90.0]))
    np.testing.assert_array_equal(turned[0], v[0])
    assert np.isfinite(turned).all() and (turned[1] != v[1]).any()


def test_waves_turned_by_a_right_angle_show_the_columns_function_along_the_rows():
    row = np.arange(48)[:, None] * np.ones(48)
    lags = vario_functions.lag_vectors(48, 48, "unit")
    counts = (600 + 200 * np.sin(2 * np.pi * row / 8)).astype(np.uint16)[None]
    v = vario_functions.vario_functions(counts, lags).v
    given = {"subsets": np.array(["train"]), "blocks": np.array(["a"]), "labels": np.zeros(1, int), "classes": []}
    given |= {"low": np.array([100.0]), "high": np.array([1100.0]), "valid": None, "counts": counts, "tile_ids": np.array(["a"])}
    tile = labelled_tiles.LabelledTiles(v=v / 1000**2, expected={"vario": {"lags": lags.tolist()}}, **given)
    turned = vario_training.turned_vario(tile, np.array([90.0]))
    near = slice(0, 8)
    np.testing.assert_allclose(turned[0, 1, near], tile.v[0, 0, near], rtol=0.05, atol=1e-4)
    np.testing.assert_allclose(turned[0, 0, near], tile.v[0, 1, near], rtol=0.05, atol=1e-4)


def test_kept_outputs_are_the_first_view_in_validation_and_any_in_training():
    views = torch.arange(24.0).reshape(4, 6, 1)
    kept = fusion_training.CachedLogits((views, 2 * views), np.zeros(6, int))
    (first, second), shares = kept.batch(np.array([5, 1]))
    assert shares.tolist() == [[1], [1]]
    assert first.ravel().tolist() == [5, 1] and second.ravel().tolist() == [10, 2]
    drawn = torch.cat([kept.batch(np.array([2]), np.random.default_rng(s))[0][0] for s in range(40)]).ravel()
    assert set(drawn.tolist()) == {2, 8, 14, 20}
