"""The profile for other batch systems, on a PBS of three short scripts."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SNAKEFILE = """
rule all:
    input: expand("{scene}.txt", scene=["a", "b"])
rule train_resnet18:  # a name that the profile knows; the first attempt is killed with all its processes, as by a time limit
    output: "{scene}.txt"
    threads: 2
    resources:
        attempt_number=lambda wildcards, attempt: attempt,
        mem_mb=lambda wildcards, attempt: 1500 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    shell: "if [ {resources.attempt_number} = 1 ]; then kill -KILL 0; fi; touch {output}"
"""


@pytest.mark.skipif(
    importlib.util.find_spec("snakemake_executor_plugin_cluster_generic") is None and not os.environ.get("CI"),
    reason="needs the package snakemake-executor-plugin-cluster-generic",
)
def test_a_killed_job_is_noticed_and_repeated_with_more(tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "jobs").mkdir()
    environment = {**os.environ, "PATH": f"{HERE / 'pbs'}:{os.environ['PATH']}", "PBS_JOBS": str(tmp_path / "jobs")}
    command = [sys.executable, "-m", "snakemake", "--profile", ROOT / "slurm", "--profile", ROOT / "profiles" / "generic"]
    command += ["--software-deployment-method", "env-modules", "--seconds-between-status-checks", "2"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    run = subprocess.run(list(map(str, command)), cwd=tmp_path, env=environment, **streams)
    assert run.returncode == 0, run.stdout
    asked = [path.read_text() for path in (tmp_path / "jobs").glob("*/options")]
    for attempt in (1, 2):
        wanted = f"-l select=1:ncpus=2:mem={attempt * 1500}mb:ngpus=1 -l walltime={attempt * 10}:00 "
        for scene in "ab":
            assert sum(wanted in options and f"-N train_resnet18-scene-{scene} " in options for options in asked) == 1
