"""Pre-training: the loss in closed form, every tile once an epoch, views of true scale, and what is refused."""

import labelled_series
import numpy as np
import pytest
import torch

from geoclass import pretraining, tables


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    return labelled_series.write(tmp_path_factory.mktemp("series"))


def test_the_loss_of_independent_dimensions_of_unit_variance_is_nought():
    z = torch.from_numpy(np.linalg.qr(np.random.default_rng(0).normal(size=(64, 9)))[0][:, 1:]).float()
    z = z - z.mean(0)
    z = torch.linalg.qr(z)[0] * 63**0.5  # columns orthogonal, variance 1, mean 0
    loss, parts = pretraining.loss_of(z, z)
    assert loss.item() == pytest.approx(0, abs=1e-4) and parts["invariance"] == 0


def test_tiles_that_look_all_alike_cost_the_whole_variance_and_copied_dimensions_their_covariance():
    loss, parts = pretraining.loss_of(torch.ones(8, 4), torch.ones(8, 4))
    assert parts["variance"].item() == pytest.approx(1 - 1e-2) and parts["covariance"] == 0
    assert loss.item() == pytest.approx(25 * (1 - 1e-2))
    z = torch.tensor([-1.0, 1.0] * 4)[:, None].repeat(1, 3) * (7 / 8) ** 0.5  # variance 1 in each of three equal dimensions
    _, parts = pretraining.loss_of(z, z)
    assert parts["covariance"].item() == pytest.approx(2 * 3 * 2 / 3)  # two views, six pairs of covariance 1, over three


def test_each_epoch_shows_every_tile_once_in_another_order(series):
    tiles = pretraining.Tiles(series.tiles)
    assert tiles.n == 2 * labelled_series.N and tiles.n_stretches == 1
    first, second = (np.concatenate(list(tiles.stretches(epoch, 1))) for epoch in (1, 2))
    again = np.concatenate(list(tiles.stretches(1, 1)))
    assert np.array_equal(first, again) and 0 <= first.min() and first.max() <= 1

    def sums(pixels):
        return sorted(pixels.sum((1, 2)))

    assert sums(first) == sums(second) and len(first) == tiles.n


def test_a_stretch_is_read_without_those_before_it(series, monkeypatch):
    monkeypatch.setattr(pretraining, "GROUPS", 1)
    tiles = pretraining.Tiles(series.tiles)
    assert tiles.n_stretches == 2
    np.testing.assert_array_equal(next(tiles.stretches(3, 1, first=1)), list(tiles.stretches(3, 1))[1])


def test_a_view_is_a_window_at_the_scale_of_the_tile():
    row, column = np.mgrid[:48, :60]
    wave = torch.from_numpy(0.5 + 0.4 * np.sin(2 * np.pi * (row + column) / 8)).float()
    found = pretraining.views(wave.expand(200, 48, 60), np.random.default_rng(0))
    assert found.shape == (200, 32, 40)
    power = np.abs(np.fft.rfft2(found.numpy() - found.numpy().mean((1, 2), keepdims=True))).mean(0)
    r, c = np.unravel_index(power.argmax(), power.shape)
    frequency = np.hypot(min(r, 32 - r) / 32, c / 40)
    assert frequency == pytest.approx(2**0.5 / 8, rel=0.15)


def test_views_of_a_tile_differ_from_each_other():
    tile = torch.rand(4, 24, 32)
    rng = np.random.default_rng(0)
    assert not torch.equal(pretraining.views(tile, rng), pretraining.views(tile, rng))


def test_tables_of_other_tile_sizes_are_refused(series, tmp_path):
    metadata = tables.read_metadata(series.tiles[0])
    metadata["tiles"] = metadata["tiles"] | {"height_px": 48, "width_px": 16}
    frame, other = tables.read(series.tiles[0]), tmp_path / "other.parquet"
    import pyarrow as pa

    tables.write(other, tables.TILES, frame, metadata, pixels=pa.binary(2 * 48 * 16))
    with pytest.raises(ValueError, match=r"other\.parquet: tiles of 48 x 16 px, but .* has 24 x 32 px; cut all scenes alike"):
        pretraining.Tiles([series.tiles[0], str(other)])
