"""Two rounds of learning, script by script: one that the gate keeps, one that it refuses, and one that would only repeat."""

import json
from pathlib import Path

import labelled_series
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from active_learning.accept_predictions import accept_predictions
from active_learning.judge_round import judge_round
from networks.train_variomlp import train_variomlp

from geoclass.active_learning import round_state
from geoclass.classification import class_table
from geoclass.core import files, settings, tables
from geoclass.labels import label_tables
from geoclass.networks import checkpoints

SCHEMA = Path(__file__).parents[3] / "workflow" / "schemas" / "config.schema.yaml"


class Loop:
    """A series of three scenes, two of them labelled by people, and the files of its rounds as the workflow names them."""

    def __init__(self, folder):
        self.folder = folder
        self.series = labelled_series.write(folder, scenes=("a", "b", "c"))
        for path in self.series.tiles:
            self.place(path)
        labels = tables.read(self.series.labels)
        self.truth = labels.set_index("tile_id")["class_id"]
        names = {entry["class_id"]: entry["class_name"] for entry in labelled_series.CLASSES}
        labels = labels.assign(scene=labels["tile_id"].str[0], origin="human", confidence=np.nan, source="labels.gpkg", group="")
        labels = labels.assign(inside_share=1.0, class_name=labels["class_id"].map(names))
        self.labels, self.split = str(folder / "labels" / "labels.parquet"), str(folder / "splits" / "block.parquet")
        labels = labels[labels["scene"] != "c"]
        tables.write(self.labels, label_tables.LABELS, labels, {"classes": labelled_series.CLASSES})
        split = tables.read(self.series.split)
        split["block"] = [f"x{int(name[2:]) // 9} y{'abc'.index(name[0])}" for name in split["tile_id"]]
        split = split[split["tile_id"].isin(labels["tile_id"])]
        labelled_series.write_split(self.split, self.labels, split, labels[["tile_id", "class_id"]])
        schema = {}
        settings.complete(schema, SCHEMA)
        self.settings = schema["train_variomlp"] | {
            "seed": 1,
            "device": "cpu",
            "hidden": [64],
            "dropout": 0.0,
            "batch_size": 8,
            "learning_rate": 0.003,
        }

    @staticmethod
    def place(path):
        """Lay the tiles of a scene in a row, scenes 1000 m apart."""
        table = tables.open_table(path).read()
        frame, schema = table.to_pandas(), table.schema
        number = np.arange(len(frame))
        frame = frame.assign(column_px=32 * number, x_m=32.0 * number + 16, y_m=1000.0 * "abc".index(frame["scene"][0]) + 12)
        with tables.writer(path, schema) as writer:
            writer.write({name: frame[name].to_numpy() for name in schema.names})

    def predictions(self, confidence=0.95):
        """Write what a good teacher says of all tiles; return the class tables."""
        paths = []
        for scene in "abc":
            mine = self.truth[self.truth.index.str[0] == scene]
            columns = [c for c in class_table.CLASSES if c.name in ("tile_id", "class_id", "confidence", "applicable")]
            metadata = {
                "scene": {"scene": scene},
                "model": {"model": "resnet18", "id": "resnet18-0", "classes": labelled_series.CLASSES},
            }
            frame = {"tile_id": mine.index.to_numpy(), "class_id": mine.to_numpy(np.int32)}
            frame |= {"confidence": np.full(len(mine), confidence, np.float32), "applicable": pa.nulls(len(mine), pa.bool_())}
            paths.append(str(self.folder / "classes" / f"{scene}.parquet"))
            with tables.writer(paths[-1], tables.schema(columns, metadata)) as table:
                table.write(frame)
        return paths

    def train(self, name, labels, split, epochs):
        folder = self.folder / "models" / name
        learning = self.settings | {"epochs": epochs, "augmentation": []}
        train_variomlp(labels, split, [], self.series.vario, [], learning, 1, folder)
        return str(folder / "model.json")

    def state(self):
        return round_state.state(self.folder / "rounds", "resnet18", "variomlp")

    def accept(self, epochs, threshold=0.9, classified=None):
        """Accept predictions for the next round; return its name, labels and split."""
        name, base = self.state()
        done = [verdict["round"] for verdict in round_state.verdicts(self.folder / "rounds")]
        table, split = (str(self.folder / place) for place in (f"rounds/{name}/labels.parquet", f"splits/{name}.parquet"))
        accept_predictions(
            labels=self.labels,
            base=str(self.folder / "splits" / f"{base or 'block'}.parquet"),
            classified=self.predictions() if classified is None else classified,
            tiles=self.series.tiles,
            earlier=[str(self.folder / "rounds" / other / "labels.parquet") for other in done],
            name=name,
            teacher="resnet18",
            threshold=threshold,
            most_per_class=20,
            learning={"epochs": epochs},
            table=table,
            split=split,
        )
        return name, table, split

    def round(self, epochs, **how):
        """Make the next round; return its verdict."""
        base = self.state()[1]
        name, table, split = self.accept(epochs, **how)
        new = self.train(name, table, split, epochs)
        folder = self.folder / "rounds"
        judge_round(
            labels=table,
            split=split,
            tiles=self.series.tiles,
            vario=self.series.vario,
            new=new,
            old=str(self.folder / "models" / (base or "block") / "model.json"),
            about={"round": name, "base": base, "teacher": "resnet18", "student": "variomlp"},
            folder=str(folder),
            resamples=100,
            seed=1,
            threads=1,
            judgement=str(folder / name / "verdict.json"),
            table=str(folder / "rounds.tsv"),
            figure=str(folder / "rounds.png"),
        )
        return json.loads((folder / name / "verdict.json").read_text())


