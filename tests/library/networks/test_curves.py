"""Curves: the table says what was trained, the figure can be opened, and both are the same every time."""

from types import SimpleNamespace

import pandas as pd
import pictures
import pytest
from PIL import Image

from geoclass.networks import curves, model_folder

ROWS = [
    {"stage": stage, "epoch": epoch, "learning_rate": 0.001 * epoch}
    | {f"{subset}_{what}": 1 / (1 + k) for subset in ("training", "validation") for what in ("loss", "accuracy")}
    for k, (stage, epoch) in enumerate([("frozen", 0), ("frozen", 1), ("frozen", 2), ("fine", 0), ("fine", 1)])
]


def test_the_kept_epoch_is_marked_and_files_repeat(tmp_path):
    for name in ("one", "two"):
        fit = SimpleNamespace(curves=ROWS, kept=2)
        model_folder.write_curves(fit, tmp_path / f"{name}.tsv")
        curves.draw(tmp_path / f"{name}.tsv", "varionet", tmp_path / f"{name}.png")
    table = pd.read_csv(tmp_path / "one.tsv", sep="\t", keep_default_na=False)
    assert list(table["kept"]) == ["", "", "yes", "", ""] and list(table["stage"].unique()) == ["frozen", "fine"]
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert Image.open(tmp_path / "one.png").size[0] > 1000


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_a_sweep_shows_what_it_compares_with(tmp_path, scale):
    frame = pd.DataFrame({"rate": [0.1, 0.01], "validation_loss": [1.0, 0.5], "validation_accuracy": [0.5, 0.7]})
    lines = {"not fine-tuned": next(frame.itertuples())}
    curves.sweep(frame, "rate", "learning rate", tmp_path / "sweep.png", lines, scale)
    assert pictures.colours(tmp_path / "sweep.png") > 20
