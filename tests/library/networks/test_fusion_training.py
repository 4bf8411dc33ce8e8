"""VarioNet's frozen stage: logits that are computed once are those of the networks, and many times cheaper than the networks."""

import labelled_series
import model_cards
import numpy as np
import pytest
import torch
import trained_series

from geoclass.core import files
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints, fusion_training, training_state


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    return labelled_series.write(tmp_path_factory.mktemp("series"))


@pytest.fixture(scope="module")
def fusion(series, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    trained_series.variomlp(series, folder / "variomlp", epochs=3)
    trained_series.resnet18(series, folder / "resnet18", epochs=1)
    tiles = labelled_tiles.labelled_tiles(series.labels, series.split, series.tiles, series.vario)
    run = training_state.RunDirectory(folder / "varionet", torch.device("cpu"), torch.float32, "data")
    folders = {name: folder / name for name in fusion_training.PARTS}
    networks = fusion_training.load(tiles, folders, series.split, run.device)
    return fusion_training.FusionTraining(tiles, networks, trained_series.VARIONET, run)


def test_kept_logits_are_those_of_the_networks(fusion):
    held = fusion.held.pixels.tiles
    (z_v, z_r), _ = fusion.kept[1].batch(np.arange(len(held)))
    # Batches of other sizes take other kernels of a processor, which sum in another order.
    np.testing.assert_allclose(z_v, fusion.predictors["variomlp"].logits(None, held.v), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(z_r, fusion.predictors["resnet18"].logits(held.pixels(), None), rtol=1e-4, atol=1e-4)


def test_training_tiles_are_kept_in_several_views_and_validation_tiles_as_they_are(fusion):
    train, held = (kept.inputs[1] for kept in fusion.kept)
    assert train.shape == (1 + fusion_training.VIEWS, 36, 3) and held.shape == (1, 18, 3)
    assert all(not torch.equal(train[0], view) for view in train[1:])


def test_a_model_of_another_split_is_named(fusion, series, tmp_path, caplog):
    folder = tmp_path / "variomlp"
    source = fusion.run.folder.with_name("variomlp")
    for path in source.iterdir():
        (folder / path.name).parent.mkdir(exist_ok=True)
        (folder / path.name).write_bytes(path.read_bytes())
    card = files.read_json(folder / "model.json")
    model_cards.rewrite(folder, split=card["split"] | {"fingerprint": "other"})
    tiles = labelled_tiles.labelled_tiles(series.labels, series.split, series.tiles, series.vario)
    with caplog.at_level("INFO", "geoclass"):
        fusion_training.load(
            tiles, {"variomlp": folder, "resnet18": fusion.run.folder.with_name("resnet18")}, series.split, fusion.run.device
        )
    assert any("was trained on another split" in text for text in caplog.messages)


def test_frozen_training_leaves_the_networks_and_their_running_means_alone(fusion):
    fit = fusion.frozen(trained_series.VARIONET | {"epochs": 2}, "frozen")
    for name in ("variomlp", "resnet18"):
        for key, value in fusion.predictors[name].network.state_dict().items():
            assert torch.equal(fit.last[f"{name}.{key}"], value)
    assert set(fit.best) == set(checkpoints.build("varionet", fusion.architecture(trained_series.VARIONET)).state_dict())
