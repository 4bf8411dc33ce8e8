"""Measure the vario functions: kernels against plain float64 NumPy, two threads against one, the rule against its kernel, memory.

Only ratios within one run mean anything on another machine. One-thread rates are by processor time, so that other work on the
machine does not count; the rest by the clock. Writes results/bench/vario.tsv and its section of SPEED.md.

usage: vario_speed.py [TILES]
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "bench")]

import crevasses
import numpy as np
import pandas as pd
import record
import tile_tables
import vario_loop
from threadpoolctl import threadpool_limits

from geoclass.core import pixel_axes, tables
from geoclass.vario import structure, vario_functions, vario_parameters

SIZE = (201, 268)
LAGS = vario_functions.lag_vectors(*SIZE)
THREADS = min(2, os.cpu_count())
REPEATS = 7
TIMES = (16, 128)  # tables of so many times the tiles: memory must not tell them apart; the larger is half a WorldView scene
BARS = {"uint16": 20, "float32": 12, "uint16, 10 % invalid": 6, "float32, 10 % invalid": 6, "two threads": 1.8, "the rule": 0.6}


def surface(n: int) -> np.ndarray:
    """Return tiles (n, H, W), 11-bit: half of them crevasses, half smooth noise as of snow and chaos."""
    rng = np.random.default_rng(1)
    waves = crevasses.tiles(n // 2, 1)[0]
    noise = np.stack([crevasses.smooth(rng, SIZE, reach) for reach in rng.uniform(0.01, 0.1, n - n // 2)])
    return np.concatenate([waves, (1000 + 200 * noise + rng.normal(0, 30, noise.shape)).clip(0, 2047).astype(np.uint16)])


def numpy_float64(tiles: np.ndarray) -> None:
    """What anyone would write: slices, differences, means, in float64."""
    for tile in tiles:
        z = tile.astype(np.float64)
        for lag in LAGS.reshape(-1, 2):
            here, there = vario_loop.windows(lag, *SIZE)
            np.mean((z[here] - z[there]) ** 2) / 2


def computed(tiles: np.ndarray) -> None:
    """All that the rule computes of complete tiles, row group by row group."""
    with threadpool_limits(1, "blas"):
        for first in range(0, len(tiles), tables.ROW_GROUP):
            group = tiles[first : first + tables.ROW_GROUP]
            curves = vario_functions.vario_functions(group, LAGS)
            structure.structure(group, curves.residual, LAGS)
            vario_parameters.vario_parameters(curves.residual, vario_functions.lag_distances_m(LAGS, pixel_axes.of_image()))


def fastest(work: dict[str, tuple[Callable, int]], clock: Callable) -> dict[str, float]:
    """Return tiles per second of each piece of work, the fastest of several turns; in turns, so that the machine treats all alike."""
    seconds = dict.fromkeys(work, np.inf)
    for _ in range(REPEATS):
        for name, (call, n) in work.items():
            start = clock()
            call()
            seconds[name] = min(seconds[name], (clock() - start) / n)
    return {name: 1 / value for name, value in seconds.items()}


RULE = """
import sys, time
import numpy as np
from geoclass.vario import phase, vario_functions
pixels = np.random.default_rng(0).integers(0, 2047, (4, 201, 268)).astype(np.uint16)
valid = np.ones(pixels.shape, bool); valid[2:, :9] = False
t = time.process_time()
vario_functions.vario_functions(pixels, vario_functions.lag_vectors(201, 268), valid)
for mask in (None, valid):
    phase.refine(pixels, mask, np.full((4, 2), 0.05))
