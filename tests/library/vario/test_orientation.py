"""Unseen places show the same crevasses in other directions: networks that were shown turned views know them, others do not."""

import numpy as np
import pytest
import torch

from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints, devices, training, training_state
from geoclass.networks.vario_training import Examples
from geoclass.scenes import radiometry
from geoclass.vario import features, vario_functions

HEIGHT, WIDTH, N = 48, 64, 60
LAGS = vario_functions.lag_vectors(HEIGHT, WIDTH)
CPU = torch.device("cpu")
OPTIONS = {"learning_rate": 0.003, "weight_decay": 0.01, "batch_size": 16, "epochs": 30, "patience": 30}
OPTIONS |= {"schedule": "cosine", "label_smoothing": 0.0, "balance": "none", "seed": 1}


def crevasses(seed, direction_deg):
    """Return tiles of waves in about one direction; their class is the spacing, which differs between classes by half."""
    rng = np.random.default_rng(seed)
    labels = np.arange(N) % 2
    angle = np.radians(rng.normal(direction_deg, 6, (N, 1, 1)))
    spacing = np.where(labels, 13.0, 9.0)[:, None, None] * rng.uniform(0.95, 1.05, (N, 1, 1))
    row, column = np.mgrid[:HEIGHT, :WIDTH]
    wave = np.sin(2 * np.pi * ((row * np.cos(angle) + column * np.sin(angle)) / spacing + rng.random((N, 1, 1))))
    counts = (600 + rng.uniform(60, 200, (N, 1, 1)) * wave + rng.normal(0, 25, wave.shape)).clip(1, 2000).astype(np.uint16)
    low, high = np.full(N, 100.0), np.full(N, 1100.0)
    names = np.array([f"{direction_deg}_{k}" for k in range(N)])
    return labelled_tiles.LabelledTiles(
        tile_ids=names,
        subsets=names,
        blocks=names,
        labels=labels,
        counts=counts,
        valid=None,
        low=low,
        high=high,
        v=radiometry.scale_vario(vario_functions.vario_functions(counts, LAGS).v, {"low": low, "high": high}),
        classes=[{"class_id": k, "class_name": name, "colour": "#000000"} for k, name in ((1, "narrow"), (2, "wide"))],
        expected={"vario": {"lags": LAGS.tolist()}},
    )


@pytest.fixture(scope="module")
def places():
    """Return tiles to train and validate with, of one direction, and tiles of another place, where crevasses run otherwise."""
    return crevasses(1, 25), crevasses(2, 25), crevasses(3, 115)


def accuracy(places, kinds, folder):
    devices.reproducible(1)
    train, held, elsewhere = places
    recipe = features.recipe(train.v, "variance", 4)
    torch.manual_seed(0)
    network = checkpoints.build("variomlp", {"n_features": LAGS[..., 0].size, "n_classes": 2, "widths": [64, 32]})
    run = training_state.RunDirectory(folder / "m", CPU, torch.float32, "data")
    examples = Examples(train, recipe, CPU, kinds, 1)
    training.fit(network, examples, Examples(held, recipe, CPU), training.Options(**OPTIONS), run, "variomlp")

    def right(tiles):
        return (training.predict(network, Examples(tiles, recipe, CPU), 64).argmax(1).numpy() == tiles.labels).mean()

    return right(held), right(elsewhere)


def test_turned_views_carry_over_to_other_directions(places, tmp_path):
    here, elsewhere = accuracy(places, ["mirror", "rotate"], tmp_path)
    assert here > 0.95 and elsewhere > 0.9


def test_without_them_direction_is_taken_for_class(places, tmp_path):
    here, elsewhere = accuracy(places, [], tmp_path)
    assert here > 0.95 and elsewhere < 0.75
