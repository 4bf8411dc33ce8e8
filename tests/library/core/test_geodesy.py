"""Places on the Earth: coordinate systems that are one, and shapes that cross 180 degrees."""

import numpy as np
import pyproj
import pytest
import shapely

from geoclass.core import geodesy

BOUND = pyproj.crs.BoundCRS(
    pyproj.CRS(3413), pyproj.CRS(4326), pyproj.crs.coordinate_operation.ToWGS84Transformation(pyproj.CRS(4326), 0, 0, 0)
)


@pytest.mark.parametrize(
    "other", ["EPSG:3413+3855", BOUND, pyproj.CRS(3413).to_wkt("WKT1_GDAL"), pyproj.CRS(3413).to_wkt("WKT1_ESRI"), "EPSG:3413"]
)
def test_heights_a_tied_datum_and_words_make_no_other_system(other):
    assert geodesy.same("EPSG:3413", other) and geodesy.horizontal(other).equals(pyproj.CRS(3413), ignore_axis_order=True)


@pytest.mark.parametrize("other", ["EPSG:3411", "EPSG:3412", "EPSG:3031", "EPSG:3995", "EPSG:32633", "EPSG:4326"])
def test_other_systems_are_others(other):
    assert not geodesy.same("EPSG:3413", other)


# Squares of 2 km across 180 degrees, in systems that scenes there come in.
ACROSS = {
    "Ross Sea, polar": (3031, (0, -1_400_000)),
    "Chukotka, polar": (3413, (-1_600_000, 1_600_000)),
    "UTM 1": (32601, pyproj.Transformer.from_crs(4326, 32601, always_xy=True).transform(180.0, 71.0)),
    "UTM 60": (32660, pyproj.Transformer.from_crs(4326, 32660, always_xy=True).transform(180.0, 71.0)),
    "UTM 1 south": (32701, pyproj.Transformer.from_crs(4326, 32701, always_xy=True).transform(180.0, -78.0)),
}


@pytest.mark.parametrize("epsg, centre", ACROSS.values(), ids=ACROSS)
@pytest.mark.parametrize("cut", [False, True], ids=["drawn", "cut by RFC 7946"])
@pytest.mark.parametrize("kind", ["square", "hole", "two squares"])
def test_what_is_drawn_across_180_degrees_comes_back(epsg, centre, cut, kind):
    square = shapely.Point(centre).buffer(1000, cap_style="square")
    shape = square if kind == "square" else square - shapely.Point(centre).buffer(300)
    if kind == "two squares":
        shape = shapely.MultiPolygon([square, shapely.affinity.translate(square, 3000, 500)])
    dense = shapely.segmentize(shape, 50)
    to_degrees = pyproj.Transformer.from_crs(epsg, 4326, always_xy=True).transform
    drawn = shapely.transform(dense, to_degrees, interleaved=False)
    x = shapely.get_coordinates(drawn)[:, 0]
    assert x.min() < -179 and x.max() > 179
    if cut:
        drawn = geodesy.cut_at_180(drawn)
        assert max(part.bounds[2] - part.bounds[0] for part in shapely.get_parts(drawn)) < 1
    back = shapely.make_valid(geodesy.project([drawn], "EPSG:4326", epsg)[0])
    assert back.symmetric_difference(shape).area < 1e-4 * shape.area


@pytest.mark.parametrize("epsg, centre", ACROSS.values(), ids=ACROSS)
@pytest.mark.parametrize("cylindrical", [3857, 3395, 4087, 6933])
def test_what_is_saved_in_a_cylindrical_projection_comes_back_across_180_degrees(epsg, centre, cylindrical):
    """As in QGIS, whose projects with a web map are in EPSG:3857."""
    square = shapely.Point(centre).buffer(1000, cap_style="square") - shapely.Point(centre).buffer(300)
    to_other = pyproj.Transformer.from_crs(epsg, cylindrical, always_xy=True).transform
    saved = shapely.transform(shapely.segmentize(square, 50), to_other, interleaved=False)
    assert saved.bounds[2] - saved.bounds[0] > 3e7
    back = shapely.make_valid(geodesy.project([saved], f"EPSG:{cylindrical}", epsg)[0])
    assert back.symmetric_difference(square).area < 1e-4 * square.area


