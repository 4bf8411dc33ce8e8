"""Streaming a scene: in order, in parts that outlive an interruption, the same bytes whatever happens."""

import classified
import numpy as np
import pyarrow as pa
import pytest

from geoclass.classification import class_table, inference
from geoclass.classification.engine import Engine
from geoclass.core import tables

SCHEMA = tables.schema(class_table.CLASSES, {}, classes=pa.list_(pa.float32(), 3))
CARD = {"classes": classified.CLASSES, "temperature": 1.0}


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    return classified.scene(tmp_path_factory.mktemp("scene"), shape=(460, 520), holes=True)


class Means(Engine):
    """An engine whose logits tell which tile they are of."""

    def __init__(self):
        self.name, self.device, self.calls = "means", "cpu", []

    def prepare(self, batch):
        return (batch.counts.mean((1, 2)),)

    def logits(self, prepared):
        self.calls.append(len(prepared[0]))
        return np.stack([prepared[0] / 500, 2 - prepared[0] / 1000, np.ones(len(prepared[0]))], axis=1).astype(np.float32)


def columns(tiles, logits):
    return inference.class_columns(tiles, logits, CARD, None)


def classify(scene, path, engine=None, make=columns, key=None, batch_size=16):
    source = inference.Scene(scene.tiles, scene.vario, pixels=True)
    parts = inference.Parts(path, key or {"inputs": 1})
    engine = engine or Means()
    inference.classify(source, [inference.Way(engine, make, SCHEMA, parts)], batch_size)
    return engine


def test_every_tile_is_classified_once_and_in_order(scene, tmp_path):
    engine = classify(scene, tmp_path / "a.parquet")
    found, given = tables.read(tmp_path / "a.parquet"), tables.read(scene.tiles, ["tile_id", "row_px", "column_px"])
    assert scene.n_tiles == 285 and sum(engine.calls) == 285 and max(engine.calls) == 16
    for name in given:
        assert found[name].tolist() == given[name].tolist()
    assert not (tmp_path / "a.parquet.parts").exists()
    assert [tables.open_table(tmp_path / "a.parquet").metadata.row_group(i).num_rows for i in range(5)] == [64, 64, 64, 64, 29]


def test_the_batch_may_be_larger_than_a_row_group(scene, tmp_path):
    classify(scene, tmp_path / "a.parquet")
    engine = classify(scene, tmp_path / "b.parquet", batch_size=150)
    assert max(engine.calls) == 128
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_an_interrupted_scene_goes_on_where_it_was_and_ends_with_the_same_bytes(scene, tmp_path, monkeypatch):
    monkeypatch.setattr(inference, "PART", 64)
    classify(scene, tmp_path / "whole.parquet")
    seen = []

    def fails(tiles, logits):
        if len(seen) == 3:
            raise OSError(28, "No space left on device")
        seen.append(len(tiles.identity))
        return columns(tiles, logits)

    with pytest.raises(OSError, match="No space left"):
        classify(scene, tmp_path / "a.parquet", make=fails)
    assert not (tmp_path / "a.parquet").exists()
    assert sorted(p.name for p in (tmp_path / "a.parquet.parts").iterdir()) == [
        "00000.parquet", "00001.parquet", "00002.parquet", "job.json",
    ]  # fmt: skip
    engine = classify(scene, tmp_path / "a.parquet")
    assert sum(engine.calls) == 285 - 3 * 64
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_several_models_read_each_tile_once(scene, tmp_path, monkeypatch):
    monkeypatch.setattr(inference, "PART", 64)
    classify(scene, tmp_path / "alone.parquet")
    source, read = inference.Scene(scene.tiles, scene.vario, pixels=True), []
    original = source.read
    source.read = lambda groups: read.append(len(groups)) or original(groups)
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    ways = [inference.Way(Means(), columns, SCHEMA, inference.Parts(path, {"inputs": path.name})) for path in paths]
    ways[0].parts.path(1).write_bytes(b"there already")
    with pytest.raises(ValueError, match=r"00001.parquet: not a readable Parquet file"):
        inference.classify(source, ways, 16)
    assert sum(read) == 5 and sum(ways[0].engine.calls) == 285 - 64 and sum(ways[1].engine.calls) == 285
    ways[0].parts.path(1).unlink()
    inference.classify(source, ways, 16)
    assert sum(read) == 6
    for path in paths:
        assert path.read_bytes() == (tmp_path / "alone.parquet").read_bytes()


def test_parts_of_other_inputs_are_thrown_away(scene, tmp_path):
    parts = inference.Parts(tmp_path / "a.parquet", {"inputs": "old"})
    parts.path(0).write_bytes(b"old")
    assert inference.Parts(tmp_path / "a.parquet", {"inputs": "old"}).path(0).exists()
    assert not inference.Parts(tmp_path / "a.parquet", {"inputs": "new"}).path(0).exists()


def test_tiles_without_vario_functions_get_no_class(scene, tmp_path):
    tiles = inference.Scene(scene.tiles, scene.vario, pixels=False).read([0])
    logits = np.zeros((64, 3), np.float32)
    logits[:, 1] = 2
    logits[5] = np.nan
    found = columns(tiles, logits)
    with tables.writer(tmp_path / "a.parquet", SCHEMA) as table:
        table.write(found)
    frame = tables.read(tmp_path / "a.parquet")
    assert frame["class_id"].isna().tolist() == [index == 5 for index in range(64)]
    assert set(frame["class_id"].dropna()) == {5}
    assert np.isnan(frame["confidence"][5]) and frame["confidence"][0] == pytest.approx(np.exp(2) / (np.exp(2) + 2))
    assert frame["applicable"].isna().all() and frame["dissimilarity"].isna().all()


def test_a_sample_comes_from_all_over_the_scene(scene):
    batch = inference.Scene(scene.tiles, scene.vario, pixels=True).sample()
    counts, valid, v = batch.counts, batch.valid, batch.v
    assert len(counts) == len(valid) == len(v) == inference.SAMPLE[0]
    assert counts.dtype == np.uint16 and v.shape[1:] == (4, 4)


def test_tables_of_different_tiles_are_refused(scene, tmp_path):
    other = classified.scene(tmp_path, shape=(460, 550))
    with pytest.raises(ValueError, match=r"a_vario.parquet: not of the tiles of .*a_tiles.parquet; delete it, and the next run"):
        inference.Scene(scene.tiles, other.vario, pixels=True)
    renamed = classified.scene(tmp_path / "b", name="b", shape=(460, 520), holes=True)
    with pytest.raises(ValueError, match="not of the tiles of"):
        inference.Scene(scene.tiles, renamed.vario, pixels=True).read([0])
