"""The gate: two models on the same tiles, and the table of rounds."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from geoclass.active_learning import round_figure, verdict

LABELS, BLOCKS = np.tile([0, 1], 40), np.repeat([f"b{k}" for k in range(8)], 10)


def logits(n_right):
    """Return logits that are right about the first tiles and wrong about the others."""
    said = np.where(np.arange(80) < n_right, LABELS, 1 - LABELS)
    return np.eye(2)[said] * 4, 1.0


def test_scores_and_difference_are_those_of_the_same_tiles():
    found = verdict.compare(LABELS, BLOCKS, logits(72), logits(60), 200, seed=1)
    assert (found["n"], found["n_blocks"]) == (80, 8)
    assert found["accuracy"]["new"] == pytest.approx(0.9) and found["accuracy"]["old"] == pytest.approx(0.75)
    assert found["accuracy"]["difference"] == pytest.approx(0.15)
    assert found["macro_f1"]["difference_low"] < found["macro_f1"]["difference"] < found["macro_f1"]["difference_high"]


def test_the_same_model_differs_by_nothing():
    found = verdict.compare(LABELS, BLOCKS, logits(60), logits(60), 100, seed=1)
    assert [found["macro_f1"][key] for key in ("difference", "difference_low", "difference_high")] == [0, 0, 0]


def test_one_block_gives_no_interval():
    found = verdict.compare(LABELS, np.full(80, "b"), logits(72), logits(60), 100, seed=1)
    assert found["macro_f1"]["difference_low"] is None


def verdicts():
    rows = []
    for number, (new, old) in enumerate(((70, 60), (50, 70)), 1):
        about = {
            "round": f"round{number:02d}",
            "base": "" if number == 1 else "round01",
            "teacher": "variomlp",
            "student": "resnet18",
        }
        found = verdict.compare(LABELS, BLOCKS, logits(new), logits(old), 100, seed=1)
        rows.append(about | {"people": 80, "models": 300, "validation": found, "test": None, "kept": new > old})
    return rows


def test_a_row_a_round():
    table = verdict.table(verdicts())
    assert list(table["verdict"]) == ["kept", "refused"] and list(table["base"]) == ["", "round01"]
    assert list(table["validation_macro_f1_new"].round(2)) == pytest.approx([0.88, 0.62], abs=0.01)
    assert list(table["test_tiles"]) == [0, 0] and not any(column.startswith("test_m") for column in table)
    assert isinstance(table, pd.DataFrame)


def test_the_figure_is_drawn_and_repeats_itself(tmp_path):
    for name in ("one.png", "other.png"):
        round_figure.draw(tmp_path / name, verdicts())
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "other.png").read_bytes()
    assert Image.open(tmp_path / "one.png").size[0] > 600