def test_a_line_across_180_degrees_keeps_its_length():
    line = shapely.LineString([(-5000, -1_400_000), (4000, -1_402_000)])
    to_degrees = pyproj.Transformer.from_crs(3031, 4326, always_xy=True).transform
    degrees = shapely.transform(shapely.segmentize(line, 1000), to_degrees, interleaved=False)
    assert geodesy.project([degrees], "EPSG:4326", "EPSG:3031")[0].length == pytest.approx(line.length, rel=1e-6)


def test_whole_parallels_stay_whole():
    cap = shapely.box(-180, -90, 180, -75)
    area = shapely.make_valid(geodesy.project([cap], "EPSG:4326", "EPSG:3031")[0]).area
    radius = pyproj.Transformer.from_crs(4326, 3031, always_xy=True).transform(90, -75)[0]
    assert area == pytest.approx(np.pi * radius**2, rel=1e-3)


def test_a_frame_around_the_pole_covers_the_pole():
    frame = shapely.box(-40_000, -30_000, 50_000, 60_000)
    degrees = geodesy.cut_at_180(geodesy.project([frame], "EPSG:3031", "EPSG:4326")[0])
    assert degrees.is_valid and degrees.covers(shapely.Point(10, -89.9)) and degrees.bounds[:2] == (-180, -90)
    back = shapely.make_valid(geodesy.project([degrees], "EPSG:4326", "EPSG:3031")[0])
    assert back.symmetric_difference(frame).area < 1e-3 * frame.area


def test_short_edges_stay_as_they_are_and_long_ones_bend():
    to_degrees = pyproj.Transformer.from_crs(3413, 4326, always_xy=True).transform
    small, large = (
        shapely.transform(shapely.box(1e6, -5e5, 1e6 + side, -5e5 + side), to_degrees, interleaved=False) for side in (50, 50_000)
    )
    found = geodesy.project([small, large], "EPSG:4326", "EPSG:3413")
    assert shapely.get_num_coordinates(found[0]) == 5 and shapely.get_num_coordinates(found[1]) > 200


HALF_M = 20_037_508.342789244  # of a turn in Web Mercator


@pytest.mark.parametrize(
    "epsg, left, right, expected",
    [
        (4326, -180, 180, [0]),
        (4326, -180, 180 + 1e-8, [0]),
        (4326, 0, 360, [0, 1]),
        (4326, 182, 183, [1]),
        (4326, -181, -179, [-1, 0]),
        (4326, -180.25, 180.25, [-1, 0, 1]),
        (4807, -190, 190, [0]),  # gradians
        (3857, -HALF_M, HALF_M, [0]),
        (3857, HALF_M - 10, HALF_M + 10, [0, 1]),
        (3832, -10, 10, [0]),  # Mercator around 150 degrees east
        (32633, 0, 1e9, [0]),
    ],
)
def test_what_runs_on_past_180_degrees_is_whole_turns_off(epsg, left, right, expected):
    turn = {3857: 2 * HALF_M}.get(epsg, 360)
    assert geodesy.turns(f"EPSG:{epsg}", left, right) == pytest.approx([n * turn for n in expected])


@pytest.mark.parametrize(
    "epsg, lon, lat", [(3031, 180, -77.5), (32701, -179.99, -65), (32633, 15, 78), (32719, -73, -50), (3413, 0, 90)]
)
def test_a_frame_lies_on_a_ground_however_that_counts_longitudes(epsg, lon, lat):
    x, y = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat)
    frame = shapely.box(x - 2000, y - 2000, x + 2000, y + 2000)
    on = [
        (-180, -90, 180, 90),
        (0, -90, 360, 90),
        *((lon + turn - 1, lat - 1, lon + turn + 1, lat + 1) for turn in (-360, 0, 360)),
    ]
    beside = [(-180, -lat - 1, 180, -lat + 1), (0, 0, 360, lat / 2)]
    found = [geodesy.meets(frame, f"EPSG:{epsg}", shapely.box(*bounds), "EPSG:4326") for bounds in on + beside]
    assert found == [True] * len(on) + [False] * len(beside)


