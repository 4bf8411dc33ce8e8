"""Where things lie on the ground, from the delivered scene to the map, judged by GDAL's own command-line tools."""

import json
import subprocess

import classified
import duckdb
import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from rasterio import Affine
from scenes.ingest_scene import ingest_scene
from scenes.tile_scene import tile_scene
from scipy.ndimage import gaussian_filter

from geoclass.core import tables

SIZE = (24, 32)  # of a tile: rows, columns
SHAPE = (420, 520)  # of a delivered scene
SETTINGS = {"band": None, "roi_epsg": None, "radiometry": "percentiles", "low": 0.5, "high": 99.5}
SETTINGS |= {"grid": "reproject", "grid_epsg": 3413, "grid_pixel_m": [0.51, 0.487]}


def gdaltransform(path, places, *options):
    """Return where `places`, column and row in pixels of a raster, lie on the ground; with `-i` the other way round."""
    text = "\n".join(f"{x:.9f} {y:.9f}" for x, y in places)
    run = subprocess.run(
        ["gdaltransform", "-output_xy", *options, str(path)], input=text, capture_output=True, text=True, check=True
    )
    return np.array([line.split()[:2] for line in run.stdout.split("\n") if line], float)


def corners(row, column, height=1, width=1):
    """Return the corners of a tile or cell, column first."""
    return [(column, row), (column + width, row), (column + width, row + height), (column, row + height)]


def render(folder, scene, table):
    error = classified.run_apart(
        "render_maps",
        classified={"varionet": table},
        classes=classified.class_list(folder / "classes.tsv"),
        scene=scene,
        stems={"varionet": f"{folder}/map"},
        disagreement=None,
        credits="",
    )
    assert not error, error
    return folder / "map_class.tif"


@pytest.mark.parametrize("turn_deg", [0, 20])
def test_cells_lie_where_gdal_finds_their_tiles(tmp_path, turn_deg):
    scene = classified.scene(tmp_path, turn_deg=turn_deg)
    class_map = render(tmp_path, scene.tif, classified.write_class_table(tmp_path / "a.parquet", scene))
    tiles = tables.read(scene.tiles, ["row_px", "column_px"])
    places = list(zip(tiles["row_px"].tolist(), tiles["column_px"].tolist(), strict=True))
    in_scene = [corner for row, column in places for corner in corners(row, column, *SIZE)]
    in_map = [corner for row, column in places for corner in corners(row // SIZE[0], column // SIZE[1])]
    for options, tolerance in (((), 1e-4), (("-t_srs", "EPSG:4326"), 1e-9)):
        np.testing.assert_allclose(
            gdaltransform(class_map, in_map, *options), gdaltransform(scene.tif, in_scene, *options), atol=tolerance
        )
    run = subprocess.run(["gdalinfo", "-json", str(class_map)], capture_output=True, text=True, check=True)
    info = json.loads(run.stdout)
    width, height = info["size"]
    ends = gdaltransform(scene.tif, corners(0, 0, height * SIZE[0], width * SIZE[1]))
    names = ("upperLeft", "upperRight", "lowerRight", "lowerLeft")
    np.testing.assert_allclose([info["cornerCoordinates"][name] for name in names], ends, atol=1e-3)


@pytest.fixture
def scene(tmp_path):
    """Return a scene and its tiles, cut from one delivered on a grid turned by 25 degrees, dark in its left half, bright in the other."""
    source, stored, facts, tiles = (str(tmp_path / name) for name in ("delivered.tif", "a.tif", "a.json", "a_tiles.parquet"))
    noise = gaussian_filter(np.random.default_rng(4).normal(size=SHAPE), 2)
    counts = np.where(np.arange(SHAPE[1]) < SHAPE[1] // 2, 500, 1500) + 100 * noise / noise.std()
    transform = Affine(0.487, 0, 804_000, 0, -0.51, -1_102_000) @ Affine.rotation(25)
    profile = {"driver": "GTiff", "height": SHAPE[0], "width": SHAPE[1], "count": 1, "dtype": "uint16", "crs": "EPSG:3413"}
    with rasterio.open(source, "w", transform=transform, **profile) as dataset:
        dataset.write(counts.clip(1, 2047).astype(np.uint16), 1)
    ingest_scene("a", source, None, "2016-06-25", None, None, SETTINGS, stored, facts, f"{tmp_path}/a.png")
    tile_scene(stored, facts, *SIZE, None, None, 1.0, 1.0, tiles)
    return classified.Scene(json.loads((tmp_path / "a.json").read_text()), stored, tiles, "", len(tables.read(tiles, ["row_px"])))


def test_a_turned_scene_keeps_its_place_from_delivery_to_map(tmp_path, scene):
    frame = tables.read(scene.tiles)
    pixels = np.stack([np.frombuffer(each, "<u2") for each in frame["pixels"]])
    bright = (pixels.mean(1) > 1000).astype(int)
    table = classified.write_class_table(tmp_path / "c.parquet", scene, probabilities=np.eye(3)[bright])
    class_map = render(tmp_path, scene.tif, table)

    footprints = shapely.from_wkb(frame["geometry"])
    middles = shapely.get_coordinates(shapely.centroid(footprints))
    columns, rows = np.floor(gdaltransform(class_map, middles, "-i")).astype(int).T
    with rasterio.open(class_map) as dataset:
        cells = dataset.read(1)
    assert cells[rows, columns].tolist() == [(2, 5)[each] for each in bright] and (cells != 255).sum() == len(frame)
    for footprint, row, column in list(zip(footprints, rows, columns, strict=True))[::7]:
        found = shapely.Polygon(gdaltransform(class_map, corners(row, column)))
        assert found.symmetric_difference(footprint).area < 1e-3 * found.area

    place = gdaltransform(tmp_path / "delivered.tif", middles, "-i")
    clear = np.abs(place[:, 0] - SHAPE[1] / 2) > 20  # pixels from the seam, at which a tile has both halves
    assert clear.sum() > 100
    assert (bright == (place[:, 0] > SHAPE[1] / 2))[clear].all()


def test_geopandas_and_duckdb_read_the_tile_table(scene):
    frame = tables.read(scene.tiles, ["tile_id", "geometry"])
    places = geopandas.read_parquet(scene.tiles, columns=["tile_id", "geometry"])
    assert places.crs.to_epsg() == 3413 and places["tile_id"].tolist() == frame["tile_id"].tolist()
    assert places.geometry.to_wkb().tolist() == frame["geometry"].tolist()
    np.testing.assert_allclose(places.area, SIZE[0] * 0.51 * SIZE[1] * 0.487)
    with duckdb.connect() as connection:
        query = "select tile_id, st_aswkb(geometry), typeof(geometry) from read_parquet(?) order by row_px, column_px"
        found = connection.execute(query, [scene.tiles]).fetchall()
    assert [(identity, bytes(wkb)) for identity, wkb, _ in found] == list(frame.itertuples(index=False, name=None))
    assert all(kind.startswith("GEOMETRY") and "3413" in kind for *_, kind in found)
