"""Model folders: what is saved comes back, and everything that does not fit is refused with one sentence."""

import json
import shutil

import model_cards
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from geoclass.core import files
from geoclass.networks import checkpoints, description, model_folder
from geoclass.vario import features

H, W, K, C = 24, 32, 3, 3
VARIO = {"scheme": "3-4-5", "maximum_lag_share": 0.5, "step_px": 1, "lags": [[[3, 0], [6, 0], [9, 0]]] * 4}
RADIOMETRY = {"method": "percentiles", "low_percent": 0.5, "high_percent": 99.5}
SCENE = {"scene": "a", "radiometry": RADIOMETRY | {"low": 10.0, "high": 900.0}}
CLASSES = [{"class_id": k, "class_name": name, "colour": "#123456"} for k, name in enumerate(["snow", "ice", "shear"], 1)]
ARCHITECTURE = {
    "variomlp": {"n_features": 4 * K, "n_classes": C, "widths": [8], "dropout": 0.1},
    "resnet18": {"n_classes": C},
    "fusion": {"n_classes": C, "weights": "symmetric", "scale": 4},
}


def card(model):
    return {
        "model": model,
        "architecture": ARCHITECTURE if model == "varionet" else ARCHITECTURE[model],
        "classes": CLASSES,
        "tile": {"height_px": H, "width_px": W},
        "vario": VARIO,
        "radiometry": RADIOMETRY,
        "pixel_m": [0.4, 0.6],
        "normalisation": "log",
        "directions": 4,
        "standardisation": {"mean": [-4.0] * 4 * K, "deviation": [1.5] * 4 * K},
        "temperature": 1.2,
    }


def save(folder, model):
    torch.manual_seed(0)
    weights = checkpoints.build(model, card(model)["architecture"]).state_dict()
    return model_folder.save(folder, card(model), weights, weights)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    for model in checkpoints.NEEDS:
        save(root / model, model)
    return root


@pytest.fixture
def folder(folders, tmp_path):
    return shutil.copytree(folders / "variomlp", tmp_path / "variomlp")


@pytest.mark.parametrize("model", checkpoints.NEEDS)
def test_what_is_saved_comes_back(folders, model):
    predictor = checkpoints.load(folders / model)
    torch.manual_seed(0)
    network = checkpoints.build(model, predictor.card["architecture"]).eval()
    rng = np.random.default_rng(0)
    pixels, v = rng.random((5, H, W), np.float32), rng.random((5, 4, K))
    with torch.no_grad():
        expected = network(*map(torch.from_numpy, predictor.inputs(pixels, v))).numpy()
    given = {"pixels": pixels, "v": v}
    needed = {name: given[name] if {"v": "vario"}.get(name, name) in predictor.needs else None for name in given}
    found = predictor.logits(**needed)
    assert found.dtype == np.float32 and found.shape == (5, C)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)  # last digits may depend on where arrays lie in memory


def test_the_same_weights_make_the_same_bytes_and_the_same_id(folders, tmp_path):
    again = save(tmp_path / "again", "variomlp")
    for name in ("model.json", "weights.safetensors", "last.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (folders / "variomlp" / name).read_bytes()
    assert again["id"] == f"variomlp-{again['fingerprint'][:12]}"


def test_features_are_standardised_as_in_training_and_missing_directions_give_no_class(folders):
    predictor = checkpoints.load(folders / "variomlp")
    v = np.random.default_rng(0).random((3, 4, K))
    v[0, 1, 2:] = np.nan
    v[1, 3] = np.nan
    (found,) = predictor.inputs(None, v)
    np.testing.assert_allclose(found[2], (features.vector(v[2:], "log")[0] + 4) / 1.5, rtol=1e-5)
    assert np.isfinite(found[0]).all()
    assert np.isnan(predictor.logits(None, v)).all(axis=1).tolist() == [False, True, False]


@pytest.mark.parametrize("name", ["model.json", "weights.safetensors"])
def test_a_folder_that_lacks_a_file_is_refused(folder, name):
    (folder / name).unlink()
    with pytest.raises(ValueError, match=f"no {name}, expected a model folder"):
        checkpoints.load(folder)


def test_weights_that_are_cut_off_are_refused(folder):
    path = folder / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"weights\.safetensors: not a whole safetensors file"):
        checkpoints.load(folder)


def test_weights_of_another_architecture_are_refused(folder, folders):
    shutil.copy(folders / "resnet18" / "weights.safetensors", folder)
    with pytest.raises(ValueError, match=r"nothing for layers.0.weight, expected \(8, 12\) of the architecture in model.json"):
        checkpoints.load(folder)


def test_other_weights_of_the_same_architecture_are_refused(folder):
    torch.manual_seed(9)
    weights = checkpoints.build("variomlp", ARCHITECTURE["variomlp"]).state_dict()
    model_folder.write_weights(folder / "weights.safetensors", weights)
    with pytest.raises(ValueError, match="not the weights that model\\.json describes"):
        checkpoints.load(folder)


