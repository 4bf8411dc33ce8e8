"""VarioNet out of two model folders, and the two studies of its fusion."""

import filecmp
import shutil

import model_cards
import numpy as np
import onnxruntime
import pandas as pd
import pytest
import torch
import trained_series
from networks.learning_rate_sweep import learning_rate_sweep
from networks.weight_sweep import weight_sweep
from safetensors.torch import load_file
from scipy.special import softmax

from geoclass.core import files
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints, model_card, onnx_export


@pytest.fixture(scope="module")
def tiles(series):
    return labelled_tiles.labelled_tiles(series.labels, series.split, series.tiles, series.vario)


def given(series, models):
    return series.labels, series.split, series.tiles, series.vario, models / "variomlp", models / "resnet18"


def test_it_knows_its_parts_and_is_better_than_chance(trained, tiles):
    predictor = checkpoints.load(trained / "varionet")
    assert predictor.card["parts"] == {
        name: files.read_json(trained / name / "model.json")["id"] for name in ("variomlp", "resnet18")
    }
    test = tiles.subset("test")
    assert (predictor.logits(test.pixels(), test.v).argmax(1) == test.labels).mean() > 0.6


def test_without_fine_tuning_its_parts_are_the_two_networks_unchanged(trained, series, tmp_path):
    folder = trained_series.varionet(series, tmp_path / "m", trained, fine_epochs=0, epochs=3)
    whole = load_file(folder / "weights.safetensors")
    for name in ("variomlp", "resnet18"):
        for key, value in load_file(trained / name / "weights.safetensors").items():
            assert torch.equal(whole[f"{name}.{key}"], value)


def test_the_same_parts_and_seed_make_the_same_bytes(trained, series, tmp_path):
    torch.rand(7)  # whatever random numbers were drawn before
    again = trained_series.varionet(series, tmp_path / "varionet", trained)
    for name in ("model.json", "weights.safetensors", "last.safetensors", "curves.tsv"):
        assert filecmp.cmp(again / name, trained / "varionet" / name, shallow=False), name


def test_what_augments_one_network_alone_is_nothing_to_the_fusion(trained, series, tmp_path):
    """A pasted tile shows two classes, and only one of the two networks would see it."""
    alone = trained_series.varionet(series, tmp_path / "a", trained, epochs=3, augmentation=["boundary", "tone", "cutmix"])
    none = trained_series.varionet(series, tmp_path / "b", trained, epochs=3, augmentation=[])
    one, other = (load_file(folder / "weights.safetensors") for folder in (alone, none))
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_curves_show_both_stages(trained):
    curves = pd.read_csv(trained / "varionet" / "curves.tsv", sep="\t")
    assert list(curves["stage"].unique()) == ["frozen", "fine"]
    assert (curves[curves["stage"] == "fine"]["learning_rate"] <= 1e-5).all() and (curves["kept"] == "yes").sum() == 1


def test_the_exchange_file_takes_features_and_pixels(trained, tiles, tmp_path):
    predictor = checkpoints.load(trained / "varionet")
    vectors, pixels = predictor.inputs(tiles.pixels(), tiles.v)
    onnx_export.write(predictor, (vectors, pixels), tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"features": vectors, "pixels": pixels})
    own = predictor.logits(tiles.pixels(), tiles.v)
    assert (found.argmax(1) == own.argmax(1)).all()
    np.testing.assert_allclose(softmax(found, axis=1), softmax(own, axis=1), atol=1e-3)


def test_a_tile_is_classified_the_same_whatever_tiles_are_beside_it(trained, tiles):
    predictor = checkpoints.load(trained / "varionet")
    pixels = tiles.pixels()
    together = predictor.logits(pixels, tiles.v)
    alone = np.concatenate([predictor.logits(pixels[k : k + 1], tiles.v[k : k + 1]) for k in range(8)])
    np.testing.assert_allclose(alone, together[:8], atol=1e-4)


@pytest.mark.parametrize(
    "weights, way",
    [
        (0.3, {"weights": "discrete", "variomlp_weight": 0.3}),
        (1, {"weights": "discrete", "variomlp_weight": 1.0}),
        ("cnn", {"weights": "cnn"}),
    ],
)
def test_all_ways_of_fusion_can_be_trained(trained, series, tmp_path, weights, way):
    folder = trained_series.varionet(series, tmp_path / "m", trained, epochs=2, fine_epochs=0, weights=weights)
    card = checkpoints.load(folder).card
    assert card["architecture"]["fusion"].items() >= way.items()
    model_card.write(card, tmp_path / "card.md")
    assert f"weights {way.get('variomlp_weight', weights)}," in (tmp_path / "card.md").read_text()


