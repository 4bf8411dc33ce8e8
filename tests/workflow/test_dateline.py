"""A whole run across 180 degrees: regions, masks, labels and centre line in degrees, maps, series and catalogue."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
import xarray
import yaml
from rasterio import Affine

from geoclass.core import geodesy

HEIGHT, WIDTH, PIXEL_M = 720, 960, 0.5  # tiles of 60 x 80 px, as the base model has learned: 12 rows, 12 columns
TILE_M = (30.0, 40.0)


def at(epsg, latitude):
    """Return where 180 degrees crosses a latitude."""
    return pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(180.0, latitude)


# The coordinate systems of two dates: the second has another zone where the first has one.
RUNS = {
    "Antarctic polar": ((3031, 3031), at(3031, -77.0)),
    "zones 60 and 1": ((32660, 32601), at(32660, 71.0)),
}


def write_scene(path, epsg, centre, seed):
    """Write an image of crevasses, north up around a place in its coordinate system."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    rng = np.random.default_rng(seed)
    image = 900 + 250 * np.sin((columns + 0.4 * rows) / 3.2) * (columns > WIDTH / 3) + rng.normal(0, 40, (HEIGHT, WIDTH))
    transform = Affine(PIXEL_M, 0, centre[0] - WIDTH / 2 * PIXEL_M, 0, -PIXEL_M, centre[1] + HEIGHT / 2 * PIXEL_M)
    profile = {"driver": "GTiff", "height": HEIGHT, "width": WIDTH, "count": 1, "dtype": "uint16", "crs": f"EPSG:{epsg}"}
    with rasterio.open(path, "w", transform=transform, **profile) as out:
        out.write(image.clip(1, 2047).astype(np.uint16), 1)


def write_drawn(path, epsg, shapes, **columns):
    """Write shapes as GeoJSON in degrees, cut at 180 degrees."""
    to_degrees = pyproj.Transformer.from_crs(epsg, 4326, always_xy=True).transform
    drawn = [shapely.transform(shapely.segmentize(shape, 5), to_degrees, interleaved=False) for shape in shapes]
    cut = [geodesy.cut_at_180(shape) if shape.geom_type == "Polygon" else shape for shape in drawn]
    x = shapely.get_coordinates(drawn)[:, 0]
    assert x.min() < -179.9 and x.max() > 179.9
    gpd.GeoDataFrame(columns, geometry=cut, crs=4326).to_file(path, driver="GeoJSON")


@pytest.fixture(params=RUNS.values(), ids=RUNS)
def across(request, workspace):
    """Return the folder of a finished run, its coordinate system and its middle."""
    epsgs, centre = request.param
    folder, epsg = workspace.folder, epsgs[0]
    other = pyproj.Transformer.from_crs(epsg, epsgs[1], always_xy=True).transform(*centre)
    write_scene(folder / "a.tif", epsg, centre, 1)
    write_scene(folder / "b.tif", epsgs[1], other, 2)
    x, y = centre
    write_drawn(folder / "region.geojson", epsg, [shapely.box(x - 200, y - 150, x + 200, y + 150)])
    write_drawn(folder / "cloud.geojson", epsg, [shapely.box(x - 90, y - 60, x + 90, y)])
    write_drawn(folder / "line.geojson", epsg, [shapely.LineString([(x - 230, y), (x + 230, y)])])
    places = [shapely.box(x - 100, y + 65, x + 100, y + 140), shapely.box(x - 190, y - 140, x + 10, y - 65)]
    write_drawn(folder / "labels.geojson", epsg, places, scene=["a", "b"], class_name=["Parallel", "Undisturbed Snow"])
    (folder / "config" / "scenes.tsv").write_text(
        "scene\tpath\tdate\tmask\na\ta.tif\t2019-07-01\tcloud.geojson\nb\tb.tif\t2020-07-01\t\n"
    )
    settings = {
        "ingest_scene": {"roi": "region.geojson", "grid": "reproject", "grid_epsg": epsg, "grid_pixel_m": PIXEL_M},
        "tile_scene": {"height_px": 60, "width_px": 80},
        "collect_labels": {"sources": ["labels.geojson"]},
        "classify_scene": {"models": ["variomlp"], "finished": {"variomlp": "config/base_model"}},
        "summarize_series": {"centre_line": "line.geojson"},
    }
    (folder / "across.yaml").write_text(yaml.safe_dump(settings))
    run = workspace.snakemake("--", "all", "results/labels/labels.parquet", config="across.yaml")
    assert run.returncode == 0, run.stdout[-6000:]
    return folder / "results", epsg, centre


def test_a_series_across_180_degrees(across):
    results, epsg, (x, y) = across
    tiles = {name: gpd.read_parquet(results / "tiles" / f"{name}.parquet").to_crs(epsg) for name in "ab"}
    region = shapely.box(x - 200, y - 150, x + 200, y + 150).buffer(0.2)
    cloud = shapely.box(x - 90, y - 60, x + 90, y).buffer(-0.5)
    for name, frame in tiles.items():
        assert frame.within(region).all() and frame.geometry.intersects(cloud).any() == (name == "b")
    n_whole = 400 // TILE_M[1] * (300 // TILE_M[0])
    assert 0.7 * n_whole <= len(tiles["b"]) <= n_whole and len(tiles["a"]) < len(tiles["b"])

    labels = pd.read_parquet(results / "labels" / "labels.parquet")
    middles = pd.concat(tiles.values()).set_index("tile_id").loc[labels["tile_id"]].centroid
    north = (middles.y > y).to_numpy()
    assert len(labels) >= 8 and set(labels["class_id"][north]) == {4} and set(labels["class_id"][~north]) == {1}

    for path in results.glob("catalog/**/*.json"):
        item = json.loads(path.read_text())
        if item["type"] == "Feature" and item.get("geometry"):
            west, _, east, _ = item["bbox"]
            parts = shapely.get_parts(shapely.geometry.shape(item["geometry"]))
            assert west > 179.9 and east < -179.9 and len(parts) == 2
            assert max(part.bounds[2] - part.bounds[0] for part in parts) < 0.1
    with xarray.open_dataset(next((results / "series").rglob("series.nc"))) as series:
        assert series.sizes["time"] == 2 and (abs(series["lon"]) > 179.9).all()
        cell_m2 = float(series["cell_area"].mean())
    scale = np.prod(geodesy.ground_units(f"EPSG:{epsg}", x, y))
    assert cell_m2 == pytest.approx(np.prod(TILE_M) * scale, rel=1e-3)
    assert len(pd.read_csv(next((results / "series").rglob("front.tsv")), sep="\t")) == 2