@pytest.mark.parametrize("content", ['{"epochs": 3}', '{"format": "geoclass model 1", "model": "unet"}', "no JSON"])
def test_a_description_that_is_not_ours_is_refused(folder, content):
    (folder / "model.json").write_text(content)
    with pytest.raises(ValueError, match=r"model.json: (format|not valid JSON)"):
        checkpoints.load(folder)


WRONG = [
    ("temperature", -1),
    ("temperature", 0),
    ("temperature", "1.5"),
    ("temperature", True),
    ("temperature", None),
    ("architecture", None),
    ("architecture", {"n_features": 12, "n_classes": 3, "widths": [8], "dropout": 0.1, "depth": 3}),
    ("architecture", {"n_features": 12, "n_classes": 4, "widths": [8], "dropout": 0.1}),
    ("architecture", {"n_features": 13, "n_classes": 3, "widths": [8], "dropout": 0.1}),
    ("architecture", {"n_features": 12, "n_classes": 3, "widths": [10**9], "dropout": 0.1}),
    ("architecture", {"n_features": 12, "n_classes": 3, "widths": "8", "dropout": 0.1}),
    ("architecture", {"n_features": 12, "n_classes": 3, "widths": "", "dropout": 0.1}),
    ("architecture", {"n_features": 12, "n_classes": 3, "widths": [8], "dropout": 7}),
    ("classes", CLASSES[:1]),
    ("classes", [CLASSES[0] | {"class_id": 300}, *CLASSES[1:]]),
    ("classes", [CLASSES[0] | {"class_id": 2}, *CLASSES[1:]]),
    ("classes", [CLASSES[0] | {"class_name": "ICE"}, *CLASSES[1:]]),
    ("classes", ["snow", "ice", "shear"]),
    ("tile", {"height_px": 24}),
    ("tile", {"height_px": 24.5, "width_px": 32}),
    ("radiometry", {"method": "percentiles", "low_percent": 99, "high_percent": 1}),
    ("radiometry", {"method": "histogram"}),
    ("pixel_m", [0.6, 0.4]),
    ("pixel_m", 0.5),
    ("normalisation", "logarithm"),
    ("directions", 5),
    ("standardisation", {"mean": [-4.0] * 12, "deviation": [1.5] * 11}),
    ("standardisation", {"mean": [-4.0] * 12, "deviation": [-1.5] * 12}),
    ("vario", {"lags": [[[3, 0]], [[0, 3], [0, 6]]]}),
    ("vario", None),
    ("weights_sha256", "0123"),
    ("weights_sha256", None),
]


@pytest.mark.parametrize("key, value", WRONG)
@pytest.mark.parametrize("signed", [True, False])
def test_a_value_that_no_model_has_is_one_sentence_whoever_signed_it(folder, key, value, signed):
    path = folder / "model.json"
    found = json.loads(path.read_text()) | {key: value}
    if signed:
        found["fingerprint"], found["id"] = description._derived(found)
    else:  # as earlier versions wrote it
        found["format"] = description.WITHOUT_FINGERPRINT
        del found["fingerprint"]
    path.write_text(json.dumps(found))
    with pytest.raises(ValueError, match=r"model\.json: .*; (restore|train)"):
        checkpoints.load(folder)


@pytest.mark.parametrize(
    "architecture", [None, {}, {"variomlp": {"n_classes": 3}}, {"variomlp": None, "resnet18": None, "fusion": None}]
)
def test_a_varionet_without_its_parts_is_one_sentence(folders, tmp_path, architecture):
    card = json.loads((folders / "varionet" / "model.json").read_text()) | {"architecture": architecture}
    with pytest.raises(ValueError, match=r"model\.json: (architecture is|a network of)"):
        description.check(card, tmp_path / "model.json")


@pytest.mark.parametrize("key", ["temperature", "architecture", "weights_sha256", "classes", "standardisation", "fingerprint"])
def test_a_description_that_lacks_a_value_is_one_sentence(folder, key):
    path = folder / "model.json"
    found = json.loads(path.read_text())
    del found[key]
    path.write_text(json.dumps(found))
    with pytest.raises(ValueError, match=r"model\.json: changed since the model was trained \(other fingerprint\); restore"):
        checkpoints.load(folder)
    path.write_text(json.dumps(found | {"format": description.WITHOUT_FINGERPRINT}))
    if key != "fingerprint":
        with pytest.raises(ValueError, match=f"model.json: no {key}, expected"):
            checkpoints.load(folder)


@pytest.mark.parametrize(
    "key, value",
    [("classes", CLASSES[::-1]), ("normalisation", "raw"), ("temperature", 1.3), ("note", "better"), ("id", "mine-1")],
)
def test_a_description_that_was_edited_is_refused(folder, key, value):
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(ValueError, match="changed since the model was trained"):
        checkpoints.load(folder)


def test_a_model_of_an_earlier_version_loads_and_the_log_says_what_cannot_be_checked(folder, caplog):
    path = folder / "model.json"
    found = json.loads(path.read_text()) | {"format": description.WITHOUT_FINGERPRINT}
    del found["fingerprint"]
    path.write_text(json.dumps(found))
    with caplog.at_level("INFO", "geoclass"):
        checkpoints.load(folder)
    assert "without a fingerprint; its description cannot be checked" in caplog.text


