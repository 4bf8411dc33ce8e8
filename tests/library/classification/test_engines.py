"""Fast engines give the labels and confidences of plain float32, or are not used."""

import functools
import json
import sys
from dataclasses import replace

import classified
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from geoclass.classification import engine as engine_module
from geoclass.classification import engines, inference
from geoclass.classification.agreement import Agreement, agreement
from geoclass.classification.backbones import Backbones, Shared
from geoclass.classification.engine import Batch, Engine
from geoclass.classification.gpu_engine import GpuEngine
from geoclass.classification.second_look import SecondLook
from geoclass.networks import checkpoints, devices, model_folder, quantisation

FAST = ("int8", "bfloat16", "openvino")


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    return classified.scene(tmp_path_factory.mktemp("scene"), holes=True)


@pytest.fixture(scope="module")
def folders(scene, tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    for kind in checkpoints.NEEDS:
        classified.model(root / kind, kind)
        predictor = checkpoints.load(root / kind)
        if kind == "resnet18":
            assert (
                quantisation.write(root / kind / quantisation.NAME, predictor.network, batch_of(scene, predictor).pixels) is None
            )
    varionet_of(root / "resnet18", root / "varionet")
    return root


def varionet_of(resnet18, varionet):
    """Give a VarioNet the weights of a ResNet-18, as training does."""
    card = json.loads((varionet / "model.json").read_text())
    weights = load_file(varionet / "weights.safetensors")
    weights |= {f"resnet18.{name}": weight for name, weight in load_file(resnet18 / "weights.safetensors").items()}
    card = {key: value for key, value in card.items() if key not in ("format", "id", "fingerprint", "weights_sha256")}
    model_folder.save(varionet, card, weights, weights)


def batch_of(scene, predictor):
    return inference.Scene(scene.tiles, scene.vario, "pixels" in predictor.needs).sample()


def logits_of(engine, batch):
    return engine.logits(engine.prepare(batch))


def setup(scene, folders, kind):
    predictor = checkpoints.load(folders / kind)
    batch = batch_of(scene, predictor)
    plain = engines.build("float32", predictor, Backbones(1), folders / kind)
    return predictor, batch, logits_of(plain, batch)


@pytest.mark.parametrize("kind", checkpoints.NEEDS)
def test_float32_is_what_the_predictor_says(scene, folders, kind):
    _, batch, found = setup(scene, folders, kind)
    expected = checkpoints.load(folders / kind).logits(batch.pixels, batch.functions)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)  # batches of other sizes sum in another order


@pytest.mark.parametrize("name", FAST)
@pytest.mark.parametrize("kind", ["resnet18", "varionet"])
def test_fast_engines_keep_labels_and_confidences(scene, folders, kind, name):
    predictor, batch, expected = setup(scene, folders, kind)
    engine = engines.build(name, predictor, Backbones(1), folders / kind)
    prepared = engine.prepare(batch)
    if isinstance(engine, SecondLook):
        engine.settle(prepared, expected, 16)
    assert agreement(engine.logits(prepared), expected, 1.5).kept


def test_bfloat16_does_without_openvino(scene, folders, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)  # as if it were not installed
    predictor, batch, expected = setup(scene, folders, "varionet")
    engine = engines.build("bfloat16", predictor, Backbones(1), folders / "varionet")
    assert agreement(logits_of(engine, batch), expected, 1.5).kept


@pytest.mark.parametrize("kind", checkpoints.NEEDS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_path_of_the_gpu_scales_and_fills_as_the_cpu_does(scene, folders, kind, dtype):
    _, batch, expected = setup(scene, folders, kind)
    engine = GpuEngine("gpu", checkpoints.load(folders / kind), dtype)  # a CPU stands in for it
    found = logits_of(engine, batch)
    assert found.dtype == np.float32
    if dtype == torch.float32:
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)
    assert agreement(found, expected, 1.5).largest < 0.02


def test_the_gpu_looks_past_invalid_pixels_that_are_no_number(scene, folders):
    predictor = checkpoints.load(folders / "resnet18")
    batch = batch_of(scene, predictor)
    counts, valid = batch.counts.astype(np.float32), np.ones(batch.counts.shape, bool)
    valid[:, :4] = False
    counts[~valid] = np.nan
    masked = replace(batch, counts=counts, valid=valid)
    found, expected = (
        logits_of(engine, masked) for engine in (GpuEngine("gpu", predictor, torch.float32), Engine("cpu", predictor))
    )
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_the_gpu_decides_doubtful_tiles_in_float32(scene, folders):
    predictor, batch, expected = setup(scene, folders, "varionet")
    fast, exact = (GpuEngine(name, predictor, dtype) for name, dtype in (("fast", torch.bfloat16), ("exact", torch.float32)))
    engine = SecondLook(fast, exact)
    engine.doubt = 2.0
    np.testing.assert_allclose(logits_of(engine, batch), expected, rtol=1e-3, atol=1e-3)


