"""A series of three dates whose areas, transitions and front are known, and series that cannot be."""

import subprocess
import sys
from pathlib import Path

import classified
import geopandas as gpd
import netCDF4
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
import xarray as xr
from class_series import CELL_KM2, CLASSES, COLUMNS, MODEL, ROWS, SIDE, X, Y, grown, write_date
from series.summarize_series import summarize_series

from geoclass.core import surroundings
from geoclass.series import netcdf, stack, statistics

TABLES = ("areas", "coverage", "transitions", "structure", "front")
OUTPUT = {name: f"{name}.tsv" for name in TABLES} | {"netcdf": "series.nc"}
OUTPUT |= {f"{name}_figure": f"{name}.png" for name in ("areas", "change", "transitions", "structure", "front")}


@pytest.fixture
def summarised(tmp_path):
    pd.DataFrame(
        {"class_id": [1, 2, 3], "class_name": [n for n, _ in CLASSES], "colour": [c for _, c in CLASSES], "description": ""}
    ).to_csv(tmp_path / "classes.tsv", sep="\t", index=False)
    dates = {"a": "2016-06-25T17:03:09Z", "b": "2017-05-28T15:24:17Z", "c": "2019-07-04T14:36:52Z"}
    for (scene, date), front in zip(dates.items(), (3, 5, 8), strict=True):
        write_date(tmp_path, scene, date, grown(front))
    blocks = pd.DataFrame({"model": "varionet", "block": np.repeat(list("uvwx"), 30)})
    blocks["class_id"] = blocks["predicted_id"] = np.tile(np.repeat([1, 2, 3], 10), 4)
    blocks.to_parquet(tmp_path / "predictions.parquet")
    line = shapely.LineString([(X + COLUMNS * SIDE / 2, Y - 30), (X, Y - 30)])  # from the downstream end
    gpd.GeoDataFrame(geometry=[line], crs=3413).to_file(tmp_path / "line.gpkg")

    def run(scenes="abc", predictions=True, crevassed=("Parallel", "Chaos"), line="line.gpkg"):
        output = {name: str(tmp_path / "out" / file) for name, file in OUTPUT.items()}
        summarize_series(
            [str(tmp_path / f"{scene}.parquet") for scene in scenes],
            [str(tmp_path / f"{scene}_vario.parquet") for scene in scenes],
            str(tmp_path / "classes.tsv"),
            str(tmp_path / "predictions.parquet") if predictions else None,
            str(tmp_path / line) if line else None,
            list(crevassed),
            0.5,
            "Imagery: <nobody>",
            output,
        )
        return {name: pd.read_csv(output[name], sep="\t") for name in TABLES} | {"paths": output}

    return run


def test_areas_transitions_and_front_are_those_that_were_drawn(summarised):
    result = summarised()
    areas = result["areas"].pivot(index="date", columns="class_name", values="area_km2")
    np.testing.assert_allclose(areas["Parallel"], np.array([3, 5, 8]) * ROWS * CELL_KM2, rtol=1e-3)
    change = result["transitions"].set_index(["from_date", "to_date", "from_class", "to_class"]).sort_index()
    step = change.loc["2016-06-25", "2017-05-28"]
    assert step.loc[("Snow", "Parallel"), "area_km2"] == pytest.approx(2 * ROWS * CELL_KM2, rel=1e-3)
    assert step["share_of_compared"].sum() == pytest.approx(1, rel=1e-5)
    whole = change.loc["2016-06-25", "2019-07-04"]
    assert whole.loc[("Snow", "Parallel"), "area_km2"] == pytest.approx(5 * ROWS * CELL_KM2, rel=1e-3)
    np.testing.assert_allclose(result["front"]["front_m"], [30, 50, 80], rtol=1e-3)
    np.testing.assert_allclose(result["front"]["resolution_m"], 10, rtol=1e-3)
    np.testing.assert_allclose(result["front"]["rate_m_per_year"][1:], [20 / 0.923, 30 / 2.100], rtol=2e-3)
    np.testing.assert_allclose(result["coverage"]["comparable_km2"], ROWS * COLUMNS * CELL_KM2, rtol=1e-3)


