"""The whole chain on real images of Perito Moreno glacier, ResNet-18 with one epoch: better than guessing by far on places left out."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "perito_moreno_series"


def test_varionet_beats_the_majority_on_places_left_out(tmp_path):
    if not DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{DATA} is missing; CI has to have it")
        pytest.skip(f"{DATA} is missing: the real series is kept beside the checkout")
    config = yaml.safe_load((ROOT / "tests" / "real" / "perito_moreno.yaml").read_text())
    config["pathvars"] = {"results": str(tmp_path)}
    config["train_variomlp"] |= {"epochs": 60, "minimum_steps": 0}
    config["train_resnet18"] = {"epochs": 1, "minimum_steps": 0, "downsampling": 2}
    config["train_varionet"] = {"epochs": 20, "fine_epochs": 1}
    config["classify_scene"] = {"engine": "float32"}
    config["evaluate_models"] = {"schemes": []}
    config["split_labels"]["folds"] = 2
    # Five dates, the labelled ones among them.
    scenes = pd.read_csv(ROOT / config["scenes"], sep="\t", dtype=str, keep_default_na=False).head(5)
    scenes.to_csv(tmp_path / "scenes.tsv", sep="\t", index=False)
    config["scenes"] = str(tmp_path / "scenes.tsv")
    (tmp_path / "few_epochs.yaml").write_text(yaml.safe_dump(config))
    models = ("variomlp", "resnet18", "varionet")
    dates = scenes["scene"].iloc[[0, -1]]
    maps = [tmp_path / "maps" / model / f"{scene}_class.tif" for model in models for scene in dates]
    command = [sys.executable, "-m", "snakemake", "scores", *maps, "--configfile", tmp_path / "few_epochs.yaml", "--nolock"]
    run = subprocess.run(list(map(str, command)), cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert run.returncode == 0, run.stdout[-6000:]

    scores = pd.read_csv(tmp_path / "evaluation" / "group" / "scores.tsv", sep="\t").set_index("model")
    assert scores.loc["varionet", "macro_f1_low"] > scores.loc["majority", "macro_f1"] + 0.1
    assert all(path.is_file() for path in maps)