class Fake(Engine):
    """An engine that says what it is told."""

    def __init__(self, predictor, answers):
        super().__init__("fake", predictor)
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
    engine = SecondLook(fast, exact)
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
        ([0.1, 0.0, 0.0, 0.0], 0.4, 0.5),  # its own margin grows by the error
        ([-0.1, 0.0, 0.0, 0.0], 0.2, 0.25),  # another label
        ([0.0, 0.009, 0.0, 0.0], 0.1, 0.25),
        ([0.0, 0.03, 0.0, 0.0], 0.4, 0.5),
        ([0.0, 0.0, 0.03, 0.0], 0.8, 0.75),
        ([0.0, 0.009, 0.009, 0.0], 0.4, 0.5),  # each is small enough, both together are too much on average
        ([0.0, 0.0, 0.0, 0.0275], 0.95, 0.75),
    ],
)
def test_doubt_reaches_as_far_as_confidences_are_wrong(folders, wrong, doubt, share):
    predictor = checkpoints.load(folders / "resnet18")
    truth = np.array([0.52, 0.65, 0.85, 0.97])
    engine = SecondLook(Fake(predictor, logit(truth + wrong)), Fake(predictor, logit(truth)))
    assert engine.settle(engine.prepare(None), logit(truth), 2) == share
    assert engine.doubt == doubt


def test_tiles_without_vario_functions_get_no_logits(scene, folders):
    predictor, batch, _ = setup(scene, folders, "varionet")
    v = batch.v.copy()
    v[3, 1] = np.nan
    for name in ("float32", *FAST):
        engine = engines.build(name, predictor, Backbones(1), folders / "varionet")
        found = logits_of(engine, Batch(batch.counts, batch.valid, v, batch.radiometry))
        assert np.isnan(found[3]).all() and not np.isnan(np.delete(found, 3, axis=0)).any()


def test_agreement_counts_labels_and_measures_confidence():
    expected = np.float32([[2, 0], [0, 2], [np.nan, np.nan], [0, 2]])
    assert agreement(expected, expected, 1.0) == Agreement(1.0, 0.0, 0.0, 3)
    other = np.float32([[0, 2], [0, 2], [5, 0], [0, 2.1]])
    found = agreement(other, expected, 1.0)
    assert found.labels == pytest.approx(2 / 3) and not found.kept
    assert found.largest == pytest.approx(1 / (1 + np.exp(-2.1)) - 1 / (1 + np.exp(-2)), abs=1e-6)
    assert found.mean == pytest.approx(found.largest / 3)
    assert not agreement(np.full_like(expected, np.nan), expected, 1.0).kept
    assert agreement(expected[2:3], expected[2:3], 1.0).kept  # no tile with a class: nothing to keep


def chosen(scene, folders, kind="resnet18", n_tiles=10**6, setting="auto", downsampling=1):
    predictor = checkpoints.load(folders / kind)
    predictor.network.downsampling = downsampling
    sample = functools.cache(lambda: batch_of(scene, predictor))
    return engines.choose(setting, [predictor], Backbones(1), [folders / kind], 16, n_tiles, sample)[0]


def test_auto_takes_the_fastest_engine_that_agrees(scene, folders, monkeypatch, caplog):
    caplog.set_level("INFO")
    monkeypatch.setattr(engines, "PLAIN", 2)  # a network with random weights doubts most tiles
    engine, compared = chosen(scene, folders)
    assert engine.name == "int8"
    assert compared["equal_labels"] == 1 and compared["tiles"] == 28 and compared["largest_difference"] <= 0.05
    assert (
        "engine int8 for resnet18: 100.0 % of the labels of 28 tiles as in plain float32, confidences within 0.0" in caplog.text
    )


def test_auto_passes_over_an_engine_that_looks_at_most_tiles_twice(scene, folders, monkeypatch, caplog):
    caplog.set_level("INFO")
    monkeypatch.setattr(engines, "COSTS", {"int8": 0.26})
    monkeypatch.setattr(engines, "PLAIN", 0.3)
    assert chosen(scene, folders)[0].name == "float32"
    assert "of the tiles computed again: not used" in caplog.text


