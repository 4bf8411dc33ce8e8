"""A small labelled series for tests of training's outcome: two scenes of tiles whose texture tells their class."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from geoclass.core import files, tables
from geoclass.labels import label_tables
from geoclass.scenes import tile_table
from geoclass.vario import vario_table

HEIGHT, WIDTH, N = 24, 32, 48  # N tiles a scene, 12 in each of 4 blocks
CLASSES = [
    {"class_id": 3 * k, "class_name": name, "colour": f"#{k}{k}6699"} for k, name in enumerate(("snow", "shear", "chaos"), 1)
]
RADIOMETRY = {"method": "percentiles", "low_percent": 0.5, "high_percent": 99.5, "low": 100.0, "high": 300.0}
VARIO = {"scheme": "3-4-5", "maximum_lag_share": 0.5, "step_px": 1}
VARIO["lags"] = [[[dy * k, dx * k] for k in (1, 2)] for dy, dx in ((3, 0), (0, 4), (3, 4), (3, -4))]


@dataclass(frozen=True)
class Series:
    """Paths, as text."""

    labels: str
    split: str
    tiles: list[str]
    vario: list[str]


def write(folder, subsets=("train", "train", "validation", "test"), lags=None, placed=True, block=None):
    """Write tables; `subsets` are those of the four blocks of each scene, `block` makes all blocks one."""
    rng = np.random.default_rng(0)
    labels, split, paths = [], [], {"tiles": [], "vario": []}
    for scene in ("a", "b"):
        class_index = np.arange(N) % 3
        names = [f"{scene}_{k:02d}" for k in range(N)]
        spread = (class_index + 1)[:, None, None] * 15
        pixels = np.clip(rng.normal(200, spread, (N, HEIGHT, WIDTH)), 1, 2000).astype(np.uint16)
        place = 100.0 * np.arange(N)
        frame = {"tile_id": names, "scene": [scene] * N, "row_px": 0, "column_px": 0, "x_m": place, "y_m": place}
        frame |= {"valid_share": 1.0, "roi_share": 1.0, "geometry": None, "mask": None}
        frame = pd.DataFrame(frame | {"pixels": [tile.tobytes() for tile in pixels]})
        if not placed:
            frame[["row_px", "column_px", "x_m", "y_m"]] = np.nan
        metadata = {"scene": {"scene": scene, "epsg": 32718, "radiometry": RADIOMETRY}}
        metadata["tiles"] = {"height_px": HEIGHT, "width_px": WIDTH, "dtype": "uint16"}
        paths["tiles"].append(str(folder / "tiles" / f"{scene}.parquet"))
        tables.write(paths["tiles"][-1], tile_table.TILES, frame, metadata, pixels=pa.binary(2 * HEIGHT * WIDTH))
        v = (spread[:, 0] ** 2 * rng.uniform(0.8, 1.2, (N, 8))).astype(np.float32)
        paths["vario"].append(str(folder / "vario" / f"{scene}.parquet"))
        frame = pd.DataFrame({"tile_id": names, "v": list(v)})
        metadata["vario"] = VARIO | ({"lags": lags} if lags else {})
        tables.write(paths["vario"][-1], vario_table.VARIO[:2], frame, metadata, lags=pa.list_(pa.float32(), 8))
        labels.append(pd.DataFrame({"tile_id": names, "class_id": [CLASSES[k]["class_id"] for k in class_index]}))
        quarter = np.arange(N) // (N // 4)
        blocks = [block or f"{scene}{k}" for k in quarter]
        split.append(pd.DataFrame({"tile_id": names, "subset": np.array(subsets)[quarter], "block": blocks}))
    labels_path, split_path = str(folder / "labels.parquet"), str(folder / "split.parquet")
    tables.write(labels_path, (label_tables.LABELS[0], label_tables.LABELS[2]), pd.concat(labels), {"classes": CLASSES})
    names = [entry["class_name"] for entry in CLASSES]
    metadata = {"scheme": "block", "labels": files.fingerprint(labels_path), "classes": names}
    tables.write(split_path, label_tables.SPLITS, pd.concat(split), metadata)
    return Series(labels_path, split_path, **paths)
