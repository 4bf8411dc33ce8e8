"""Wrong labels are found by what the tiles of other blocks say."""

import labelled_series
import numpy as np
import pandas as pd
import pytest
from active_learning.find_label_errors import find_label_errors

from geoclass.active_learning import label_errors, queue_tables
from geoclass.core import tables
from geoclass.labels import label_tables


def spoilt(folder, n=4, block=None):
    """Write a series with `n` wrong labels; return the arguments of the script and the names of their tiles."""
    series = labelled_series.write(folder)
    labels = tables.read(series.labels)
    rng = np.random.default_rng(2)
    wrong = rng.choice(len(labels), n, replace=False)
    ids = np.array([entry["class_id"] for entry in labelled_series.CLASSES])
    column = labels["class_id"].to_numpy().copy()
    column[wrong] = ids[(np.searchsorted(ids, column[wrong]) + rng.integers(1, 3, n)) % 3]
    labels = labels.assign(class_id=column, scene=labels["tile_id"].str[0], origin="human")
    columns = [c for c in label_tables.LABELS if c.name in labels]
    tables.write(series.labels, columns, labels, {"classes": labelled_series.CLASSES})
    split = tables.read(series.split)
    split["block"] = block or split["block"]
    labelled_series.write_split(series.split, series.labels, split, labels[["tile_id", "class_id"]])
    arguments = {"labels": series.labels, "split": series.split, "tiles": series.tiles, "vario": series.vario}
    arguments |= {
        "seed": 1,
        "threads": 1,
        "table": str(folder / "label_errors.parquet"),
        "words": str(folder / "label_errors.tsv"),
    }
    return arguments, set(labels["tile_id"].iloc[wrong])


def test_wrong_labels_come_first(tmp_path):
    arguments, wrong = spoilt(tmp_path)
    find_label_errors(**arguments)
    found = tables.read(arguments["table"])
    assert list(found.columns) == [column.name for column in queue_tables.LABEL_ERRORS]
    assert set(found["tile_id"][:4]) == wrong and found["likely"][:4].all()
    assert found["score"].is_monotonic_increasing and (found["score"] <= found["confidence"]).all()
    assert (found["class_id"] != found["proposed_id"]).all()


def test_people_read_names(tmp_path):
    arguments, _ = spoilt(tmp_path)
    find_label_errors(**arguments)
    words = pd.read_csv(arguments["words"], sep="\t")
    assert set(words["label"]) | set(words["looks like"]) <= {"Snow", "Parallel", "Chaos"}
    assert list(words["tile"]) == list(tables.read(arguments["table"])["tile_id"])


def test_the_same_input_gives_the_same_bytes(tmp_path):
    arguments, _ = spoilt(tmp_path)
    find_label_errors(**arguments)
    first = tables.read(arguments["table"])
    find_label_errors(**arguments)
    pd.testing.assert_frame_equal(tables.read(arguments["table"]), first)


def test_labels_of_one_block_are_one_sentence(tmp_path):
    arguments, _ = spoilt(tmp_path, block="x0 y0")
    with pytest.raises(ValueError, match=r"find_label_errors: labels in 1 block, expected at least 2 to compare; lower"):
        find_label_errors(**arguments)
    assert not (tmp_path / "label_errors.parquet").exists()


def test_where_no_class_stands_in_two_blocks_no_label_is_judged_and_the_log_says_so(tmp_path, caplog):
    arguments, _ = spoilt(tmp_path, n=0)
    split, labels = tables.read(arguments["split"]), tables.read(arguments["labels"], ["tile_id", "class_id"])
    split["block"] = "x" + labels["class_id"].astype(str)
    labelled_series.write_split(arguments["split"], arguments["labels"], split.drop(columns="class_id", errors="ignore"), labels)
    find_label_errors(**arguments)
    assert len(tables.read(arguments["table"])) == 0 and tables.read_metadata(arguments["table"])["judged"] == 0
    assert len(pd.read_csv(arguments["words"], sep="\t")) == 0
    assert (
        "no label judged: no class stands in two blocks, so that none is compared; label classes in other places" in caplog.text
    )


def test_a_tile_is_never_judged_by_its_own_block():
    """All blocks but one follow a rule; the tiles of the odd one are judged by the rule, not by each other."""
    vectors = np.tile([[0.0], [1.0]], (60, 1))
    labels = np.tile([0, 1], 60)
    blocks = np.repeat([f"b{k}" for k in range(6)], 20)
    odd = blocks == "b3"
    labels[odd] = 1 - labels[odd]
    probabilities, usable = label_errors.out_of_fold(vectors, labels, blocks, 2, seed=1, threads=1)
    assert usable.all() and (probabilities.argmax(1)[odd] != labels[odd]).all()
    assert (probabilities.argmax(1)[~odd] == labels[~odd]).all()


def test_the_score_is_the_probability_of_the_label_among_all_classes_also_those_not_judged():
    probabilities = np.array([[0.7, 0.3], [0.2, 0.8], [0.6, 0.4]])
    score, likely = label_errors.judge(np.zeros(3, int), probabilities)
    assert score.tolist() == [0.7, 0.2, 0.6] and not likely.any()


def test_a_class_of_one_block_is_not_judged():
    vectors = np.random.default_rng(0).normal(size=(60, 3))
    labels, blocks = np.tile([0, 1], 30), np.repeat(["a", "b", "c"], 20)
    labels[:4] = 2
    _, usable = label_errors.out_of_fold(vectors, labels, blocks, 3, seed=1, threads=1)
    assert (~usable).tolist() == [True] * 4 + [False] * 56


@pytest.mark.parametrize(
    ("labels", "blocks", "judged"),
    [
        ([0, 1, 0, 1, 0, 1], [0, 1, 2, 3, 4, 5], 6),
        ([0, 1, 2], [0, 1, 2], 0),
        ([3, 3, 2, 1, 0, 2, 0, 3, 2, 2, 0, 3, 0, 3, 1, 1, 3], [0, 1, 1, 1, 1, 2, 2, 1, 2, 0, 3, 0, 2, 2, 3, 2, 2], 17),
    ],
    ids=["fewer labels of each class than blocks", "one label of each class", "a fold that is left empty"],
)
def test_few_labels_are_judged_as_far_as_they_go(labels, blocks, judged):
    vectors = np.random.default_rng(0).normal(size=(len(labels), 2))
    _, usable = label_errors.out_of_fold(vectors, np.array(labels), np.array(blocks), 4, seed=1, threads=1)
    assert usable.sum() == judged
