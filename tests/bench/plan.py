"""How long Snakemake plans a series of many scenes, before any job starts.

usage: plan.py [SCENES]
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
LIMIT_S = 15


def plan(n_scenes: int) -> tuple[float, int]:
    """Dry-run a series of `n_scenes` scenes, two of them labelled; return seconds and the number of jobs."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [f"s{i:04d}\ts{i:04d}.tif\t{'yes' if i < 2 else ''}" for i in range(n_scenes)]
        for row in rows:
            Path(folder, row.split("\t")[1]).touch()
        Path(folder, "labels.gpkg").touch()
        Path(folder, "scenes.tsv").write_text("\n".join(["scene\tpath\tlabelled", *rows]) + "\n")
        settings = {"scenes": "scenes.tsv", "classes": str(ROOT / "config" / "classes.tsv"), "ingest_scene": {"roi": None}}
        settings |= {"collect_labels": {"sources": ["labels.gpkg"]}}
        Path(folder, "settings.yaml").write_text(yaml.safe_dump(settings))
        command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder]
        command += ["--configfile", Path(folder, "settings.yaml"), "--dry-run", "--quiet", "rules"]
        start = time.perf_counter()
        run = subprocess.run(list(map(str, command)), cwd=folder, text=True, capture_output=True)
        seconds = time.perf_counter() - start
    if run.returncode:
        sys.exit(run.stderr[-3000:] + run.stdout[-3000:])
    total = next(line for line in (run.stdout + run.stderr).splitlines() if line.startswith("total"))
    return seconds, int(total.split()[1])


if __name__ == "__main__":
    for n_scenes in [int(sys.argv[1])] if len(sys.argv) > 1 else [20, 200]:
        seconds, jobs = plan(n_scenes)
        print(f"{n_scenes} scenes: {jobs} jobs planned in {seconds:.1f} s ({os.cpu_count()} cores)")
    if seconds > LIMIT_S:
        sys.exit(f"planning {n_scenes} scenes took {seconds:.1f} s, expected at most {LIMIT_S} s")
