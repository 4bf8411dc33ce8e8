"""Two rounds of learning as a user makes them: one that the gate keeps, one that it refuses; what is made stays as it is."""

import json

import pandas as pd
import pytest
import yaml

from geoclass.core import tables


class Loop:
    """A workspace in which VarioMLP teaches itself; every call may train it for another number of epochs."""

    def __init__(self, finished, folder):
        self.workspace = finished.copied(folder)
        self.results = folder / "results"

    def snakemake(self, epochs, *arguments):
        config = yaml.safe_load((self.workspace.folder / "tiny.yaml").read_text())
        config |= {"train_variomlp": {"epochs": epochs}, "classify_scene": {"models": ["variomlp"]}}
        config["split_labels"]["shares"] = [0.6, 0.2, 0.2]
        config |= {
            "accept_predictions": {"teacher": "variomlp", "minimum_confidence": 0.6},
            "judge_round": {"student": "variomlp"},
        }
        (self.workspace.folder / "loop.yaml").write_text(yaml.safe_dump(config))
        return self.workspace.snakemake("--rerun-triggers", "mtime", *arguments, config="loop.yaml")

    def verdict(self, name):
        return json.loads((self.results / "rounds" / name / "verdict.json").read_text())


@pytest.fixture(scope="module")
def loop(finished, tmp_path_factory):
    """Return a loop after two rounds, whose first model has hardly learned anything."""
    loop = Loop(finished, tmp_path_factory.mktemp("loop") / "series")
    weak = loop.snakemake(1, "--forcerun", "split_labels", "train_variomlp", "--", "results/models/block/variomlp/model.json")
    assert weak.returncode == 0, weak.stdout[-4000:]
    loop.labels = (loop.results / "labels" / "labels.parquet").read_bytes()
    loop.said = []
    for epochs in (60, 1):
        loop.first = files_of(loop)  # at last, what the first round has made before the second begins
        run = loop.snakemake(epochs, "--", "round")
        assert run.returncode == 0, run.stdout[-4000:]
        loop.said.append(run.stdout)
    return loop


def files_of(loop):
    """Return the content of all files of the first round."""
    places = [loop.results / "rounds" / "round01", loop.results / "models" / "round01", loop.results / "splits"]
    found = [path for place in places for path in place.rglob("*") if path.is_file() and "classes" not in path.parts]
    return {path: path.read_bytes() for path in found}


def test_one_round_is_kept_and_one_refused(loop):
    first, second = loop.verdict("round01"), loop.verdict("round02")
    assert first["kept"] and not second["kept"]
    assert second["base"] == "round01" and second["model_before"] == first["model"]
    assert "round01 kept: macro-F1" in loop.said[0] and "round02 refused: macro-F1" in loop.said[1]
    table = pd.read_csv(loop.results / "rounds" / "rounds.tsv", sep="\t")
    assert list(table["verdict"]) == ["kept", "refused"]
    assert (loop.results / "rounds" / "rounds.png").stat().st_size > 10_000
    assert len(tables.read(loop.results / "labels" / "queue.parquet")) > 10


def test_the_second_round_leaves_the_first_as_it_was(loop):
    assert len(loop.first) > 8
    for path, content in loop.first.items():
        assert path.read_bytes() == content, path
    assert (loop.results / "labels" / "labels.parquet").read_bytes() == loop.labels


def test_the_second_round_learns_from_the_model_that_was_kept(loop):
    labels = tables.read(loop.results / "rounds" / "round02" / "labels.parquet")
    machine = labels[labels["origin"] != "human"]
    assert set(machine["origin"]) == {"variomlp round02"} and set(machine["source"]) == {loop.verdict("round01")["model"]}
    split = tables.read(loop.results / "splits" / "round02.parquet").set_index("tile_id")
    assert set(split.loc[machine["tile_id"], "subset"]) == {"train"}
    held = split[split["subset"] != "train"]
    assert not set(split.loc[machine["tile_id"], "block"]) & set(held["block"])


def test_a_round_that_would_only_repeat_is_one_sentence(loop):
    run = loop.snakemake(1, "--", "round")
    assert run.returncode != 0
    assert "Error: round03: the same labels and settings as round02" in run.stdout and "Traceback" not in run.stdout
    assert not (loop.results / "rounds" / "round03").exists()
