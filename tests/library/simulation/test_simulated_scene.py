"""The simulated glacier: noise, textures, geometry, light and truth against what they claim to be."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import shapely

from geoclass.core import surface_classes
from geoclass.scenes import sidecar
from geoclass.simulation import delivery, ground_truth, optics, simulated_glacier, simulated_scene, variety
from geoclass.simulation.noise import cells, gradient_noise, hashed, line_noise
from geoclass.simulation.textures import crevasses, gashes, parallel, turned

SEED = 20160625
NAME = "WV02_{time}_103001005EED0001_16JUN25170309-P1BS-000000000000_01_P001_u16ns3413.tif"
TIMES = ("20160625170309", "20170528152417", "20180611124406", "20190704143652")


def scene(time=TIMES[0], size=640, spacing=3.0, cloudy=(), seed=SEED):
    return simulated_scene.plan(NAME.format(time=time), size, size, spacing, list(cloudy), seed)


def centre_line(planned):
    return ground_truth.centre_line(planned, ground_truth.region(planned).geometry[0]).geometry[0]


def whole(planned):
    strips = list(simulated_scene.strips(planned))
    return np.vstack([image for _, image, _ in strips]), np.vstack([classes for _, _, classes in strips])


# --- variety


def test_without_variety_a_scene_is_what_it_was_and_a_seed_tells_all_of_it():
    assert variety.draw(1, 0) == variety.Variety()
    assert variety.draw(1, 1) == variety.draw(1, 1) != variety.draw(2, 1)
    named = NAME.format(time=TIMES[0])
    assert simulated_scene.plan(named, 640, 640, 3.0, [], 1, 0.0).light == scene(seed=1).light


def test_glaciers_of_full_variety_differ_in_what_they_promise():
    drawn = [variety.draw(seed, 1.0) for seed in range(200)]
    for name, low, high in (
        ("turn_deg", -180, 180), ("spacing", 0.5, 2), ("melt", -0.5, 0.5), ("snow", 0, 0.35), ("debris", 0, 0.35), ("sun_deg", -90, 90),
        ("elevation", 0.65, 1.35), ("blur", 0, 2), ("noise", 1 / 3, 3), ("gain", 2 / 3, 1.5),
    ):  # fmt: skip
        values = np.array([getattr(one, name) for one in drawn])
        assert low <= values.min() < low + 0.1 * (high - low) and high >= values.max() > high - 0.1 * (high - low), name
    weak = [variety.draw(seed, 0.1) for seed in range(200)]
    assert max(abs(one.turn_deg) for one in weak) <= 18 and max(one.snow for one in weak) <= 0.035


def test_flow_sun_noise_snow_and_debris_are_seen_in_the_scene():
    plain = scene(size=512)
    turned_by = replace(plain, glacier=plain.glacier._replace(flow_deg=104.0))
    first, second = (centre_line(one).coords for one in (plain, turned_by))
    angles = [np.degrees(np.arctan2(line[-1][1] - line[0][1], line[-1][0] - line[0][0])) for line in (first, second)]
    assert (angles[1] - angles[0]) % 360 == pytest.approx(90, abs=0.5)
    image, classes = whole(plain)
    loud = whole(replace(plain, light=plain.light._replace(noise=10.0)))[0]
    assert (loud.astype(float) - image)[classes > 0].std() > 20
    covered = {name: whole(replace(plain, glacier=plain.glacier._replace(**{name: 1.0}))) for name in ("snow", "debris")}
    land = (classes > 0) & (classes != simulated_glacier.SEA_ICE)
    assert covered["debris"][0][land].mean() < 0.8 * image[land].mean()
    assert covered["snow"][0][land].astype(float).std() < image[land].astype(float).std()
    assert (covered["snow"][1] == classes).all()  # what lies under the snow stays what it is


# --- noise and textures -------------------------------------------------------------------------------------------------------


def test_hashes_are_uniform_and_independent_of_their_neighbours():
    values = np.array([[hashed(i, j, 7) for j in range(-100, 100)] for i in range(-100, 100)])
    assert np.histogram(values, 10, (0, 1))[0] == pytest.approx(4000, rel=0.06)
    for neighbour in (values[1:], values[:, 1:]):
        assert abs(np.corrcoef(values[: neighbour.shape[0], : neighbour.shape[1]].ravel(), neighbour.ravel())[0, 1]) < 0.02


@pytest.mark.parametrize("noise", [lambda x: gradient_noise(x, 0.3 * x, 5), lambda x: line_noise(x, 3, 5)])
def test_noise_is_continuous_and_repeats_nowhere_near(noise):
    x = np.arange(0.0, 60.0, 0.001)
    z = np.array([noise(place) for place in x])
    assert np.abs(np.diff(z)).max() < 0.01
    assert np.std(z) > 0.15
    assert abs(np.corrcoef(z[:30000], z[30000:])[0, 1]) < 0.35


def test_the_jitted_noise_is_what_its_source_says():
    assert gradient_noise(3.7, -2.2, 9) == gradient_noise.py_func(3.7, -2.2, 9)
    assert cells(3.7, -2.2, 0.9, 9) == cells.py_func(3.7, -2.2, 0.9, 9)


def test_a_cell_ends_where_the_next_begins():
    edges = [(cells(x, 0.4, 0.9, 2)[0], cells(x, 0.4, 0.9, 2)[3]) for x in np.arange(0.0, 20.0, 0.002)]
    change = [k for k in range(1, len(edges)) if edges[k][1] != edges[k - 1][1]]
    assert len(change) > 10
    assert max(edges[k][0] for k in change) < 0.004
    assert min(edge for edge, _ in edges) >= 0.0


def test_open_crevasses_stand_one_spacing_apart_on_average():
    q = np.arange(0.0, 200.0, 0.01)
    depth = np.array([crevasses(place, 3.3, 0.15, -0.3, 9.0, 0.3, 0.4, 1) for place in q])
    assert ((depth[1:] > 0) & (depth[:-1] == 0)).sum() == pytest.approx(200, abs=3)
    assert depth.max() <= 1.0 and depth.min() == 0.0


def test_closed_crevasses_and_absent_gashes_leave_no_trace():
    assert not any(crevasses(q, 0.7, 0.15, 1.2, 9.0, 0.3, 0.4, 1) for q in np.arange(0.0, 20.0, 0.05))
    assert not any(gashes(q, 0.7, 45.0, 0.8, 0.2, 0.0, 1) for q in np.arange(0.0, 20.0, 0.05))
    assert any(gashes(q, 0.7, 45.0, 0.8, 0.2, 1.0, 1) for q in np.arange(0.0, 20.0, 0.05))


def test_turning_keeps_lengths():
    q, r = turned(3.0, -4.0, 33.0)
    assert np.hypot(q, r) == pytest.approx(5.0)


def test_parallel_crevasses_have_the_spacing_of_the_configuration():
    relief = np.array([parallel(a, 0.2, 0.5, 11)[0] for a in np.arange(0.0, 128.0, 1 / 16)])
    power = np.abs(np.fft.rfft(relief - relief.mean())) ** 2
    frequency = np.fft.rfftfreq(relief.size, 1 / 16)
    near = (frequency > 0.8) & (frequency < 1.2)
    assert power[near].sum() > 2 * power[(frequency > 0.3) & (frequency < 0.7)].sum()
    assert frequency[power.argmax()] == pytest.approx(1.0, abs=0.1)


# --- the glacier --------------------------------------------------------------------------------------------------------------


def test_class_names_are_those_of_the_class_table():
    table = surface_classes.read(Path(__file__).parents[3] / "config" / "classes.tsv")
    assert tuple(table["class_name"]) == simulated_glacier.CLASSES
    assert list(table["class_id"]) == list(range(1, 12))


def test_distance_along_the_centre_line_is_its_length():
    line = centre_line(scene())
    glacier = scene().glacier
    places = [simulated_glacier.flow_place(x, y, glacier) for x, y in line.coords]
    assert np.abs([m for _, m in places]).max() < 0.01
    assert places[0][0] - places[-1][0] == pytest.approx(line.length, rel=1e-4)
    assert places[0][0] > places[-1][0]  # it starts at the calving front


def test_off_the_centre_line_the_distance_is_that_to_the_line():
    glacier = scene().glacier
    line = centre_line(scene())
    x, y = line.interpolate(0.5, normalized=True).coords[0]
    for dx, dy in ((20.0, 15.0), (-10.0, 40.0), (5.0, -30.0)):
        distance = line.distance(shapely.Point(x + dx, y + dy))
        assert abs(simulated_glacier.flow_place(x + dx, y + dy, glacier)[1]) == pytest.approx(distance, rel=0.01)


def test_the_surge_goes_up_glacier_and_the_crevassed_classes_expand():
    series = [scene(time) for time in TIMES]
    fronts = np.array([ground_truth.front_m(one, centre_line(one)) for one in series])
    assert (np.diff(fronts) > 0.05 * series[0].glacier.along).all()
    crevassed = [np.isin(whole(one)[1], range(3, 10)).mean() for one in series]
    assert crevassed == sorted(crevassed) and crevassed[-1] > 1.7 * crevassed[0]


def test_the_front_is_where_the_class_raster_has_it():
    one = scene()
    classes = whole(one)[1]
    line = centre_line(one)
    front = ground_truth.front_m(one, line)
    for distance, crevassed in ((front - 8.0, True), (front + 8.0, False)):
        column, row = ~one.transform @ line.interpolate(distance).coords[0]
        assert (classes[int(row), int(column)] in range(3, 10)) == crevassed


def test_zones_leave_no_gap():
    for front in (0.2, 0.4, 0.66):
        boxes = simulated_glacier.zones(front)
        a, n = np.meshgrid(np.linspace(-0.2, 1.2, 201), np.linspace(-2.0, 2.0, 201))
        inside = [(a >= b[1]) & (a <= b[2]) & (n >= b[3]) & (n <= b[4]) for b in boxes]
        assert np.logical_or.reduce(inside).all()


# --- the scene ----------------------------------------------------------------------------------------------------------------


def test_the_sun_stands_where_the_vendor_says():
    azimuth, elevation = optics.sun_position(datetime(2016, 6, 25, 17, 3, 10), 18.94, 78.63)
    assert azimuth == pytest.approx(278.8, abs=0.15)
    assert elevation == pytest.approx(22.1, abs=0.15)


def test_strips_of_any_height_make_the_same_scene(monkeypatch):
    one = scene(cloudy=["20160625"], size=600)
    image, classes = whole(one)
    monkeypatch.setattr(simulated_scene, "STRIP_PIXELS", 1)
    again, classes_again = whole(one)
    assert len(list(simulated_scene.strips(one))) == 3
    np.testing.assert_array_equal(image, again)
    np.testing.assert_array_equal(classes, classes_again)


def test_counts_are_those_of_eleven_bits_in_a_turned_footprint():
    one = scene()
    image, classes = whole(one)
    assert image.dtype == np.uint16 and image.max() <= 2047 and len(np.unique(image)) > 500
    corners = [~one.transform @ corner for corner in simulated_scene.corners(one)]
    row, column = np.mgrid[: one.height_px, : one.width_px] + 0.5
    outline = shapely.Polygon(corners)
    inside, well_inside = (shapely.contains_xy(outline.buffer(d), column, row) for d in (1.0, -1.0))
    assert 0.75 < inside.mean() < 0.97
    assert not image[~inside].any() and not classes[~inside].any()
    assert (image[well_inside] > 0).mean() > 0.99
    assert abs(corners[0][1] - corners[1][1]) > 10


def test_deep_shadows_can_be_true_zeros():
    one = scene()
    image, classes = whole(replace(one, light=one.light._replace(haze=-120.0)))
    zeros = (image == 0) & (classes > 0)
    assert 0 < zeros.mean() < 0.2


def test_dates_differ_in_place_light_and_radiometry_and_not_in_pixel_size():
    series = [scene(time) for time in TIMES]
    assert len({(one.transform.c, one.transform.f) for one in series}) == 4
    assert len({one.transform.a for one in series}) == 1
    assert len({round(one.light.gain) for one in series}) == len({round(one.sun[0]) for one in series}) == 4


def test_slopes_towards_the_sun_are_brighter():
    relief = np.zeros((9, 9), np.float32)
    light = scene().light._replace(azimuth=90.0, elevation=30.0)
    flat, towards, away = (np.zeros((7, 9), np.float32) for _ in range(3))
    ones, span = np.ones_like(relief), (np.zeros(9, np.int64), np.full(9, 9))
    slope = (0.2 * np.arange(9, dtype=np.float32))[None].repeat(9, 0)  # rises to the east
    for surface, bright in ((relief, flat), (-slope, towards), (slope, away)):
        optics.radiance(surface, ones, ones, *span, 1.0, 1.0, (1, 8), 5, light, bright)
    assert flat[3, 4] == pytest.approx(1.0)
    assert towards[3, 4] > 1.1 and away[3, 4] < 0.9


def test_a_wall_casts_its_shadow_away_from_the_sun():
    relief = np.zeros((5, 40), np.float32)
    relief[:, 30] = 4.0  # with the sun in the east at 45° the shadow is 4 m long
    light = scene().light._replace(azimuth=90.0, elevation=45.0)
    bright, ones, span = np.zeros((3, 40), np.float32), np.ones_like(relief), (np.zeros(5, np.int64), np.full(5, 40))
    optics.radiance(relief, ones, ones, *span, 1.0, 1.0, (1, 4), 10, light, bright)
    dark = np.flatnonzero(bright[1, 1:39] < 0.5) + 1
    assert list(dark) == [27, 28, 29]  # at 4 m, pixel 26, the sun just clears the wall
    assert bright[1, 33] == pytest.approx(1.0)


def test_the_sidecar_is_read_as_a_real_one_and_says_that_it_is_none(tmp_path):
    one = scene()
    path = tmp_path / NAME.format(time=TIMES[0]).replace(".tif", ".xml")
    path.write_bytes(delivery.xml(one, path.stem))
    facts = sidecar.read(path)
    assert facts["synthetic"] is True and facts["sensor"] == "WV02" and facts["catalog_id"] == "103001005EED0001"
    assert facts["sun_azimuth_deg"] == pytest.approx(one.sun[0], abs=0.06)
    assert facts["date"] == "2016-06-25T17:03:09Z"


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("scene.tif", "not a name that simulate_series can make a scene for, expected one like WV02_20160625170309"),
        (NAME.format(time="20161325170309"), "20161325170309 is no time, expected year, month, day, hour, minute, second"),
    ],
)
def test_a_name_that_tells_no_date_is_one_sentence(name, sentence):
    with pytest.raises(ValueError, match=sentence):
        simulated_scene.plan(name, 640, 640, 3.0, [], SEED)


# --- labels and outlines ------------------------------------------------------------------------------------------------------


def test_labels_lie_inside_their_class_and_leave_most_of_it_unlabelled():
    one = scene(TIMES[3], size=1024, spacing=4.0)
    classes = whole(one)[1]
    polygons = ground_truth.labels(one, "a", ground_truth.region(one).geometry[0])
    assert set(polygons["class_id"]) == set(range(1, 12))
    row, column = np.mgrid[: one.height_px, : one.width_px] + 0.5
    x, y = one.transform @ (column, row)
    labelled = np.zeros(classes.shape, bool)
    for polygon in polygons.itertuples():
        inside = shapely.contains_xy(polygon.geometry, x, y)
        assert (classes[inside] == polygon.class_id).all()
        labelled |= inside
    assert 0.1 < labelled.sum() / (classes > 0).sum() < 0.6
    assert polygons.union_all().area == pytest.approx(polygons.area.sum())


def test_nothing_is_labelled_under_clouds():
    one = scene(TIMES[2], cloudy=["20180611"])
    outlines = ground_truth.clouds(one)
    assert 0.05 < outlines.area.sum() / (one.glacier.along * one.glacier.across) < 0.3
    line = centre_line(one)
    front = ground_truth.front_m(one, line)
    assert not outlines.intersects(line.interpolate(front).buffer(0.05 * one.glacier.along)).any()  # the front stays in sight
    assert not ground_truth.labels(one, "a", ground_truth.region(one).geometry[0]).intersects(outlines.union_all()).any()
    clear, cloudy = whole(replace(one, light=one.light._replace(clouds=0)))[0], whole(one)[0]
    row, column = np.nonzero(clear != cloudy)
    x, y = one.transform @ (column + 0.5, row + 0.5)
    changed = np.abs(clear.astype(int) - cloudy)[row, column] > 60
    assert shapely.contains_xy(outlines.union_all(), x[changed], y[changed]).all()


def test_the_region_is_the_same_for_every_date_and_without_rock():
    first, last = (ground_truth.region(scene(time)).geometry[0] for time in (TIMES[0], TIMES[3]))
    assert first.equals(last) and first.is_valid
    one = scene()
    classes = whole(one)[1]
    row, column = np.mgrid[: one.height_px, : one.width_px] + 0.5
    inside = shapely.contains_xy(first, *(one.transform @ (column, row)))
    assert (classes[inside] > 0).mean() > 0.75
