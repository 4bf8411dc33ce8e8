"""A small scene with its tables, model folders with random weights, and class tables, for tests of inference and maps."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyproj
import rasterio
import torch
from scipy.ndimage import gaussian_filter

from geoclass.classification import class_table
from geoclass.core import tables
from geoclass.networks import checkpoints, model_folder
from geoclass.scenes import tile_table, tiling
from geoclass.vario import vario_functions, vario_table

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"
RADIOMETRY = {"method": "percentiles", "low_percent": 0.5, "high_percent": 99.5, "low": 100.0, "high": 1500.0}
CLASSES = [
    {"class_id": 2, "class_name": "snow", "colour": "#ffffff"},
    {"class_id": 5, "class_name": "ice, firn", "colour": "#377eb8"},
    {"class_id": 9, "class_name": "crevasses", "colour": "#e41a1c"},
]


@dataclass
class Scene:
    """Paths and facts of one small scene."""

    facts: dict
    tif: str
    tiles: str
    vario: str
    n_tiles: int


def scene(
    folder,
    name="a",
    shape=(200, 260),
    size=(24, 32),
    stride=None,
    pixel=(0.51, 0.487),
    corner=(804000.0, -1102000.0),
    epsg=3413,
    turn_deg=0.0,
    date="2016-06-25T17:03:09Z",
    border=30,
    holes=False,
    seed=0,
):
    """Write a scene of smooth noise with an invalid border on the left, its tiles of `size`, and their vario functions."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    counts = gaussian_filter(rng.normal(size=shape), 3)
    counts = (800 + 400 * counts / counts.std()).clip(1, 2047).astype(np.uint16)
    valid = np.ones(shape, bool)
    valid[:, :border] = False
    if holes:
        valid[60:64, 100:110] = False
    cosine, sine = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    transform = [pixel[1] * cosine, pixel[0] * sine, corner[0], pixel[1] * sine, -pixel[0] * cosine, corner[1]]
    tif = folder / f"{name}.tif"
    profile = {"driver": "GTiff", "height": shape[0], "width": shape[1], "count": 1, "dtype": "uint16", "crs": f"EPSG:{epsg}"}
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        with rasterio.open(tif, "w", transform=rasterio.Affine(*transform), **profile) as dataset:
            dataset.write(counts, 1)
            dataset.write_mask(valid)
    facts = {"scene": name, "sensor": "WorldView-1", "date": date, "synthetic": True, "epsg": epsg, "transform": transform}
    facts |= {"crs_wkt": pyproj.CRS(epsg).to_wkt(), "height_px": shape[0], "width_px": shape[1], "roi": None}
    facts |= {
        "pixel_height_m": pixel[0],
        "pixel_width_m": pixel[1],
        "dtype": "uint16",
        "radiometry": RADIOMETRY,
        "source": "x.tif",
    }
    stride = stride or size
    sizes = {"height_px": size[0], "width_px": size[1], "stride_rows_px": stride[0], "stride_columns_px": stride[1]}
    places = [
        (row, column)
        for row in range(0, shape[0] - size[0] + 1, stride[0])
        for column in range(0, shape[1] - size[1] + 1, stride[1])
        if valid[row : row + size[0], column : column + size[1]].mean() > 0.8
    ]
    windows = [(slice(row, row + size[0]), slice(column, column + size[1])) for row, column in places]
    pixels, masks = (np.stack([array[window] for window in windows]) for array in (counts, valid))
    n = len(places)
    ids = [tiling.tile_id(name, row, column) for row, column in places]
    rows, columns = np.array(places).T + np.array(size)[:, None] / 2
    x, y = rasterio.Affine(*transform) @ (columns, rows)
    frame = {"x_m": x, "y_m": y, "geometry": [None] * n, "tile_id": ids}
    frame |= {"scene": [name] * n, "row_px": [p[0] for p in places], "column_px": [p[1] for p in places]}
    frame |= {"valid_share": masks.mean((1, 2)), "roi_share": np.ones(n), "mask": tile_table.mask_column(masks)}
    with tables.writer(folder / f"{name}_tiles.parquet", tile_table.table_schema(facts, sizes | {"dtype": "uint16"})) as table:
        table.write(frame | {"pixels": tile_table.pixel_column(pixels)})
    lags = vario_functions.lag_vectors(*size)
    functions = vario_functions.vario_functions(pixels, lags, masks)
    write_vario(folder / f"{name}_vario.parquet", ids, functions, lags, {"scene": facts, "tiles": sizes | {"dtype": "uint16"}})
    return Scene(facts, str(tif), str(folder / f"{name}_tiles.parquet"), str(folder / f"{name}_vario.parquet"), n)


def write_vario(path, ids, functions, lags, metadata, scheme="3-4-5"):
    """Write a table of vario functions."""
    directions, n_lags = lags.shape[:2]
    metadata = metadata | {"vario": {"scheme": scheme, "maximum_lag_share": 0.5, "step_px": 1, "lags": lags.tolist()}}
    sizes = {"lags": pa.list_(pa.float32(), directions * n_lags), "counts": pa.list_(pa.int32(), directions * n_lags)}
    schema = tables.schema(vario_table.VARIO, metadata, **sizes, directions=pa.list_(pa.float32(), directions))
    given = {"tile_id": pa.array(ids)}
    for name, values in (("v", functions.v), ("residual", functions.residual), ("n_pairs", functions.n_pairs)):
        kind = schema.field(name).type
        given[name] = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel(), kind.value_type), type=kind)
    given |= {name: pa.nulls(len(ids), schema.field(name).type) for name in schema.names if name not in given}
    with tables.writer(path, schema) as table:
        table.write(given)


