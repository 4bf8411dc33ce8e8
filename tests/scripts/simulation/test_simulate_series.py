"""The rule's function: every file there, on one grid, marked as synthetic, the same at every run."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from simulation.simulate_series import simulate_series

NAMES = {
    "a": "WV02_20160625170309_103001005EED0001_16JUN25170309-P1BS-000000000000_01_P001_u16ns3413.tif",
    "b": "WV02_20180611124406_103001005EED0003_18JUN11124406-P1BS-000000000000_01_P001_u16ns3413.tif",
}


def run(folder: Path, names=NAMES, clouds=("cloud_20180611.gpkg",), labelled=("a",)):
    simulate_series(
        scenes={scene: str(folder / name) for scene, name in names.items()},
        labelled=list(labelled),
        truth=[str(folder / f"truth_{name[5:13]}.tif") for name in names.values()],
        clouds=[str(folder / cloud) for cloud in clouds],
        labels=str(folder / "labels.gpkg"),
        roi=str(folder / "roi.gpkg"),
        centre_line=str(folder / "centre_line.gpkg"),
        height_px=576,
        width_px=640,
        spacing_m=3.0,
        seed=1,
    )
    return folder


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    return run(tmp_path_factory.mktemp("simulated"))


def test_scenes_look_like_those_of_the_polar_geospatial_center(series):
    for scene, name in NAMES.items():
        with rasterio.open(series / name) as counts, rasterio.open(series / f"truth_{name[5:13]}.tif") as truth:
            assert (counts.count, counts.dtypes[0], counts.nodata, counts.crs.to_epsg()) == (1, "uint16", None, 3413)
            assert counts.res == pytest.approx((0.509891794959, 0.486724332972))
            assert (counts.height, counts.width, counts.transform) == (truth.height, truth.width, truth.transform) and scene
            assert truth.dtypes[0] == "uint8" and set(np.unique(truth.read(1))) <= set(range(12))
            assert "not an observation" in counts.tags()["SYNTHETIC"] and "not an observation" in truth.tags()["SYNTHETIC"]
            assert float(truth.tags()["FRONT_M"]) > 0
        assert b"<SYNTHETIC>" in (series / name).with_suffix(".xml").read_bytes()


def test_labels_are_drawn_for_the_labelled_scenes_alone(series):
    labels = gpd.read_file(series / "labels.gpkg", layer="labels")
    assert set(labels.columns) == {"class_id", "class_name", "scene", "note", "geometry"}
    assert set(labels["scene"]) == {"a"} and labels["class_id"].nunique() >= 8
    assert labels.geometry.is_valid.all() and set(labels.geom_type) == {"Polygon"}


def test_outlines_are_in_the_scenes_coordinate_system(series):
    for name, kind in (("roi", "Polygon"), ("centre_line", "LineString"), ("cloud_20180611", "Polygon")):
        layer = gpd.read_file(series / f"{name}.gpkg")
        assert layer.crs.to_epsg() == 3413 and set(layer.geom_type) == {kind}


def test_the_same_settings_make_the_same_bytes_and_nothing_else_is_left(series, tmp_path):
    run(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in series.iterdir())
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (series / path.name).read_bytes(), path.name


def test_another_date_changes_no_scene(series, tmp_path):
    run(tmp_path, names={"a": NAMES["a"]}, clouds=(), labelled=())
    for name in (NAMES["a"], "truth_20160625.tif", "roi.gpkg", "centre_line.gpkg"):
        assert (tmp_path / name).read_bytes() == (series / name).read_bytes()
    assert gpd.read_file(tmp_path / "labels.gpkg").empty


@pytest.mark.parametrize(
    "names, clouds, sentence",
    [
        ({"a": NAMES["a"], "b": NAMES["a"].replace("0001_16", "0002_16")}, (), "2 scenes of 20160625, expected one a day"),
        ({"a": NAMES["a"]}, ("cloud_20170101.gpkg",), "cloud_20170101.gpkg: no simulated scene of that day, expected 20160625"),
        ({"a": "glacier.tif"}, (), "glacier.tif: not a name that simulate_series can make a scene for"),
    ],
)
def test_mistakes_are_one_sentence_and_leave_nothing(tmp_path, names, clouds, sentence):
    with pytest.raises(ValueError, match=sentence):
        run(tmp_path, names=names, clouds=clouds)
    assert not list(tmp_path.iterdir())
