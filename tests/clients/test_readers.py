"""Maps and tables as their users read them: GDAL's tools, terra, rio-cogeo, rasterio, geopandas, DuckDB, and validators of GeoPackages."""

import json

import duckdb
import geopandas
import hostile
import numpy as np
import pandas as pd
import pytest
import rasterio
from consumers import install, run, validate_gpkg
from rio_cogeo.cogeo import cog_validate


def values(path):
    """Return the cells of a map."""
    with rasterio.open(path) as dataset:
        return dataset.read(1)


@pytest.mark.reads("rio-cogeo", "class map", "other maps")
def test_every_map_is_a_cloud_optimised_geotiff(results):
    maps = sorted(path for folder in ("maps", "series") for path in (results / folder).rglob("*.tif"))
    assert len(maps) >= len(hostile.DATES) * 7 + 3
    for path in maps:
        valid, errors, warnings = cog_validate(path, strict=True)
        assert valid, f"{path}: {errors} {warnings}"


@pytest.mark.reads("GDAL", "class map")
def test_gdalinfo_shows_names_colours_counts_and_credits(class_map, classes):
    install("gdalinfo", "gdal-bin")
    text, info = run("gdalinfo", class_map), json.loads(run("gdalinfo", "-json", class_map))
    names = text.split("Categories:")[1]
    for row in classes.itertuples():
        assert f"{row.class_id:3d}: {row.class_name}\n" in names
    band = info["bands"][0]
    assert [band[key] for key in ("type", "colorInterpretation", "noDataValue")] == ["Byte", "Palette", 255]
    for row in classes.itertuples():
        assert band["colorTable"]["entries"][row.class_id] == [*bytes.fromhex(row.colour[1:]), 255]
    counts = {row["f"][1]: row["f"][-1] for row in info["rat"]["row"]}
    cells = values(class_map)
    assert counts == {row.class_name: int((cells == row.class_id).sum()) for row in classes.itertuples()}
    assert info["metadata"]["IMAGE_STRUCTURE"]["LAYOUT"] == "COG"
    assert info["metadata"][""]["kind"].startswith("synthetic") and info["metadata"][""]["credits"] == hostile.CREDITS


@pytest.mark.reads("GDAL", "class map")
def test_gdal_translate_paints_the_classes_in_their_colours(class_map, classes, tmp_path):
    install("gdal_translate", "gdal-bin")
    run("gdal_translate", "-q", "-expand", "rgba", class_map, tmp_path / "a.tif")
    cells = values(class_map)
    with rasterio.open(tmp_path / "a.tif") as painted:
        rgba = painted.read()
    for row in classes.itertuples():
        assert (rgba[:3, cells == row.class_id].T == list(bytes.fromhex(row.colour[1:]))).all()
    assert (rgba[3] == np.where(cells == 255, 0, 255)).all()


@pytest.mark.reads("GDAL", "other maps", "GeoPackages")
def test_gdal_reads_the_tags_of_every_map_and_the_names_of_labels(results, classes):
    for path in (results / "maps").rglob("*.tif"):
        found = json.loads(run("gdalinfo", "-json", path))["metadata"][""]
        assert found["credits"] == hostile.CREDITS and found["workflow"].startswith("geoclass-workflow")
    changed = json.loads(run("gdalinfo", "-json", next((results / "series").rglob("change/*.tif"))))["metadata"][""]
    assert changed["credits"] == hostile.CREDITS
    text = run("ogr2ogr", "-f", "CSV", "/vsistdout/", "-select", "class_name", results / "dataset" / "labels.gpkg", "labels")
    assert set(text.replace('"', "").splitlines()[1:]) <= set(classes["class_name"])


@pytest.mark.reads("rasterio", "class map")
def test_rasterio_reads_colours_and_tags(class_map, classes):
    with rasterio.open(class_map) as dataset:
        colours = dataset.colormap(1)
        assert dataset.tags()["credits"] == hostile.CREDITS and dataset.nodata == 255
    assert all(colours[row.class_id][:3] == tuple(bytes.fromhex(row.colour[1:])) for row in classes.itertuples())


