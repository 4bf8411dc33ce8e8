"""Labels of the real series, bound to tiles: the counts are those that the data set states."""

import os
from pathlib import Path

import pandas as pd
import pytest
import rasterio
import tile_tables
from labels.collect_labels import collect_labels
from labels.split_labels import split_labels

from geoclass.core import tables

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "perito_moreno_series"
SCENES = ["20200101", "20200118", "20200207"]
FULL = {1: [14, 1, 14], 2: [9, 0, 10], 3: [18, 8, 18], 4: [5, 3, 6], 5: [3, 1, 4], 6: [5, 0, 5], 7: [1, 1, 0], 8: [0, 39, 0]}
HALF = {
    1: [57, 3, 57],
    2: [40, 0, 46],
    3: [76, 33, 76],
    4: [19, 11, 21],
    5: [8, 2, 13],
    6: [22, 2, 22],
    7: [4, 3, 1],
    8: [0, 153, 0],
}


@pytest.fixture
def collect(tmp_path):
    """Return a function that binds the labels to tiles of 48 x 64 px at a stride and returns the paths of all tables."""
    if not DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"{DATA} is missing; CI has to have it")
        pytest.skip(f"{DATA} is missing: the real series is kept beside the checkout")

    def run(stride):
        tiles = []
        for scene in SCENES:
            source = DATA / f"S2_{scene}_perito_moreno_pan10m.tif"
            with rasterio.open(source) as image:
                a, _, c, _, e, f = image.transform[:6]
                options = {"shape": image.shape, "corner": (c, f), "pixel": (-e, a), "crs": image.crs.to_wkt()}
            path = tile_tables.grid(
                tmp_path / f"{scene}.parquet", scene, size=(48, 64), stride=stride, source=str(source), **options
            )
            tiles.append(path)
        collect_labels(
            sources=[str(DATA / "labels_train.gpkg")],
            tiles=tiles,
            classes=str(DATA / "classes.tsv"),
            minimum_inside_share=0.8,
            group_field="note",
            group_pattern=r"^(\w+):",
            grid="native",
            unlabelled_classes="leave_out",
            labels=str(tmp_path / "labels.parquet"),
            report=str(tmp_path / "report.tsv"),
        )
        return str(tmp_path / "labels.parquet"), tiles

    return run


@pytest.mark.parametrize("stride, stated", [((48, 64), FULL), ((24, 32), HALF)], ids=["full grid", "half-step"])
def test_tile_counts_are_those_of_the_data_set(collect, stride, stated):
    labels, _ = collect(stride)
    table = tables.read(labels)
    counts = pd.crosstab(table["class_id"], table["scene"]).reindex(columns=SCENES, fill_value=0)
    assert counts.T.to_dict("list") == stated


@pytest.mark.parametrize("scheme", ["group", "block", "scene"])
def test_real_labels_are_split_with_every_class_in_training_and_validation(collect, tmp_path, scheme):
    labels, tiles = collect((24, 32))
    split_labels(labels, tiles, scheme, [0.6, 0.2, 0.2], 5, 500, None, 1, str(tmp_path / "split.parquet"))
    table, metadata = tables.read(tmp_path / "split.parquet"), tables.read_metadata(tmp_path / "split.parquet")
    assert (table.groupby("block")["subset"].nunique() == 1).all()
    assert all(count["train"] and count["validation"] for count in metadata["counts"].values())
    assert metadata["divided"] == (["lake_water"] if scheme == "group" else [])  # all its tiles are of one place