def test_the_best_weights_are_those_of_the_lowest_validation_loss_of_the_sweep(trained, series, tmp_path):
    settings = {"weights": "best", "epochs": 6, "fine_epochs": 0}
    card = checkpoints.load(trained_series.varionet(series, tmp_path / "m", trained, **settings)).card
    table = tmp_path / "weight_sweep.tsv"
    weight_sweep(
        *given(series, trained), trained_series.NONE, trained_series.VARIONET | settings, 1, table, tmp_path / "weight_sweep.png"
    )
    found = pd.read_csv(table, sep="\t")
    best = found.loc[found["validation_loss"].idxmin()]
    fusion = card["architecture"]["fusion"]
    assert fusion["weights"] == best["weights"] and card["settings"]["weights"] == "best"
    shown = best["weights"]
    if shown == "discrete":
        shown = best["variomlp_weight"]
        assert fusion["variomlp_weight"] == shown
    model_card.write(card, tmp_path / "card.md")
    assert f"weights {shown}," in (tmp_path / "card.md").read_text()
    assert card["scores"]["accuracy"] == pytest.approx(best["validation_accuracy"], abs=1e-4)


def test_the_weight_sweep_has_a_row_for_every_weight_and_both_adaptive_ways(trained, series, tmp_path):
    settings = trained_series.VARIONET | {"epochs": 6}
    table, figure = tmp_path / "weight_sweep.tsv", tmp_path / "weight_sweep.png"
    weight_sweep(*given(series, trained), trained_series.NONE, settings, 1, table, figure)
    found = pd.read_csv(table, sep="\t")
    assert list(found["weights"]) == ["discrete"] * 11 + ["cnn", "symmetric"]
    discrete = found[:11]
    assert list(discrete["variomlp_weight"]) == pytest.approx(np.arange(11) / 10)
    np.testing.assert_allclose(discrete["variomlp_weight"] + discrete["resnet18_weight"], 1)
    assert found["validation_loss"].between(0, 3).all() and found["validation_accuracy"].between(0, 1).all()
    assert figure.stat().st_size > 5000 and not (tmp_path / "weight_sweep.resume").exists()


def test_the_learning_rate_sweep_compares_rates_with_no_fine_tuning(trained, series, tmp_path):
    settings = trained_series.VARIONET | {"epochs": 4, "fine_epochs": 1}
    table, figure = tmp_path / "rates.tsv", tmp_path / "rates.png"
    learning_rate_sweep(*given(series, trained), settings, [1e-3, 1e-6], 1, table, figure)
    found = pd.read_csv(table, sep="\t")
    assert list(found["fine_learning_rate"]) == [0, 1e-3, 1e-6]
    assert (found["validation_loss"][1:] <= found["validation_loss"][0] + 1e-4).all()  # the start counts; summed in another order
    assert figure.stat().st_size > 5000


def test_networks_of_other_classes_or_lags_are_refused(trained, series, tmp_path):
    models = tmp_path / "models"
    for key, value, sentence in (
        (
            "classes",
            [{"class_id": k, "class_name": name, "colour": "#000000"} for k, name in enumerate(["Sea", "Ice", "Land"], 1)],
            "classes Snow, Parallel, Chaos, but model .* Sea, Ice, Land",
        ),
        ("tile", {"height_px": 201, "width_px": 268}, "tiles of 24 x 32 px, but model .* was trained with 201 x 268 px"),
        ("radiometry", {"method": "counts", "low": 0, "high": 9}, "radiometry percentiles 0.5 to 99.5, but .* counts 0 to 9"),
    ):
        shutil.copytree(trained, models, dirs_exist_ok=True)
        model_cards.rewrite(models / "resnet18", **{key: value})
        with pytest.raises(ValueError, match=sentence):
            trained_series.varionet(series, tmp_path / "m", models)
    assert not (tmp_path / "m").exists()


def test_the_place_of_one_network_cannot_be_taken_by_another(trained, series, tmp_path):
    shutil.copytree(trained / "variomlp", tmp_path / "resnet18")
    shutil.copytree(trained / "variomlp", tmp_path / "variomlp")
    with pytest.raises(
        ValueError, match="resnet18: a model of kind variomlp, expected resnet18; correct classify_scene/finished/resnet18"
    ):
        trained_series.varionet(series, tmp_path / "m", tmp_path)
