"""Measure the labelling page's server on a scene of 20,000 x 20,000 px: image tiles, labels, a large batch, memory.

Writes results/bench/page.tsv and its section of SPEED.md. The scene is written strip by strip and thrown away.
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "tests" / "bench")]

import httpx
import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import rasterio
import record
import shapely

from geoclass.classification import class_table
from geoclass.core import files, tables
from geoclass.scenes import bands, common_form, raster, tile_table, tiling
from geoclass.vario import vario_functions, vario_table

SIDE = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
TILE = (150, 200)
BATCH = 10_000
REPEATS = 200
LIMITS = {"image tile": 100, "label round trip": 50, f"batch of {BATCH:,} tiles": 2000}  # ms
MEMORY_MB = 500
TRANSFORM = rasterio.Affine(0.5, 0, 800_000, 0, -0.5, -1_100_000)
CRS = rasterio.crs.CRS.from_epsg(3413)
SERVE = """
import json, sys
from labelling.label import label
label(**json.loads(sys.argv[1]))
"""


def write_scene(folder: Path) -> dict:
    """Write an image of noise over slow undulations in the common form, and its metadata."""
    (folder / "scenes").mkdir(parents=True)
    rng = np.random.default_rng(1)
    grid = raster.Grid(CRS, TRANSFORM, SIDE, SIDE)
    wave = 400 * np.sin(np.arange(SIDE) / 37.0)
    profile = {
        "driver": "GTiff",
        "height": SIDE,
        "width": SIDE,
        "count": 1,
        "dtype": "uint16",
        "crs": CRS,
        "transform": TRANSFORM,
    }
    with raster.environment():
        with rasterio.open(folder / "plain.tif", "w", tiled=True, compress="zstd", bigtiff="if_safer", **profile) as out:
            for first, n_rows in raster.strips_of(SIDE):
                noise = rng.integers(0, 300, (n_rows, SIDE), np.uint16)
                out.write((600 + wave[None] + noise).astype(np.uint16), 1, window=((first, first + n_rows), (0, SIDE)))
        with rasterio.open(folder / "plain.tif") as source:
            common_form.store(
                bands.Band(source, 1, grid), {}, lambda _, n: np.zeros((n, SIDE), bool), None, folder / "scenes" / "big.tif"
            )
    (folder / "plain.tif").unlink()
    facts = {"scene": "big", "date": "2026-05-01T12:00:00Z", "sensor": "noise", "roi": grid.frame.wkt, **grid.metadata()}
    facts |= {"source": "big.tif", "radiometry": {"method": "percentiles", "low": 200.0, "high": 1300.0}}
    files.write_json(folder / "scenes" / "big.json", facts)
    return facts


def write_tables(folder: Path, facts: dict) -> list[str]:
    """Write the tables of tiles, without pixels, since the server reads none there, of vario functions and of one model."""
    height, width = TILE
    rows, columns = (axis.ravel() for axis in np.meshgrid(*(tiling.origins(SIDE, size, size) for size in TILE), indexing="ij"))
    ids = [tiling.tile_id("big", row, column) for row, column in zip(rows, columns, strict=True)]
    left, top = 800_000 + 0.5 * columns, -1_100_000 - 0.5 * rows
    shapes = shapely.box(left, top - 0.5 * height, left + 0.5 * width, top)
    frame = pd.DataFrame(
        {"tile_id": ids, "scene": "big", "row_px": rows, "column_px": columns, "geometry": shapely.to_wkb(shapes)}
    )
    frame = frame.assign(x_m=left + 0.25 * width, y_m=top - 0.25 * height, valid_share=1.0, roi_share=1.0, mask=None)
    sizes = {"height_px": height, "width_px": width, "stride_rows_px": height, "stride_columns_px": width, "dtype": "uint16"}
    tables.write(folder / "tiles" / "big.parquet", tile_table.TILES[:-1], frame, {"scene": facts, "tiles": sizes})
    lags = vario_functions.lag_vectors(*TILE)
    made = {"scheme": "3-4-5", "lags": lags.tolist(), "lag_distances_m": (0.5 * np.hypot(*np.moveaxis(lags, -1, 0))).tolist()}
    angles = {"orientation_true_deg": 30.0, "orientation_grid_deg": 30.0, "grid_north_deg": 0.0}
    names = ("tile_id", "v", *angles, "spacing_m", "anisotropy", "structure_status")
    columns_ = [column for column in vario_table.VARIO if column.name in names]
    frame = pd.DataFrame(
        {"tile_id": ids, "v": list(np.ones((len(ids), lags[..., 0].size), np.float32)), "structure_status": "resolved"}
    )
    frame = frame.assign(**angles, spacing_m=20.0, anisotropy=0.5)
    tables.write(
        folder / "vario" / "big.parquet", tuple(columns_), frame, {"vario": made}, lags=pa.list_(pa.float32(), lags[..., 0].size)
    )
    shares = np.random.default_rng(2).dirichlet(np.ones(3), len(ids)).astype(np.float32)
    frame = pd.DataFrame(
        {"tile_id": ids, "row_px": rows, "column_px": 0, "class_id": shares.argmax(1) + 1, "confidence": shares.max(1)}
    )
    frame = frame.assign(entropy=0.0, margin=0.0, dissimilarity=0.0, applicable=True, probabilities=list(shares))
    classes = [{"class_id": n, "class_name": f"class {n}", "colour": f"#00000{n}"} for n in (1, 2, 3)]
    model = {"model": {"model": "resnet18", "id": "resnet18-0", "classes": classes}}
    tables.write(
        folder / "classes" / "resnet18" / "big.parquet", class_table.CLASSES, frame, model, classes=pa.list_(pa.float32(), 3)
    )
    lines = [f"{entry['class_id']}\t{entry['class_name']}\t{entry['colour']}" for entry in classes]
    (folder / "classes.tsv").write_text("class_id\tclass_name\tcolour\n" + "\n".join(lines) + "\n")
    return ids


def timed(client: httpx.Client, method: str, path: str, **content: object) -> float:
    """Return how long an answer takes, in ms."""
    start = time.perf_counter()
    answer = client.request(method, path, **content)
    answer.raise_for_status()
    return 1000 * (time.perf_counter() - start)


def measure(address: str, ids: list[str]) -> dict[str, np.ndarray]:
    """Return the times of all kinds of requests, in ms."""
    rng = np.random.default_rng(3)
    found = {}
    with httpx.Client(follow_redirects=True, timeout=60) as client:
        timed(client, "GET", address)
        base = address.split("?")[0]
        found["scene with its tiles"] = [timed(client, "GET", f"{base}api/scenes/big") for _ in range(3)]
        images = []
        for _ in range(REPEATS):
            level = rng.integers(0, 6)
            column, row = rng.integers(0, -(-SIDE // (512 << level)), 2)
            images.append(timed(client, "GET", f"{base}api/scenes/big/image/{level}/{column}/{row}?low=300&high=1300"))
        found["image tile"] = images
        found["all that is known of a tile"] = [timed(client, "GET", f"{base}api/tiles/{name}") for name in rng.choice(ids, 30)]
        found["predictions of a scene"] = [timed(client, "GET", f"{base}api/scenes/big/predictions/resnet18") for _ in range(3)]
        entry, trips = 0, []
        for name in rng.choice(ids, REPEATS, replace=False):
            content = {"tile_ids": [str(name)], "class_id": 1, "after": entry}
            start = time.perf_counter()
            entry = client.post(f"{base}api/labels", json=content).json()["last"]
            trips.append(1000 * (time.perf_counter() - start))
        found["label round trip"] = trips
        many = {"tile_ids": ids[:BATCH], "class_id": 2, "after": entry}
        found[f"batch of {BATCH:,} tiles"] = [timed(client, "POST", f"{base}api/labels", json=many)]
        found["its undoing"] = [timed(client, "POST", f"{base}api/labels/undo", json={"after": entry})]
    return {what: np.array(times) for what, times in found.items()}


def main() -> None:
    """Measure, print, and write the table and the section."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        ids = write_tables(folder, write_scene(folder))
        settings = {"results": name, "scenes": ["big"], "labelled": ["big"], "port": 0}
        settings |= dict.fromkeys(("classes", "given"), f"{name}/classes.tsv")
        settings |= {"store": f"{name}/labels.gpkg", "page": str(ROOT / "workflow" / "page")}
        command = [sys.executable, "-c", SERVE, pd.Series(settings).to_json()]
        server = subprocess.Popen(command, cwd=ROOT / "workflow" / "scripts", text=True, stdout=subprocess.PIPE)
        try:
            address = next(found[1] for line in server.stdout if (found := re.search(r"Open  (http\S+)", line)))
            times = measure(address, ids)
            status = Path(f"/proc/{server.pid}/status").read_text()
            peak_mb = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
        finally:
            psutil.Process(server.pid).terminate()
            server.wait(60)
    rows = [(what, len(t), np.median(t), np.percentile(t, 95), LIMITS.get(what)) for what, t in times.items()]
    table = pd.DataFrame(rows, columns=["what", "requests", "median_ms", "p95_ms", "limit_ms"])
    table.loc[len(table)] = ["peak memory [MB]", 1, peak_mb, peak_mb, MEMORY_MB]
    print(table.round(1).to_string(index=False))
    (ROOT / "results" / "bench").mkdir(parents=True, exist_ok=True)
    table.round(2).to_csv(ROOT / "results" / "bench" / "page.tsv", sep="\t", index=False)
    lines = [
        f"| {w} | {n} | {m:,.0f} | {p:,.0f} | {'' if pd.isna(x) else f'{x:,.0f}'} |"
        for w, n, m, p, x in table.iloc[:-1].to_numpy()
    ]
    head = f"A scene of {SIDE:,} x {SIDE:,} px with {len(ids):,} tiles, requests one after the other; {record.machine()}."
    text = [
        head,
        "",
        "| request | requests | median [ms] | 95 % within [ms] | wanted [ms] |",
        "|---|---:|---:|---:|---:|",
        *lines,
        "",
    ]
    text += [f"Peak memory of the server: {peak_mb:,.0f} MB (wanted: {MEMORY_MB} MB)."]
    record.section("page", "The labelling page", "\n".join(text), page=record.SPEED)


if __name__ == "__main__":
    main()
