"""Crevasse structure where there are no crevasses: how often tiles of simulated surfaces and of noise are called resolved.

`python tests/bench/crevasse_free.py`, 5 minutes on one core; the table goes to tests/bench/LOG.md. `structure.LEAST_SIGNIFICANCE` was
chosen on seeds 1 and 2; the table is of other seeds.
"""

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "tests" / "bench"), str(ROOT / "tests" / "support")]

import crevasses

from geoclass.simulation import simulated_scene
from geoclass.vario import structure, vario_functions

NAMES = (
    "WV02_20160625170309_103001005EED0001_16JUN25170309-P1BS-000000000000_01_P001_u16ns3413.tif",
    "WV02_20190704143652_103001005EED0004_19JUL04143652-P1BS-000000000000_01_P001_u16ns3413.tif",
)
CASES = (((36, 48), 1536, 4.0), ((60, 80), 2048, 5.0), ((100, 134), 3072, 8.0), ((201, 268), 4096, 12.0))  # tile, scene, spacing
SEEDS = (3, 4)
VARIETY = 0.5
PIXEL_M = (simulated_scene.PIXEL_HEIGHT_M, simulated_scene.PIXEL_WIDTH_M)
FREE = {1: "snow", 2: "slow ice", 10: "melt streams and ponds", 11: "sea ice"}  # classes without crevasses
ONE_SET = (3, 4, 5, 6)  # classes of one set of crevasses
LEAST_PURE = 0.95  # share of a tile that is of its class
MOST = 150  # tiles of a class and scene
KINDS = [(slope, stretch) for slope in (0, 1, 2, 3, 4) for stretch in (1, 2)]  # of noise


def tiles_of_scene(size, side_px, spacing_m, seed):
    """Return tiles of a simulated scene (N, H, W) and their true classes (N,)."""
    scene = simulated_scene.plan(NAMES[seed % 2], side_px, side_px, spacing_m, [], seed, VARIETY)
    _, counts, classes = zip(*simulated_scene.strips(scene), strict=True)
    down, right = side_px // size[0], side_px // size[1]
    cut = []
    for image in (np.concatenate(counts), np.concatenate(classes)):
        inside = image[: down * size[0], : right * size[1]].reshape(down, size[0], right, size[1])
        cut.append(inside.transpose(0, 2, 1, 3).reshape(-1, *size))
    chosen, generator = [], np.random.default_rng(seed)
    for class_id in (*FREE, *ONE_SET):
        pure = np.flatnonzero(((cut[1] == class_id).mean(axis=(1, 2)) >= LEAST_PURE) & (cut[0] > 0).all(axis=(1, 2)))
        chosen += [(index, class_id) for index in generator.permutation(pure)[:MOST]]
    indices, true = np.array(chosen).T
    return cut[0][indices], true


def resolved(tiles, significance):
    """Return which tiles have an orientation and a spacing where the wave has to be so significant."""
    lags = vario_functions.lag_vectors(*tiles.shape[1:], "auto")
    lags = lags[:, vario_functions.regular(lags)]
    residual = vario_functions.vario_functions(tiles, lags, None, 16).residual
    kept, structure.LEAST_SIGNIFICANCE = structure.LEAST_SIGNIFICANCE, significance
    try:
        return structure.structure(tiles, residual, lags, *PIXEL_M).status == "resolved"
    finally:
        structure.LEAST_SIGNIFICANCE = kept


def percent(found):
    """Write the share of those that are true."""
    return f"{100 * np.mean(found):.1f}" if len(found) else "–"


if __name__ == "__main__":
    import record

    head = ["tile, px", "surfaces without crevasses, tiles", "resolved before, %", "resolved now, %", *FREE.values()]
    head += ["noise, tiles", "before, %", "now, %", "one set of crevasses, resolved before, tiles", "kept, %"]
    lines = [f"| {' | '.join(head)} |", "|---:" * len(head) + "|"]
    for size, side_px, spacing_m in CASES:
        parts = [tiles_of_scene(size, side_px, spacing_m, seed) for seed in SEEDS]
        tiles, true = (np.concatenate(values) for values in zip(*parts, strict=True))
        noise = np.concatenate([crevasses.textures(100, size, *kind, seed) for seed, kind in enumerate(KINDS, 100)])
        before, now = resolved(tiles, 0), resolved(tiles, structure.LEAST_SIGNIFICANCE)
        noise_before, noise_now = resolved(noise, 0), resolved(noise, structure.LEAST_SIGNIFICANCE)
        free, crevassed = np.isin(true, list(FREE)), np.isin(true, ONE_SET) & before
        row = [f"{size[0]} x {size[1]}", f"{free.sum()}", percent(before[free]), percent(now[free])]
        row += [percent(now[true == class_id]) for class_id in FREE]
        row += [f"{len(noise)}", percent(noise_before), percent(noise_now), f"{crevassed.sum()}", percent(now[crevassed])]
        lines.append(f"| {' | '.join(row)} |")
        print(lines[-1], flush=True)
    text = "\n".join(lines) + (
        f"\n\nTrue class of {100 * LEAST_PURE:.0f} % of the tile, seeds {SEEDS[0]} and {SEEDS[1]} with variety {VARIETY}, at most {MOST} "
        "tiles of a class and scene; the columns by class are those resolved now, %. Maps and series leave out classes without "
        "crevasses on top of this. "
        f"{record.today()}."
    )
    record.section("crevasse_free", "Crevasse structure without crevasses", text, page=record.LOG)