@pytest.mark.parametrize("epsg, lat_ts, pole", [(3413, 70, 1), (3031, -71, -1), (3995, 71, 1)])
@pytest.mark.parametrize("lat", [60.0, 70.0, 78.6, 88.0])
def test_polar_stereographic_scale_is_the_closed_form(epsg, lat_ts, pole, lat):
    """Snyder (1987), Map Projections, equations 15-9, 14-15 and 21-32 to 21-34."""
    eccentricity = np.sqrt(pyproj.CRS(epsg).get_geod().es)

    def m(phi):
        return np.cos(phi) / np.sqrt(1 - (eccentricity * np.sin(phi)) ** 2)

    def t(phi):
        sine = eccentricity * np.sin(phi)
        return np.tan(np.pi / 4 - phi / 2) / ((1 - sine) / (1 + sine)) ** (eccentricity / 2)

    at, standard = np.radians(lat), np.radians(abs(lat_ts))
    k = m(standard) * t(at) / (t(standard) * m(at))
    x, y = pyproj.Transformer.from_crs(pyproj.CRS(epsg).geodetic_crs, epsg, always_xy=True).transform(25.0, pole * lat)
    assert geodesy.ground_units(f"EPSG:{epsg}", x, y) == pytest.approx((1 / k, 1 / k), rel=1e-6)


def test_web_mercator_is_five_times_too_long_in_the_north_and_utm_right():
    x, y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(18.7, 78.6)
    assert geodesy.ground_units("EPSG:3857", x, y) == pytest.approx((np.cos(np.radians(78.6)),) * 2, rel=0.01)
    assert geodesy.ground_units("EPSG:32633", 500_000, 8_700_000) == pytest.approx((1 / 0.9996,) * 2, rel=1e-6)


@pytest.mark.parametrize(
    "epsg, longitude, latitude",
    [(32633, 16, 78.5), (3413, 16, 78.5), (3571, -141, 60.2), (6931, -45, 65), (4087, 16, 78.6), (27572, 6.9, 45.9)],
)
def test_axes_lead_where_geodesics_do(epsg, longitude, latitude):
    """Of conformal, equal-area and cylindrical systems, and of one that counts in gradians from Paris."""
    crs = pyproj.CRS(epsg)
    to_degrees = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    x, y = to_degrees.transform(longitude, latitude, direction="INVERSE")
    lon, lat = to_degrees.transform(np.array([x, x + 10, x]), np.array([y, y, y + 10]))
    azimuth, _, length = pyproj.Geod(ellps="WGS84").inv([lon[0]] * 2, [lat[0]] * 2, lon[1:], lat[1:])
    expected = length / 10 * np.stack([np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))])
    np.testing.assert_allclose(geodesy.jacobian(crs, x, y), expected, atol=3e-4)
    np.testing.assert_allclose(geodesy.jacobian(crs, np.full(2, x), np.full(2, y)), [geodesy.jacobian(crs, x, y)] * 2)
    frame = shapely.box(x - 50, y - 50, x + 50, y + 50)
    assert geodesy.circle(frame, crs)[:2] == pytest.approx((longitude, latitude), abs=1e-3)


@pytest.mark.parametrize("epsg", [3857, 3395, 3413, 6931, 6933, 3035])
@pytest.mark.parametrize("longitude, latitude", [(20.0, 60.0), (-30.0, 78.6)])
def test_areas_on_the_ground_are_those_of_polygons_on_the_ellipsoid(epsg, longitude, latitude):
    x, y = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(longitude, latitude)
    to_degrees = pyproj.Transformer.from_crs(epsg, 4326, always_xy=True)
    lon, lat = to_degrees.transform([x - 50, x + 50, x + 50, x - 50], [y - 50, y - 50, y + 50, y + 50])
    expected, _ = pyproj.Geod(ellps="WGS84").polygon_area_perimeter(lon, lat)
    assert geodesy.ground_area(f"EPSG:{epsg}", x, y) * 1e4 == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("longitude", [-170.0, -45.0, 0.0, 18.7, 135.0, 179.9])
