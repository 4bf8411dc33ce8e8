"""What planning costs: processor time and peak memory of `snakemake -n` for series of many scenes with three models.

`python tests/bench/plan.py [SCENES ...]`; the table goes to docs/benchmarks.md.
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


def plan(folder: Path, n_scenes: int) -> tuple[int, float, float]:
    """Plan a series of empty files; return the number of jobs, seconds of the processor and peak memory in MB."""
    shutil.copytree(ROOT / "config", folder / "config")
    names = [f"s{number:05d}" for number in range(n_scenes)]
    for name in names:
        (folder / f"{name}.tif").touch()
    (folder / "labels.gpkg").touch()
    rows = [f"{name}\t{name}.tif\t{'yes' if name < 's00002' else ''}" for name in names]
    (folder / "scenes.tsv").write_text("\n".join(["scene\tpath\tlabelled", *rows]) + "\n")
    (folder / "my.yaml").write_text("scenes: scenes.tsv\ncollect_labels: {sources: [labels.gpkg]}\n")
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder]
    command += ["--configfile", folder / "my.yaml", "--dry-run", "--quiet", "rules", "host", "reason"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(list(map(str, command)), cwd=folder, text=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        sys.exit(run.stdout + run.stderr)
    jobs = next(line.split()[1] for line in (run.stdout + run.stderr).splitlines() if line.startswith("total "))
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return int(jobs), seconds, after.ru_maxrss / 1024  # the largest so far: series come in order of size


def main() -> None:
    lines = [f"`snakemake -n` of new scenes with three models; {record.machine()}, {record.today()}.\n"]
    lines += ["| scenes | jobs | processor time [s] | peak memory [MB] |", "|---|---|---|---|"]
    for n_scenes in map(int, sys.argv[1:] or SCENES):
        with tempfile.TemporaryDirectory() as folder:
            jobs, seconds, memory = plan(Path(folder), n_scenes)
        lines.append(f"| {n_scenes:,} | {jobs:,} | {seconds:.1f} | {memory:.0f} |")
        print(lines[-1], flush=True)
    record.section("plan", "Planning", "\n".join(lines))


if __name__ == "__main__":
    main()