compiled = time.process_time() - t
from vario.extract_vario import extract_vario
start, t = time.perf_counter(), time.process_time()
extract_vario(sys.argv[1], '3-4-5', 0.5, int(sys.argv[3]), sys.argv[2])
wall, cpu = time.perf_counter() - start, time.process_time() - t
peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1]
print(compiled, wall, cpu, int(peak) / 1024)
"""


def rule(path: str) -> tuple[float, float, float, float]:
    """Run the rule's script in a process of its own; return seconds of compilation, of the clock, of the processors, and peak MB."""
    command = [sys.executable, "-c", RULE, path, f"{path}.vario", str(THREADS)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "scripts")}
    run = subprocess.run(command, env=environment, text=True, capture_output=True, check=True)
    return tuple(map(float, run.stdout.split()))


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 128
    counts = surface(n)
    reals = counts.astype(np.float32) * 0.731
    valid = np.random.default_rng(2).random(counts.shape) > 0.1
    cases = {"uint16": (counts, None), "float32": (reals, None)}
    cases |= {f"{name}, 10 % invalid": (pixels, valid) for name, (pixels, _) in cases.items()}
    work = {"NumPy float64": (lambda: numpy_float64(counts[:4]), 4)}
    for name, (pixels, mask) in cases.items():
        vario_functions.vario_functions(pixels[:2], LAGS, None if mask is None else mask[:2])  # compiled
        work[name] = (lambda pixels=pixels, mask=mask: vario_functions.vario_functions(pixels, LAGS, mask), n)
    work["all that the rule computes"] = (lambda: computed(counts), n)
    one = fastest(work, time.process_time)
    base, arithmetic = one["NumPy float64"], one.pop("all that the rule computes")
    rows = [(f"{name}, one thread", rate, rate / base, "NumPy float64", BARS.get(name)) for name, rate in one.items()]

    many = np.concatenate([counts] * TIMES[0])  # so that starting a thread does not count

    by_threads = {
        number: (lambda number=number: vario_functions.vario_functions(many, LAGS, threads=number), len(many))
        for number in (1, THREADS)
    }
    clocked = fastest(by_threads, time.perf_counter)
    kernel = clocked[THREADS]
    rows.append((f"uint16, {THREADS} threads", kernel, kernel / clocked[1], "one thread, by the clock", BARS["two threads"]))
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        paths = [tile_tables.of_pixels(Path(folder) / f"{times}.parquet", counts, times=times) for times in TIMES]
        small, *large = rule(paths[0]), *(rule(paths[1]) for _ in range(3))
    _, wall, cpu, peak_mb = min(large, key=lambda run: run[1])
    tiles = n * TIMES[1]
    rows.append(
        (f"the rule, {THREADS} threads", tiles / wall, tiles / wall / kernel, f"its kernel, {THREADS} threads", BARS["the rule"])
    )
    for base, rate in (("its kernel", one["uint16"]), ("all that it computes", arithmetic)):
        rows.append((f"the rule, by processor time, to {base}", tiles / cpu, tiles / cpu / rate, f"{base}, one thread", None))
    table = pd.DataFrame(rows, columns=["what", "tiles_per_s", "ratio", "relative_to", "bar"])
    memory = f"{small[3]:,.0f} MB for {n * TIMES[0]:,} tiles and {peak_mb:,.0f} MB for {tiles:,} tiles"
    note = f"Peak memory of the rule: {memory}. Compilation of all that a scene of counts needs, before it: {small[0]:.1f} s."
    short = table.loc[table["ratio"] < table["bar"], "what"]
    note += f" Below what is asked: {'; '.join(short)}." if len(short) else " All that is asked is reached."
    print(table.to_string(index=False), f"\n{note}")
    output = ROOT / "results" / "bench" / "vario.tsv"
    output.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(output, sep="\t", index=False, float_format="%.4g")
    lines = [
        f"Tiles of {SIZE[0]} x {SIZE[1]} px, 11-bit counts, four directions, {LAGS.shape[1]} lags; {record.machine()}, {record.today()}.",
        "Residual and number of pairs included. One thread by processor time, the rest by the clock. Ratios: one thread to NumPy, two",
        "threads to one, the rule to its kernel (structure and parameters count as computing).\n",
        "| what | tiles/s | ratio | at least |",
        "|---|---:|---:|---:|",
    ]
    for row in table.itertuples():
        bar = "" if pd.isna(row.bar) else f"{row.bar:g}"
        lines.append(f"| {row.what} | {row.tiles_per_s:,.0f} | {row.ratio:.2f} | {bar} |")
    record.section("vario", "Vario functions", "\n".join([*lines, f"\n{note}"]), "vario_speed", record.SPEED)


if __name__ == "__main__":
    main()