@pytest.fixture(scope="module")
def loop(tmp_path_factory):
    """Return a loop of which two rounds are made: the first learns for 40 epochs, the second for one."""
    loop = Loop(tmp_path_factory.mktemp("loop"))
    loop.train("block", loop.labels, loop.split, epochs=1)
    loop.human = files.fingerprint(loop.labels)
    loop.verdicts = [loop.round(epochs=40), loop.round(epochs=1)]
    return loop


def test_the_gate_keeps_what_is_better_and_refuses_what_is_worse(loop):
    first, second = loop.verdicts
    assert first["kept"] and first["base"] == "" and first["validation"]["macro_f1"]["difference"] > 0.2
    assert not second["kept"] and second["base"] == "round01" and second["validation"]["macro_f1"]["difference"] < -0.1
    assert second["model_before"] == checkpoints.load(loop.folder / "models" / "round01").card["id"]
    assert loop.state() == ("round03", "round01")


def test_both_models_sit_the_same_exam_of_people_s_labels(loop):
    split = tables.read(loop.split)
    for verdict in loop.verdicts:
        for subset in ("validation", "test"):
            assert verdict[subset]["n"] == (split["subset"] == subset).sum() == 18
        assert verdict["people"] == 72 and verdict["models"] > 0
    assert loop.verdicts[0]["validation"]["macro_f1"]["new"] == loop.verdicts[1]["validation"]["macro_f1"]["old"]


def test_labels_of_models_are_marked_and_those_of_people_untouched(loop):
    assert files.fingerprint(loop.labels) == loop.human
    given = tables.read(loop.labels).set_index("tile_id")
    for name in ("round01", "round02"):
        table = tables.read(loop.folder / "rounds" / name / "labels.parquet").set_index("tile_id")
        people = table[table["origin"] == "human"]
        pd.testing.assert_frame_equal(people, given)
        machine = table[table["origin"] != "human"]
        assert set(machine["origin"]) == {f"resnet18 {name}"} and set(machine["scene"]) == {"c"}
        assert machine["confidence"].notna().all()


def test_table_and_figure_show_all_rounds(loop):
    table = pd.read_csv(loop.folder / "rounds" / "rounds.tsv", sep="\t")
    assert list(table["round"]) == ["round01", "round02"] and list(table["verdict"]) == ["kept", "refused"]
    assert (loop.folder / "rounds" / "rounds.png").stat().st_size > 10_000


def test_a_round_that_would_only_repeat_is_one_sentence_and_writes_nothing(loop):
    with pytest.raises(ValueError, match=r"round03: the same labels and settings as round02, whose verdict .* label more tiles"):
        loop.accept(epochs=1)
    assert not (loop.folder / "rounds" / "round03").exists() and not (loop.folder / "splits" / "round03.parquet").exists()


def test_a_class_that_is_renamed_between_two_rounds_is_the_same_class(tmp_path):
    loop = Loop(tmp_path)
    loop.train("block", loop.labels, loop.split, epochs=1)
    table, classes = tables.read(loop.labels), [dict(entry) for entry in labelled_series.CLASSES]
    classes[0]["class_name"] = "Firn"
    tables.write(loop.labels, label_tables.LABELS, table.replace({"class_name": {"Snow": "Firn"}}), {"classes": classes})
    metadata = tables.read_metadata(loop.split) | {"labels": files.fingerprint(loop.labels)}
    tables.write(loop.split, label_tables.SPLITS, tables.read(loop.split), metadata)
    assert loop.round(epochs=2)["round"] == "round01"
    classes[0]["class_id"] = 1
    tables.write(loop.labels, label_tables.LABELS, table.replace({"class_id": {2: 1}}), {"classes": classes})
    with pytest.raises(ValueError, match="predictions of a model with other classes than the labels have now"):
        loop.round(epochs=2)


def test_nothing_need_be_accepted(loop):
    _, table, split = loop.accept(epochs=3, threshold=None, classified=[])
    assert set(tables.read(table)["origin"]) == {"human"} and len(tables.read(split)) == 72
    for path in (table, split):
        Path(path).unlink()


def test_a_model_of_another_split_is_refused(loop):
    about = {"round": "round03", "base": "", "teacher": "resnet18", "student": "variomlp"}
    paths = {"judgement": str(loop.folder / "no" / "verdict.json"), "table": str(loop.folder / "no.tsv")}
    with pytest.raises(ValueError, match=r"not the split that model variomlp-.* was trained on"):
        judge_round(
            labels=str(loop.folder / "rounds" / "round02" / "labels.parquet"),
            split=str(loop.folder / "splits" / "round02.parquet"),
            tiles=loop.series.tiles,
            vario=loop.series.vario,
            new=str(loop.folder / "models" / "round01" / "model.json"),
            old=str(loop.folder / "models" / "block" / "model.json"),
            about=about,
            folder=str(loop.folder / "rounds"),
            resamples=100,
            seed=1,
            threads=1,
            figure=str(loop.folder / "no.png"),
            **paths,
        )
    assert not any(Path(path).exists() for path in paths.values())
