"""Maps of many dates on one grid."""

import contextlib
import dataclasses

import numpy as np
import pandas as pd
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoclass.core.grid import NODATA, Grid
from geoclass.maps.class_maps import Classified
from geoclass.series import stack

WKT = pyproj.CRS.from_epsg(3413).to_wkt()


def classified(class_ids, date="2016-06-25T17:03:09Z", x=0.0, y=100.0, cell=10.0, applicable=1.0, scene="a", model="m1"):
    """A scene whose map shows the given class ids; 0 = no tile."""
    class_ids = np.array(class_ids)
    probabilities = np.full((*class_ids.shape, 3), 0.1, np.float32)
    for index in (1, 2, 3):
        probabilities[..., index - 1][class_ids == index] = 0.8
    probabilities[class_ids == 0] = np.nan
    grid = Grid(*class_ids.shape, (cell, 0.0, x, 0.0, -cell, y), WKT)
    classes = [{"class_id": i, "class_name": f"c{i}", "colour": "#000000"} for i in (1, 2, 3)]
    metadata = {"scene": {"scene": scene, "date": date}, "model": {"id": model, "model": "varionet", "classes": classes}}
    return Classified(grid, probabilities, np.full(class_ids.shape, applicable), [1, 2, 3], metadata)


def test_one_scene_is_its_own_series():
    result = stack.stack([classified([[1, 2], [3, 0]])], 0)
    np.testing.assert_array_equal(result.classes, [[[1, 2], [3, NODATA]]])
    assert result.dates == ["2016-06-25"]
    np.testing.assert_array_equal(result.confidence[0], [[80, 80], [80, NODATA]])


@given(st.floats(-0.49, 0.49), st.floats(-0.49, 0.49))
def test_a_shift_of_less_than_half_a_cell_changes_no_class(right, up):
    first = classified([[1, 2, 3], [3, 1, 2]])
    second = classified([[1, 2, 3], [3, 1, 2]], date="2017-01-01T00:00:00Z", x=10 * right, y=100 + 10 * up)
    result = stack.stack([first, second], 0)
    seen = (result.classes != NODATA).all(axis=0)
    np.testing.assert_array_equal(result.classes[0][seen], result.classes[1][seen])


def test_dates_are_sorted_and_what_one_does_not_show_is_missing():
    later = classified([[2]], date="2018-01-01T00:00:00Z", x=10.0, scene="b")
    result = stack.stack([later, classified([[1, 1]])], 0)
    np.testing.assert_array_equal(result.classes, [[[1, 1]], [[NODATA, 2]]])
    assert result.scenes == [["a"], ["b"]]


def test_on_one_day_the_newer_scene_wins():
    result = stack.stack([classified([[2]], date="2016-06-25T18:00:00Z", scene="b"), classified([[1, 3]])], 0)
    np.testing.assert_array_equal(result.classes, [[[2, 3]]])
    assert result.scenes == [["a", "b"]]


@pytest.mark.parametrize("turn", [1, -1])
def test_of_scenes_of_one_day_without_a_time_the_last_by_id_wins_whatever_the_order_of_rows(turn):
    scenes = [classified([[2]], date="2016-06-25", scene="a"), classified([[1, 3]], date="2016-06-25", scene="b")]
    result = stack.stack(scenes[::turn], 0)
    np.testing.assert_array_equal(result.classes, [[[1, 3]]])
    assert result.scenes == [["a", "b"]]


def test_what_is_not_applicable_or_unsure_is_not_compared():
    result = stack.stack([classified([[1, 0]], applicable=0.0)], 0)
    np.testing.assert_array_equal(result.state, [[[stack.NOT_APPLICABLE, NODATA]]])
    np.testing.assert_array_equal(result.compared, [[[NODATA, NODATA]]])
    np.testing.assert_array_equal(stack.stack([classified([[1, 2]])], 0.9).state, [[[stack.ABSTAINED] * 2]])
    unknown = stack.stack([classified([[1, 2]], applicable=np.nan)], 0)
    np.testing.assert_array_equal(unknown.compared, [[[1, 2]]])