def test_intervals_hold_the_estimate_and_a_class_never_seen_is_there_with_area_0(summarised):
    areas = summarised()["areas"]
    assert (areas["area_low_km2"] <= areas["area_km2"]).all() and (areas["area_km2"] <= areas["area_high_km2"]).all()
    chaos = areas[areas["class_name"] == "Chaos"]
    assert len(chaos) == 3 and (chaos["mapped_km2"] == 0).all() and (chaos["area_km2"] == 0).all()  # not 9e-43


def test_a_model_without_scores_has_no_interval(summarised):
    areas = summarised(predictions=False)["areas"]
    assert areas[["area_km2", "area_low_km2", "area_high_km2"]].isna().all(axis=None) and areas["mapped_km2"].notna().all()


def test_orientation_is_averaged_as_an_axis(summarised):
    structure = summarised()["structure"]
    assert (np.minimum(structure["orientation_grid_deg"], 180 - structure["orientation_grid_deg"]) < 2).all()
    assert (structure["orientation_concentration"] > 0.9).all() and (structure["spacing_median_m"] == 12).all()


def test_classes_without_crevasses_have_no_orientation_of_crevasses(summarised):
    result = summarised()
    assert set(result["structure"]["class_name"]) == {"Parallel"} and "Snow" in set(result["areas"]["class_name"])


def test_orientation_is_from_true_north_and_beside_it_from_that_of_the_series_grid(tmp_path, summarised):
    """The meridian of EPSG:3413 is that of the scenes, 45 degrees west; that of EPSG:3995, 0 degrees, lies 45 degrees east of it."""
    write_date(tmp_path, "d", "2020-01-01T00:00:00Z", grown(3), epsg=3995)
    structure = summarised("ad")["structure"].groupby("date")[["orientation_true_deg", "orientation_grid_deg"]].first()
    for name in structure:
        assert min(structure.loc["2016-06-25", name], 180 - structure.loc["2016-06-25", name]) < 2
        assert structure.loc["2020-01-01", name] == pytest.approx(135, abs=2)


@pytest.mark.parametrize("epsg, lon, lat", [(3571, -141.0, 60.2), (4087, 16.0, 78.6), (3413, 16.0, 78.6)])
def test_lines_on_the_ground_have_the_direction_on_the_map_that_their_ends_have(epsg, lon, lat):
    true = np.array([20.0, 75.0, 150.0])
    to_grid = pyproj.Transformer.from_crs(4326, epsg, always_xy=True)
    ends = pyproj.Geod(ellps="WGS84").fwd([lon] * 3, [lat] * 3, true, [10.0] * 3)[:2]
    (x, y), there = to_grid.transform(lon, lat), np.array(to_grid.transform(*map(np.array, ends)))
    found = statistics._on_grid_deg(true, np.full(3, x), np.full(3, y), pyproj.CRS(epsg).to_wkt())
    expected = np.degrees(np.arctan2(there[0] - x, there[1] - y))
    np.testing.assert_allclose((found - expected + 90) % 180 - 90, 0, atol=0.02)


def test_netcdf_tells_classes_dates_and_place_and_what_made_it(summarised):
    path = summarised()["paths"]["netcdf"]
    with xr.open_dataset(path) as data:
        assert data["class"].attrs["flag_meanings"] == "Snow Parallel Chaos"
        assert list(data["class"].attrs["flag_values"]) == [1, 2, 3]
        assert list(data["time"].dt.year) == [2016, 2017, 2019]
        assert data["crs"].attrs["grid_mapping_name"] == "polar_stereographic"
        assert float(data["x"][0]) == X + 5 and float(data["y"][0]) == Y - 5
        assert float(data["lat"][0, 0]) == pytest.approx(70, abs=1e-3) and float(data["lon"][0, 0]) == pytest.approx(
            -45, abs=1e-3
        )
        assert int(data["class"][0, 0, 0]) == 1
        assert (
            data.attrs["workflow"] == f"geoclass-workflow {surroundings.workflow_version()}"
            and data.attrs["model_id"] == "varionet-1"
        )
        assert "a" * 64 in data.attrs["source_sha256"] and len(data.attrs["configuration_sha256"]) == 64
        assert "numpy " in data.attrs["software"] and data.attrs["credits"] == "Imagery: <nobody>"
    assert 'label="Chaos"' in Path(path).with_suffix(".qml").read_text()
    dates, _ = netcdf.read(path)
    assert dates.dates == ["2016-06-25", "2017-05-28", "2019-07-04"] and dates.scenes == [["a"], ["b"], ["c"]]
    assert dates.grid.transform == (10.0, 0.0, X, 0.0, -10.0, Y) and (dates.state == stack.COMPARABLE).all()


