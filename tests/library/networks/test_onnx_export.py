"""The gate of the exchange file: a hundred tiles through both, and a file that says something else is not left behind."""

import json

import classified
import numpy as np
import onnxruntime
import pytest
from scipy.special import softmax

from geoclass.networks import checkpoints, onnx_export

H, W, N = 24, 32, onnx_export.GATE_TILES


def given(predictor):
    rng = np.random.default_rng(0)
    return predictor.inputs(rng.random((N, H, W), np.float32), rng.random((N, 4, 4)) + 1e-3)


@pytest.mark.parametrize("kind", checkpoints.NEEDS)
def test_both_give_the_same_labels_and_probabilities_for_any_number_of_tiles(tmp_path, kind):
    classified.model(tmp_path, kind)
    predictor, path = checkpoints.load(tmp_path), tmp_path / "model.onnx"
    arrays = given(predictor)
    onnx_export.write(predictor, arrays, path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    assert names == [name for name in ("features", "pixels") if name.replace("features", "vario") in predictor.needs]
    for n in (1, 7, N):
        (found,) = session.run(["logits"], {name: array[:n] for name, array in zip(names, arrays, strict=True)})
        own = predictor.network(*map(onnx_export.torch.from_numpy, (array[:n] for array in arrays))).detach().numpy()
        assert (found.argmax(1) == own.argmax(1)).all()
        np.testing.assert_allclose(softmax(found, 1), softmax(own, 1), atol=1e-3)


def test_the_file_is_the_same_every_time_and_tells_nothing_of_the_machine(tmp_path):
    classified.model(tmp_path, "variomlp")
    predictor = checkpoints.load(tmp_path)
    for name in ("one.onnx", "two.onnx"):
        onnx_export.write(predictor, given(predictor), tmp_path / name)
    assert (tmp_path / "one.onnx").read_bytes() == (tmp_path / "two.onnx").read_bytes()
    assert str(onnx_export.__file__).encode() not in (tmp_path / "one.onnx").read_bytes()


def test_the_file_tells_classes_temperature_and_preprocessing(tmp_path):
    classified.model(tmp_path, "variomlp")
    predictor = checkpoints.load(tmp_path)
    onnx_export.write(predictor, given(predictor), tmp_path / "model.onnx")
    told = onnxruntime.InferenceSession(tmp_path / "model.onnx").get_modelmeta().custom_metadata_map
    assert json.loads(told["classes"]) == classified.CLASSES and json.loads(told["temperature"]) == 1.5
    preprocessing = json.loads(told["preprocessing"])
    assert preprocessing["tile"] == {"height_px": H, "width_px": W} and preprocessing["normalisation"] == "log"
    assert {"radiometry", "vario", "standardisation"} < set(preprocessing) and told["model_id"] == predictor.card["id"]
    assert told["model_fingerprint"] == predictor.card["fingerprint"]


def test_a_file_that_says_something_else_is_not_left_behind(tmp_path, monkeypatch):
    classified.model(tmp_path, "variomlp")
    predictor = checkpoints.load(tmp_path)
    original = onnxruntime.InferenceSession

    class Wrong(original):
        def run(self, names, arrays):
            return [super().run(names, arrays)[0][:, ::-1]]

    monkeypatch.setattr(onnxruntime, "InferenceSession", Wrong)
    with pytest.raises(
        RuntimeError, match=r"model\.onnx: probabilities differ by 0\.\d+ from the model's, expected at most 0\.001"
    ):
        onnx_export.write(predictor, given(predictor), tmp_path / "model.onnx")
    assert not list(tmp_path.glob("*.onnx"))