TERRA = """
suppressWarnings(suppressMessages(library(terra)))
given <- commandArgs(TRUE)
map <- rast(given[1]); counts <- freq(map); labels <- vect(given[3], layer = "labels"); class <- rast(given[2], "class")
for (row in seq_len(nrow(counts))) cat("map", counts$value[row], counts$count[row], sep = "\t", fill = FALSE, "\n")
cat("colour", paste(coltab(map)[[1]][2, ], collapse = " "), "\n", sep = "\t")
for (name in unique(labels$class_name)) cat("label", name, sum(labels$class_name == name), "\n", sep = "\t")
cat("dates", format(time(class)), "\n", sep = "\t")
for (date in seq_len(nlyr(class))) for (v in unique(values(class[[date]])[, 1])) if (!is.na(v))
    cat("cells", date, v, sum(values(class[[date]]) == v, na.rm = TRUE), "\n", sep = "\t")
"""


@pytest.mark.reads("terra (R)", "class map", "series", "GeoPackages")
def test_terra_counts_the_cells_of_every_class_by_name(results, class_map, classes, tmp_path):
    install("/usr/lib/R/site-library/terra", "r-cran-terra")
    (tmp_path / "read.R").write_text(TERRA)
    series = results / "series" / hostile.MODEL / "series.nc"
    text = run("Rscript", tmp_path / "read.R", class_map, series, results / "dataset" / "labels.gpkg")
    told = [line.rstrip("\t ").split("\t") for line in text.splitlines()]
    names, cells = dict(zip(classes["class_id"], classes["class_name"], strict=True)), values(class_map)
    expected = {names[value]: int(n) for value, n in zip(*np.unique(cells, return_counts=True), strict=True) if value != 255}
    assert {name: int(n) for kind, name, n in (row for row in told if row[0] == "map")} == expected
    assert next(row for row in told if row[0] == "colour")[1].split()[1:4] == [
        str(v) for v in bytes.fromhex(classes["colour"][0][1:])
    ]
    labels = geopandas.read_file(results / "dataset" / "labels.gpkg", layer="labels")["class_name"].value_counts()
    assert {row[1]: int(row[2]) for row in told if row[0] == "label"} == labels.to_dict()
    assert [date.replace("-", "") for date in next(row for row in told if row[0] == "dates")[1:]] == list(hostile.DATES)
    last = {names[int(row[2])]: int(row[3]) for row in told if row[0] == "cells" and row[1] == str(len(hostile.DATES))}
    hidden = set(classes["class_name"][classes["observed"] == "no"])
    assert last == {name: n for name, n in expected.items() if name not in hidden} and hidden & set(expected)


@pytest.mark.reads("geopandas", "tables", "GeoPackages")
@pytest.mark.reads("DuckDB", "tables")
def test_geopandas_and_duckdb_join_tiles_with_their_classes(results, classes):
    tiles, classified = (results / folder / f"{hostile.DATES[-1]}.parquet" for folder in ("tiles", f"classes/{hostile.MODEL}"))
    frame = geopandas.read_parquet(tiles, columns=["tile_id", "geometry"]).merge(
        pd.read_parquet(classified, columns=["tile_id", "class_id", "confidence"]), on="tile_id"
    )
    assert frame.crs.to_epsg() == 3413 and frame.is_valid.all()
    query = f"""
        SELECT tile_id, class_id, confidence, ST_AsText(geometry)
        FROM '{classified}' AS classes JOIN '{tiles}' AS tiles USING (tile_id) WHERE confidence < 0.9 ORDER BY tile_id"""
    rows = duckdb.sql(query).fetchall()
    doubtful = frame[frame["confidence"] < 0.9].sort_values("tile_id")
    assert [row[:2] for row in rows] == list(doubtful[["tile_id", "class_id"]].itertuples(index=False, name=None)) and rows
    found = geopandas.GeoSeries.from_wkt([row[3] for row in rows])
    assert found.geom_equals_exact(doubtful.geometry.reset_index(drop=True).set_crs(None, allow_override=True), 1e-6).all()
    data = [geopandas.read_file(results / "dataset" / f"labels.{ending}") for ending in ("gpkg", "geojson")]
    data.append(geopandas.read_parquet(results / "dataset" / "labels.parquet"))
    assert all(list(one["class_name"]) == list(data[0]["class_name"]) for one in data) and set(data[0]["class_name"]) <= set(
        classes["class_name"]
    )


@pytest.mark.reads("validate_gpkg (GDAL)", "GeoPackages")
def test_every_geopackage_passes_the_validator_of_gdal(results, store):
    layers = [store, results / "dataset" / "labels.gpkg", *(results / "simulated").glob("*.gpkg")]
    assert len(layers) == 6
    for path in layers:
        validate_gpkg(path)