@pytest.mark.parametrize("epsg", [3413, 3857])
def test_cells_of_the_netcdf_have_their_geodesic_area(tmp_path, summarised, epsg):
    write_date(tmp_path, "a", "2016-06-25T17:03:09Z", grown(3), epsg=epsg)
    with xr.open_dataset(summarised("a", line=None)["paths"]["netcdf"]) as data:
        corners = data["lon_bnds"].to_numpy(), data["lat_bnds"].to_numpy()
        area = data["cell_area"].to_numpy()
    geodesic = pyproj.Geod(ellps="WGS84")
    for row, column in ((0, 0), (ROWS - 1, COLUMNS - 1)):
        signed, _ = geodesic.polygon_area_perimeter(corners[0][row, column], corners[1][row, column])
        assert signed == pytest.approx(area[row, column], rel=1e-5)  # positive: counterclockwise


def test_cells_of_the_netcdf_have_bounds(summarised):
    with xr.open_dataset(summarised()["paths"]["netcdf"]) as data:
        np.testing.assert_array_equal(data["x_bnds"][:, 1] - data["x_bnds"][:, 0], 10)
        np.testing.assert_array_equal(data["y_bnds"][:, 0] - data["y_bnds"][:, 1], 10)
        assert data["x_bnds"][0, 0] == X and data["y_bnds"][0, 0] == Y


def test_cells_at_180_degrees_stay_in_one_piece(tmp_path, summarised):
    x, y = pyproj.Transformer.from_crs(4326, 3413, always_xy=True).transform(180, 80)
    write_date(tmp_path, "e", "2020-01-01T00:00:00Z", grown(3), corner=(x - 50, y + 30))
    with xr.open_dataset(summarised("e", line=None)["paths"]["netcdf"]) as data:
        longitude, west_and_east = data["lon_bnds"].to_numpy(), data["lon"].to_numpy()
    assert (np.ptp(longitude, axis=-1) < 0.1).all() and west_and_east.min() < -179 and west_and_east.max() > 179


def test_netcdf_follows_the_conventions_whatever_the_names_of_the_classes(summarised):
    path, names = summarised()["paths"]["netcdf"], ["Cisaillement, foncé", "Multi directional", "Multi-directional"]
    classes = pd.DataFrame({"class_id": [1, 2, 3], "class_name": names, "colour": "#000000"})
    series, facts = netcdf.read(path)
    netcdf.write(path, series, classes, facts)
    checker = Path(sys.executable).with_name("compliance-checker")
    run = subprocess.run([checker, "-t", "cf:1.11", "-c", "strict", path], text=True, capture_output=True)
    assert run.returncode == 0 and "All tests passed!" in run.stdout, run.stdout
    with netCDF4.Dataset(path) as data:
        assert data.Conventions == "CF-1.11"
        assert len(set(data["class"].flag_meanings.split(" "))) == 3
        assert all(name in data["class"].comment for name in names)


def test_the_same_series_gives_the_same_bytes(summarised):
    paths = summarised()["paths"]
    first = {name: open(path, "rb").read() for name, path in paths.items()}
    summarised()
    assert all(open(path, "rb").read() == first[name] for name, path in paths.items())


