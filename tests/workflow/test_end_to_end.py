"""The whole chain on a tiny series: every product is there, opens, and is not made twice."""

import numpy as np
import pandas as pd
import rasterio


def scenes(workspace):
    return pd.read_csv(workspace.folder / "config" / "scenes.tsv", sep="\t", dtype=str)["scene"]


def test_every_model_maps_every_scene_on_the_right_ground(finished):
    maps, known = finished.folder / "results" / "maps", set()
    for model in ("variomlp", "resnet18", "varionet"):
        for scene in scenes(finished):
            with rasterio.open(maps / model / f"{scene}_class.tif") as class_map:
                values = class_map.read(1)
                assert class_map.crs.to_epsg() == 3413 and class_map.nodata == 255
                known |= set(np.unique(values[values != 255]))
                with rasterio.open(finished.folder / "results" / "scenes" / f"{scene}.tif") as source:
                    assert source.bounds.left <= class_map.bounds.left < class_map.bounds.right
                    assert class_map.res[0] == np.float64(48 * source.res[0]).round(12) or np.isclose(
                        class_map.res[0], 48 * source.res[0]
                    )
                    assert np.isclose(class_map.res[1], 36 * source.res[1])
            assert (maps / model / f"{scene}_confidence.tif").stat().st_size > 0
            assert (maps / model / f"{scene}.png").stat().st_size > 20_000
    assert len(known) >= 2  # networks of two epochs know few


def test_scores_name_their_split_size_and_interval(finished):
    scores = pd.read_csv(finished.folder / "results" / "evaluation" / "block" / "scores.tsv", sep="\t")
    assert {"variomlp", "resnet18", "varionet", "majority"} <= set(scores["model"])
    row = scores.set_index("model").loc["variomlp"]
    assert row["macro_f1_low"] <= row["macro_f1"] <= row["macro_f1_high"]
    assert row["macro_f1"] > scores.set_index("model").loc["majority", "macro_f1"]


def test_a_second_run_has_nothing_to_do(grown):
    run = grown.snakemake()
    assert run.returncode == 0
    assert "Nothing to be done" in run.stdout
