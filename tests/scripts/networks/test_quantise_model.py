"""ResNet-18 is quantised with tiles that it was trained on; a job without enough of them says so and does not fail."""

import classified
import labelled_series
import pytest
from networks.quantise_model import quantise_model

from geoclass.networks import checkpoints, quantisation


def quantised(folder, series):
    classified.model(folder, "resnet18", (labelled_series.HEIGHT, labelled_series.WIDTH), labelled_series.CLASSES)
    quantise_model(folder, series.labels, series.split, series.tiles, 1, str(folder / quantisation.NAME))
    return quantisation.fingerprint(checkpoints.load(folder).network)


def test_training_tiles_quantise_a_model(tmp_path, caplog):
    caplog.set_level("INFO")
    identity = quantised(tmp_path / "model", labelled_series.write_folds(tmp_path))
    assert "quantised with 64 training tiles" in caplog.text
    assert quantisation.read(tmp_path / "model" / quantisation.NAME, identity).inputs[0].partial_shape[1].get_length() == 24


def test_a_set_of_few_tiles_is_said(tmp_path, caplog):
    caplog.set_level("INFO")
    subsets = ("train", "validation", "validation", "test")
    identity = quantised(tmp_path / "model", labelled_series.write(tmp_path, subsets=subsets))
    assert "not quantised, scenes will be computed otherwise: 18 training tiles that are not blank, expected" in caplog.text
    with pytest.raises(ValueError, match=r"no network in int8: .* training tiles that are not blank, expected at least 24"):
        quantisation.read(tmp_path / "model" / quantisation.NAME, identity)
