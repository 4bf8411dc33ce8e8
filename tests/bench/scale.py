"""Compute what 1, 100 and 10,000 scenes cost.

usage: scale.py            scenes of the largest size on docs/benchmarks.md, from the rates measured there; renews the section "Many scenes"
       scale.py RESULTS    scenes of a finished run, from what Snakemake noted for each of its jobs and from its files; printed

Jobs and files of one scene grow with the scenes; all others (labels, training, scores) count once.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "tests" / "bench")]

import record

from geoclass.core import tables

NUMBERS = (1, 100, 10_000)
GB = 1e9


def named(path: Path, scenes: list[str]) -> str | None:
    """Return the scene that a file or its folder is named by, if any."""
    parts = [part.split(".")[0] for part in path.parts]
    return next((scene for scene in scenes if scene in parts), None)


def jobs(results: Path, scenes: list[str]) -> pd.DataFrame:
    """Return rule, scene (None = a job of the series) and processor seconds of every job."""
    found = []
    for path in sorted((results / "benchmarks").rglob("*.tsv")):
        seconds = pd.to_numeric(pd.read_csv(path, sep="\t")["cpu_time"], errors="coerce").sum()  # "-": too short to be seen
        place = path.relative_to(results / "benchmarks")
        found.append((place.parts[0].removesuffix(".tsv"), named(place, scenes), seconds))
    return pd.DataFrame(found, columns=["rule", "scene", "cpu_s"])


def files(results: Path, scenes: list[str]) -> pd.DataFrame:
    """Return folder, scene (None = a file of the series) and bytes of every file."""
    found = [path.relative_to(results) for path in sorted(results.rglob("*")) if path.is_file()]
    rows = [(path.parts[0], named(path, scenes), (results / path).stat().st_size) for path in found]
    return pd.DataFrame(rows, columns=["folder", "scene", "bytes"])


def large() -> list[str]:
    """Return rows for the largest scene of the page's sections: at most two cores' hours, GPU hours of three models, tile tables alone."""
    page = record.PAGE.read_text(encoding="utf-8")
    scene, gpu = (page.split(f"<!-- {name}: ")[1].split(f"<!-- end of {name} -->")[0] for name in ("scene", "inference_gpu"))
    side, n_tiles = re.search(r"one of\s+([\d,]+) x [\d,]+ px \(([\d,]+),", scene).groups()
    height, width = map(int, re.search(r"tiles of (\d+) x (\d+) px", scene).groups())
    steps = dict(re.findall(r"^\|(`.+?`[^|]*)\|(?:[^|]*\|){3}([\d,]+)\|", scene, re.MULTILINE))
    seconds = sum(number(value) for step, value in steps.items() if "simulate" not in step)
    n, rates = number(n_tiles), [number(rate) for rate in re.findall(r", the rule\|([\d,]+)\|", gpu)]
    gpu_s = sum(n / rate for rate in rates)
    lines = [
        f"{side} x {side} px ({n_tiles} tiles) to maps of three models: both cores by the clock; GPU hours of classification alone.",
        "",
        "|scenes|core hours at most|GPU hours|tile tables, GB|",
        "|---:|---:|---:|---:|",
    ]
    for scenes in NUMBERS:
        disk = scenes * n * height * width * 2 / GB
        lines.append(f"|{scenes:,}|{scenes * seconds * 2 / 3600:,.2f}|{scenes * gpu_s / 3600:.2g}|{disk:,.1f}|")
    return lines


def number(text: str) -> float:
    """Return a number as the page writes it."""
    return float(text.replace(",", ""))


def of_run(results: Path) -> list[str]:
    """Return rows for the scenes of a finished run."""
    scenes = sorted(path.stem for path in (results / "scenes").glob("*.json"))
    if not scenes or not (results / "maps").is_dir():
        sys.exit(f"{results}: no run with scenes and maps, expected the results of a finished one; run snakemake first")
    facts = [json.loads((results / "scenes" / f"{scene}.json").read_text()) for scene in scenes]
    n_tiles = np.mean([tables.open_table(results / "tiles" / f"{scene}.parquet").metadata.num_rows for scene in scenes])
    megapixels = np.mean([fact["height_px"] * fact["width_px"] for fact in facts]) / 1e6
    spent, kept = jobs(results, scenes), files(results, scenes)
    once = {"core_h": spent.loc[spent["scene"].isna(), "cpu_s"].sum() / 3600}
    once |= {"gb": kept.loc[kept["scene"].isna(), "bytes"].sum() / GB, "files": kept["scene"].isna().sum()}
    each = {"core_h": spent.loc[spent["scene"].notna(), "cpu_s"].sum() / 3600 / len(scenes)}
    each |= {
        "gb": kept.loc[kept["scene"].notna(), "bytes"].sum() / GB / len(scenes),
        "files": kept["scene"].notna().sum() / len(scenes),
    }
    each["jobs"], once["jobs"] = spent["scene"].notna().sum() / len(scenes), spent["scene"].isna().sum()
    lines = [
        f"Scenes of {megapixels:,.1f} million pixels and {n_tiles:,.0f} tiles, from the {len(scenes)} scenes of a finished run; "
        f"{record.machine()}, {record.today()}.\n",
        "|scenes|jobs|core hours|disk, GB|files|",
        "|---:|---:|---:|---:|---:|",
    ]
    for number in NUMBERS:
        total = {key: once[key] + number * each[key] for key in each}
        lines.append(f"|{number:,}|{total['jobs']:,.0f}|{total['core_h']:,.2f}|{total['gb']:,.1f}|{total['files']:,.0f}|")
    dearest = spent[spent["scene"].notna()].groupby("rule")["cpu_s"].sum().sort_values(ascending=False) / len(scenes)
    largest = kept[kept["scene"].notna()].groupby("folder")["bytes"].sum().sort_values(ascending=False) / len(scenes) / 1e6
    lines.append(
        "\nA scene's processor time: " + ", ".join(f"`{rule}` {seconds:,.0f} s" for rule, seconds in dearest[:4].items()) + "."
    )
    lines.append("Its disk: " + ", ".join(f"`{folder}/` {size:,.0f} MB" for folder, size in largest[:3].items()) + ".")
    return lines


def main() -> None:
    lines = of_run(Path(sys.argv[1])) if len(sys.argv) > 1 else large()
    print("\n".join(lines))
    if len(sys.argv) == 1:
        record.section("scale", "Many scenes", "\n".join(lines))


if __name__ == "__main__":
    main()
