"""Labelled tiles gathered for training: joined by name whatever the order, and refused where something does not fit."""

import labelled_series
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from geoclass.core import tables
from geoclass.labels import label_tables, labelled_tiles
from geoclass.scenes import radiometry, tile_table
from geoclass.vario import features, vario_table

N = labelled_series.N


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    return labelled_series.write(tmp_path_factory.mktemp("series"))


def gather(series, **changes):
    paths = {"labels": series.labels, "split": series.split, "tiles": series.tiles, "vario": series.vario} | changes
    return labelled_tiles.labelled_tiles(**paths)


def test_labels_pixels_and_vario_functions_of_a_tile_belong_together(series):
    found = gather(series)
    assert len(found) == 2 * N and list(found.tile_ids) == sorted(found.tile_ids)
    tile = pd.concat([tables.read(path) for path in series.tiles]).set_index("tile_id").loc["b_07"]
    row = pd.concat([tables.read(path) for path in series.vario]).set_index("tile_id").loc["b_07"]
    k = list(found.tile_ids).index("b_07")
    assert found.counts[k].tobytes() == tile["pixels"] and found.labels[k] == 7 % 3
    np.testing.assert_allclose(found.v[k].ravel(), row["v"] / 1000.0**2, rtol=1e-6)
    assert found.classes == labelled_series.CLASSES and found.valid is None


def test_the_order_of_tables_and_rows_does_not_matter(series, tmp_path):
    shuffled = tmp_path / "shuffled.parquet"
    frame, metadata = tables.read(series.tiles[0]), tables.read_metadata(series.tiles[0])
    size = 2 * labelled_series.HEIGHT * labelled_series.WIDTH
    tables.write(shuffled, tile_table.TILES, frame.iloc[::-1], metadata, pixels=pa.binary(size))
    found = gather(series, tiles=[series.tiles[1], str(shuffled)], vario=series.vario[::-1])
    assert found.fingerprint() == gather(series).fingerprint()


def test_a_subset_and_a_choice_keep_what_belongs_to_a_tile(series):
    found = gather(series)
    held = found.subset("validation")
    assert len(held) == N // 2 and set(held.subsets) == {"validation"}
    one = found.take(np.array([5]))
    np.testing.assert_array_equal(one.pixels(), found.pixels()[5:6])
    assert one.tile_ids[0] == found.tile_ids[5] and found.fingerprint() != held.fingerprint()


def test_pixels_are_those_of_prediction(series):
    found = gather(series, vario=[])
    expected = radiometry.scale_pixels(found.counts, labelled_series.RADIOMETRY)
    np.testing.assert_array_equal(found.pixels(), expected)
    assert found.v is None


def test_nothing_but_labelled_tiles_is_kept(series, tmp_path):
    labels, split = tables.read(series.labels), tables.read(series.split)
    chosen = labels["tile_id"].str[2:].astype(int) % 2 == 0
    paths = [str(tmp_path / name) for name in ("labels.parquet", "split.parquet")]
    columns = (label_tables.LABELS[0], label_tables.LABELS[2])
    tables.write(paths[0], columns, labels[chosen], tables.read_metadata(series.labels))
    labelled_series.write_split(paths[1], paths[0], split[chosen.to_numpy()], labels[chosen])
    assert len(gather(series, labels=paths[0], split=paths[1])) == N


def test_models_of_a_fold_learn_neither_its_tiles_nor_those_that_share_their_ground(tmp_path):
    series = labelled_series.write_folds(tmp_path)
    split, metadata = tables.read(series.split), tables.read_metadata(series.split)
    split["apart"] = [[0] if name == "a_09" else [] for name in split["tile_id"]]  # of fold 1, beside a tile of fold 0
    tables.write(series.split, label_tables.FOLDS, split, metadata)
    found = gather(series)
    learned, held = (set(part.tile_ids) for part in (found.learned(0), found.held_out(0)))
    assert learned == set(found.tile_ids[found.folds == 1]) - {"a_09"} and held == set(found.tile_ids[found.folds == 0])
    assert len(found.learned()) == len(found) and set(found.learned(1).tile_ids) == held


def test_a_split_of_other_labels_is_refused(series, tmp_path):
    labels, path = tables.read(series.labels), str(tmp_path / "labels.parquet")
    labels.loc[0, "class_id"] = 6
    tables.write(path, (label_tables.LABELS[0], label_tables.LABELS[2]), labels, tables.read_metadata(series.labels))
    with pytest.raises(ValueError, match=r"split\.parquet: a split of other labels than .* holds now; delete it"):
        gather(series, labels=path)


def test_a_labelled_tile_that_no_table_holds_is_refused(series):
    with pytest.raises(ValueError, match=f"labels: {N} tiles, b_00 for one, that no table of the labelled scenes holds"):
        gather(series, tiles=series.tiles[:1])


