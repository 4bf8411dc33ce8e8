"""Compare this build with an earlier commit, both in one run: processor time of the steps from a scene to its vario functions.

usage: against.py COMMIT [ROUNDS]        (make bench AGAINST=COMMIT)

The builds take turns, each piece of work counts with its fastest turn, and both use the packages that are installed here. Work that
the earlier commit cannot do, or does in another way of calling, has no ratio. The table goes to results/bench/against.tsv.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "bench")]

import record

ROUNDS = 3
SIDE_PX = 4_096
# What each build runs by itself; compilation and imports are not counted, but in the last row.
WORK = """
import inspect, json, sys, time
from pathlib import Path
import numpy as np
import rasterio
from geoclass.vario import vario_functions

folder, side_px, seconds = Path(sys.argv[1]), int(sys.argv[2]), {}


def measure(name, call, repeats):
    try:
        call(1)
        spent = []
        for _ in range(repeats):
            start = time.process_time()
            call(None)
            spent.append(time.process_time() - start)
        seconds[name] = min(spent)
    except (TypeError, AttributeError):  # an interface of another time
        pass


rng = np.random.default_rng(1)
counts = np.clip(rng.normal(900, 200, (32, 201, 268)), 0, 2047).astype(np.uint16)
edge = np.arange(268) >= 60 - 0.25 * np.arange(201)[:, None] + np.zeros((32, 1, 1))
holes = rng.random(counts.shape) > 0.1
lags = vario_functions.lag_vectors(201, 268)
for name, pixels, valid in (
    ("kernel, uint16", counts, None),
    ("kernel, uint16, tiles at the edge", counts, edge),
    ("kernel, uint16, 10 % invalid", counts, holes),
    ("kernel, float32", counts.astype(np.float32), None),
):
    measure(name, lambda n, p=pixels, v=valid: vario_functions.vario_functions(p[:n], lags, None if v is None else v[:n]), 5)
unit = vario_functions.lag_vectors(201, 268, "unit")
measure("kernel, uint16, unit lags", lambda n: vario_functions.vario_functions(counts[: n or 8], unit), 3)

source = folder / "source.tif"
if not source.exists():
    pixels = np.clip(rng.normal(900, 200, (side_px, side_px)), 1, 2047).astype(np.uint16)
    rows, columns = np.indices(pixels.shape, np.int16, sparse=True)
    pixels[columns < side_px // 5 - rows // 5] = 0
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint16", "crs": "EPSG:3413", "height": side_px, "width": side_px}
    with rasterio.open(source, "w", transform=rasterio.Affine(0.5, 0, 1e6, 0, -0.5, -5e5), **profile) as out:
        out.write(pixels, 1)
from scenes.ingest_scene import ingest_scene
from scenes.tile_scene import tile_scene
from vario.extract_vario import extract_vario

settings = {"band": None, "grid": "native", "roi_epsg": None, "radiometry": "percentiles", "low": 1, "high": 99}
scene, metadata, tiles, vario = (str(folder / name) for name in ("a.tif", "a.json", "a.parquet", "v.parquet"))
picture = str(folder / "a.png")
given = {"scene": "a", "source": str(source), "date": "2016-01-01", "settings": settings}
given |= {"stored": scene, "metadata": metadata, "picture": picture}
arguments = {name: given.get(name) for name in inspect.signature(ingest_scene).parameters}  # earlier commits take others, too
measure("ingest_scene", lambda n: None if n else ingest_scene(**arguments), 2)
measure("tile_scene", lambda n: None if n else tile_scene(scene, metadata, 201, 268, None, None, 0.5, 0.0, tiles), 2)
measure("extract_vario", lambda n: None if n else extract_vario(tiles, "3-4-5", 0.5, 1, vario), 2)
seconds["all of it, imports and compilation too"] = time.process_time()
print(json.dumps(seconds))
"""


def worktree(folder: Path, commit: str) -> Path:
    """Check a commit out beside the repository; a commit that is not there ends the run in one sentence."""
    command = ["git", "-C", ROOT, "worktree", "add", "--quiet", "--detach", folder, commit]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        reason = run.stderr.strip().splitlines()[-1].removeprefix("fatal: ")
        sys.exit(f"AGAINST={commit}: no commit to compare with ({reason}); expected a tag, branch or hash of this repository")
    return folder


def measured(build: Path, folder: Path) -> dict[str, float]:
    """Return seconds of processor time by piece of work, all on one thread."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    environment = os.environ | threads | {"PYTHONPATH": str(build / "workflow" / "scripts")}
    command = [sys.executable, "-c", WORK, folder, str(SIDE_PX)]
    run = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode:
        sys.exit(f"{build}: the work did not end well: {run.stderr.strip().splitlines()[-1]}")
    return json.loads(run.stdout.splitlines()[-1])


def main(commit: str, rounds: int) -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as scratch:
        other = worktree(Path(scratch) / "build", commit)
        try:
            folder = Path(scratch) / "work"
            folder.mkdir()
            runs = [{name: measured(build, folder) for name, build in (("this", ROOT), ("that", other))} for _ in range(rounds)]
        finally:
            subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", other], check=False)
    table = pd.DataFrame({name: pd.DataFrame([run[name] for run in runs]).min() for name in ("this", "that")})
    table = table.loc[list(runs[0]["this"])].rename(columns={"this": "this_s", "that": f"{commit}_s"})
    table["ratio"] = table["this_s"] / table[f"{commit}_s"]
    print(f"{record.machine()}, {record.today()}; seconds of processor time, one thread, fastest of {rounds} turns\n")
    print(table.to_string(float_format="{:.3f}".format, na_rep=""))
    output = ROOT / "results" / "bench" / "against.tsv"
    output.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(output, sep="\t", index_label="what", float_format="%.4g")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS)
