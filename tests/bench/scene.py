"""Measure one large simulated scene through every rule on its way to maps: tiles per second and peak memory, at two sizes.

usage: scene.py [SIDE_PX SIDE_PX]

The scene is made by streaming, too. The networks learn a smaller scene first, for a few epochs, and are then taken as finished models:
how sure they are of ice decides which tiles a fast engine looks at twice. Writes results/bench/scene.tsv and its section of
docs/benchmarks.md.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import yaml

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "structure")]

import every_rule
import laws
import record

from geoclass.core import tables

SCENE = "results/simulated/WV02_20160625170309_103001005EED0001_16JUN25170309-P1BS-000000000000_01_P001_u16ns3413.tif"
MODELS = ("variomlp", "resnet18", "varionet")
LEARNED_PX = 8192  # side of the scene that the networks learn
STEPS = ["simulate_series", "ingest_scene", "tile_scene", "extract_vario", "classify_scene", "render_maps"]
FOLDER = ROOT / "results" / "bench" / "scene"


def write_models(folder: Path) -> dict[str, str]:
    """Train the networks on a scene for a few epochs; return their folders."""
    settings = {"collect_labels": {"sources": ["results/simulated/labels.gpkg"]}}
    settings |= {"split_labels": {"scheme": "random", "shares": [0.8, 0.2, 0]}, "train_resnet18": {"epochs": 8}}
    settings |= {"train_variomlp": {"epochs": 60}, "train_varionet": {"epochs": 20, "fine_epochs": 0}}
    prepare(folder, LEARNED_PX, settings)
    models = folder / "results" / "models" / "random"
    for target in ("varionet/model.json", "applicability.safetensors", "resnet18/int8.safetensors"):
        make(folder, str((models / target).relative_to(folder)))
    return {model: str(models / model) for model in MODELS}


def prepare(folder: Path, side_px: int, more: dict) -> None:
    """Write tables and settings of a run with one scene."""
    folder.mkdir(parents=True)
    (folder / "scenes.tsv").write_text(f"scene\tpath\nbench\t{SCENE}\n")
    settings = {"scenes": "scenes.tsv", "classes": str(ROOT / "config" / "classes.tsv")}
    settings |= {"simulate_series": {"height_px": side_px, "width_px": side_px}, **more}
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings))


# In a small process between: a child counts the memory of the process that it is forked from as its own.
MEASURED = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
sys.exit(status)
"""


def make(folder: Path, target: str) -> int:
    """Make a file as a user would; return the peak memory of the largest process in megabytes."""
    command = [sys.executable, "-m", "snakemake", target, "--snakefile", ROOT / "Snakefile", "--directory", folder]
    command += ["--configfile", folder / "settings.yaml", "--cores", "2", "--quiet", "all"]
    command = [sys.executable, "-c", MEASURED, *map(str, command)]
    run = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    if run.returncode:
        sys.exit(f"{target} was not made; see {folder}/results/logs")
    return int(run.stdout.split()[-1])


def measure(side_px: int, models: dict[str, str]) -> pd.DataFrame:
    """Take a scene through all steps; return seconds, tiles per second and megabytes of each."""
    folder = FOLDER / str(side_px)
    prepare(folder, side_px, {"collect_labels": {"sources": []}, "classify_scene": {"finished": models}})
    rows = []
    for step in STEPS:
        target = every_rule.benchmark(laws.rules()[step]).format(scene="bench")
        peak_mb = make(folder, target)
        seconds = pd.read_csv(folder / target, sep="\t")["s"].iloc[0]
        rows.append({"step": step, "seconds": seconds, "peak_mb": peak_mb})
        print(f"{side_px} px, {step}: {seconds:.1f} s, {peak_mb} MB", flush=True)
    frame = pd.DataFrame(rows).set_index("step")
    n_tiles = tables.open_table(folder / "results" / "tiles" / "bench.parquet").metadata.num_rows
    return frame.assign(side_px=side_px, tiles=n_tiles, tiles_per_s=n_tiles / frame["seconds"])


def report(first: pd.DataFrame, second: pd.DataFrame) -> None:
    """Put what was measured at two sizes into the table of benchmarks."""
    small, large = (table["side_px"].iloc[0] for table in (first, second))
    factor = second["tiles"].iloc[0] / first["tiles"].iloc[0]
    lines = [
        f"One simulated scene of {small:,} x {small:,} px ({first['tiles'].iloc[0]:,} tiles of 201 x 268 px), and one of",
        f"{large:,} x {large:,} px ({second['tiles'].iloc[0]:,}, {factor:.1f} times as many), each rule as a user runs it, start of Python",
        f"and choice of engine included; {record.machine()}, {record.today()}. Peak memory is that of the largest process.\n",
        "| rule | s | tiles/s | peak MB | s | tiles/s | peak MB | memory, large / small |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for step in STEPS:
        cells = [f"{r.seconds:,.0f} | {r.tiles_per_s:,.0f} | {r.peak_mb:,.0f}" for r in (first.loc[step], second.loc[step])]
        lines.append(f"| `{step}` | {' | '.join(cells)} | {second.loc[step].peak_mb / first.loc[step].peak_mb:.2f} |")
    record.section("scene", "A whole scene", "\n".join(lines))


def main(sides: list[int]) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    models = write_models(FOLDER / "learned")
    first, second = (measure(side, models) for side in sides)
    table = pd.concat([first, second])
    print(table.to_string())
    table.to_csv(FOLDER.with_suffix(".tsv"), sep="\t", float_format="%.4g")
    report(first, second)


if __name__ == "__main__":
    main([int(side) for side in sys.argv[1:3]] or [10_000, 20_000])
