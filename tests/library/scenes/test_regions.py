"""Areas in the scene's coordinate system."""

import sqlite3
import struct

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from geoclass.scenes import regions

POLAR = pyproj.CRS.from_epsg(3413).to_wkt()
SQUARE = shapely.box(1_100_000, -550_000, 1_110_000, -540_000)


def file(path, shapes, crs=3413):
    gpd.GeoDataFrame(geometry=shapes, crs=crs).to_file(path)
    return path


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson"])
def test_polygons_of_a_file_are_joined(tmp_path, name):
    left, bottom, right, top = SQUARE.bounds
    halves = [shapely.box(left, bottom, left + 6000, top), shapely.box(left + 4000, bottom, right, top)]
    area = regions.read(file(tmp_path / name, halves), POLAR)
    assert area.geom_type == "Polygon" and area.symmetric_difference(SQUARE).area < 1


def test_polygons_apart_stay_apart(tmp_path):
    area = regions.read(file(tmp_path / "a.gpkg", [SQUARE, shapely.box(0, 0, 100, 100)]), POLAR)
    assert area.geom_type == "MultiPolygon" and area.area == pytest.approx(1e8 + 1e4)


@pytest.mark.parametrize("epsg", [4326, 32633])
def test_another_coordinate_system_is_projected_and_edges_bend_with_it(tmp_path, epsg):
    there = gpd.GeoSeries([shapely.segmentize(SQUARE, 20)], crs=3413).to_crs(epsg)
    coarse = gpd.GeoSeries([SQUARE], crs=3413).to_crs(epsg)
    assert regions.read(file(tmp_path / "fine.gpkg", there, epsg), POLAR).symmetric_difference(SQUARE).area < 1e8 * 1e-6
    expected = shapely.transform(  # the straight edges of the file, drawn finely and projected
        shapely.segmentize(coarse[0], coarse[0].length / 40_000),
        pyproj.Transformer.from_crs(epsg, 3413, always_xy=True).transform,
        interleaved=False,
    )
    assert regions.read(file(tmp_path / "coarse.gpkg", coarse, epsg), POLAR).symmetric_difference(expected).area < 1e8 * 1e-6


def test_a_contour_of_the_original_software(tmp_path):
    np.save(tmp_path / "a.npy", shapely.get_coordinates(SQUARE))
    assert regions.read(tmp_path / "a.npy", POLAR, 3413).equals(SQUARE)


def test_a_contour_that_crosses_itself_is_mended(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[0, 0], [10, 10], [10, 0], [0, 10.0]]))
    assert regions.read(tmp_path / "a.npy", POLAR, 3413).area == pytest.approx(50)


def test_a_file_without_coordinate_system_takes_the_settings(tmp_path):
    path = file(tmp_path / "a.shp", [SQUARE], crs=None)
    assert regions.read(path, POLAR, 3413).equals(SQUARE)
    with pytest.raises(ValueError, match=r"a\.shp: no coordinate system; give its EPSG code in ingest_scene/roi_epsg"):
        regions.read(path, POLAR)


def test_a_file_with_one_keeps_it(tmp_path):
    assert regions.read(file(tmp_path / "a.gpkg", [SQUARE]), POLAR, 4326).equals(SQUARE)


def test_what_is_no_area_is_refused_with_one_sentence(tmp_path):
    (tmp_path / "a.gpkg").write_text("no database")
    with pytest.raises(ValueError, match=r"a\.gpkg: not a readable file of polygons \("):
        regions.read(tmp_path / "a.gpkg", POLAR)
    with pytest.raises(ValueError, match=r"b\.gpkg: Point, expected polygons"):
        regions.read(file(tmp_path / "b.gpkg", [shapely.Point(0, 0)]), POLAR)
    gpd.GeoDataFrame(geometry=[], crs=3413).to_file(tmp_path / "c.geojson", driver="GeoJSON")
    with pytest.raises(ValueError, match=r"c\.geojson: "):
        regions.read(tmp_path / "c.geojson", POLAR)
    gpd.GeoDataFrame(geometry=[SQUARE], crs=3413).to_file(tmp_path / "d.gpkg", layer="one")
    gpd.GeoDataFrame(geometry=[SQUARE], crs=3413).to_file(tmp_path / "d.gpkg", layer="two")
    with pytest.raises(ValueError, match=r"d\.gpkg: 2 layers of geometry, expected one"):
        regions.read(tmp_path / "d.gpkg", POLAR)


@pytest.mark.parametrize("content", ["5", "null", "", "{}", "[]", '"x"'])
def test_content_that_is_no_area_is_one_sentence(tmp_path, content):
    (tmp_path / "a.geojson").write_text(content)
    with pytest.raises(ValueError, match=r"a\.geojson: not a readable file of polygons \(.*; restore it"):
        regions.read(tmp_path / "a.geojson", POLAR)


def test_surfaces_of_triangles_are_refused(tmp_path):
    """As GeoPackage holds what ArcGIS calls a MultiPatch: WKB type 1016."""
    gpd.GeoDataFrame(geometry=[SQUARE], crs=3413).to_file(tmp_path / "a.gpkg", layer="a")
    triangle = struct.pack("<BII", 1, 1017, 1) + struct.pack("<I12d", 4, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 0)
    with sqlite3.connect(tmp_path / "a.gpkg") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'a'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        surface = b"GP\0\1" + struct.pack("<i", 3413) + struct.pack("<BII", 1, 1016, 1) + triangle
        database.execute("UPDATE a SET geom = ?", (surface,))
    with pytest.raises(ValueError, match=r"a\.gpkg: not a readable file of polygons \(.*; restore it"):
        regions.read(tmp_path / "a.gpkg", POLAR)


@pytest.mark.parametrize(
    "array, sentence",
    [
        (np.zeros((3, 3)), r"array \(3, 3\) of float64, expected the vertices x, y of a contour, \(N, 2\)"),
        (np.full((4, 2), np.nan), "vertices that are not finite"),
        (np.array([["a", "b"]] * 3), "array"),
        (np.array([None, 1]), "not a plain NumPy array"),
    ],
)
def test_contours_of_another_shape_are_refused(tmp_path, array, sentence):
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(ValueError, match=r"a\.npy: " + sentence):
        regions.read(tmp_path / "a.npy", POLAR, 3413)


def test_unknown_codes_and_unreachable_coordinates_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", shapely.get_coordinates(SQUARE))
    with pytest.raises(ValueError, match="EPSG code 999999 is unknown"):
        regions.read(tmp_path / "a.npy", POLAR, 999999)
    with pytest.raises(ValueError, match="no area that the scene's coordinate system can show"):
        regions.read(tmp_path / "a.npy", POLAR, 4326)