@pytest.mark.parametrize(
    "confidence, least, comparable",
    [(0.895, 0.9, False), (0.9, 0.9, True), (0.55, 0.55, True), (0.56, 0.56, True), (0.549, 0.55, False)],
)
def test_a_cell_is_compared_from_the_least_confidence_on_not_from_its_percent(confidence, least, comparable):
    scene = classified([[1]])
    shares = np.array([[[confidence, 1 - confidence, 0]]], np.float32)
    state = stack.stack([dataclasses.replace(scene, probabilities=shares)], least).state[0, 0, 0]
    assert state == (stack.COMPARABLE if comparable else stack.ABSTAINED)


def test_a_change_map_tells_the_new_class_and_what_cannot_be_compared():
    before, after = classified([[1, 1, 2, 0, 0]]), classified([[1, 3, 0, 2, 0]], date="2017-01-01T00:00:00Z")
    result = stack.stack([before, after], 0)
    np.testing.assert_array_equal(result.changes(0, 1), [[stack.NO_CHANGE, 3, 254, 254, NODATA]])
    classes = pd.DataFrame({"class_id": [1, 2, 3], "class_name": list("abc"), "colour": ["#000000"] * 3})
    values = stack.change_values(classes, result.class_ids)
    assert dict(zip(*values[["class_id", "class_name"]].to_numpy().T, strict=True)) == {
        1: "now a", 2: "now b", 3: "now c", 0: "no change", 254: "not comparable",
    }  # fmt: skip


def test_not_comparable_has_one_value_where_a_class_that_is_not_observed_has_the_last_id():
    two = stack.stack([classified([[1, 1]]), classified([[2, 0]], date="2017-01-01T00:00:00Z")], 0)
    with_cloud = dataclasses.replace(two, class_ids=np.array([1, 2, 254]))
    observed = pd.DataFrame({"class_id": [1, 2], "class_name": list("ab"), "colour": "#000000"})
    values = stack.change_values(observed, with_cloud.class_ids).set_index("class_id")["class_name"]
    assert values[with_cloud.changes(0, 1)[0]].tolist() == ["now b", "not comparable"]


def test_a_change_map_of_254_classes_has_no_value_left_for_what_cannot_be_compared():
    two = stack.stack([classified([[1, 1, 0]]), classified([[1, 2, 2]], date="2017-01-01T00:00:00Z")], 0)
    full = dataclasses.replace(two, class_ids=np.arange(1, 255))
    np.testing.assert_array_equal(full.changes(0, 1), [[stack.NO_CHANGE, 2, NODATA]])
    names = stack.change_values(
        pd.DataFrame({"class_id": full.class_ids, "class_name": "x", "colour": "#000000"}), full.class_ids
    )
    assert names["class_id"].is_unique and len(names) == 255 and stack.NOT_COMPARABLE not in set(names["class_name"])


def test_dates_are_compared_with_the_next_and_the_first_with_the_last():
    dates = [classified([[1]], date=f"201{year}-01-01T00:00:00Z") for year in range(6, 9)]
    assert stack.stack(dates, 0).steps == [(0, 1), (1, 2), (0, 2)]
    assert stack.stack(dates[:2], 0).steps == [(0, 1)] and stack.stack(dates[:1], 0).steps == []


def test_areas_are_those_on_the_ground():
    """Of the polar stereographic projection true at 70 degrees N: there a metre is a metre, at the pole it is 1 / 0.9698."""
    at_pole, at_70 = ((0.0, 0.0), pyproj.Transformer.from_crs(4326, 3413, always_xy=True).transform(-45, 70))
    for (x, y), metres in ((at_pole, 2 / (1 + np.sin(np.radians(70)))), (at_70, 1.0)):
        result = stack.stack([classified([[1]], x=x - 5, y=y + 5)], 0)
        assert result.metres == pytest.approx(metres, rel=2e-3)
        assert result.cell_m2 == pytest.approx(100 * metres**2, rel=4e-3)


