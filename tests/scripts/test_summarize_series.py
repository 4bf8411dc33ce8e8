"""A series of three dates whose areas, transitions and front are known."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import pytest
import shapely
import xarray as xr
from summarize_series import summarize_series

from geoclass import tables

CLASSES = [("Snow", "#f3efe6"), ("Parallel", "#fdb863"), ("Chaos", "#54278f")]
MODEL = {
    "id": "varionet-1", "model": "varionet",
    "classes": [{"class_id": i + 1, "class_name": name, "colour": colour} for i, (name, colour) in enumerate(CLASSES)],
}  # fmt: skip
ROWS, COLUMNS, SIDE = 6, 10, 20


def write_date(folder, scene, date, class_ids):
    """Write the class and vario tables of a scene whose cells are tiles of 20 x 20 px of 0.5 m."""
    metadata = {
        "scene": {"scene": scene, "date": date, "height_px": ROWS * SIDE, "width_px": COLUMNS * SIDE,
                  "transform": [0.5, 0, 1000.0, 0, -0.5, 5000.0], "crs_wkt": pyproj.CRS.from_epsg(3413).to_wkt()},
        "tiles": {"height_px": SIDE, "width_px": SIDE, "stride_rows_px": SIDE, "stride_columns_px": SIDE},
        "model": MODEL,
    }  # fmt: skip
    row, column = np.indices(class_ids.shape)
    n = class_ids.size
    probabilities = np.full((n, 3), 0.05, np.float32)
    probabilities[np.arange(n), class_ids.ravel() - 1] = 0.9
    frame = pd.DataFrame(
        {"tile_id": [f"{scene}_{i}" for i in range(n)], "row_px": row.ravel() * SIDE, "column_px": column.ravel() * SIDE,
         "class_id": class_ids.ravel(), "confidence": 0.9, "entropy": 0.3, "margin": 0.85, "dissimilarity": 0.1, "applicable": True,
         "probabilities": list(probabilities)}
    )  # fmt: skip
    tables.write(folder / f"{scene}.parquet", tables.CLASSES, frame, metadata, classes=pa.list_(pa.float32(), 3))
    numbers = {c.name: np.nan for c in tables.VARIO if c.type == pa.float32()}
    structure = pd.DataFrame({"tile_id": frame["tile_id"], **numbers, "structure_status": "resolved"})
    structure["orientation_deg"] = np.where(np.arange(n) % 2, 175.0, 5.0)
    structure["spacing_m"] = 12.0
    columns = tuple(c for c in tables.VARIO if c.name in structure)
    tables.write(folder / f"{scene}_vario.parquet", columns, structure[[c.name for c in columns]], metadata)


@pytest.fixture
def summarised(tmp_path):
    pd.DataFrame(
        {"class_id": [1, 2, 3], "class_name": [n for n, _ in CLASSES], "colour": [c for _, c in CLASSES], "description": ""}
    ).to_csv(tmp_path / "classes.tsv", sep="\t", index=False)
    for scene, date, front in (
        ("a", "2016-06-25T17:03:09Z", 3),
        ("b", "2017-05-28T15:24:17Z", 5),
        ("c", "2019-07-04T14:36:52Z", 8),
    ):
        class_ids = np.ones((ROWS, COLUMNS), int)
        class_ids[:, COLUMNS - front :] = 2  # the crevassed reach starts at the right, downstream, and grows to the left
        write_date(tmp_path, scene, date, class_ids)
    names = [name for name, _ in CLASSES]
    pd.DataFrame(np.diag([50, 40, 10]), names, names).to_csv(tmp_path / "confusion.tsv", sep="\t")
    line = shapely.LineString([(1000 + COLUMNS * SIDE / 2, 4970), (1000, 4970)])  # from the downstream end
    gpd.GeoDataFrame(geometry=[line], crs=3413).to_file(tmp_path / "line.gpkg")
    names = {"areas": "tsv", "transitions": "tsv", "structure": "tsv", "front": "tsv", "netcdf": "nc"}
    output = {
        name: str(tmp_path / f"out.{name}.{end}")
        for name, end in (names | {"areas_figure": "png", "change_figure": "png"}).items()
    }

    def run(scenes="abc", confusion=True):
        summarize_series(
            [str(tmp_path / f"{s}.parquet") for s in scenes],
            [str(tmp_path / f"{s}_vario.parquet") for s in scenes],
            str(tmp_path / "classes.tsv"),
            str(tmp_path / "confusion.tsv") if confusion else None,
            str(tmp_path / "line.gpkg"),
            ["Parallel", "Chaos"],
            0.5,
            output,
        )
        return {name: pd.read_csv(path, sep="\t") for name, path in output.items() if path.endswith("tsv")} | {"paths": output}

    return run


def test_areas_transitions_and_front_are_those_that_were_drawn(summarised):
    result = summarised()
    areas = result["areas"].pivot(index="date", columns="class_name", values="area_km2")
    np.testing.assert_allclose(areas["Parallel"], np.array([3, 5, 8]) * ROWS * 100 / 1e6)
    assert (result["areas"]["area_low_km2"] <= result["areas"]["area_km2"]).all()
    change = result["transitions"].set_index(["from_date", "from_class", "to_class"])["area_km2"]
    assert change["2016-06-25", "Snow", "Parallel"] == pytest.approx(2 * ROWS * 100 / 1e6)
    np.testing.assert_allclose(result["front"]["front_m"], [30, 50, 80])


def test_orientation_is_averaged_as_an_axis(summarised):
    structure = summarised()["structure"]
    assert (np.minimum(structure["orientation_deg"], 180 - structure["orientation_deg"]) < 2).all()
    assert (structure["spacing_median_m"] == 12).all()


def test_netcdf_tells_classes_dates_and_place(summarised):
    path = summarised()["paths"]["netcdf"]
    with xr.open_dataset(path) as data:
        assert data["class"].attrs["flag_meanings"] == "Snow Parallel Chaos"
        assert list(data["time"].dt.year) == [2016, 2017, 2019]
        assert data["crs"].attrs["grid_mapping_name"] == "polar_stereographic"
        assert float(data["x"][0]) == 1005 and float(data["y"][0]) == 4995
        assert int(data["class"][0, 0, 0]) == 1


def test_the_same_series_gives_the_same_bytes(summarised):
    paths = summarised()["paths"]
    first = {name: open(path, "rb").read() for name, path in paths.items()}
    summarised()
    assert all(open(path, "rb").read() == first[name] for name, path in paths.items())


def test_a_single_date_has_areas_and_no_transitions(summarised):
    result = summarised("a", confusion=False)
    assert len(result["areas"]) == 3 and result["transitions"].empty
