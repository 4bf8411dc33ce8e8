"""Class and vario tables of small scenes that show what they are told to, for tests of series."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj

from geoclass.classification import class_table
from geoclass.core import geodesy, tables
from geoclass.vario import vario_table

CLASSES = [("Snow", "#f3efe6"), ("Parallel", "#fdb863"), ("Chaos", "#54278f")]
MODEL = {
    "id": "varionet-1", "model": "varionet",
    "classes": [{"class_id": i + 1, "class_name": name, "colour": colour} for i, (name, colour) in enumerate(CLASSES)],
}  # fmt: skip
ROWS, COLUMNS, SIDE = 6, 10, 20
X, Y = pyproj.Transformer.from_crs(4326, 3413, always_xy=True).transform(
    -45, 70
)  # where a metre of the grid is one on the ground
CELL_KM2 = 100 / 1e6


def write_date(
    folder, scene, date, class_ids, model=MODEL, epsg=3413, side=SIDE, corner=(X, Y), pixel=(0.5, 0.5), applicable=True
):
    """Write the class and vario tables of a scene whose cells are tiles of 20 x 20 px; class 0 is a tile without class."""
    height, width = class_ids.shape
    n_classes = max(len(CLASSES), len(model["classes"]))
    x, y = pyproj.Transformer.from_crs(3413, epsg, always_xy=True).transform(*corner)
    metadata = {
        "scene": {"scene": scene, "date": date, "height_px": height * side, "width_px": width * side, "synthetic": False,
                  "transform": [pixel[1], 0, x, 0, -pixel[0], y], "crs_wkt": pyproj.CRS.from_epsg(epsg).to_wkt(),
                  "source_sha256": scene * 64},
        "tiles": dict.fromkeys(("height_px", "width_px", "stride_rows_px", "stride_columns_px"), side),
        "model": model,
    }  # fmt: skip
    row, column = np.indices(class_ids.shape)
    n = class_ids.size
    probabilities = np.full((n, n_classes), 0.1 / (n_classes - 1), np.float32)
    probabilities[np.arange(n), class_ids.ravel() - 1] = 0.9
    probabilities[class_ids.ravel() == 0] = np.nan
    frame = pd.DataFrame(
        {"tile_id": [f"{scene}_{i}" for i in range(n)], "row_px": row.ravel() * side, "column_px": column.ravel() * side,
         "class_id": pd.array(class_ids.ravel(), "Int32"), "confidence": 0.9, "entropy": 0.3, "margin": 0.85, "dissimilarity": 0.1,
         "applicable": pd.array([applicable] * n, "boolean"), "probabilities": list(probabilities)}
    )  # fmt: skip
    frame.loc[class_ids.ravel() == 0, "class_id"] = pd.NA
    tables.write(folder / f"{scene}.parquet", class_table.CLASSES, frame, metadata, classes=pa.list_(pa.float32(), n_classes))
    numbers = {c.name: np.nan for c in vario_table.VARIO if c.type == pa.float32()}
    structure = pd.DataFrame({"tile_id": frame["tile_id"], **numbers, "structure_status": "resolved"})
    structure["grid_north_deg"] = geodesy.north_deg(geodesy.jacobian(f"EPSG:{epsg}", x, y))
    structure["orientation_grid_deg"] = np.where(np.arange(n) % 2, 175.0, 5.0)
    structure["orientation_true_deg"] = (structure["orientation_grid_deg"] + structure["grid_north_deg"]) % 180
    structure["spacing_m"] = 12.0
    columns = tuple(c for c in vario_table.VARIO if c.name in structure)
    tables.write(folder / f"{scene}_vario.parquet", columns, structure[[c.name for c in columns]], metadata)


def grown(front):
    """Return a map whose crevassed reach starts at the right, downstream, and is `front` cells long."""
    class_ids = np.ones((ROWS, COLUMNS), int)
    class_ids[:, COLUMNS - front :] = 2
    return class_ids