@pytest.mark.parametrize(
    "again, name", [((0.1, 0.0), "int8"), ((0.5, 0.1), "bfloat16"), ((0.5, 0.4), "int8"), ((0.9, 0.7), "openvino")]
)
def test_auto_counts_second_looks(scene, folders, monkeypatch, again, name):
    """What a tile costs is the fast engine's time and a second look's for the share that needs one."""
    monkeypatch.setattr(devices, "precision", lambda name, device: torch.bfloat16)
    known = dict(zip(("int8", "bfloat16"), again, strict=True))
    monkeypatch.setattr(engines, "_compare", lambda engine, *_: verdict(True) | {"computed_again": known.get(engine.name, 0.0)})
    assert chosen(scene, folders)[0].name == name


@pytest.mark.parametrize("setting", ["auto", "int8"])
def test_a_scene_that_breaks_the_contract_is_computed_in_float32(scene, folders, monkeypatch, caplog, setting):
    caplog.set_level("INFO")
    monkeypatch.setattr(devices, "precision", lambda name, device: torch.bfloat16)
    monkeypatch.setattr(engines, "agreement", lambda *_: Agreement(0.99, 0.0, 0.0, 28))
    engine, compared = chosen(scene, folders, setting=setting)
    assert engine.name == "float32" and compared == {}
    assert (
        "engine int8 for resnet18: 99.0 % of the labels of 28 tiles as in plain float32, confidences within 0.0000" in caplog.text
    )
    assert "engine float32 is used: no faster one keeps its labels and confidences" in caplog.text
    assert caplog.text.count("not used") == (3 if setting == "auto" else 1)


def test_auto_does_without_packages_and_files_that_are_not_there(scene, folders, tmp_path, monkeypatch, caplog):
    caplog.set_level("INFO")
    classified.model(tmp_path / "resnet18", "resnet18")
    monkeypatch.setattr(devices, "precision", lambda name, device: torch.float32)
    assert chosen(scene, tmp_path)[0].name == "openvino"
    assert "int8.safetensors: not there, expected ResNet-18 in int8" in caplog.text
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert chosen(scene, folders)[0].name == "float32"
    assert "openvino is not installed; install the package or set auto" in caplog.text


def test_few_tiles_and_models_without_pixels_are_computed_plainly(scene, folders):
    assert chosen(scene, folders, n_tiles=37)[0].name == "float32"
    assert chosen(scene, folders, kind="variomlp")[0].name == "float32"
    assert chosen(scene, folders, kind="variomlp", setting="openvino")[0].name == "float32"


def test_what_is_averaged_counts_as_the_network_sees_it(scene, folders, monkeypatch):
    monkeypatch.setattr(engines, "WORTHWHILE_PX", 24 * 32 * 100)
    monkeypatch.setattr(engines, "COSTS", {"openvino": 1.0})
    assert chosen(scene, folders, n_tiles=100)[0].name == "openvino"
    assert chosen(scene, folders, n_tiles=399, downsampling=2)[0].name == "float32"
    assert chosen(scene, folders, n_tiles=400, downsampling=2)[0].name == "openvino"


def test_a_forced_engine_is_used_whatever_the_size(scene, folders):
    assert chosen(scene, folders, n_tiles=1, setting="openvino")[0].name == "openvino"


def test_int8_without_its_file_is_refused(scene, tmp_path):
    classified.model(tmp_path / "resnet18", "resnet18")
    with pytest.raises(ValueError, match=r"int8.safetensors: not there, expected ResNet-18 in int8; let the rule quantise_model"):
        chosen(scene, tmp_path, setting="int8")


def test_batches_do_not_change_what_is_computed(folders):
    fake = Fake(checkpoints.load(folders / "resnet18"), np.arange(10, dtype=np.float32)[:, None])
    np.testing.assert_array_equal(engine_module.compute(fake, fake.prepare(None), 4), fake.answers)
    assert [len(each) for each in fake.asked] == [4, 4, 2]


def test_two_models_of_one_resnet18_ask_it_once(scene, folders):
    backbones, counted = Backbones(1), []
    predictors = [checkpoints.load(folders / kind) for kind in ("resnet18", "varionet")]
    one, other = (engines.build("float32", predictor, backbones, folders / "x") for predictor in predictors)
    assert one.backbone is other.backbone
    network = one.backbone.network
    one.backbone.network = lambda pixels: counted.append(len(pixels)) or network(pixels)
    batch = batch_of(scene, predictors[0])
    first, second = (engine_module.compute(engine, engine.prepare(batch), 16) for engine in (one, other))
    assert sum(counted) == len(batch.counts)
    for found, predictor in zip((first, second), predictors, strict=True):
        np.testing.assert_allclose(found, predictor.logits(batch.pixels, batch.functions), rtol=1e-5, atol=1e-5)


