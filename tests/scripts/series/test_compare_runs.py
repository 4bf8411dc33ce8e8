"""What a new model has changed in the maps, against a previous run."""

import numpy as np
import pandas as pd
import pytest
from class_series import CELL_KM2, CLASSES, COLUMNS, MODEL, ROWS, grown, write_date
from series.compare_runs import compare_runs

NEW = MODEL | {"id": "varionet-2"}
DATE = "2016-06-25T17:03:09Z"


def scores(path, macro_f1):
    """Write scores of one model."""
    path.parent.mkdir(parents=True, exist_ok=True)
    row = {"model": "varionet", "accuracy": 0.9, "accuracy_low": 0.8, "accuracy_high": 1.0}
    row |= {"macro_f1": macro_f1, "macro_f1_low": macro_f1 - 0.1, "macro_f1_high": macro_f1 + 0.1}
    pd.DataFrame([row]).to_csv(path, sep="\t", index=False)
    return str(path)


@pytest.fixture
def compare(tmp_path):
    (tmp_path / "old" / "classes" / "varionet").mkdir(parents=True)
    write_date(tmp_path / "old" / "classes" / "varionet", "a", DATE, grown(3))
    write_date(tmp_path, "a", DATE, grown(5), model=NEW)
    write_date(tmp_path, "new", DATE, grown(5), model=NEW)
    rows = [f"{i}\t{name}\t{colour}\t" for i, (name, colour) in enumerate(CLASSES, 1)]
    (tmp_path / "classes.tsv").write_text("class_id\tclass_name\tcolour\tdescription\n" + "\n".join(rows) + "\n")
    scores(tmp_path / "old" / "evaluation" / "block" / "scores.tsv", 0.8)

    def run(previous="old", scored=True):
        output = {"areas": "areas.tsv", "scores": "scores.tsv", "figure": "change.png", "page": "drift.md"}
        output = {name: str(tmp_path / "drift" / file) for name, file in output.items()}
        now = scores(tmp_path / "now.tsv", 0.85) if scored else None
        paths = [str(tmp_path / f"{scene}.parquet") for scene in ("a", "new")]
        previous = None if previous is None else str(tmp_path / previous)
        compare_runs(previous, paths, str(tmp_path / "classes.tsv"), now, "block", "varionet", output)
        return output

    return run


def test_areas_of_change_are_those_that_were_drawn(compare):
    table = pd.read_csv(compare()["areas"], sep="\t").set_index("class_name")
    assert table["scene"].tolist() == ["a"] * 3  # the other scene is new: nothing to compare
    expected = {"before_km2": [7, 3, 0], "now_km2": [5, 5, 0], "kept_km2": [5, 3, 0], "lost_km2": [2, 0, 0], "won_km2": [0, 2, 0]}
    for name, columns in expected.items():
        np.testing.assert_allclose(table[name], np.array(columns) * ROWS * CELL_KM2, rtol=1e-3, err_msg=name)


def test_the_page_tells_models_share_and_scores(compare):
    page = open(compare()["page"], encoding="utf-8").read()
    assert "Before: varionet-1. Now: varionet-2." in page
    assert f"**{100 * 2 / COLUMNS:.1f} % have another class now**" in page
    assert "| varionet | 0.800 (0.700 to 0.900) | 0.850 (0.750 to 0.950) | +0.050 |" in page
    assert "not of the ice" in page


def test_a_class_that_was_renamed_or_recoloured_since_is_the_same_class(compare, tmp_path):
    expected = pd.read_csv(compare()["areas"], sep="\t")
    classes = [entry | {"class_name": f"was {entry['class_name']}", "colour": "#123456"} for entry in MODEL["classes"]]
    write_date(tmp_path / "old" / "classes" / "varionet", "a", DATE, grown(3), model=MODEL | {"classes": classes})
    pd.testing.assert_frame_equal(pd.read_csv(compare()["areas"], sep="\t"), expected)


def test_a_model_that_was_not_scored_here_has_no_scores_to_compare(compare):
    output = compare(scored=False)
    assert "One of the two runs has no scores." in open(output["page"], encoding="utf-8").read()
    assert pd.read_csv(output["scores"], sep="\t").empty


def test_the_same_runs_give_the_same_bytes(compare):
    first = {path: open(path, "rb").read() for path in compare().values()}
    assert all(open(path, "rb").read() == content for path, content in first.items() if compare())


@pytest.mark.parametrize(
    "previous, sentence",
    [
        (None, "compare_runs/previous: null, expected the folder of the results of a previous run; name it"),
        ("nowhere", "nowhere/classes/varionet: no scene of this run, expected the tables of a previous run"),
    ],
)
def test_without_a_previous_run_there_is_nothing_to_compare(tmp_path, compare, previous, sentence):
    with pytest.raises(ValueError, match=sentence):
        compare(previous)
    assert not (tmp_path / "drift").exists()


def test_another_class_list_than_before_is_refused(tmp_path, compare):
    write_date(tmp_path, "a", DATE, grown(5), model=NEW | {"classes": MODEL["classes"][:2]})
    with pytest.raises(ValueError, match="maps of different class lists"):
        compare()
