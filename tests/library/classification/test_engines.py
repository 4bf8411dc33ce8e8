"""Fast engines give the labels and confidences of plain float32, or are not used."""

import importlib

import classified
import numpy as np
import pytest
import torch

from geoclass.classification import engines, inference
from geoclass.networks import checkpoints, devices
from geoclass.scenes import radiometry

FAST = ("channels_last", "bfloat16", "openvino", "openvino_float32")


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    return classified.scene(tmp_path_factory.mktemp("scene"), holes=True)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    for kind in checkpoints.NEEDS:
        classified.model(root / kind, kind)
    return root


def batch_of(scene, predictor):
    return inference.Scene(scene.tiles, scene.vario, "pixels" in predictor.needs).sample()


def logits_of(engine, batch):
    return engine.logits(engine.prepare(batch))


def setup(scene, folders, kind):
    predictor = checkpoints.load(folders / kind)
    batch = batch_of(scene, predictor)
    plain = engines.build("eager", predictor, classified.RADIOMETRY, 1, folders / kind)
    return predictor, batch, logits_of(plain, batch)


@pytest.mark.parametrize("kind", checkpoints.NEEDS)
def test_eager_is_what_the_predictor_says(scene, folders, kind):
    predictor, (counts, valid, v), found = setup(scene, folders, kind)
    pixels = None if counts is None else radiometry.scale_pixels(counts, classified.RADIOMETRY, valid)
    expected = predictor.logits(pixels, radiometry.scale_vario(v, classified.RADIOMETRY))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)  # batches of other sizes sum in another order


@pytest.mark.parametrize("name", FAST)
@pytest.mark.parametrize("kind", ["resnet18", "varionet"])
def test_fast_engines_agree_with_eager(scene, folders, kind, name):
    predictor, batch, expected = setup(scene, folders, kind)
    engine = engines.build(name, predictor, classified.RADIOMETRY, 1, folders / kind)
    same, difference = engines.agreement(logits_of(engine, batch), expected, 1.5)
    assert same == 1 and difference < engines.TOLERANCE


@pytest.mark.parametrize("kind", checkpoints.NEEDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_path_of_the_gpu_scales_and_fills_as_the_cpu_does(scene, folders, kind, dtype):
    _, batch, expected = setup(scene, folders, kind)
    engine = engines.GpuEngine("gpu", checkpoints.load(folders / kind), classified.RADIOMETRY, dtype)  # a CPU stands in for it
    found = logits_of(engine, batch)
    assert found.dtype == np.float32
    if dtype == torch.float32:
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)
    assert engines.agreement(found, expected, 1.5)[1] < 0.02


def test_the_gpu_decides_doubtful_tiles_in_float32(scene, folders):
    predictor, batch, expected = setup(scene, folders, "varionet")
    fast, exact = (
        engines.GpuEngine(name, predictor, classified.RADIOMETRY, dtype)
        for name, dtype in (("fast", torch.bfloat16), ("exact", torch.float32))
    )
    engine = engines.SecondLook(fast, exact)
    engine.doubt = 2.0
    np.testing.assert_allclose(logits_of(engine, batch), expected, rtol=1e-3, atol=1e-3)


class Fake(engines.Engine):
    """An engine that says what it is told."""

    def __init__(self, predictor, answers):
        super().__init__("fake", predictor, classified.RADIOMETRY)
        self.answers, self.asked = answers, []

    def prepare(self, batch):
        return (np.arange(len(self.answers)),)

    def logits(self, prepared):
        self.asked.append(prepared[0].tolist())
        return self.answers[prepared[0]]


def test_doubtful_tiles_are_looked_at_again_and_no_others(folders):
    predictor = checkpoints.load(folders / "resnet18")
    fast = Fake(predictor, np.float32([[9, 0, 0], [1.0, 1.1, 0], [0, 0, 9]]))
    exact = Fake(predictor, np.float32([[7, 7, 7], [1.2, 1.0, 0], [7, 7, 7]]))
    engine = engines.SecondLook(fast, exact)
    found = engine.logits(engine.prepare(None))
    assert found.argmax(1).tolist() == [0, 0, 2]
    assert exact.asked == [[1]]
    assert fast.answers[1, 1] == np.float32(1.1)  # what the fast engine said is not overwritten


def logit(p):
    return np.float32([[np.log(each / (1 - each)) * 1.5, 0] for each in p])


@pytest.mark.parametrize(
    "wrong, doubt, share",
    [
        ([0.0, 0.0, 0.0, 0.0], 0.1, 0.25),
        ([0.02, 0.0, 0.0, 0.0], 0.1, 0.25),
        ([0.0, 0.006, 0.0, 0.0], 0.4, 0.5),
        ([0.0, 0.0, 0.006, 0.0], 0.8, 0.75),
        ([0.0, 0.0, 0.0, 0.02], 0.8, 0.75),
    ],
)
def test_doubt_reaches_as_far_as_confidences_are_wrong(folders, wrong, doubt, share):
    predictor = checkpoints.load(folders / "resnet18")
    truth = np.array([0.52, 0.65, 0.85, 0.97])
    engine = engines.SecondLook(Fake(predictor, logit(truth + wrong)), Fake(predictor, logit(truth)))
    assert engine.settle(engine.prepare(None), logit(truth), 2) == share
    assert engine.doubt == doubt


