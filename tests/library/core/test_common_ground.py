"""Ground that scenes share: one position for a place on all dates near each other, and true distances wherever a scene lies."""

import itertools

import numpy as np
import pyproj
import pytest

from geoclass.core import common_ground, geodesy

PLACES = {
    32633: (16.0, 78.3),
    32607: (-140.0, 60.4),
    32718: (-73.5, -50.5),
    3413: (-50.0, 70.0),
    3031: (-105.0, -75.0),
    3857: (86.9, 27.9),
}


def scene(name, epsg, lon, lat, side=2000.0):
    """Return the metadata of a scene of `side` units around a place."""
    x, y = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat)
    transform = [side / 100, 0.0, x - side / 2, 0.0, -side / 100, y + side / 2]
    return {"scene": name, "crs_wkt": pyproj.CRS(epsg).to_wkt(), "transform": transform, "height_px": 100, "width_px": 100}


def metres(ground, scene, lon, lat):
    """Return where a place lies on a ground, by the system of a scene, (N, 2)."""
    x, y = pyproj.Transformer.from_crs(4326, scene["crs_wkt"], always_xy=True).transform(lon, lat)
    return np.stack(ground.metres(scene["crs_wkt"], np.array(x), np.array(y)), axis=-1)


def test_places_of_one_scene_are_metres_by_its_own_scale():
    one = scene("a", 3413, -50.0, 80.0)
    found = common_ground.grounds([one, {"scene": "images", "crs_wkt": None}])
    assert list(found) == ["a"] and found["a"].name == ""
    x, y = np.array([0.1, 1e5]), np.array([-2.3e6, 7.0])
    units = geodesy.ground_units(one["crs_wkt"], *geodesy.centre(one))
    assert [values.tolist() for values in found["a"].metres(one["crs_wkt"], x, y)] == [
        (x * units[0]).tolist(),
        (y * units[1]).tolist(),
    ]


@pytest.mark.parametrize("first, second", itertools.permutations(PLACES, 2))
def test_metres_are_metres_on_the_ground_however_far_the_first_scene_is(first, second):
    scenes = [scene("b", second, *PLACES[second]), scene("a", first, *PLACES[first])]
    found = common_ground.grounds(scenes)
    assert [found[name].name for name in "ab"] == ["", "b"]
    lon, lat, _ = pyproj.Geod(ellps="WGS84").fwd(*np.repeat([PLACES[second]], 4, 0).T, [0, 90, 180, 270], np.full(4, 500.0))
    here = metres(found["b"], scenes[0], *PLACES[second])
    assert np.hypot(*(metres(found["b"], scenes[0], lon, lat) - here).T) == pytest.approx(np.full(4, 500.0), rel=5e-3)


@pytest.mark.parametrize("first, second", [(32633, 32634), (32633, 3413), (3413, 3857), (3857, 32633), (3413, 3413)])
def test_a_place_has_one_position_in_whatever_system(first, second):
    scenes = [scene("a", first, 17.9, 78.0, 4000), scene("b", second, 17.95, 78.0, 4000)]
    found = common_ground.grounds(scenes)
    assert found["a"] == found["b"] and found["b"].name == ""
    lon, lat = np.array([17.9, 17.93, 17.97]), np.array([77.99, 78.0, 78.01])
    np.testing.assert_allclose(*(metres(found[one["scene"]], one, lon, lat) for one in scenes), atol=1e-3)


@pytest.mark.parametrize("first, second", [(3857, 3857), (3857, 32601), (32601, 32660), (3395, 3413)])
def test_a_place_at_180_degrees_has_one_position_from_both_sides(first, second):
    scenes = [scene("a", first, 179.99, 71.0, 4000), scene("b", second, -179.99, 71.0, 4000)]
    found = common_ground.grounds(scenes)
    assert found["a"] == found["b"]
    here, there = (metres(found[one["scene"]], one, lon, 71.0) for one, lon in zip(scenes, (179.99, -179.99), strict=True))
    apart_m = pyproj.Geod(ellps="WGS84").inv(179.99, 71.0, -179.99, 71.0)[2]
    assert np.hypot(*(there - here)) == pytest.approx(apart_m, rel=1e-2)


def test_scenes_that_lead_from_one_to_the_next_are_one_ground_in_any_order():
    scenes = [scene(name, 32633, lon, 78.0) for name, lon in zip("abcd", (15.0, 15.1, 15.2, 17.0), strict=True)]
    for order in itertools.permutations(scenes):
        assert {name: one.name for name, one in common_ground.grounds(list(order)).items()} == {
            "a": "",
            "b": "",
            "c": "",
            "d": "d",
        }
