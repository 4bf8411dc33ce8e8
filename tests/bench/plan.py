"""What planning costs: processor time and peak memory of `snakemake -n` for series of many scenes with three models.

A job on a cluster reads the workflow twice before its script begins: what that costs above Snakemake's own start is printed, too.

`python tests/bench/plan.py [SCENES ...]`; the table goes to SPEED.md.
"""

import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "bench")]

import record

SCENES = (100, 400, 2000)


def plan(folder: Path, n_scenes: int) -> tuple[int, float, float, float]:
    """Plan a series of empty files; return the number of jobs, its processor time in s, peak memory in MB, and a job's start in s."""
    shutil.copytree(ROOT / "config", folder / "config")
    names = [f"s{number:05d}" for number in range(n_scenes)]
    for name in names:
        (folder / f"{name}.tif").touch()
    (folder / "labels.gpkg").touch()
    rows = [f"{name}\t{name}.tif\t{'yes' if name < 's00002' else ''}" for name in names]
    (folder / "scenes.tsv").write_text("\n".join(["scene\tpath\tlabelled", *rows]) + "\n")
    (folder / "my.yaml").write_text("scenes: scenes.tsv\ncollect_labels: {sources: [labels.gpkg]}\n")
    settings = ["--snakefile", ROOT / "Snakefile", "--configfile", folder / "my.yaml"]
    said, seconds = snakemake(folder, *settings, "--dry-run", "--quiet", "rules", "host", "reason")
    jobs = next(line.split()[1] for line in said.splitlines() if line.startswith("total "))
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # the largest so far: series come in order of size
    (folder / "bare.smk").write_text("rule all: output: 'x'\n")
    as_a_job = ["--list-rules", "--mode", "remote"]
    read = snakemake(folder, *settings, *as_a_job)[1] - snakemake(folder, "--snakefile", folder / "bare.smk", *as_a_job)[1]
    return int(jobs), seconds, memory, 2 * read


def snakemake(folder: Path, *arguments: str | Path) -> tuple[str, float]:
    """Run Snakemake; return what it printed and its processor time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "snakemake", *map(str, arguments)]
    run = subprocess.run(command, cwd=folder, text=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        sys.exit(run.stdout + run.stderr)
    return run.stdout + run.stderr, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    lines = [f"`snakemake -n` of new scenes with three models; {record.machine()}, {record.today()}.\n"]
    lines += ["| scenes | jobs | processor time [s] | peak memory [MB] | a job before its script [s] |", "|---|---|---|---|---|"]
    for n_scenes in map(int, sys.argv[1:] or SCENES):
        with tempfile.TemporaryDirectory() as folder:
            jobs, seconds, memory, start = plan(Path(folder), n_scenes)
        lines.append(f"| {n_scenes:,} | {jobs:,} | {seconds:.1f} | {memory:.0f} | {start:.1f} |")
        print(lines[-1], flush=True)
    record.section("plan", "Planning", "\n".join(lines), page=record.SPEED)


if __name__ == "__main__":
    main()
