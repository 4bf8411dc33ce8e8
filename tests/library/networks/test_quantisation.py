"""ResNet-18 in int8: made from tiles that show something, the same on every processor, and refused with other weights."""

import os
import subprocess
import sys

import classified
import numpy as np
import pytest

from geoclass.labels.labelled_tiles import LabelledTiles
from geoclass.networks import checkpoints, openvino_model, quantisation

SIZE = (24, 32)
ASK = """
import sys, numpy as np
from geoclass.networks import openvino_model, quantisation
folder, sha = sys.argv[1:]
model = quantisation.read(f"{folder}/int8.safetensors", sha)
np.save(f"{folder}/found.npy", openvino_model.compiled(model, "f32", 1)(np.load(f"{folder}/pixels.npy")).numpy())
"""


def pixels_of(n):
    rng = np.random.default_rng(4)
    return rng.random((n, 6, 8), np.float32).repeat(4, axis=1).repeat(4, axis=2)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    classified.model(folder, "resnet18", SIZE)
    predictor, pixels = checkpoints.load(folder), pixels_of(32)
    np.save(folder / "pixels.npy", pixels)
    reason = quantisation.write(folder / quantisation.NAME, predictor.network, pixels)
    assert reason is None
    return folder, predictor, pixels


def test_logits_are_near_those_in_float32(made):
    folder, predictor, pixels = made
    model = quantisation.read(folder / quantisation.NAME, quantisation.fingerprint(predictor.network))
    found, expected = openvino_model.compiled(model, "f32", 1)(pixels).numpy(), predictor.logits(pixels, None)
    assert np.abs(found - expected).max() < 0.15 * np.abs(expected).max()
    assert np.abs(found - expected).max() > 0  # int8, not float32


def test_rounding_neither_shrinks_nor_shifts_the_logits_of_a_class(made):
    folder, predictor, pixels = made
    model = quantisation.read(folder / quantisation.NAME, quantisation.fingerprint(predictor.network))
    found, expected = openvino_model.compiled(model, "f32", 1)(pixels).numpy(), predictor.logits(pixels, None)
    for one, other in zip(found.T, expected.T, strict=True):
        np.testing.assert_allclose(np.polyfit(one, other, 1), [1, 0], atol=0.01 * max(1, np.abs(other).max()))


def test_a_processor_without_vnni_gives_the_same_within_the_contract(made):
    """oneDNN is told to use no instruction beyond AVX2; the products of two bytes then add up in 16 bits."""
    folder, predictor, pixels = made
    identity = quantisation.fingerprint(predictor.network)
    arguments = [sys.executable, "-c", ASK, str(folder), identity]
    subprocess.run(arguments, cwd=classified.SCRIPTS, env=os.environ | {"ONEDNN_MAX_CPU_ISA": "AVX2"}, check=True)
    found = openvino_model.compiled(quantisation.read(folder / quantisation.NAME, identity), "f32", 1)(pixels).numpy()
    np.testing.assert_allclose(np.load(folder / "found.npy"), found, atol=1e-3 * np.abs(found).max())


def test_the_same_tiles_make_the_same_bytes(made, tmp_path):
    folder, predictor, pixels = made
    quantisation.write(tmp_path / "a.safetensors", predictor.network, pixels)
    assert (tmp_path / "a.safetensors").read_bytes() == (folder / quantisation.NAME).read_bytes()


def test_a_file_of_other_weights_is_refused(made):
    with pytest.raises(ValueError, match=r"int8.safetensors: of other weights than the model's; delete it, and the next run"):
        quantisation.read(made[0] / quantisation.NAME, "0" * 64)


def test_a_file_that_is_cut_off_is_refused(made, tmp_path):
    path = tmp_path / "int8.safetensors"
    path.write_bytes((made[0] / quantisation.NAME).read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"int8.safetensors: not a readable network in int8 .* delete it"):
        quantisation.read(path, quantisation.fingerprint(made[1].network))


def written_without(tmp_path, pixels):
    predictor_folder = tmp_path / "m"
    classified.model(predictor_folder, "resnet18", SIZE)
    predictor = checkpoints.load(predictor_folder)
    path = predictor_folder / quantisation.NAME
    reason = quantisation.write(path, predictor.network, pixels)
    with pytest.raises(ValueError, match=r"int8.safetensors: no network in int8: ") as caught:
        quantisation.read(path, quantisation.fingerprint(predictor.network))
    assert str(caught.value).endswith(reason)
    return reason


def test_few_tiles_make_a_file_that_says_so(tmp_path):
    assert written_without(tmp_path, pixels_of(23)) == "23 training tiles that are not blank, expected at least 24"


def test_a_missing_package_makes_a_file_that_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nncf", None)
    assert "nncf" in written_without(tmp_path, pixels_of(24))


def test_calibration_leaves_out_blank_tiles_and_test_tiles_and_takes_every_class():
    n = 300
    counts = (pixels_of(n) * 1000).astype(np.uint16)
    labels, subsets = np.arange(n) % 3, np.where(np.arange(n) % 4 == 0, "test", "train")
    counts[:, 0, 0] = labels
    counts[::5] = labels[::5, None, None]
    low, high = np.zeros(n), np.full(n, 1000.0)
    tiles = LabelledTiles(np.arange(n).astype(str), subsets, subsets, labels, counts, None, low, high, None, [], {})
    chosen = quantisation.calibration_pixels(tiles)
    assert chosen.shape == (64, *SIZE) and (chosen.reshape(64, -1).std(1) > 0.1).all()
    of_class = np.bincount(np.rint(chosen[:, 0, 0] * 1000).astype(int))
    assert of_class.min() >= 21
    known = {pixels.tobytes() for pixels in tiles.pixels(np.flatnonzero(subsets == "train"))}
    assert all(pixels.tobytes() in known for pixels in chosen)
    blank = LabelledTiles(np.arange(n).astype(str), subsets, subsets, labels, counts * 0, None, low, high, None, [], {})
    assert len(quantisation.calibration_pixels(blank)) == 0