def test_change_maps_are_rasters_that_tell_the_new_class(tmp_path, summarised):
    dates, folder = summarised()["paths"]["netcdf"], tmp_path / "change"
    for _ in range(2):  # the second replaces the first
        said = classified.run_apart("render_changes", dates=dates, classes=str(tmp_path / "classes.tsv"), folder=str(folder))
        assert not said
    pairs = ("2016-06-25_2017-05-28", "2016-06-25_2019-07-04", "2017-05-28_2019-07-04")
    endings = (".qml", ".sld", ".tif", ".tif.aux.xml")
    assert sorted(path.name for path in folder.iterdir()) == [f"{pair}{ending}" for pair in pairs for ending in endings]
    with rasterio.open(folder / "2016-06-25_2017-05-28.tif") as change:
        cells = change.read(1)
        assert (change.crs.to_epsg(), change.nodata, change.bounds.left, change.bounds.top) == (3413, 255, X, Y)
        assert change.tags()["from"] == "2016-06-25" and change.tags()["model_id"] == "varionet-1"
    np.testing.assert_array_equal(cells, np.where((grown(5) == 2) & (grown(3) == 1), 2, 0))
    info = classified.gdal_info(folder / "2016-06-25_2017-05-28.tif")[0]["bands"][0]
    assert info["description"] == "change of the ice-surface class from 2016-06-25 to 2017-05-28"
    assert "now Parallel" in (folder / "2016-06-25_2017-05-28.qml").read_text()


# Bad input


def test_a_single_date_has_areas_and_no_transitions(tmp_path, summarised):
    result = summarised("a", predictions=False)
    assert len(result["areas"]) == 3 and result["transitions"].empty and len(result["front"]) == 1
    folder = tmp_path / "change"
    dates = result["paths"]["netcdf"]
    assert not classified.run_apart("render_changes", dates=dates, classes=str(tmp_path / "classes.tsv"), folder=str(folder))
    assert folder.is_dir() and not list(folder.iterdir())


def test_a_date_without_any_classified_tile_is_a_gap(tmp_path, summarised):
    write_date(tmp_path, "d", "2018-06-11T12:44:06Z", np.zeros((ROWS, COLUMNS), int))
    result = summarised("abdc")
    coverage = result["coverage"].set_index("date")
    assert coverage.loc["2018-06-11", "observed_km2"] == 0 and coverage.loc["2017-05-28", "observed_km2"] > 0
    areas = result["areas"][result["areas"]["date"] == "2018-06-11"]
    assert (areas["mapped_km2"] == 0).all() and areas["share_of_observed"].isna().all()
    assert result["front"].set_index("date")["front_m"].isna()["2018-06-11"]
    step = result["transitions"].set_index(["from_date", "to_class"]).loc["2017-05-28"]
    compared = step.drop("not comparable").loc[step.drop("not comparable")["from_class"] != "not comparable", "area_km2"]
    assert compared.sum() == 0 and step.loc["not comparable", "area_km2"].sum() == pytest.approx(
        ROWS * COLUMNS * CELL_KM2, rel=1e-3
    )


def test_of_a_model_without_area_of_applicability_nobody_knows_what_is_unlike(tmp_path, summarised):
    assert (summarised()["coverage"]["outside_applicability_km2"] == 0).all()
    write_date(tmp_path, "d", "2018-06-11T12:44:06Z", grown(4), applicable=None)
    coverage = summarised("d")["coverage"]
    assert coverage["outside_applicability_km2"].isna().all() and (coverage["comparable_km2"] > 0).all()


def test_a_series_of_nothing_but_gaps_is_a_series(tmp_path, summarised):
    write_date(tmp_path, "d", "2018-06-11T12:44:06Z", np.zeros((ROWS, COLUMNS), int))
    result = summarised("d")
    assert (result["areas"]["mapped_km2"] == 0).all() and result["structure"].empty


def test_of_overlapping_scenes_of_one_day_the_newer_one_wins(tmp_path, summarised):
    write_date(tmp_path, "d", "2016-06-25T18:00:00Z", grown(7))
    result = summarised("da")
    assert result["areas"]["scenes"].unique().tolist() == ["a,d"]
    assert result["areas"].set_index("class_name").loc["Parallel", "mapped_km2"] == pytest.approx(7 * ROWS * CELL_KM2, rel=1e-3)


