"""Measure one large simulated scene through every rule on its way to maps: tiles per second and peak memory, at two sizes.

usage: scene.py [SIDE_PX SIDE_PX]

The scene is made by streaming, too. The networks are trained briefly on the smaller scene and taken as finished models for the
larger one: what they say does not matter here. Writes results/bench/scene.tsv and its section of docs/benchmarks.md.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import yaml

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "tests"), str(ROOT / "tests" / "structure")]

import every_rule  # noqa: E402
import laws  # noqa: E402
import report  # noqa: E402

from geoclass import tables  # noqa: E402

SCENE = "results/simulated/WV02_20160625170309_103001005EED0001_16JUN25170309-P1BS-000000000000_01_P001_u16ns3413.tif"
MODELS = ("variomlp", "resnet18", "varionet")
STEPS = ["simulate_series", "ingest_scene", "tile_scene", "extract_vario"]
STEPS += [f"{rule} {model}" for model in MODELS for rule in ("classify_scene", "render_map")]
SHORT = {
    "train_variomlp": {"epochs": 10, "patience": 10},
    "train_resnet18": {"epochs": 2, "augmentation": []},
    "train_varionet": {"epochs": 2, "fine_epochs": 0, "augmentation": []},
}
FOLDER = ROOT / "results" / "bench" / "scene"


def prepare(folder: Path, side_px: int, finished: dict[str, str]) -> None:
    """Write tables and settings of a run with one scene; it is labelled where no finished models are given."""
    shutil.copytree(ROOT / "config", folder / "config", dirs_exist_ok=True)
    (folder / "scenes.tsv").write_text(f"scene\tpath\tlabelled\nbench\t{SCENE}\t{'' if finished else 'yes'}\n")
    settings = {"scenes": "scenes.tsv", "simulate_series": {"height_px": side_px, "width_px": side_px}, **SHORT}
    settings["classify_scene"] = {"finished": finished}
    if finished:
        settings["collect_labels"] = {"sources": []}
    (folder / "settings.yaml").write_text(yaml.safe_dump(settings))


def make(folder: Path, target: str) -> int:
    """Make a file as a user would; return the peak memory of the largest process in megabytes."""
    command = [sys.executable, "-m", "snakemake", target, "--snakefile", ROOT / "Snakefile", "--directory", folder]
    command += ["--configfile", folder / "settings.yaml", "--cores", "2", "--quiet", "all"]
    process = subprocess.Popen(list(map(str, command)), cwd=folder)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{target} was not made; see {folder}/results/logs")
    return usage.ru_maxrss // 1024


def measure(side_px: int, finished: dict[str, str]) -> pd.DataFrame:
    """Take a scene through all steps; return seconds, tiles per second and megabytes of each."""
    folder = FOLDER / str(side_px)
    shutil.rmtree(folder, ignore_errors=True)
    prepare(folder, side_px, finished)
    rows = []
    for step in STEPS:
        rule, _, model = step.partition(" ")
        pattern = every_rule.benchmark(laws.rules()[rule])
        target = pattern.format(scene="bench", model=model)
        if model and not finished and rule == "classify_scene":
            make(folder, f"results/models/block/{model}/model.json")  # what is trained for it is not measured
            make(folder, "results/models/block/applicability.safetensors")
        peak_mb = make(folder, target)
        seconds = pd.read_csv(folder / target, sep="\t")["s"].iloc[0]
        rows.append({"step": step, "seconds": seconds, "peak_mb": peak_mb})
        print(f"{side_px} px, {step}: {seconds:.1f} s, {peak_mb} MB", flush=True)
    frame = pd.DataFrame(rows).set_index("step")
    n_tiles = tables.open_table(folder / "results" / "tiles" / "bench.parquet").metadata.num_rows
    return frame.assign(side_px=side_px, tiles=n_tiles, tiles_per_s=n_tiles / frame["seconds"])


def main(sides: list[int]) -> None:
    small, large = sides
    models = FOLDER / str(small) / "results" / "models" / "block"
    first = measure(small, {})
    shutil.copy(models / "applicability.safetensors", models / "variomlp")  # finished models bring their own
    second = measure(large, {model: str(models / model) for model in MODELS})
    table = pd.concat([first, second])
    print(table.to_string())
    table.to_csv(FOLDER.with_suffix(".tsv"), sep="\t", float_format="%.4g")
    factor = second["tiles"].iloc[0] / first["tiles"].iloc[0]
    lines = [
        f"One simulated scene of {small:,} x {small:,} px ({first['tiles'].iloc[0]:,} tiles of 201 x 268 px), and one of",
        f"{large:,} x {large:,} px ({second['tiles'].iloc[0]:,}, {factor:.1f} times as many), each rule as a user runs it, start of Python",
        f"and choice of engine included; {report.machine()}. Peak memory is that of the largest process.\n",
        "| rule | s | tiles/s | peak MB | s | tiles/s | peak MB | memory, large / small |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for step in STEPS:
        cells = [f"{r.seconds:,.0f} | {r.tiles_per_s:,.0f} | {r.peak_mb:,}" for r in (first.loc[step], second.loc[step])]
        lines.append(f"| `{step.replace(' ', '` ', 1)}{'' if ' ' in step else '`'} | {' | '.join(cells)} | "
                     f"{second.loc[step].peak_mb / first.loc[step].peak_mb:.2f} |")  # fmt: skip
    report.section("scene", "A whole scene", "\n".join(lines))


if __name__ == "__main__":
    main([int(side) for side in sys.argv[1:3]] or [10_000, 20_000])
