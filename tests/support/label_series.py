"""A small series as the labelling page needs it: scenes with overviews, tiles, vario functions, and tables of two models."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyproj
import rasterio
import shapely

from geoclass.classification import class_table
from geoclass.core import files, tables
from geoclass.scenes import tile_table, tiling
from geoclass.vario import vario_functions, vario_table

HEIGHT, WIDTH, TILE = 240, 320, (24, 32)  # pixels of a scene and of its tiles: 10 x 10 of them
PIXEL = (0.5, 0.51)
CORNER = (804000.0, -1102000.0)
CLASSES = [
    {"class_id": 2, "class_name": "Snow", "colour": "#ffffff"},
    {"class_id": 5, "class_name": "Parallel", "colour": "#377eb8"},
    {"class_id": 9, "class_name": "Chaos", "colour": "#e41a1c"},
]
LIST = "class_id\tclass_name\tcolour\n2\tSnow\t#ffffff\n5\tParallel\t#377eb8\n9\tChaos\t#e41a1c\n"


def write(
    folder, scenes=(("a", "2016-06-25T17:03:09Z", 3413), ("b", "2017-05-28T15:24:17Z", 3413)), models=("resnet18", "variomlp")
):
    """Write results of a series and its class list into a folder; models have classified all scenes; return the folder of results."""
    results = Path(folder) / "results"
    for number, (name, date, epsg) in enumerate(scenes):
        rng = np.random.default_rng(number)
        facts, counts, valid = _image(results, name, date, epsg, rng)
        ids = _tiles(results, facts, counts, valid)
        _vario(results, facts, ids, counts)
        for model in models:
            write_predictions(results, name, model, ids, rng.dirichlet(np.full(3, 0.3), len(ids)))
    (Path(folder) / "classes.tsv").write_text(LIST)
    return results


def _image(results, name, date, epsg, rng):
    counts = rng.integers(200, 1200, (HEIGHT, WIDTH)).astype(np.uint16)
    counts[:, WIDTH // 2 :] += 500
    valid = np.ones(counts.shape, bool)
    valid[:24, :64] = False
    transform = [PIXEL[1], 0.0, CORNER[0], 0.0, -PIXEL[0], CORNER[1]]
    (results / "scenes").mkdir(parents=True, exist_ok=True)
    profile = {"driver": "GTiff", "height": HEIGHT, "width": WIDTH, "count": 1, "dtype": "uint16", "crs": f"EPSG:{epsg}"}
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        with rasterio.open(
            results / "scenes" / f"{name}.tif", "w", transform=rasterio.Affine(*transform), tiled=True, **profile
        ) as dataset:
            dataset.write(counts, 1)
            dataset.write_mask(valid)
            dataset.build_overviews([2, 4], rasterio.enums.Resampling.average)
    roi = shapely.box(CORNER[0], CORNER[1] - HEIGHT * PIXEL[0], CORNER[0] + WIDTH * PIXEL[1], CORNER[1])
    facts = {
        "scene": name,
        "sensor": "WV02",
        "date": date,
        "epsg": epsg,
        "crs_wkt": pyproj.CRS(epsg).to_wkt(),
        "transform": transform,
    }
    facts |= {"height_px": HEIGHT, "width_px": WIDTH, "pixel_height_m": PIXEL[0], "pixel_width_m": PIXEL[1], "roi": roi.wkt}
    facts |= {"source": f"{name}.tif", "synthetic": True, "radiometry": {"method": "percentiles", "low": 200.0, "high": 1700.0}}
    files.write_json(results / "scenes" / f"{name}.json", facts)
    return facts, counts, valid


def _tiles(results, facts, counts, valid):
    height, width = TILE
    places = [
        (row, column)
        for row in range(0, HEIGHT, height)
        for column in range(0, WIDTH, width)
        if valid[row : row + height, column : column + width].all()
    ]
    ids = [tiling.tile_id(facts["scene"], *place) for place in places]
    polygons = np.concatenate([tiling.footprints(row, np.array([column]), *TILE, facts["transform"]) for row, column in places])
    centres = shapely.get_coordinates(shapely.centroid(polygons))
    frame = {
        "tile_id": ids,
        "scene": [facts["scene"]] * len(ids),
        "row_px": [p[0] for p in places],
        "column_px": [p[1] for p in places],
    }
    frame |= {"x_m": centres[:, 0], "y_m": centres[:, 1], "valid_share": np.ones(len(ids)), "roi_share": np.ones(len(ids))}
    frame |= {"geometry": shapely.to_wkb(polygons), "mask": [None] * len(ids)}
    pixels = np.stack([counts[row : row + height, column : column + width] for row, column in places])
    sizes = {"height_px": height, "width_px": width, "stride_rows_px": height, "stride_columns_px": width, "dtype": "uint16"}
    with tables.writer(results / "tiles" / f"{facts['scene']}.parquet", tile_table.table_schema(facts, sizes)) as table:
        table.write(frame | {"pixels": tile_table.pixel_column(pixels)})
    return ids


def _vario(results, facts, ids, counts):
    lags = vario_functions.lag_vectors(*TILE)
    rows, columns = zip(*(tuple(int(part[1:]) for part in name.split("_")[-2:]) for name in ids), strict=True)
    pixels = np.stack([counts[r : r + TILE[0], c : c + TILE[1]] for r, c in zip(rows, columns, strict=True)])
    values = vario_functions.vario_functions(pixels, lags).v
    distances = np.hypot(lags[..., 0] * PIXEL[0], lags[..., 1] * PIXEL[1])
    made = {"scheme": "3-4-5", "lags": lags.tolist(), "lag_distances_m": distances.tolist()}
    sizes = {"lags": pa.list_(pa.float32(), values[0].size), "counts": pa.list_(pa.int32(), values[0].size)}
    schema = tables.schema(
        vario_table.VARIO, {"scene": facts, "vario": made}, **sizes, directions=pa.list_(pa.float32(), len(lags))
    )
    given = {"tile_id": pa.array(ids)}
    for name in ("v", "residual"):
        given[name] = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel().astype(np.float32)), type=schema.field(name).type)
    angles = np.linspace(0, 179, len(ids) - 1)
    given |= {"orientation_true_deg": [None, *(angles + 30) % 180], "orientation_grid_deg": [None, *angles]}
    given |= {"grid_north_deg": np.full(len(ids), 30.0), "spacing_m": [None, *np.full(len(ids) - 1, 7.5)]}
    given |= {"anisotropy": np.full(len(ids), 0.25), "structure_status": ["no wave", *["resolved"] * (len(ids) - 1)]}
    given |= {name: pa.nulls(len(ids), schema.field(name).type) for name in schema.names if name not in given}
    with tables.writer(results / "vario" / f"{facts['scene']}.parquet", schema) as table:
        table.write(given)


def write_predictions(results, scene, model, ids, probabilities, identity="0123456789ab"):
    """Write the class table of a model for the tiles of a scene."""
    probabilities = np.asarray(probabilities, np.float32)
    n = len(ids)
    given = {"tile_id": ids, "row_px": np.zeros(n, np.int32), "column_px": np.zeros(n, np.int32)}
    given["class_id"] = np.array([entry["class_id"] for entry in CLASSES])[probabilities.argmax(1)]
    given |= {"confidence": probabilities.max(1), "applicable": [True] * n}
    given |= {name: np.zeros(n, np.float32) for name in ("entropy", "margin", "dissimilarity")}
    given["probabilities"] = pa.FixedSizeListArray.from_arrays(pa.array(probabilities.ravel()), len(CLASSES))
    metadata = {"model": {"model": model, "id": f"{model}-{identity}", "classes": CLASSES}}
    with tables.writer(
        results / "classes" / model / f"{scene}.parquet",
        tables.schema(class_table.CLASSES, metadata, classes=pa.list_(pa.float32(), len(CLASSES))),
    ) as table:
        table.write(given)
