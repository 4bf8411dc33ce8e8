"""Maps of many dates on one grid."""

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoclass import series
from geoclass.mapgrid import NODATA, Grid
from geoclass.maps import Classified

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
    result = series.stack([classified([[1, 2], [3, 0]])])
    np.testing.assert_array_equal(result.classes, [[[1, 2], [3, NODATA]]])
    assert result.dates == ["2016-06-25"] and result.cell_m2 == 100
    np.testing.assert_array_equal(result.confidence[0], [[80, 80], [80, NODATA]])


@given(st.floats(-0.49, 0.49), st.floats(-0.49, 0.49))
def test_a_shift_of_less_than_half_a_cell_changes_no_class(right, up):
    first = classified([[1, 2, 3], [3, 1, 2]])
    second = classified([[1, 2, 3], [3, 1, 2]], date="2017-01-01T00:00:00Z", x=10 * right, y=100 + 10 * up)
    result = series.stack([first, second])
    seen = (result.classes != NODATA).all(axis=0)
    np.testing.assert_array_equal(result.classes[0][seen], result.classes[1][seen])


def test_dates_are_sorted_and_what_one_does_not_show_is_missing():
    later = classified([[2]], date="2018-01-01T00:00:00Z", x=10.0, scene="b")
    result = series.stack([later, classified([[1, 1]])])
    np.testing.assert_array_equal(result.classes, [[[1, 1]], [[NODATA, 2]]])
    assert result.scenes == [["a"], ["b"]]


def test_on_one_day_the_newer_scene_wins():
    result = series.stack([classified([[2]], date="2016-06-25T18:00:00Z", scene="b"), classified([[1, 3]])])
    np.testing.assert_array_equal(result.classes, [[[2, 3]]])
    assert result.scenes == [["a", "b"]]


def test_what_is_not_applicable_or_unsure_is_not_compared():
    result = series.stack([classified([[1, 2]], applicable=0.0)])
    np.testing.assert_array_equal(result.comparable(0.0), [[[NODATA, NODATA]]])
    np.testing.assert_array_equal(series.stack([classified([[1, 2]])]).comparable(0.9), [[[NODATA, NODATA]]])


def test_a_date_without_any_tile_is_all_missing():
    result = series.stack([classified([[1, 2]]), classified([[0, 0]], date="2017-01-01T00:00:00Z")])
    assert (result.classes[1] == NODATA).all()


@pytest.mark.parametrize(
    "other, sentence",
    [
        (classified([[1]], scene="b", model="m2"), "scenes a and b: maps of different models, expected one"),
        (classified([[1]], scene="b", cell=20.0), "scenes a and b: cells of 10.0 m and 20.0 m, expected about the same"),
    ],
)
def test_what_does_not_fit_together_is_refused(other, sentence):
    with pytest.raises(ValueError, match=sentence):
        series.stack([classified([[1, 2]]), other])


def test_different_class_lists_are_refused():
    other = classified([[1]], scene="b")
    other.metadata["model"]["classes"] = other.metadata["model"]["classes"][:2]
    with pytest.raises(ValueError, match="maps of different class lists"):
        series.stack([classified([[1, 2]]), other])
