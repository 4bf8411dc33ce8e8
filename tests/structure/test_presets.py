"""The preset of the paper holds the paper's settings, to the last one."""

import yaml
from laws import ROOT

from geoclass.core import settings

LEARNING = {
    "learning_rate": 5e-5,
    "weight_decay": 0,  # AdamW is then Adam
    "schedule": "constant",
    "label_smoothing": 0,
    "balance": "none",
    "batch_size": 2,
    "epochs": 50,
    "augmentation": [],
}


def paper():
    config = yaml.safe_load((ROOT / "config" / "presets" / "paper.yaml").read_text())
    settings.complete(config, ROOT / "workflow" / "schemas" / "config.schema.yaml")
    return config


def test_the_three_networks_learn_as_in_the_paper():
    for rule in ("train_variomlp", "train_resnet18", "train_varionet"):
        found = paper()[rule]
        assert {key: found[key] for key in LEARNING} == LEARNING
        assert found["patience"] >= found["epochs"]  # nothing stops early


def test_networks_tiles_and_split_are_those_of_the_paper():
    config = paper()
    assert config["tile_scene"]["height_px"] == 201 and config["tile_scene"]["width_px"] == 268
    assert config["extract_vario"]["scheme"] == "original" and config["extract_vario"]["maximum_lag_share"] == 0.5
    variomlp = {"directions": 3, "hidden": ["5x", "2x"], "dropout": 0, "normalisation": "raw"}
    assert {key: config["train_variomlp"][key] for key in variomlp} == variomlp
    assert config["train_resnet18"]["start_weights"] is None
    varionet = {"weights": "cnn", "fine_learning_rate": 5e-6, "fine_epochs": 10}
    assert {key: config["train_varionet"][key] for key in varionet} == varionet
    assert config["split_labels"]["scheme"] == "random" and config["split_labels"]["shares"] == [0.8, 0.2, 0]
