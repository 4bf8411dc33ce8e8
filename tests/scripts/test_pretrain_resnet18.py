"""Pre-training end to end: weights to start from, the same every time, resumed after a kill, and few tiles refused."""

import labelled_series
import pandas as pd
import pytest
from pretrain_resnet18 import pretrain_resnet18

from geoclass import pretraining, resnet18, training

SETTINGS = {"scenes": "labelled", "learning_rate": 0.001, "weight_decay": 0.05, "batch_size": 16, "epochs": 3, "seed": 1}
SETTINGS |= {"precision": "float32", "device": "cpu"}


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    return labelled_series.write(tmp_path_factory.mktemp("series"))


def run(series, folder, **changes):
    paths = [folder / name for name in ("resnet18.safetensors", "curves.tsv", "curves.png")]
    pretrain_resnet18(series.tiles, SETTINGS | changes, 1, *paths)
    return paths


@pytest.fixture(scope="module")
def finished(series, tmp_path_factory):
    return run(series, tmp_path_factory.mktemp("finished"))


def test_the_weights_are_those_of_a_resnet18_and_the_loss_falls(finished):
    resnet18.start_from(resnet18.ResNet18(5), finished[0])
    curves = pd.read_csv(finished[1], sep="\t")
    assert list(curves["epoch"]) == [1, 2, 3] and curves["loss"].iloc[-1] < curves["loss"].iloc[0]
    assert finished[2].stat().st_size > 5000
    assert not finished[0].with_suffix(".resume").exists()


def test_a_killed_job_ends_with_the_same_bytes(series, finished, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "SAVE_EVERY_S", 0)
    original, calls = pretraining.loss_of, []

    def killed(*outputs):
        calls.append(1)
        if len(calls) > 10:  # in the third of three epochs of four batches
            raise KeyboardInterrupt
        return original(*outputs)

    monkeypatch.setattr(pretraining, "loss_of", killed)
    with pytest.raises(KeyboardInterrupt):
        run(series, tmp_path)
    assert not (tmp_path / "resnet18.safetensors").exists()
    monkeypatch.setattr(pretraining, "loss_of", original)
    for found, expected in zip(run(series, tmp_path), finished, strict=True):
        assert found.read_bytes() == expected.read_bytes()


def test_fewer_tiles_than_a_batch_are_refused(series, tmp_path):
    with pytest.raises(ValueError, match="pretrain_resnet18/batch_size: 128, but there are 72 tiles in all"):
        run(series, tmp_path, batch_size=128)
    assert not any(tmp_path.iterdir())