def model(folder, kind, size=(24, 32), classes=CLASSES, temperature=1.5, scheme="3-4-5", **changes):
    """Write a model folder with random weights that tell tiles apart; return model.json and weights.safetensors."""
    torch.manual_seed(3)
    lags = vario_functions.lag_vectors(*size, scheme)
    n_features, n_classes = lags.shape[0] * lags.shape[1], len(classes)
    architecture = {
        "variomlp": {"n_features": n_features, "n_classes": n_classes, "widths": [16], "dropout": 0.1},
        "resnet18": {"n_classes": n_classes},
        "fusion": {"n_classes": n_classes, "weights": "symmetric", "scale": 4},
    }
    architecture = architecture if kind == "varionet" else architecture[kind]
    card = {
        "model": kind,
        "architecture": architecture,
        "classes": classes,
        "tile": {"height_px": size[0], "width_px": size[1]},
        "vario": {"scheme": scheme, "maximum_lag_share": 0.5, "step_px": 1, "lags": lags.tolist()},
        "radiometry": {key: RADIOMETRY[key] for key in ("method", "low_percent", "high_percent")},
        "normalisation": "log",
        "directions": 4,
        "standardisation": {"mean": [-3.0] * n_features, "deviation": [1.0] * n_features},
        "temperature": temperature,
    } | changes
    network = checkpoints.build(kind, architecture)
    for name, weight in network.state_dict().items():
        if name.endswith(("fc.weight", "last.weight", "layers.3.weight")):
            weight *= 8
    model_folder.save(folder, card, network.state_dict(), network.state_dict())
    return [str(Path(folder) / name) for name in ("model.json", "weights.safetensors")]


def write_class_table(
    path, of, kind="varionet", probabilities=None, classes=CLASSES, applicable=None, identity="varionet-0123456789ab"
):
    """Write a class table of a scene; random probabilities where none are given."""
    metadata = tables.read_metadata(of.tiles)
    frame = tables.read(of.tiles, ["tile_id", "row_px", "column_px"])
    if probabilities is None:
        probabilities = np.random.default_rng(1).dirichlet(np.ones(len(classes)), len(frame))
    probabilities = np.asarray(probabilities, np.float32)
    ids = np.array([each["class_id"] for each in classes])
    frame["class_id"] = ids[probabilities.argmax(1)]
    frame["confidence"] = probabilities.max(1)
    missing = np.isnan(probabilities).any(1)
    given = {name: frame[name].to_numpy() for name in frame}
    given["class_id"] = pa.array(frame["class_id"].to_numpy(np.int32), mask=missing)
    given |= {name: np.full(len(frame), np.nan, np.float32) for name in ("entropy", "margin", "dissimilarity")}
    given["applicable"] = pa.array(
        [None if applicable is None else bool(a) for a in (applicable or [None] * len(frame))], pa.bool_()
    )
    given["probabilities"] = pa.FixedSizeListArray.from_arrays(pa.array(probabilities.ravel()), len(classes))
    metadata["model"] = {"model": kind, "id": identity, "classes": classes, "engine": "float32"}
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    schema = tables.schema(class_table.CLASSES, metadata, classes=pa.list_(pa.float32(), len(classes)))
    with tables.writer(path, schema) as table:
        table.write(given)
    return str(path)


def class_list(path, classes=CLASSES, more=()):
    """Write a class list."""
    rows = ["class_id\tclass_name\tcolour\tdescription"]
    rows += [f"{each['class_id']}\t{each['class_name']}\t{each['colour']}\tsome" for each in (*classes, *more)]
    Path(path).write_text("\n".join(rows) + "\n")
    return str(path)


def run_apart(script, function=None, **arguments):
    """Run a function of a script, the one of its name by default, in a process of its own: GDAL's bindings and rasterio do not share one.

    Returns the text of the error that it ended with, or nothing.
    """
    chapter, name = next(SCRIPTS.glob(f"*/{script}.py")).parent.name, function or script
    code = f"import json, sys; from {chapter}.{script} import {name}; {name}(**json.loads(sys.argv[1]))"
    run = subprocess.run(
        [sys.executable, "-c", code, json.dumps(arguments)], cwd=SCRIPTS, text=True, capture_output=True, timeout=300
    )
    return "" if run.returncode == 0 else run.stderr.strip().splitlines()[-1]


def gdal_info(*paths):
    """Return what GDAL's own bindings, in a process of their own, say about rasters."""
    code = "import json, sys; from osgeo import gdal; gdal.UseExceptions()\n"
    code += "print(json.dumps([gdal.Info(p, format='json') for p in sys.argv[1:]]))"
    run = subprocess.run([sys.executable, "-c", code, *map(str, paths)], text=True, capture_output=True, check=True)
    return json.loads(run.stdout)