def test_grid_north_of_polar_systems_is_turned_by_the_longitude(longitude):
    for epsg, lat, expected in ((3413, 78.6, longitude + 45.0), (3031, -78.6, -longitude)):
        x, y = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(longitude, lat)
        turn = geodesy.north_deg(geodesy.jacobian(f"EPSG:{epsg}", x, y))
        assert (turn - expected + 180) % 360 - 180 == pytest.approx(0, abs=1e-3)
    assert geodesy.north_deg(geodesy.jacobian("EPSG:32633", 500_000, 8_700_000)) == pytest.approx(0, abs=1e-6)


STEREO = "+proj=stere +lat_0=90 +lat_ts=70 +lon_0=-45 +k=1 +x_0=0 +y_0=0 +units=m +no_defs +type=crs"

LAEA = "+proj=laea +lat_0=90 +lon_0=-40 +x_0=0 +y_0=0 +units=m +no_defs +type=crs"
OF_PGC = (  # beside orthoimages: axes that point east and north, which EPSG's point south
    'PROJCS["WGS 84 / NSIDC Sea Ice Polar Stereographic North",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Polar_Stereographic"],PARAMETER["latitude_of_origin",70],'
    'PARAMETER["central_meridian",-45],PARAMETER["scale_factor",1],PARAMETER["false_easting",0],PARAMETER["false_northing",0],'
    'UNIT["metre",1],AXIS["X",EAST],AXIS["Y",NORTH]]'
)


@pytest.mark.parametrize(
    ("crs", "epsg", "expected"),
    [
        (f"{STEREO} +ellps=WGS84 +towgs84=0,0,0,0,0,0,0", 3413, True),
        (f"{STEREO} +ellps=WGS84", 3413, True),
        (f"{STEREO} +ellps=WGS84 +towgs84=10,0,0,0,0,0,0", 3413, False),
        (f"{STEREO} +ellps=GRS80", 3413, False),
        (f"{STEREO} +a=6378273 +b=6356889.449", 3413, False),
        ("+proj=utm +zone=33 +ellps=WGS84 +type=crs", 32633, True),
        ("+proj=utm +zone=32 +ellps=WGS84 +type=crs", 32633, False),
        ("EPSG:3411", 3413, False),
        ("EPSG:25833", 32633, False),
        (OF_PGC, 3413, True),
        *(
            (pyproj.CRS(epsg).to_wkt(form), epsg, True)
            for epsg in (2193, 3006, 3408, 3574, 6932)
            for form in ("WKT1_ESRI", "WKT1_GDAL")
        ),
        (f"{LAEA} +ellps=WGS84 +towgs84=0,0,0", 3574, True),
    ],
)
def test_a_system_is_the_same_by_where_places_lie_in_it(crs, epsg, expected):
    assert geodesy.same(crs, f"EPSG:{epsg}") == geodesy.same(f"EPSG:{epsg}", crs) == expected


def test_datums_without_a_name_differ_by_their_shift():
    shifted = [f"{STEREO} +ellps=WGS84 +towgs84={metres},0,0,0,0,0,0" for metres in (0, 10, 10, 20)]
    assert geodesy.same(shifted[1], shifted[2])
    assert not geodesy.same(shifted[0], shifted[1]) and not geodesy.same(shifted[1], shifted[3])


def test_the_other_end_of_the_earth_is_another_place():
    def frame(epsg, lon, lat):
        x, y = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(lon, lat)
        return shapely.box(x - 5000, y - 5000, x + 5000, y + 5000), f"EPSG:{epsg}"

    assert not geodesy.same_place(*frame(3413, 30.0, 80.0), *frame(3031, -150.0, -80.0))
    assert not geodesy.same_place(*frame(32633, 15.0, 78.0), *frame(3413, 25.0, 78.0))
    assert geodesy.same_place(*frame(32633, 15.0, 78.0), *frame(3413, 15.0, 78.0))
