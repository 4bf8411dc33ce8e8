"""A scene through a model: classes, resumption after a kill, and one sentence for whatever does not fit."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import classified
import numpy as np
import pyarrow.parquet as pq
import pytest
from classification.classify_scene import classify_scene

from geoclass.confidence import applicability, calibration
from geoclass.core import tables
from geoclass.networks import checkpoints
from geoclass.scenes import radiometry, tile_table


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    return classified.scene(tmp_path_factory.mktemp("scene"), shape=(300, 420), holes=True)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    return {kind: classified.model(root / kind, kind) for kind in checkpoints.NEEDS}


def run(scene, model, output, reference=None, **changes):
    arguments = {
        "tiles": scene.tiles, "vario": scene.vario, "folders": [str(Path(model[0]).parent)], "references": [reference],
        "engine": "float32", "device": "cpu", "threads": 1, "classified": [str(output)],
    }  # fmt: skip
    classify_scene(**(arguments | changes))
    return tables.read(output)


def test_all_models_in_one_job_say_what_each_says_alone(scene, models, tmp_path):
    reference = fitted(scene, tmp_path)
    outputs = {kind: str(tmp_path / "all" / f"{kind}.parquet") for kind in models}
    folders = [str(Path(model[0]).parent) for model in models.values()]
    run(
        scene, models["resnet18"], outputs["resnet18"], folders=folders, references=[reference, None, reference],
        classified=list(outputs.values()),
    )  # fmt: skip
    for kind, given in zip(models, [reference, None, reference], strict=True):
        run(scene, models[kind], tmp_path / f"{kind}.parquet", reference=given, batch_size=8)
        assert (tmp_path / f"{kind}.parquet").read_bytes() == Path(outputs[kind]).read_bytes()


@pytest.mark.parametrize("kind", checkpoints.NEEDS)
def test_classes_are_those_that_the_model_gives_tile_by_tile(scene, models, tmp_path, kind):
    found = run(scene, models[kind], tmp_path / "a.parquet")
    predictor = checkpoints.load(Path(models[kind][0]).parent)
    metadata = tables.read_metadata(scene.tiles)
    tiles, functions = pq.read_table(scene.tiles), pq.read_table(scene.vario)
    pixels = radiometry.scale_pixels(
        tile_table.pixels(tiles["pixels"], metadata), classified.RADIOMETRY, tile_table.masks(tiles["mask"], metadata)
    )
    v = radiometry.scale_vario(tables.vectors(functions["v"]).reshape(len(pixels), 4, -1), classified.RADIOMETRY)
    p = calibration.probabilities(predictor.logits(pixels, v), 1.5)
    assert found["class_id"].tolist() == [classified.CLASSES[k]["class_id"] for k in p.argmax(1)]
    # The scene is computed in batches of 8, the reference at once: a processor may sum the two in different orders.
    np.testing.assert_allclose(found["confidence"], p.max(1), atol=1e-4)
    np.testing.assert_allclose(np.stack(found["probabilities"]), p, atol=1e-4)
    assert found["entropy"].between(0, 1).all() and found["margin"].between(0, 1).all()


def test_the_table_says_what_it_was_made_with(scene, models, tmp_path):
    run(scene, models["resnet18"], tmp_path / "a.parquet")
    metadata = tables.read_metadata(tmp_path / "a.parquet")
    assert metadata["scene"]["scene"] == "a" and metadata["tiles"]["height_px"] == 24
    assert metadata["model"]["model"] == "resnet18" and metadata["model"]["engine"] == "float32"
    assert metadata["model"]["id"].startswith("resnet18-") and metadata["model"]["classes"] == classified.CLASSES
    assert metadata["applicability"] is None


def test_the_same_input_makes_the_same_bytes(scene, models, tmp_path):
    for name in ("a", "b"):
        run(scene, models["varionet"], tmp_path / f"{name}.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def fitted(scene, folder, lags=None):
    metadata = tables.read_metadata(scene.vario)
    v = tables.vectors(pq.read_table(scene.vario)["v"]).reshape(scene.n_tiles, 4, -1)
    vectors = applicability.vectors_of(v, classified.RADIOMETRY)[:40]
    reference = applicability.fit(vectors, np.arange(40) % 2, about={"lags": lags or metadata["vario"]["lags"]})
    applicability.save(folder / "applicability.safetensors", reference)
    return str(folder / "applicability.safetensors")


def test_dissimilarity_is_measured_against_the_training_tiles(scene, models, tmp_path):
    found = run(scene, models["resnet18"], tmp_path / "a.parquet", reference=fitted(scene, tmp_path))
    np.testing.assert_allclose(found["dissimilarity"][:40], 0, atol=1e-3)
    assert found["applicable"][:40].all() and (found["dissimilarity"][40:] > 0).all()
    assert tables.read_metadata(tmp_path / "a.parquet")["applicability"]["threshold"] > 0


@pytest.mark.parametrize("place", ["finished", "."])
def test_a_finished_model_brings_its_area_of_applicability_in_its_folder_or_beside_it(scene, tmp_path, place):
    model = classified.model(tmp_path / "finished", "variomlp")
    fitted(scene, tmp_path / place)
    assert run(scene, model, tmp_path / "a.parquet")["dissimilarity"].notna().all()


def test_the_log_says_that_no_area_of_applicability_is_there(scene, tmp_path, caplog):
    model = classified.model(tmp_path / "finished", "variomlp")
    with caplog.at_level("INFO"):
        assert run(scene, model, tmp_path / "a.parquet")["dissimilarity"].isna().all()
    assert "no applicability.safetensors in it or beside it" in caplog.text


KILLED = """
import os, signal, sys
from geoclass.classification import inference
from classification import classify_scene
inference.PART = 64
original = inference.class_columns
calls = []
def columns(*args, **kwargs):
    calls.append(1)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*args, **kwargs)
