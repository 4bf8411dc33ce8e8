"""VarioMLP from tables to a model folder that describes itself; what cannot be learned from is refused, nothing half-written."""

import filecmp
import json
from pathlib import Path
from unittest.mock import Mock

import labelled_series
import numpy as np
import onnxruntime
import pandas as pd
import pytest
import trained_series
from scipy.special import softmax

from geoclass.core import files
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints, model_card, model_folder, onnx_export
from geoclass.vario import features

FILES = {"model.json", "weights.safetensors", "last.safetensors", "curves.tsv", "held_out.parquet"}


def everything(series):
    return labelled_tiles.labelled_tiles(series.labels, series.split, series.tiles, series.vario)


@pytest.fixture(scope="module")
def folder(trained):
    return trained / "variomlp"


def test_the_folder_is_whole_and_nothing_else_is_left(folder):
    assert {path.name for path in folder.iterdir()} == FILES
    assert not folder.with_name("variomlp.resume").exists()


def test_the_model_is_better_than_chance_on_tiles_it_has_not_seen(folder, series):
    tiles = everything(series).subset("test")
    predictor = checkpoints.load(folder)
    right = predictor.logits(None, tiles.v).argmax(1) == tiles.labels
    assert right.mean() > 0.7
    assert predictor.card["scores"]["accuracy"] > 0.7


def test_the_description_says_what_it_was_made_of(folder, series, tmp_path):
    card = files.read_json(folder / "model.json")
    assert card["classes"] == labelled_series.CLASSES and card["tile"] == {"height_px": 24, "width_px": 32}
    assert card["radiometry"] == {"method": "percentiles", "low_percent": 0.5, "high_percent": 99.5}
    assert card["split"]["fingerprint"] == files.fingerprint(series.split)
    assert card["data"]["labels"] == files.fingerprint(series.labels)
    assert card["seeds"] == {"training": 1, "split": 1} and card["settings"]["hidden"] == ["5x", "2x"]
    assert card["weights_sha256"] == files.fingerprint(folder / "weights.safetensors")
    v = everything(series).subset("train").v
    assert card["standardisation"] == features.recipe(v, "log", 4)["standardisation"]  # of the training tiles alone
    model_card.write(card, tmp_path / "card.md")
    text = (tmp_path / "card.md").read_text()
    assert card["id"] in text and "| 2 | Snow | 12 | 6 | 6 |" in text


def test_every_key_of_the_description_is_documented(folder):
    page = (Path(__file__).parents[3] / "docs" / "training.md").read_text()
    for key in files.read_json(folder / "model.json"):
        assert f"`{key}`" in page, key
    for name in FILES:
        assert f"`{name}`" in page, name


def test_the_curves_have_a_row_an_epoch_and_mark_the_one_that_was_kept(folder):
    curves = pd.read_csv(folder / "curves.tsv", sep="\t")
    assert len(curves) == 41 and (curves["kept"] == "yes").sum() == 1
    kept = curves[curves["kept"] == "yes"].iloc[0]
    assert kept["validation_loss"] == curves["validation_loss"][1:].min()


def test_the_same_tables_and_seed_make_the_same_bytes(folder, series, tmp_path):
    again = trained_series.variomlp(series, tmp_path / "variomlp")
    for name in FILES:
        assert filecmp.cmp(again / name, folder / name, shallow=False), name


@pytest.mark.parametrize("changed", [{"augmentation": ["mirror"]}, {"normalisation": "raw"}, {"dropout": 0.5}])
def test_a_job_that_was_ended_does_not_go_on_under_other_settings(series, tmp_path, monkeypatch, changed):
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(model_folder, "write", Mock(side_effect=KeyboardInterrupt))
        trained_series.variomlp(series, tmp_path / "variomlp", epochs=3)
    assert (tmp_path / "variomlp.resume").exists()
    found, fresh = (trained_series.variomlp(series, tmp_path / name, epochs=3, **changed) for name in ("variomlp", "fresh"))
    for name in FILES:
        assert filecmp.cmp(found / name, fresh / name, shallow=False), name


def test_the_exchange_file_says_what_the_model_says(folder, series, tmp_path):
    tiles, predictor = everything(series), checkpoints.load(folder)
    (vectors,) = predictor.inputs(None, tiles.v)
    onnx_export.write(predictor, (vectors,), tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"features": vectors})
    own = predictor.logits(None, tiles.v)
    assert (found.argmax(1) == own.argmax(1)).all() and len(own) == 72
    np.testing.assert_allclose(softmax(found, axis=1), softmax(own, axis=1), atol=1e-3)


@pytest.mark.parametrize("normalisation, directions, rows", [("raw", 3, 3), ("variance", 4, 4), ("log_invariant", 4, 7)])
def test_the_model_folder_knows_how_its_features_are_made(series, tmp_path, normalisation, directions, rows):
    folder = trained_series.variomlp(series, tmp_path / "m", normalisation=normalisation, directions=directions, epochs=3)
    tiles, predictor = everything(series), checkpoints.load(folder)
    (vectors,) = predictor.inputs(None, tiles.v)
    train = tiles.subsets == "train"
    np.testing.assert_allclose(vectors[train].mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(vectors[train].std(0), 1, atol=1e-4)
    assert vectors.shape[1] == rows * tiles.v.shape[2]


def test_a_constant_feature_is_switched_off(tmp_path):
    def level(v, scene):
        v[:, 1, 2] = 1234.0
        return v

    series = labelled_series.write(tmp_path, change=level)
    folder = trained_series.variomlp(series, tmp_path / "m", augmentation=[], epochs=2)
    card = json.loads((folder / "model.json").read_text())
    assert card["standardisation"]["deviation"].count(0) == 1
    (vectors,) = checkpoints.load(folder).inputs(None, everything(series).v * 7)
    assert np.isfinite(vectors).all() and (vectors[:, 4 + 2] == 0).all()


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"device": "cuda"}, "device: cuda, but this PyTorch"),
        ({"learning_rate": 1e30}, "finite numbers?; lower the learning_rate"),
    ],
)
def test_what_cannot_be_done_ends_in_one_sentence_and_leaves_no_model(series, tmp_path, changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        trained_series.variomlp(series, tmp_path / "m", **changes)
    assert not (tmp_path / "m").exists()


def test_missing_features_are_refused(tmp_path):
    def spoil(v, scene):
        v[5] = np.nan
        return v

    series = labelled_series.write(tmp_path, change=spoil)
    with pytest.raises(ValueError, match="tile a_05: no vario function in direction 1 at lag 1"):
        trained_series.variomlp(series, tmp_path / "m")