def test_models_of_one_resnet18_take_an_engine_that_suits_all(scene, folders, monkeypatch, caplog):
    """VarioNet refuses int8, so that ResNet-18 does without, too, and is computed once for both."""
    caplog.set_level("INFO")
    monkeypatch.setattr(devices, "precision", lambda name, device: torch.float32)
    monkeypatch.setattr(
        engines, "_compare", lambda engine, *_: verdict(engine.name != "int8" or "vario" not in engine.predictor.needs)
    )
    backbones, kinds = Backbones(1), ("variomlp", "resnet18", "varionet")
    predictors = [checkpoints.load(folders / kind) for kind in kinds]
    sample = functools.cache(lambda: batch_of(scene, predictors[2]))
    made = engines.choose("auto", predictors, backbones, [folders / kind for kind in kinds], 16, 10**6, sample)
    assert [engine.name for engine, _ in made] == ["float32", "openvino", "openvino"]
    assert made[1][0].backbone is made[2][0].backbone
    assert [compared for _, compared in made] == [
        {},
        *[{key: value for key, value in verdict(True).items() if key != "good"}] * 2,
    ]
    assert "engine int8 for resnet18" in caplog.text and caplog.text.count("not used") == 2
    assert {arithmetic for _, arithmetic in backbones.made} == {"float32", "openvino"}  # int8 is freed


def verdict(good):
    """Return what comparing an engine with plain float32 found."""
    found = {"tiles": 1, "equal_labels": 1.0, "mean_difference": 0.0, "largest_difference": 0.0, "computed_again": 0.0}
    return {"good": good, **found}


def test_models_of_one_resnet18_hold_its_weights_once(folders, tmp_path):
    classified.model(tmp_path / "varionet", "varionet")  # another ResNet-18
    predictors = [checkpoints.load(folder) for folder in (folders / "resnet18", folders / "varionet", tmp_path / "varionet")]
    before = [predictor.network.state_dict() for predictor in predictors]
    Backbones(1).share(predictors)
    one, other, third = predictors
    assert other.network.resnet18 is one.network and third.network.resnet18 is not one.network
    for predictor, state in zip(predictors, before, strict=True):
        for name, weights in predictor.network.state_dict().items():
            assert torch.equal(weights, state[name])


def test_a_second_look_at_the_same_tile_is_computed_once(scene, folders):
    """Two models doubt the same tiles: the exact ResNet-18 sees each of them once."""
    backbones, seen = Backbones(1), []
    predictors = [checkpoints.load(folders / kind) for kind in ("resnet18", "varionet")]
    made = [engines.build("int8", predictor, backbones, folders / "resnet18") for predictor in predictors]
    exact = made[0].exact.backbone
    assert made[1].exact.backbone is exact
    network = exact.network
    exact.network = lambda pixels: seen.append(len(pixels)) or network(pixels)
    batch = batch_of(scene, predictors[1])
    for engine in made:
        engine.doubt = 2.0
        logits = engine_module.compute(engine, engine.prepare(batch), 16)
        np.testing.assert_allclose(logits, engine.predictor.logits(batch.pixels, batch.functions), rtol=1e-3, atol=1e-3)
    assert sum(seen) == len(seen) == len(batch.counts)


def test_a_resnet18_that_was_tuned_further_is_another(folders, tmp_path):
    classified.model(tmp_path / "varionet", "varionet")
    backbones = Backbones(1)
    one = backbones.get("float32", checkpoints.load(folders / "resnet18"))
    assert backbones.get("float32", checkpoints.load(folders / "varionet")) is one
    predictor = checkpoints.load(folders / "varionet")
    with torch.no_grad():
        predictor.network.resnet18.network.fc.bias += 1e-6
    assert backbones.get("float32", predictor) is not one
    with pytest.raises(ValueError, match=r"int8.safetensors: of other weights than the model's"):
        backbones.get("int8", predictor, [folders / "resnet18"])


def test_shared_logits_are_those_of_the_same_tiles_alone():
    shared = Shared(lambda pixels: torch.from_numpy(pixels.sum((1, 2))))
    whole = np.random.default_rng(1).random((8, 2, 3), np.float32)
    for chosen in (slice(0, 4), slice(4, 8), slice(0, 4), slice(0, 8, 2), slice(0, 2)):
        np.testing.assert_allclose(shared(whole[chosen]), whole[chosen].sum((1, 2)))
    assert len(shared.known) == 4
    np.testing.assert_allclose(shared(whole[[1, 3]]), whole[[1, 3]].sum((1, 2)))  # a copy is not remembered
    assert len(shared.known) == 4
    other = whole + 1
    np.testing.assert_allclose(shared(other[:4]), other[:4].sum((1, 2)))
    assert len(shared.known) == 1