def test_crevasses_of_ground_seen_twice_on_one_day_are_those_of_the_newer_scene(tmp_path, summarised):
    """The newer scene lies five columns to the left over a front of eight, and sees no class in its upper row."""
    seen = grown(10)
    seen[0] = 0
    write_date(tmp_path, "d", "2016-06-25T18:00:00Z", seen, corner=(X - 50, Y))
    write_date(tmp_path, "e", "2016-06-25T17:00:00Z", grown(8))
    structure = summarised("de", line=None)["structure"]
    assert structure["n_tiles"].tolist() == [(ROWS - 1) * COLUMNS + 8 * ROWS - 3 * (ROWS - 1)]


def test_crevasses_of_one_day_without_a_time_are_those_of_the_last_scene_by_id(tmp_path, summarised):
    seen = grown(10)
    seen[0] = 0
    write_date(tmp_path, "e", "2016-06-25", seen, corner=(X - 50, Y))
    write_date(tmp_path, "d", "2016-06-25", grown(8))
    for rows in ("de", "ed"):
        structure = summarised(rows, line=None)["structure"]
        assert structure["n_tiles"].tolist() == [(ROWS - 1) * COLUMNS + 8 * ROWS - 3 * (ROWS - 1)]


LESS = MODEL | {"classes": MODEL["classes"][:2]}


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"model": MODEL | {"id": "varionet-2"}}, "scenes a and d: maps of different models, expected one for a series"),
        ({"model": LESS}, "scenes a and d: maps of different class lists, expected one for a series"),
        ({"side": 2 * SIDE}, "scenes a and d: cells of 10.0 x 10.0 m and 20.0 x 20.0 m, expected about the same size"),
    ],
    ids=["models", "class lists", "grids"],
)
def test_what_is_no_series_is_refused_and_leaves_nothing(tmp_path, summarised, changes, sentence):
    write_date(tmp_path, "d", "2018-06-11T12:44:06Z", grown(4), **changes)
    with pytest.raises(ValueError, match=sentence):
        summarised("ad")
    assert not (tmp_path / "out").exists()


def test_a_class_list_that_is_not_the_models_is_refused(tmp_path, summarised):
    table = (tmp_path / "classes.tsv").read_text()
    (tmp_path / "classes.tsv").write_text(table.replace("Chaos", "Seracs").replace("Parallel", "Chaos"))
    with pytest.raises(
        ValueError,
        match="class 3 of the model is Chaos, but Seracs in the class list",
    ):
        summarised()


def test_scores_of_another_class_list_are_refused(tmp_path, summarised):
    blocks = pd.read_parquet(tmp_path / "predictions.parquet")
    blocks.assign(class_id=9).to_parquet(tmp_path / "predictions.parquet")
    with pytest.raises(ValueError, match=r"predictions.parquet: class 9, which the maps do not have; run evaluate_models"):
        summarised()


@pytest.mark.parametrize("kind", ["two lines", "polygon", "no coordinate system"])
def test_a_file_that_holds_no_line_is_refused(tmp_path, summarised, kind):
    line = shapely.LineString([(X, Y), (X + 10, Y)])
    content = {"two lines": ([line, line], 3413), "polygon": ([line.buffer(3)], 3413), "no coordinate system": ([line], None)}[
        kind
    ]
    gpd.GeoDataFrame(geometry=content[0], crs=content[1]).to_file(tmp_path / "bad.gpkg")
    found = {"two lines": "2 features", "polygon": "a Polygon"}.get(kind, kind)
    with pytest.raises(ValueError, match=f"bad.gpkg: {found}, expected one line with a coordinate system"):
        summarised(line="bad.gpkg")


