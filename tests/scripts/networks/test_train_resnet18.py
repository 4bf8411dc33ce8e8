"""ResNet-18 from tables to a model folder: killed in the middle and started again it ends with the very same bytes."""

import filecmp
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import trained_series
from safetensors.torch import load_file, save_file

from geoclass.core import files
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints

ROOT = Path(__file__).parents[3]
FILES = ("model.json", "weights.safetensors", "last.safetensors", "curves.tsv", "held_out.parquet")
JOB = """
import json, sys
sys.path[:0] = [{scripts!r}, {tests!r}]
import labelled_series, trained_series
from geoclass.networks import training
training.SAVE_EVERY_S = 0  # as if every epoch took long
series = labelled_series.Series(**json.loads(sys.argv[1]))
trained_series.resnet18(series, __import__("pathlib").Path(sys.argv[2]))
"""


def job(series, folder):
    """Train in a process of its own, as Snakemake does."""
    code = JOB.format(scripts=str(ROOT / "workflow" / "scripts"), tests=str(ROOT / "tests" / "support"))
    return subprocess.Popen(
        [sys.executable, "-c", code, json.dumps(vars(series)), str(folder)], stderr=subprocess.PIPE, text=True
    )


def test_a_job_killed_in_the_middle_ends_with_the_bytes_of_one_that_was_not(trained, series, tmp_path):
    folder = tmp_path / "resnet18"
    state = tmp_path / "resnet18.resume" / "resnet18.safetensors"
    killed = job(series, folder)
    while not state.exists() and killed.poll() is None:
        time.sleep(0.002)
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL and not (folder / "model.json").exists()
    again = job(series, folder)
    said = again.communicate()[1]
    assert again.returncode == 0, said
    for name in FILES:
        assert filecmp.cmp(folder / name, trained / "resnet18" / name, shallow=False), name
    assert not state.exists()


def test_the_model_folder_comes_back_as_it_was_saved(trained, series):
    tiles = labelled_tiles.labelled_tiles(series.labels, series.split, series.tiles)
    predictor = checkpoints.load(trained / "resnet18")
    held = tiles.subset("validation")
    right = predictor.logits(held.pixels(), None).argmax(1) == held.labels
    assert right.mean() == pytest.approx(predictor.card["scores"]["accuracy"])
    assert predictor.card["vario"] is None and predictor.card["standardisation"] is None


def test_it_starts_from_the_weights_it_is_given(trained, series, tmp_path):
    folder = trained_series.resnet18(
        series, tmp_path / "m", str(trained / "resnet18" / "weights.safetensors"), epochs=1, learning_rate=1e-9
    )
    found, start = (load_file(path / "last.safetensors") for path in (folder, trained / "resnet18"))
    best = load_file(trained / "resnet18" / "weights.safetensors")
    torch.testing.assert_close(found["network.layer4.1.conv2.weight"], best["network.layer4.1.conv2.weight"], atol=1e-6, rtol=0)
    assert start.keys() == found.keys()


def test_weights_of_another_network_are_refused(trained, series, tmp_path):
    with pytest.raises(ValueError, match=r"weights\.safetensors: nothing for conv1\.weight, expected \(64, 1, 7, 7\)"):
        trained_series.resnet18(series, tmp_path / "m", str(trained / "variomlp" / "weights.safetensors"))
    save_file({"conv1.weight": torch.zeros(64, 1, 3, 3)}, tmp_path / "small.safetensors")
    with pytest.raises(ValueError, match=r"\(64, 1, 3, 3\) for conv1\.weight"):
        trained_series.resnet18(series, tmp_path / "m", str(tmp_path / "small.safetensors"))
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize("downsampling", [1, 2])
def test_bfloat16_trains_a_model_that_loads_in_float32(series, tmp_path, downsampling):
    folder = trained_series.resnet18(series, tmp_path / "m", precision="bfloat16", downsampling=downsampling, epochs=1)
    assert {value.dtype for value in load_file(folder / "weights.safetensors").values()} <= {torch.float32, torch.int64}
    assert np.isfinite(checkpoints.load(folder).logits(np.zeros((2, 24, 32), np.float32), None)).all()


def test_a_gpu_that_is_not_there_is_refused(series, tmp_path):
    if torch.cuda.is_available():
        assert files.read_json(trained_series.resnet18(series, tmp_path / "m", device="cuda", epochs=1) / "model.json")
        return
    with pytest.raises(ValueError, match="device: cuda, but this PyTorch"):
        trained_series.resnet18(series, tmp_path / "m", device="cuda")
    assert not (tmp_path / "m").exists()