@pytest.mark.parametrize("model", ["resnet18", "varionet"])
def test_a_network_of_an_earlier_version_is_built_although_an_argument_had_another_name(model):
    old = {"n_classes": 3, "pooling_px": 2}
    mlp = {"n_features": 8, "n_classes": 3, "widths": [4]}
    fusion = {"n_classes": 3}
    network = checkpoints.build(model, old if model == "resnet18" else {"variomlp": mlp, "resnet18": old, "fusion": fusion})
    assert (network if model == "resnet18" else network.resnet18).pool.kernel_size == 2


def test_a_fusion_of_an_earlier_version_loads_if_it_is_one_of_logits(folders, tmp_path):
    folder = shutil.copytree(folders / "varionet", tmp_path / "varionet")
    old = ARCHITECTURE["fusion"] | {"variomlp_weight": 0.5, "blocks": 1}
    model_cards.rewrite(folder, architecture=ARCHITECTURE | {"fusion": old | {"fusion": "logits"}})
    assert checkpoints.load(folder).network.fusion.weights == "symmetric"
    model_cards.rewrite(folder, architecture=ARCHITECTURE | {"fusion": old | {"fusion": "probabilities"}})
    with pytest.raises(
        ValueError, match=r"model\.json: no network .* \(a fusion of probabilities, expected logits\); .*train again"
    ):
        checkpoints.load(folder)


def test_weights_that_are_not_finite_are_refused(folder):
    weights = load_file(folder / "weights.safetensors")
    weights["layers.0.weight"][3, 4] = torch.nan
    model_folder.write_weights(folder / "weights.safetensors", weights)
    found = json.loads((folder / "model.json").read_text())
    card = {key: value for key, value in found.items() if key not in ("format", "id", "fingerprint", "weights_sha256")}
    sha256 = files.fingerprint(folder / "weights.safetensors")
    (folder / "model.json").write_text(json.dumps(description.signed(card, sha256)))
    with pytest.raises(ValueError, match=r"weights.safetensors: layers.0.weight is not finite"):
        checkpoints.load(folder)


@pytest.mark.parametrize("content", [b"[1, 2]", b"3", b"null", b"[" * 100_000, b'{"a": "\xff\xfe"}', b"", b"\xef\xbb\xbf{}"])
def test_what_is_no_json_object_is_one_sentence(folder, content):
    (folder / "model.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.json: .*make it again or restore it from a copy"):
        checkpoints.load(folder)


def changed(key, value):
    return json.loads(
        json.dumps(
            {"tiles": {"height_px": H, "width_px": W}, "vario": VARIO, "scene": SCENE, "classes": ["snow", "ice", "shear"]}
            | {key: value}
        )
    )


@pytest.mark.parametrize(
    "metadata, sentence",
    [
        (
            changed("tiles", {"height_px": 48, "width_px": 64}),
            "t.parquet: tiles of 48 x 64 px, but model varionet-.* was trained with 24 x 32 px; set tile_scene",
        ),
        (
            changed("vario", VARIO | {"lags": [[[1, 0]]] * 4, "scheme": "unit"}),
            r"lags unit, 1 in each of 4 directions, .* was trained with 3-4-5, 3 in each of 4 directions",
        ),
        (
            changed("scene", {"radiometry": RADIOMETRY | {"low_percent": 2}}),
            "radiometry percentiles 2 to 99.5, but model .* with percentiles 0.5 to 99.5; set ingest_scene",
        ),
        (changed("scene", {"radiometry": {"method": "counts", "low": 0, "high": 2047}}), "radiometry counts 0 to 2047"),
        (
            changed("scene", SCENE | {"pixel_height_m": 10.0, "pixel_width_m": 10.0}),
            r"pixels of 10 m, but model varionet-.* with 0\.4 to 0\.6 m; resample the scene .*, or train again",
        ),
        (changed("scene", SCENE | {"pixel_height_m": 0.1, "pixel_width_m": 0.2}), r"pixels of 0\.141 m, but model"),
        (changed("classes", ["snow", "ice"]), "classes snow, ice, but model .* was trained with snow, ice, shear; train again"),
    ],
)
def test_a_table_made_otherwise_is_refused(folders, metadata, sentence):
    with pytest.raises(ValueError, match=sentence):
        checkpoints.load(folders / "varionet").check(metadata, "t.parquet")


def test_a_table_made_alike_is_accepted_and_lags_matter_only_where_they_are_used(folders):
    checkpoints.load(folders / "varionet").check(changed("other", 1), "t.parquet")
    for side in (0.3, 0.5, 1.1):  # other sensors of about the same resolution
        scene = SCENE | {"pixel_height_m": side, "pixel_width_m": side}
        checkpoints.load(folders / "varionet").check(changed("scene", scene), "t.parquet")
    checkpoints.load(folders / "resnet18").check(changed("vario", VARIO | {"lags": []}), "t.parquet")
