"""Products are read as their users read them: GDAL's tools, rio-cogeo, geopandas, DuckDB, xarray, pystac."""

import json
from pathlib import Path

import duckdb
import geopandas
import numpy as np
import pandas as pd
import pystac
import rasterio
import stac_schemas
import xarray
from consumers import MODEL, ROOT, install, run
from rio_cogeo.cogeo import cog_validate

CLASSES = pd.read_csv(ROOT / "config" / "classes.tsv", sep="\t")


def test_every_map_is_a_cloud_optimised_geotiff(results):
    maps = sorted((results / "maps").rglob("*.tif"))
    assert len(maps) >= 12 * 4 + 4
    for path in maps:
        valid, errors, warnings = cog_validate(path, strict=True)
        assert valid, f"{path}: {errors} {warnings}"


def test_gdalinfo_shows_names_colours_and_counts(results, scenes):
    install("gdalinfo", "gdal-bin")
    path = results / "maps" / MODEL / f"{scenes[-1]}_class.tif"
    text, info = run("gdalinfo", path), json.loads(run("gdalinfo", "-json", path))
    names = text.split("Categories:")[1]
    for row in CLASSES.itertuples():
        assert f"{row.class_id:3d}: {row.class_name}\n" in names
    band = info["bands"][0]
    assert [band[key] for key in ("type", "colorInterpretation", "noDataValue")] == ["Byte", "Palette", 255]
    for row in CLASSES.itertuples():
        assert band["colorTable"]["entries"][row.class_id] == [*bytes.fromhex(row.colour[1:]), 255]
    counts = {row["f"][1]: row["f"][-1] for row in info["rat"]["row"]}
    with rasterio.open(path) as dataset:
        values = dataset.read(1)
    assert counts == {row.class_name: int((values == row.class_id).sum()) for row in CLASSES.itertuples()}
    assert info["metadata"]["IMAGE_STRUCTURE"]["LAYOUT"] == "COG"
    assert info["metadata"][""]["kind"].startswith("synthetic")


def test_gdal_translate_paints_the_classes_in_their_colours(results, scenes, tmp_path):
    install("gdal_translate", "gdal-bin")
    path = results / "maps" / MODEL / f"{scenes[-1]}_class.tif"
    run("gdal_translate", "-q", "-expand", "rgba", path, tmp_path / "a.tif")
    with rasterio.open(path) as dataset, rasterio.open(tmp_path / "a.tif") as painted:
        values, rgba = dataset.read(1), painted.read()
    for row in CLASSES.itertuples():
        assert (rgba[:3, values == row.class_id].T == list(bytes.fromhex(row.colour[1:]))).all()
    assert (rgba[3] == np.where(values == 255, 0, 255)).all()


def test_maps_are_warped_onto_each_other_by_gdal(results, scenes, tmp_path):
    install("gdalwarp", "gdal-bin")
    path = results / "maps" / MODEL / f"{scenes[-1]}_class.tif"
    run("gdalwarp", "-q", "-t_srs", "EPSG:4326", path, tmp_path / "a.tif")
    with rasterio.open(tmp_path / "a.tif") as dataset:
        assert set(np.unique(dataset.read(1))) <= {*CLASSES["class_id"], 255} and dataset.nodata == 255


def test_geopandas_and_duckdb_join_tiles_with_their_classes(results, scenes):
    tiles, classes = (results / folder / f"{scenes[-1]}.parquet" for folder in ("tiles", f"classes/{MODEL}"))
    frame = geopandas.read_parquet(tiles, columns=["tile_id", "geometry"]).merge(
        pd.read_parquet(classes, columns=["tile_id", "class_id", "confidence"]), on="tile_id"
    )
    assert frame.crs.to_epsg() == 3413 and frame.is_valid.all()
    query = f"""
        SELECT tile_id, class_id, confidence, ST_AsText(geometry)
        FROM '{classes}' AS classes JOIN '{tiles}' AS tiles USING (tile_id) WHERE confidence < 0.9 ORDER BY tile_id"""
    rows = duckdb.sql(query).fetchall()
    doubtful = frame[frame["confidence"] < 0.9].sort_values("tile_id")
    assert [row[:2] for row in rows] == list(doubtful[["tile_id", "class_id"]].itertuples(index=False, name=None)) and rows
    found = geopandas.GeoSeries.from_wkt([row[3] for row in rows])
    assert found.geom_equals_exact(doubtful.geometry.reset_index(drop=True).set_crs(None, allow_override=True), 1e-6).all()


def test_xarray_reads_the_series(results, scenes):
    with xarray.open_dataset(results / "series" / MODEL / "series.nc") as series:
        assert series.sizes["time"] == len(scenes)
        assert list(series["time"].dt.strftime("%Y%m%d").values) == scenes
        attributes = series["class"].attrs
        names = dict(zip(np.atleast_1d(attributes["flag_values"]).tolist(), attributes["flag_meanings"].split(), strict=True))
        assert {value: name.replace("_", " ") for value, name in names.items()} == dict(
            zip(CLASSES["class_id"], CLASSES["class_name"], strict=True)
        )
        last = series["class"].isel(time=-1)
        shares = {int(value): int((last == value).sum()) for value in CLASSES["class_id"]}
    with rasterio.open(results / "maps" / MODEL / f"{scenes[-1]}_class.tif") as dataset:
        cells = dataset.read(1)
    assert sum(shares.values()) == (cells != 255).sum()
    assert shares == {int(value): int((cells == value).sum()) for value in CLASSES["class_id"]}


def test_pystac_reads_the_catalogue_and_every_file_that_it_names(results):
    catalog = pystac.Catalog.from_file(str(results / "catalog" / "catalog.json"))
    items = list(catalog.get_items(recursive=True))
    assert len(items) >= 4
    for item in items:
        assert len(stac_schemas.validate(item)) == 1 + len(item.stac_extensions)
        for asset in item.assets.values():
            assert Path(asset.get_absolute_href()).exists(), asset.href