def test_tiles_without_vario_functions_get_no_logits(scene, folders):
    predictor, (counts, valid, v), _ = setup(scene, folders, "varionet")
    v = v.copy()
    v[3, 1] = np.nan
    for name in ("eager", *FAST):
        engine = engines.build(name, predictor, classified.RADIOMETRY, 1, folders / "varionet")
        found = logits_of(engine, (counts, valid, v))
        assert np.isnan(found[3]).all() and not np.isnan(np.delete(found, 3, axis=0)).any()


def test_agreement_counts_labels_and_measures_confidence():
    expected = np.float32([[2, 0], [0, 2], [np.nan, np.nan], [0, 2]])
    assert engines.agreement(expected, expected, 1.0) == (1.0, 0.0)
    other = np.float32([[0, 2], [0, 2], [5, 0], [0, 2.1]])
    same, difference = engines.agreement(other, expected, 1.0)
    assert same == pytest.approx(2 / 3)
    assert difference == pytest.approx(1 / (1 + np.exp(-2.1)) - 1 / (1 + np.exp(-2)), abs=1e-6)


def chosen(scene, folders, monkeypatch, kind="resnet18", n_tiles=10**6, setting="auto"):
    predictor = checkpoints.load(folders / kind)
    sample = lambda: batch_of(scene, predictor)  # noqa: E731
    return engines.choose(setting, predictor, classified.RADIOMETRY, 1, folders / kind, 16, n_tiles, sample)


def test_auto_takes_the_fastest_engine_that_agrees(scene, folders, monkeypatch):
    assert chosen(scene, folders, monkeypatch).name.startswith("openvino")


def test_auto_leaves_out_what_does_not_agree(scene, folders, monkeypatch, caplog):
    caplog.set_level("INFO")
    monkeypatch.setattr(devices, "precision", lambda name, device: torch.bfloat16)
    monkeypatch.setattr(engines, "agreement", lambda *_: (0.99, 0.0))
    assert chosen(scene, folders, monkeypatch).name == "eager"
    assert "engine channels_last: 99.0 % of 56 labels as in plain float32, confidences within 0.0000" in caplog.text
    assert caplog.text.count("not used") == 4


def test_auto_does_without_a_package_that_is_not_installed(scene, folders, monkeypatch, caplog):
    caplog.set_level("INFO")
    original = importlib.import_module
    monkeypatch.setattr(importlib, "import_module", lambda name: original("absent" if name == "openvino" else name))
    monkeypatch.setattr(devices, "precision", lambda name, device: torch.float32)
    assert chosen(scene, folders, monkeypatch).name == "channels_last"
    assert "openvino is not installed; install the package or set auto" in caplog.text


def test_few_tiles_and_models_without_pixels_are_computed_plainly(scene, folders, monkeypatch):
    assert chosen(scene, folders, monkeypatch, n_tiles=37).name == "eager"
    assert chosen(scene, folders, monkeypatch, kind="variomlp").name == "eager"
    assert chosen(scene, folders, monkeypatch, kind="variomlp", setting="openvino").name == "eager"


def test_a_forced_engine_is_used_whatever_the_size(scene, folders, monkeypatch):
    assert chosen(scene, folders, monkeypatch, n_tiles=1, setting="channels_last").name == "channels_last"


def test_without_an_onnx_file_there_is_one_sentence(scene, folders, monkeypatch):
    with pytest.raises(ValueError, match=r"classify_scene/engine: onnxruntime, but there is no .*model.onnx; restore it or set"):
        chosen(scene, folders, monkeypatch, setting="onnxruntime")


def test_onnx_runtime_agrees_with_eager(scene, folders, tmp_path):
    predictor, batch, expected = setup(scene, folders, "variomlp")
    given = predictor.inputs(None, radiometry.scale_vario(batch[2], classified.RADIOMETRY))
    torch.onnx.export(
        predictor.network, tuple(map(torch.from_numpy, given)), tmp_path / "model.onnx", input_names=["features"],
        dynamic_shapes=[{0: torch.export.Dim("batch")}], dynamo=True, verbose=False,
    )  # fmt: skip
    engine = engines.OnnxEngine(predictor, classified.RADIOMETRY, 1, tmp_path / "model.onnx")
    np.testing.assert_allclose(logits_of(engine, batch), expected, rtol=1e-4, atol=1e-4)
    v = batch[2].copy()
    v[0] = np.nan
    assert np.isnan(logits_of(engine, (None, None, v))).any(axis=1).tolist() == [True] + [False] * (len(v) - 1)
