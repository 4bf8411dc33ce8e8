"""A tiny labelled series for tests of training: crevasse-like waves of three kinds, with true vario functions and all metadata."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from geoclass.core import files, tables
from geoclass.labels import label_tables
from geoclass.scenes import tile_table
from geoclass.vario import vario_functions, vario_table

HEIGHT, WIDTH, N = 24, 32, 36  # N tiles a scene
CLASSES = [
    {"class_id": 2 * k, "class_name": name, "colour": f"#{k}{k}6699"} for k, name in enumerate(("Snow", "Parallel", "Chaos"), 1)
]
RADIOMETRY = {"method": "percentiles", "low_percent": 0.5, "high_percent": 99.5, "low": 100.0, "high": 1100.0}
SUBSETS = ("train", "train", "validation", "test")


@dataclass(frozen=True)
class Series:
    """Paths, as text."""

    labels: str
    split: str
    tiles: list[str]
    vario: list[str]


def draw(rng, kinds):
    """Return tiles of counts (N, H, W): even and noisy, parallel waves, or waves in all directions; orientation and phase vary."""
    row, column = np.mgrid[:HEIGHT, :WIDTH]

    def wave(n, spacing):
        angle, phase = rng.uniform(0, np.pi, (n, 1, 1)), rng.uniform(0, 2 * np.pi, (n, 1, 1))
        return np.sin(2 * np.pi * (row * np.cos(angle) + column * np.sin(angle)) / spacing + phase)

    n = len(kinds)
    parallel, chaos = wave(n, 11), wave(n, 9) + wave(n, 14) + wave(n, 7)
    amplitude = np.select([kinds[:, None, None] == 1, kinds[:, None, None] == 2], [parallel, chaos], 0.0)
    return np.clip(600 + 150 * amplitude + rng.normal(0, 40, amplitude.shape), 1, 2000).astype(np.uint16)


def write(folder, scenes=("a", "b"), subsets=SUBSETS, change=None):
    """Write all tables of a series; `change(v, scene)` may spoil the vario functions (N, D, K) before they are written."""
    rng = np.random.default_rng(0)
    lags = vario_functions.lag_vectors(HEIGHT, WIDTH)
    labels, split, tile_paths, vario_paths = [], [], [], []
    for scene in scenes:
        kinds = np.arange(N) % 3
        names = [f"{scene}_{k:02d}" for k in range(N)]
        counts = draw(rng, kinds)
        metadata = {"scene": {"scene": scene, "source": f"{scene}.tif", "epsg": 32718, "radiometry": RADIOMETRY}}
        metadata["tiles"] = {"height_px": HEIGHT, "width_px": WIDTH, "dtype": "uint16"}
        frame = pd.DataFrame({"tile_id": names, "scene": scene, "row_px": 0, "column_px": 0, "x_m": 0.0, "y_m": 0.0})
        frame = frame.assign(valid_share=1.0, roi_share=1.0, geometry=None, mask=None, pixels=[tile.tobytes() for tile in counts])
        tile_paths.append(str(folder / "tiles" / f"{scene}.parquet"))
        tables.write(tile_paths[-1], tile_table.TILES, frame, metadata, pixels=pa.binary(2 * HEIGHT * WIDTH))
        v = vario_functions.vario_functions(counts, lags).v
        v = v if change is None else change(v, scene)
        metadata["vario"] = {"scheme": "3-4-5", "maximum_lag_share": 0.5, "step_px": 1, "minimum_pairs": 1, "lags": lags.tolist()}
        frame = pd.DataFrame({"tile_id": names, "v": list(v.reshape(N, -1).astype(np.float32))})
        vario_paths.append(str(folder / "vario" / f"{scene}.parquet"))
        tables.write(vario_paths[-1], vario_table.VARIO[:2], frame, metadata, lags=pa.list_(pa.float32(), lags[..., 0].size))
        labels.append(pd.DataFrame({"tile_id": names, "class_id": [CLASSES[k]["class_id"] for k in kinds]}))
        quarter = np.arange(N) // (N // 4)
        subset = np.array(subsets)[quarter]
        split.append(pd.DataFrame({"tile_id": names, "subset": subset, "block": [f"{scene}{k}" for k in quarter]}))
    labels_path, split_path = str(folder / "labels.parquet"), str(folder / "split.parquet")
    tables.write(labels_path, (label_tables.LABELS[0], label_tables.LABELS[2]), pd.concat(labels), {"classes": CLASSES})
    write_split(split_path, labels_path, pd.concat(split), pd.concat(labels))
    return Series(labels_path, split_path, tile_paths, vario_paths)


def write_split(path, labels_path, split, labels):
    """Write a split as rule split_labels does."""
    names = {c["class_id"]: c["class_name"] for c in CLASSES}
    table = split.merge(labels, on="tile_id")
    subsets = ["train", "validation", "test"]
    counts = pd.crosstab(table["class_id"].map(names), table["subset"]).reindex(
        index=names.values(), columns=subsets, fill_value=0
    )
    metadata = {"scheme": "block", "seed": 1, "shares": [0.5, 0.25, 0.25], "labels": files.fingerprint(labels_path)}
    metadata |= {"classes": list(names.values()), "counts": counts.to_dict("index"), "left_out": 0, "block_m": 9 * 32.0}
    tables.write(path, label_tables.SPLITS, split, metadata)


def write_folds(folder, n_folds=2):
    """Write a series whose labels are dealt out to folds, block by block."""
    series = write(folder)
    split = pd.DataFrame({"tile_id": [f"{scene}_{k:02d}" for scene in ("a", "b") for k in range(N)]})
    quarter = np.tile(np.arange(N) // (N // 4), 2)
    split["subset"], split["block"] = "out-of-fold", split["tile_id"].str[0] + quarter.astype(str)
    split["fold"], split["apart"] = quarter % n_folds, [[] for _ in quarter]
    labels = tables.read(series.labels)
    n = {entry["class_name"]: int((labels["class_id"] == entry["class_id"]).sum()) for entry in CLASSES}
    metadata = {"scheme": "block", "unit": "block", "folds": n_folds, "seed": 1, "labels": files.fingerprint(series.labels)}
    metadata |= {"shares": None, "left_out": 0, "classes": list(n)}
    metadata["counts"] = {name: {"out-of-fold": number, "train": 0} for name, number in n.items()}
    tables.write(series.split, label_tables.FOLDS, split, metadata)
    return series