def test_areas_in_web_mercator_are_those_on_the_ellipsoid():
    x, y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(20.0, 78.6)
    scene = classified([[1]], x=x - 5, y=y + 5)
    grid = dataclasses.replace(scene.grid, crs_wkt=pyproj.CRS.from_epsg(3857).to_wkt())
    result = stack.stack([dataclasses.replace(scene, grid=grid)], 0)
    lon, lat = pyproj.Transformer.from_crs(3857, 4326, always_xy=True).transform(
        [x - 5, x + 5, x + 5, x - 5], [y - 5, y - 5, y + 5, y + 5]
    )
    assert result.cell_m2 == pytest.approx(pyproj.Geod(ellps="WGS84").polygon_area_perimeter(lon, lat)[0], rel=1e-5)


def test_scenes_of_other_coordinate_systems_lie_on_the_same_ground():
    first = classified(np.ones((4, 4), int))
    second = classified(np.full((30, 30), 2), date="2017-01-01T00:00:00Z", scene="b")
    x, y = pyproj.Transformer.from_crs(3413, 3995, always_xy=True).transform(20.0, 80.0)
    grid = Grid(30, 30, (10.0, 0.0, x - 150, 0.0, -10.0, y + 150), pyproj.CRS.from_epsg(3995).to_wkt())
    result = stack.stack([first, dataclasses.replace(second, grid=grid)], 0)
    place = tuple(int(part) for part in result.grid.places(20.0, 80.0))
    assert result.grid.crs_wkt == WKT and result.classes[0][place] == 1 and result.classes[1][place] == 2
    assert (result.classes[1][result.classes[0] == 1] == 2).all()


def test_a_date_without_any_tile_is_all_missing():
    result = stack.stack([classified([[1, 2]]), classified([[0, 0]], date="2017-01-01T00:00:00Z")], 0)
    assert (result.classes[1] == NODATA).all()


@pytest.mark.parametrize(
    "other, sentence",
    [
        (classified([[1]], scene="b", model="m2"), "scenes a and b: maps of different models, expected one"),
        (
            classified([[1]], scene="b", cell=20.0),
            "scenes a and b: cells of 10.3 x 10.3 m and 20.6 x 20.6 m, expected about the same",  # on the ground, at the pole
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(other, sentence):
    with pytest.raises(ValueError, match=sentence):
        stack.stack([classified([[1, 2]]), other], 0)


@pytest.mark.parametrize("cell, alike", [(50.6, True), (10.0, False)])
def test_cells_are_alike_by_their_size_on_the_ground(cell, alike):
    """Five metres of Web Mercator are one on the ground at 78.6 degrees north."""
    scenes = []
    for epsg, size, date in ((3413, 10.0, "2016-06-25T00:00:00Z"), (3857, cell, "2017-06-25T00:00:00Z")):
        x, y = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(16, 78.6)
        transform = (size, 0.0, x - 2 * size, 0.0, -size, y + 2 * size)
        grid = Grid(4, 4, transform, pyproj.CRS(epsg).to_wkt())
        scenes.append(dataclasses.replace(classified(np.ones((4, 4), int), date=date), grid=grid))
    with contextlib.nullcontext() if alike else pytest.raises(ValueError, match=r"m and 2\.0 x 2\.0 m, expected about the same"):
        stack.stack(scenes, 0)


def test_scenes_far_apart_are_refused_and_fill_no_memory():
    with pytest.raises(ValueError, match="scenes a, b: so far apart that a common grid would have"):
        stack.stack([classified([[1, 2]]), classified([[1]], scene="b", x=400_000.0, y=-400_000.0)], 0)


def test_different_class_lists_are_refused():
    other = classified([[1]], scene="b")
    other.metadata["model"]["classes"] = other.metadata["model"]["classes"][:2]
    with pytest.raises(ValueError, match="maps of different class lists"):
        stack.stack([classified([[1, 2]]), other], 0)
