"""Folds: every tile is asked about by networks that have not learned it, and all that is claimed of a model comes from these answers."""

import labelled_series
import numpy as np
import pandas as pd
import pytest
import trained_series
from evaluation.evaluate_models import evaluate_models
from evaluation.fit_applicability import fit_applicability
from networks.cross_fit_resnet18 import cross_fit_resnet18
from networks.cross_fit_variomlp import cross_fit_variomlp
from networks.weight_sweep import weight_sweep

from geoclass.confidence import held_out
from geoclass.core import files, tables
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    return labelled_series.write_folds(tmp_path_factory.mktemp("series"))


@pytest.fixture(scope="module")
def folds(series, tmp_path_factory):
    return trained_series.folds(series, tmp_path_factory.mktemp("folds"))


@pytest.fixture(scope="module")
def models(series, folds, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    trained_series.variomlp(series, folder / "variomlp", folds=folds["variomlp"])
    trained_series.resnet18(series, folder / "resnet18", folds=folds["resnet18"])
    trained_series.varionet(series, folder / "varionet", folder, folds, weights="best")
    return folder


@pytest.fixture(scope="module")
def tiles(series):
    return labelled_tiles.labelled_tiles(series.labels, series.split, series.tiles, series.vario)


def test_every_tile_is_asked_about_once(series, folds, tiles):
    for paths in folds.values():
        outputs = held_out.read(paths)
        assert sorted(outputs.tile_ids) == list(tiles.tile_ids) and np.isfinite(outputs.logits).all()
    one = held_out.read(folds["variomlp"][:1])
    assert set(one.tile_ids) == set(tiles.tile_ids[tiles.folds == 0])


def test_labels_of_a_fold_do_not_change_what_is_said_of_it(series, folds, tmp_path):
    labels = tables.read(series.labels)
    own = labels["tile_id"].isin(held_out.read(folds["variomlp"][:1]).tile_ids)
    shuffled = labels["class_id"].where(~own, labels["class_id"].sample(frac=1, random_state=1).to_numpy())
    other = labelled_series.write_folds(tmp_path)
    described = tables.read_metadata(other.labels)
    tables.write(other.labels, labelled_series.label_tables.LABELS[:1] + labelled_series.label_tables.LABELS[2:3],
                 labels.assign(class_id=shuffled), {"classes": described["classes"]})  # fmt: skip
    split = tables.read_metadata(other.split) | {"labels": files.fingerprint(other.labels)}
    tables.write(other.split, labelled_series.label_tables.FOLDS, tables.read(other.split), split)
    given = (other.labels, other.split, other.tiles, other.vario)
    cross_fit_variomlp(*given, 0, trained_series.VARIOMLP, 1, str(tmp_path / "0.parquet"))
    again, before = held_out.read([tmp_path / "0.parquet"]), held_out.read(folds["variomlp"][:1])
    np.testing.assert_array_equal(again.logits, before.logits)


def test_a_fold_that_the_labels_do_not_make_is_an_empty_table(series, tmp_path):
    given = (series.labels, series.split, series.tiles)
    cross_fit_resnet18(*given, "", 4, trained_series.RESNET18, 1, str(tmp_path / "4.parquet"))
    assert len(tables.read(tmp_path / "4.parquet")) == 0


def test_a_model_learns_all_tiles_and_brings_what_was_said_of_them(models, tiles):
    for name in ("variomlp", "resnet18", "varionet"):
        card = files.read_json(models / name / "model.json")
        outputs = held_out.read([models / name / "held_out.parquet"]).at(tiles.tile_ids, name)
        right = outputs.logits.argmax(1) == tiles.labels
        assert card["scores"]["subset"] == "out-of-fold" and card["scores"]["accuracy"] == pytest.approx(right.mean())
        assert (outputs.temperature > 0).all() and card["split"]["folds"] == 2
    assert outputs.resnet18_weight.min() >= 0


def test_varionet_is_not_worse_than_its_parts_and_contains_them(models, tiles):
    scores = {name: files.read_json(models / name / "model.json")["scores"]["accuracy"] for name in checkpoints.NEEDS}
    assert scores["varionet"] >= max(scores["variomlp"], scores["resnet18"]) - 0.03
    predictor, part = (checkpoints.load(models / name) for name in ("varionet", "variomlp"))
    for key, value in part.network.state_dict().items():
        assert value.equal(predictor.network.variomlp.state_dict()[key])


def test_scores_are_those_of_tiles_held_out(series, models, tiles, tmp_path):
    reference = str(tmp_path / "applicability.safetensors")
    fit_applicability(series.labels, series.split, series.vario, 1, 1, reference)
    names = ("variomlp", "resnet18", "varionet")
    cards, outputs = ([str(models / name / file) for name in names] for file in ("model.json", "held_out.parquet"))
    given = (series.labels, series.split, series.tiles, series.vario)
    evaluate_models(cards, outputs, reference, *given, 1, 1, str(tmp_path / "evaluation"), 100)
    scores = pd.read_csv(tmp_path / "evaluation" / "scores.tsv", sep="\t").set_index("model")
    assert (scores["subset"] == "out-of-fold").all() and (scores["n"] == len(tiles)).all()
    for name in names:
        assert scores.loc[name, "accuracy"] == pytest.approx(files.read_json(models / name / "model.json")["scores"]["accuracy"])
    assert scores.loc["majority", "accuracy"] == pytest.approx(1 / 3)
    predictions = tables.read(tmp_path / "evaluation" / "predictions.parquet")
    mine = predictions[predictions["model"] == "varionet"]
    assert len(mine) == len(tiles) and (mine["dissimilarity"] > 0).all()  # to the tiles of other folds


def test_the_weight_sweep_compares_all_ways_on_tiles_held_out(series, folds, models, tmp_path):
    given = (series.labels, series.split, series.tiles, series.vario, models / "variomlp", models / "resnet18", folds)
    weight_sweep(*given, trained_series.VARIONET, 1, tmp_path / "sweep.tsv", tmp_path / "sweep.png")
    found = pd.read_csv(tmp_path / "sweep.tsv", sep="\t")
    assert len(found) == 26 and found["validation_loss"].notna().all() and (tmp_path / "sweep.png").stat().st_size > 5000


def test_tables_of_other_folds_are_refused(series, folds, tmp_path):
    other = labelled_series.write_folds(tmp_path, 3)
    with pytest.raises(ValueError, match=r"0.parquet: of other folds than .*split.parquet holds now; delete it"):
        trained_series.variomlp(other, tmp_path / "m", folds=folds["variomlp"], epochs=1)
    assert not (tmp_path / "m" / "model.json").exists()