@pytest.mark.parametrize("missing", ["all lags", "the longest lag"])
def test_missing_vario_functions_are_refused(tmp_path, missing):
    def spoil(v, scene):
        if scene == "b":
            v[3, 2, 0 if missing == "all lags" else -1 :] = np.nan
        return v

    series = labelled_series.write(tmp_path, change=spoil)
    with pytest.raises(
        ValueError, match=r"tile b_03: no vario function in direction 3 at lag \d+ \(1 labelled tiles lack some\)"
    ):
        gather(series)


@pytest.mark.parametrize(
    "subsets, sentence",
    [
        (
            ("validation", "validation", "validation", "test"),
            r"class Snow has no tile in train \(24 in all\), expected at least one",
        ),
        (("train", "train", "train", "test"), "class Snow has no tile in validation"),
    ],
)
def test_a_class_that_cannot_be_learned_or_validated_is_refused(tmp_path, subsets, sentence):
    series = labelled_series.write(tmp_path, subsets=subsets)
    with pytest.raises(ValueError, match=sentence):
        gather(series)


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"tiles": {"height_px": 32, "width_px": 24, "dtype": "uint16"}}, "tiles of 32 x 24 px, but .*a.parquet has 24 x 32 px"),
        (
            {"scene": {"scene": "b", "radiometry": labelled_series.RADIOMETRY | {"low_percent": 2}}},
            "radiometry percentiles 2 to 99.5, but .*a.parquet has percentiles 0.5 to 99.5; set ingest_scene",
        ),
    ],
)
def test_scenes_that_were_made_otherwise_are_refused(series, tmp_path, change, sentence):
    frame, metadata = tables.read(series.tiles[1]), tables.read_metadata(series.tiles[1])
    path = str(tmp_path / "b.parquet")
    size = 2 * labelled_series.HEIGHT * labelled_series.WIDTH
    tables.write(path, tile_table.TILES, frame, metadata | change, pixels=pa.binary(size))
    with pytest.raises(ValueError, match=sentence):
        gather(series, tiles=[series.tiles[0], path])


def test_pixel_sizes_are_those_of_the_scenes_that_labels_lie_in(series, tmp_path):
    size = 2 * labelled_series.HEIGHT * labelled_series.WIDTH
    paths = []
    for name, source, pixel_m in (("a", 0, 0.5), ("b", 1, 0.6), ("c", 0, 5.0)):
        frame, metadata = tables.read(series.tiles[source]), tables.read_metadata(series.tiles[source])
        if name == "c":
            frame["tile_id"] = "c" + frame["tile_id"].str[1:]  # none of them has a label
        metadata["scene"] |= {"pixel_height_m": pixel_m, "pixel_width_m": pixel_m}
        tables.write(tmp_path / f"{name}.parquet", tile_table.TILES, frame, metadata, pixels=pa.binary(size))
        paths.append(str(tmp_path / f"{name}.parquet"))
    sizes = gather(series, tiles=paths).expected["pixels_m"]
    assert (min(sizes), max(sizes)) == (0.5, 0.6)


def test_tables_of_other_lags_are_refused(series, tmp_path):
    frame, metadata = tables.read(series.vario[1])[["tile_id", "v"]], tables.read_metadata(series.vario[1])
    lags = np.array(metadata["vario"]["lags"])[:, :-1]
    frame["v"] = [v.reshape(4, -1)[:, :-1].ravel() for v in frame["v"]]
    metadata["vario"] = metadata["vario"] | {"lags": lags.tolist()}
    path = str(tmp_path / "b.parquet")
    tables.write(path, vario_table.VARIO[:2], frame, metadata, lags=pa.list_(pa.float32(), lags[..., 0].size))
    with pytest.raises(ValueError, match=r"lags 3-4-5, 3 in each of 4 directions.*set extract_vario/scheme"):
        gather(series, vario=[series.vario[0], path])


def test_constant_vario_functions_cannot_be_learned_from(tmp_path):
    series = labelled_series.write(tmp_path, change=lambda v, scene: np.full_like(v, 2500.0))
    with pytest.raises(ValueError, match="features: all 16 are the same in all 36 training tiles, expected tiles that differ"):
        features.recipe(gather(series).subset("train").v, "log", 4)


def test_a_copy_of_a_table_under_the_name_of_another_scene_is_refused(series, tmp_path):
    copied = tmp_path / "c.parquet"
    copied.write_bytes(open(series.tiles[0], "rb").read())
    with pytest.raises(ValueError, match="tile a_00 appears twice in the tables of the labelled scenes, must be unique"):
        gather(series, tiles=[*series.tiles, str(copied)])