inference.class_columns = columns
tiles, vario, folder, output = sys.argv[1:]
classify_scene.classify_scene(tiles, vario, [folder], [None], "float32", "cpu", 1, [output], 64)
"""


def test_a_killed_job_resumes_and_ends_with_the_same_bytes(scene, models, tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO")
    output = tmp_path / "a.parquet"
    command = [sys.executable, "-c", KILLED, scene.tiles, scene.vario, str(Path(models["variomlp"][0]).parent), str(output)]
    assert subprocess.run(command, cwd=classified.SCRIPTS).returncode == -signal.SIGKILL
    assert not output.exists() and (tmp_path / "a.parquet.parts" / "00001.parquet").exists()
    monkeypatch.setattr("geoclass.classification.inference.PART", 64)
    run(scene, models["variomlp"], output, batch_size=64)
    assert "2 of 3 parts are there from an interrupted run" in caplog.text
    run(scene, models["variomlp"], tmp_path / "b.parquet", batch_size=64)
    assert output.read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_older_code_leaves_no_parts_behind(scene, models, tmp_path, monkeypatch):
    monkeypatch.setattr("geoclass.classification.inference.PART", 64)
    monkeypatch.setattr("geoclass.classification.inference.Parts.join", lambda *_: None)  # as if it stopped just before the end
    times = []
    for code in ("old", "old", "newer"):
        monkeypatch.setattr("geoclass.core.library.fingerprint", lambda _, code=code: code)
        with pytest.raises(FileNotFoundError):
            run(scene, models["variomlp"], tmp_path / "a.parquet", batch_size=64)
        times.append(os.stat(tmp_path / "a.parquet.parts" / "00000.parquet").st_mtime_ns)
    assert times[0] == times[1] < times[2]


def refused(sentence, scene, model, tmp_path, **changes):
    with pytest.raises(ValueError, match=sentence):
        run(scene, model, tmp_path / "a.parquet", **changes)
    assert not (tmp_path / "a.parquet").exists()


def test_a_model_of_another_tile_size_is_refused(scene, tmp_path):
    model = classified.model(tmp_path / "m", "resnet18", size=(32, 32))
    refused(
        r"a_tiles.parquet: tiles of 24 x 32 px, but model resnet18-\w+ was trained with 32 x 32 px; set tile_scene",
        scene,
        model,
        tmp_path,
    )


def test_a_model_of_other_lags_is_refused(scene, tmp_path):
    lags = tables.read_metadata(scene.vario)["vario"] | {"lags": [[[1, 0]] * 4] * 4, "scheme": "unit"}
    model = classified.model(tmp_path / "m", "varionet", vario=lags)
    refused(r"a_vario.parquet: lags .* but model varionet-\w+ was trained with", scene, model, tmp_path)


def test_a_model_of_another_radiometry_is_refused(scene, tmp_path):
    model = classified.model(tmp_path / "m", "resnet18", radiometry={"method": "counts", "low": 0.0, "high": 2047.0})
    refused(r"a_tiles.parquet: radiometry percentiles .* but model resnet18-\w+ was trained with", scene, model, tmp_path)


def test_a_reference_of_other_lags_is_refused(scene, models, tmp_path):
    reference = fitted(scene, tmp_path, lags=[[[1, 0]]])
    refused(
        "applicability.safetensors: other lags than in .*; run fit_applicability again",
        scene,
        models["resnet18"],
        tmp_path,
        reference=reference,
    )


def test_a_table_without_tiles_is_refused(scene, models, tmp_path):
    paths = {}
    for name in ("tiles", "vario"):
        table = pq.read_table(getattr(scene, name))
        paths[name] = str(tmp_path / f"{name}.parquet")
        pq.write_table(table.slice(0, 0), paths[name])
    refused(
        "tiles.parquet: no tile, expected at least one; lower tile_scene/minimum_valid_share",
        scene,
        models["resnet18"],
        tmp_path,
        **paths,
    )


def test_a_truncated_model_is_refused(scene, tmp_path):
    model = classified.model(tmp_path / "m", "resnet18")
    Path(model[1]).write_bytes(Path(model[1]).read_bytes()[:-1000])
    refused("weights.safetensors: not a whole safetensors file", scene, model, tmp_path)


def test_a_missing_model_is_refused(scene, tmp_path):
    refused(
        "no model.json, expected a model folder with model.json and weights",
        scene,
        [str(tmp_path / "m" / "model.json")],
        tmp_path,
    )


def test_a_truncated_tile_table_is_refused(scene, models, tmp_path):
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(Path(scene.tiles).read_bytes()[:5000])
    refused(
        "cut.parquet: not a readable Parquet file .* delete it and run again", scene, models["resnet18"], tmp_path, tiles=str(cut)
    )


def test_a_gpu_that_is_not_there_is_refused(scene, models, tmp_path, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    refused(
        "device: cuda, but this PyTorch .*; set it to auto or cpu",
        scene,
        models["resnet18"],
        tmp_path,
        device="cuda",
    )


@pytest.mark.parametrize(
    ("learned", "ratio", "words"),
    [
        ([10.0, 10.0], 2.0, "was trained with 10 m; resample"),
        ([0.2, 0.3], 1.5, "was trained with 0.2 to 0.3 m; resample"),
        ([0.2, 0.3], 2.0, None),
        ([0.4, 0.7], 1.0, None),
        (None, 1.0, None),
    ],
)
def test_a_model_refuses_pixels_of_a_size_that_it_has_not_learned(scene, tmp_path, learned, ratio, words):
    model = classified.model(tmp_path / "m", "resnet18", pixel_m=learned)
    if words is None:
        assert run(scene, model, tmp_path / "a.parquet", pixel_size_ratio=ratio)["class_id"].notna().all()
        return
    with pytest.raises(
        ValueError, match=r"pixels of 0.498 m, but .* raise classify_scene/pixel_size_ratio, or train again"
    ) as caught:
        run(scene, model, tmp_path / "a.parquet", pixel_size_ratio=ratio)
    assert words in str(caught.value) and not (tmp_path / "a.parquet").exists()


def test_the_log_says_how_many_tiles_are_unlike_the_training_tiles(scene, models, tmp_path, caplog):
    caplog.set_level("INFO", logger="geoclass")
    run(scene, models["resnet18"], tmp_path / "a.parquet", reference=fitted(scene, tmp_path))
    inside = tables.read(tmp_path / "a.parquet")["applicable"].astype(bool)
    assert f"a.parquet: {(~inside).sum()} of {len(inside)} tiles (" in caplog.text and "unlike the training tiles" in caplog.text