@pytest.mark.parametrize("name, found", [("bad.gpkg", r"not a readable vector file \(.*\)"), ("bad.csv", "no geometry")])
def test_a_file_that_is_no_line_at_all_is_refused(tmp_path, summarised, name, found):
    (tmp_path / name).write_text("x,y\n1,2\n")
    with pytest.raises(ValueError, match=f"{name}: {found}, expected one line with a coordinate system; draw it again") as caught:
        summarised(line=name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "corners, epsg",
    [([(X + 200, Y - 30), (X + 250, Y - 30)], 3413), ([(70, -45), (70.001, -45)], 4326), ([(0, 200), (0, 220)], 4326)],
)
def test_a_line_beside_all_scenes_is_refused(tmp_path, summarised, corners, epsg):
    """The first lies between two scenes; longitude and latitude of the second are swapped; no system shows the third."""
    write_date(tmp_path, "d", "2018-06-11T12:44:06Z", grown(4), corner=(X + 400, Y))
    gpd.GeoDataFrame(geometry=[shapely.LineString(corners)], crs=epsg).to_file(tmp_path / "beside.gpkg")
    with pytest.raises(
        ValueError, match=r"beside\.gpkg: no piece of the line lies on a scene, expected a line along the glacier;"
    ):
        summarised("ad", line="beside.gpkg")


def test_a_line_of_one_part_is_a_line(tmp_path, summarised):
    front = summarised()["front"]
    line = gpd.read_file(tmp_path / "line.gpkg").geometry.iloc[0]
    gpd.GeoDataFrame(geometry=[shapely.MultiLineString([line])], crs=3413).to_file(tmp_path / "line.gpkg")
    pd.testing.assert_frame_equal(summarised()["front"], front)
    parts = shapely.MultiLineString([line, shapely.affinity.translate(line, 5)])
    gpd.GeoDataFrame(geometry=[parts], crs=3413).to_file(tmp_path / "line.gpkg")
    with pytest.raises(ValueError, match=r"line\.gpkg: a MultiLineString, expected one line"):
        summarised()


def test_without_a_centre_line_there_is_no_front(summarised):
    assert summarised(line=None)["front"].empty


def test_what_is_no_surface_of_the_glacier_is_neither_an_area_nor_a_change(summarised, tmp_path):
    whole = summarised()
    table = pd.read_csv(tmp_path / "classes.tsv", sep="\t")
    table.assign(observed=["no", "", "yes"]).to_csv(tmp_path / "classes.tsv", sep="\t", index=False)
    result = summarised()
    assert "Snow" in set(whole["areas"]["class_name"]) and "Snow" not in set(result["areas"]["class_name"])
    parallel = [part["areas"].set_index(["class_name", "date"]).loc["Parallel", "mapped_km2"] for part in (whole, result)]
    pd.testing.assert_series_equal(*parallel)
    assert "Snow" not in set(result["transitions"].query("area_km2 > 0")[["from_class", "to_class"]].to_numpy().ravel())
    assert (result["coverage"]["observed_km2"] < whole["coverage"]["observed_km2"]).all()


def test_a_class_that_is_often_taken_for_cloud_keeps_its_area(summarised, tmp_path):
    """Of Snow and Parallel, half of the ground each, 49 and 35 cells of a hundred are observed: 58 and 42 % of what is observed."""
    table = pd.read_csv(tmp_path / "classes.tsv", sep="\t")
    table.assign(observed=["yes", "yes", "no"]).to_csv(tmp_path / "classes.tsv", sep="\t", index=False)
    mapped = np.repeat(np.tile([1, 2, 3], 3), [88, 10, 2, 10, 60, 30, 2, 2, 96])
    blocks = pd.DataFrame({"model": "varionet", "class_id": np.repeat([1, 2, 3], 100), "predicted_id": mapped})
    blocks = pd.concat([blocks.assign(block=str(block)) for block in range(200)])
    blocks.to_parquet(tmp_path / "predictions.parquet")
    write_date(tmp_path, "a", "2016-06-25T17:03:09Z", np.repeat([1, 2], [35, 25]).reshape(ROWS, COLUMNS))
    areas = summarised("a", line=None)["areas"].set_index("class_name")
    np.testing.assert_allclose(areas.loc[["Snow", "Parallel"], "area_km2"], np.array([35, 25]) * CELL_KM2, rtol=0.02)
    assert (areas["area_km2"] - areas["area_low_km2"]).min() > 0 and len(areas) == 2
