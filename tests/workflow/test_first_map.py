"""A map of a simulated scene by the base model: nothing is trained, and the classes are mostly those of the truth."""

import numpy as np
import pandas as pd
import pytest
import rasterio
import yaml

SCENE = "20190704"
CHANCE = 0.25  # the commonest class covers no more of this scene


@pytest.fixture
def mapped(workspace):
    """Return the folder of a run with the presets of `make first-map`, on one scene of a quarter of the size."""
    table = pd.read_csv(workspace.folder / "config" / "scenes.tsv", sep="\t", dtype=str, keep_default_na=False)
    table[table["scene"] == SCENE].to_csv(workspace.folder / "config" / "scenes.tsv", sep="\t", index=False)
    small = {"simulate_series": {"height_px": 1024, "width_px": 1024, "spacing_m": 5}}
    (workspace.folder / "small.yaml").write_text(yaml.safe_dump(small))
    more = ("config/presets/first_map.yaml", "small.yaml")
    run = workspace.snakemake("--", f"results/first_map/maps/variomlp/{SCENE}.png", config="config/presets/demo.yaml", more=more)
    assert run.returncode == 0, run.stdout[-4000:]
    assert "New files by folder, one of each (in " in run.stdout and f"results/first_map/maps/variomlp/{SCENE}.png" in run.stdout
    return workspace.folder / "results"


def test_the_map_is_made_without_training_and_agrees_with_the_truth(mapped):
    made = {path.name for path in (mapped / "first_map").iterdir()}
    assert {"classes", "maps"} <= made and not {"models", "folds", "labels"} & made
    tiles = pd.read_parquet(mapped / "first_map" / "tiles" / f"{SCENE}.parquet", columns=["tile_id", "row_px", "column_px"])
    classes = pd.read_parquet(mapped / "first_map" / "classes" / "variomlp" / f"{SCENE}.parquet").merge(tiles[["tile_id"]])
    with rasterio.open(mapped / "simulated" / f"truth_{SCENE}.tif") as source:
        truth = source.read(1)
    agree = []
    for row in classes.itertuples():
        inside = truth[row.row_px : row.row_px + 60, row.column_px : row.column_px + 80]
        counts = np.bincount(inside[inside > 0], minlength=256)
        if counts.max() > 0.9 * inside.size:  # of one class, away from boundaries
            agree.append(counts.argmax() == row.class_id)
    assert len(agree) > 20 and np.mean(agree) > CHANCE
