"""The summary of all split schemes: a table, a figure, and a page that says what to make of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pictures
import pytest
import yaml
from evaluation.compare_splits import compare_splits

from geoclass.evaluation import evaluation, score_figures

ROOT = Path(__file__).parents[3]
CLASSES = [{"class_id": k, "class_name": name} for k, name in enumerate(("snow", "shear", "chaos"), 1)]


@pytest.fixture
def evaluations(tmp_path):
    """Write the tables of three schemes; in `given` there is no test subset, and all tiles of `scene` are in one block."""
    paths = []
    for seed, (scheme, subset, n_blocks) in enumerate((("block", "test", 8), ("given", "validation", 8), ("scene", "test", 1))):
        rng = np.random.default_rng(seed)
        scored = evaluation.Tiles(rng.integers(0, 3, 40), rng.integers(0, n_blocks, 40))
        predictions = {}
        for model in ("varionet", "resnet18", "majority"):
            p = rng.dirichlet(np.ones(3), 40)
            predictions[model] = evaluation.Prediction(p, p, p, 1.0, np.full(40, np.nan))
        inside = np.arange(40) < 40 - 10 * seed
        tables = evaluation.tables_of(predictions, scored, scored, CLASSES, inside, resamples=30, seed=1)
        spread = evaluation.by_scene(predictions, scored.labels, np.arange(40) % 4)
        tables["scores"] = tables["scores"].join(spread, on="model")
        (tmp_path / scheme).mkdir()
        for name, table in tables.items():
            path = tmp_path / scheme / f"{name}.tsv"
            table.assign(scheme=scheme, subset=subset, unit=scheme).to_csv(path, sep="\t", index=False, float_format="%.6g")
        paths.append(str(tmp_path / scheme / "scores.tsv"))
    return paths


def test_schemes_stand_side_by_side(evaluations, tmp_path):
    out = [str(tmp_path / name) for name in ("summary.tsv", "summary.png", "summary.md")]
    compare_splits(evaluations, *out)
    summary = pd.read_csv(out[0], sep="\t")
    assert summary["scheme"].tolist() == ["block"] * 3 + ["given"] * 3 + ["scene"] * 3
    assert (tmp_path / "summary.png").stat().st_size > 5_000 and pictures.colours(tmp_path / "summary.png") > 20
    page = (tmp_path / "summary.md").read_text()
    assert page.count("There is no test subset") == 1 and "## Split: given" in page
    row = summary.iloc[0]
    assert f"| VarioNet | {row.macro_f1:.2f} [{row.macro_f1_low:.2f}, {row.macro_f1_high:.2f}] |" in page
    assert "VarioNet less ResNet-18: macro-F1" in page
    assert "nan" not in page
    row = summary.query("scheme == 'scene'").iloc[0]
    spread = f" {row.accuracy_lowest_scene:.2f} to {row.accuracy_highest_scene:.2f} |"
    assert row.accuracy_lowest_scene < row.accuracy < row.accuracy_highest_scene and spread in page
    assert page.count("lowest to highest scene") == page.count("intervals are those of other ground on these dates") == 1
    row = summary.iloc[0]
    assert f"[{row.ece_after_low:.3f}, {row.ece_after_high:.3f}] | {row.ece_chance:.3f} |" in page
    for table in page.split("\n\n"):
        assert len({line.count("|") for line in table.splitlines() if line.startswith("|")}) <= 1  # as many cells as headings

    before = [(tmp_path / name).read_bytes() for name in ("summary.tsv", "summary.png", "summary.md")]
    compare_splits(evaluations, *out)
    assert before == [(tmp_path / name).read_bytes() for name in ("summary.tsv", "summary.png", "summary.md")]


def test_all_schemes_that_can_be_asked_for_are_drawn(tmp_path):
    asked = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())["properties"]["evaluate_models"]
    columns = [f"{name}{end}" for name in ("macro_f1", "accuracy", "ece_after") for end in ("", "_low", "_high")]
    table = pd.DataFrame({"scheme": asked["properties"]["schemes"]["items"]["enum"]}).assign(**dict.fromkeys(columns, 0.5))
    score_figures.splits(tmp_path / "summary.png", table.assign(model="majority", subset="test", n=9, n_blocks=3), "Scores")
    assert pictures.colours(tmp_path / "summary.png") > 5
