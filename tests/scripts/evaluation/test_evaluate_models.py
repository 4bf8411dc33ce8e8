"""An evaluation from model folders to tables and figures, and what it refuses."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pictures
import pytest
import scored_series
import torch
from evaluation.evaluate_models import evaluate_models
from evaluation.fit_applicability import fit_applicability

from geoclass.confidence import held_out
from geoclass.core import files, tables
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints, model_folder

NETWORKS = ("variomlp", "resnet18", "varionet")
ARCHITECTURE = {
    "variomlp": {"n_features": 8, "n_classes": 3, "widths": [4]},
    "resnet18": {"n_classes": 3},
    "fusion": {"n_classes": 3, "scale": 2},
}


def write_models(folder, series, classes=scored_series.CLASSES):
    """Write untrained networks that say they were trained on the split of the series."""
    for model in NETWORKS:
        torch.manual_seed(1)
        card = {
            "model": model,
            "architecture": ARCHITECTURE if model == "varionet" else ARCHITECTURE[model],
            "classes": classes,
            "tile": {"height_px": scored_series.HEIGHT, "width_px": scored_series.WIDTH},
            "vario": scored_series.VARIO,
            "radiometry": {key: scored_series.RADIOMETRY[key] for key in ("method", "low_percent", "high_percent")},
            "normalisation": "log",
            "directions": 4,
            "standardisation": {"mean": [-4.0] * 8, "deviation": [1.0] * 8},
            "temperature": 1.5,
            "split": {"scheme": "block", "fingerprint": files.fingerprint(series.split)},
        }
        weights = checkpoints.build(model, card["architecture"]).state_dict()
        model_folder.save(folder / model, card, weights, weights)
    return [str(folder / model / "model.json") for model in NETWORKS]


def write_outputs(model, series):
    """Write what a network says of the tiles that it was not trained on, beside its description; return the table."""
    path = model.replace("model.json", "held_out.parquet")
    predictor = checkpoints.load(Path(model).parent)
    held = labelled_tiles.labelled_tiles(series.labels, series.split, series.tiles, series.vario).held_out()
    outputs = held_out.Outputs.of(held.tile_ids, *checkpoints.ask(predictor, held))
    held_out.write(path, replace(outputs, temperature=np.full(len(held), 1.5)), {})
    return path


def evaluate(folder, series, models=None):
    models = models or write_models(folder / "models", series)
    outputs = [write_outputs(path, series) for path in models]
    reference = folder / "models" / "applicability.safetensors"
    fit_applicability(series.labels, series.split, series.vario, seed=1, threads=1, reference=str(reference))
    output = folder / "evaluation"
    evaluate_models(
        models, outputs, str(reference), series.labels, series.split, series.tiles, series.vario, 1, 1, str(output), 100
    )
    return output


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("series")
    return evaluate(folder, scored_series.write(folder))


def read(folder, name):
    return pd.read_csv(folder / f"{name}.tsv", sep="\t")


def test_networks_and_baselines_stand_in_one_table(evaluated):
    scores = read(evaluated, "scores").set_index("model")
    assert list(scores.index) == [*NETWORKS, "random_forest", "perceptron", "position", "majority"]
    assert (scores[["scheme", "subset", "n", "n_blocks"]] == ["block", "test", 24, 2]).all(axis=None)
    assert (scores.loc[["random_forest", "perceptron"], "macro_f1"] == 1).all()  # the classes differ in contrast by far
    assert scores.loc["majority", "accuracy"] == pytest.approx(1 / 3)
    assert scores.loc["position", "accuracy"] < 0.7
    assert (scores["macro_f1_low"] <= scores["macro_f1"]).all()


def test_the_rule_knows_the_confusions_of_all_baselines(evaluated):
    rule = (Path(__file__).parents[3] / "workflow/rules/evaluation.smk").read_text()
    written = {path.stem.removeprefix("confusion_") for path in evaluated.glob("confusion_*.tsv")}
    assert {name for name in written - set(NETWORKS) if f'"{name}"' not in rule} == set()


def test_every_table_fits_the_predictions(evaluated):
    predictions = tables.read(evaluated / "predictions.parquet")
    assert len(predictions) == 7 * 24 and predictions["scene"].value_counts().to_dict() == {"a": 84, "b": 84}
    for model, part in predictions.groupby("model"):
        right = part["class_id"] == part["predicted_id"]
        row = read(evaluated, "scores").query("model == @model").iloc[0]
        assert row["accuracy"] == pytest.approx(right.mean(), abs=1e-6)
        each = right.groupby(part["scene"]).mean()
        spread = row["accuracy_lowest_scene"], row["accuracy_highest_scene"]
        assert spread == pytest.approx((each.min(), each.max()), abs=1e-6)
        confusion = pd.read_csv(evaluated / f"confusion_{model}.tsv", sep="\t", index_col=0)
        assert confusion.index.name == "true class, test tiles" and list(confusion) == ["snow", "shear", "chaos"]
        assert np.trace(confusion) == right.sum() and confusion.to_numpy().sum() == 24
        conformal = read(evaluated, "conformal").query("model == @model and level == 0.9").iloc[0]
        assert conformal["mean_set_size"] == pytest.approx(part["set_size"].mean(), abs=1e-5)
        area = read(evaluated, "applicability").query("model == @model").iloc[0]
        assert area["n_inside"] == part["applicable"].sum()
        assert part["resnet18_weight"].between(0, 1).all() if model == "varionet" else part["resnet18_weight"].isna().all()
    assert len(read(evaluated, "per_class")) == 21 and len(read(evaluated, "differences")) == 21
    assert tables.read_metadata(evaluated / "predictions.parquet")["subset"] == "test"


def test_predictions_are_those_of_the_model(evaluated):
    predictor = checkpoints.load(evaluated.parent / "models" / "variomlp")
    v = tables.vectors(tables.open_table(evaluated.parent / "vario" / "b.parquet").read(["v"])["v"]).reshape(-1, 4, 2)
    expected = torch.tensor(predictor.logits(None, v[36:] / 200.0**2) / 1.5).softmax(1).amax(1).numpy()
    predictions = tables.read(evaluated / "predictions.parquet").query("model == 'variomlp' and scene == 'b'")
    assert predictions["confidence"].to_numpy() == pytest.approx(expected, abs=1e-4)  # other batches, other order of sums


@pytest.mark.parametrize("figure", ["per_class", "reliability", "weights_varionet", *(f"confusion_{m}" for m in NETWORKS)])
def test_figures_are_drawn(evaluated, figure):
    path = evaluated / f"{figure}.png"
    assert path.stat().st_size > 5_000 and pictures.colours(path) > 20


def test_without_a_test_subset_validation_is_scored_and_named(tmp_path):
    series = scored_series.write(tmp_path, subsets=("train", "train", "validation", "validation"), placed=False)
    folder = evaluate(tmp_path, series, write_models(tmp_path / "models", series)[:1])
    for name in ("scores", "per_class", "differences", "conformal", "applicability"):
        assert (read(folder, name)["subset"] == "validation").all()
    assert (folder / "confusion_variomlp.tsv").read_text().startswith("true class, validation tiles\t")
    scores = read(folder, "scores").set_index("model")
    assert scores.loc["position", "accuracy"] == scores.loc["majority", "accuracy"]  # images without a place
    assert not (folder / "weights_varionet.png").exists()


def test_a_model_of_another_split_is_refused(evaluated, tmp_path):
    series = scored_series.write(tmp_path, subsets=("train", "train", "test", "validation"))
    for name in ("model.json", "weights.safetensors"):  # beside it what it says of the tiles of this split
        (tmp_path / "old" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "old" / name).write_bytes((evaluated.parent / "models" / "variomlp" / name).read_bytes())
    models = [str(tmp_path / "old" / "model.json")]
    with pytest.raises(ValueError, match=r"split.parquet: not the split that model variomlp-\w+ was trained on"):
        evaluate(tmp_path, series, models)
    assert not (tmp_path / "evaluation").exists()


def test_a_model_of_other_classes_is_refused(tmp_path):
    series = scored_series.write(tmp_path)
    others = [
        entry | {"class_name": name} for entry, name in zip(scored_series.CLASSES, ("snow", "shear", "sea ice"), strict=True)
    ]
    with pytest.raises(
        ValueError, match=r"classes snow, shear, chaos, but model variomlp-\w+ was trained with snow, shear, sea ice"
    ):
        evaluate(tmp_path, series, write_models(tmp_path / "models", series, others))
    assert not (tmp_path / "evaluation").exists()


def test_a_model_of_other_lags_is_refused(tmp_path):
    lags = [[[0, 1], [0, 2]], [[1, 0], [2, 0]], [[1, 1], [2, 2]], [[1, -1], [2, -2]]]
    series = scored_series.write(tmp_path, lags=lags)
    with pytest.raises(ValueError, match=r"vario/a.parquet: lags .* but model variomlp-\w+ was trained with"):
        evaluate(tmp_path, series)
