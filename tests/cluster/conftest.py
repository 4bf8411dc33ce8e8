"""A Slurm of one machine, and snakemake run on it as a user would."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import every_rule
import pytest
import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GROUPS = {entry.split("=")[1] for entry in yaml.safe_load((ROOT / "slurm" / "config.yaml").read_text())["groups"]}
HANGING = "list_scenes"  # the series goes on while its job hangs: only the summary of the run waits for this rule
# What every site tells Snakemake in its own way; here: no accounting, so squeue tells what became of a job; jobs of seconds; and
# the packages of this environment, since those of the rules have tests of their own.
SITE = ["--slurm-no-account", "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "10"]
SITE += ["--software-deployment-method", "env-modules", "--latency-wait", "5"]


@pytest.fixture(scope="session")
def slurm():
    """Start Slurm for the session; skip with the reason where that is not possible, but never in CI."""
    start = subprocess.run([HERE / "start_slurm.sh"], stderr=subprocess.PIPE, text=True)
    if start.returncode == 3 and not os.environ.get("CI"):
        pytest.skip(start.stderr.strip())
    try:
        assert start.returncode == 0, start.stderr
        yield
    finally:
        if start.returncode != 3:
            subprocess.run([HERE / "stop_slurm.sh"], check=True)


class Series:
    """A folder with the tiny simulated series, in which every rule has something to do."""

    def __init__(self, folder: Path):
        self.folder = folder
        every_rule.prepare(folder)

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run snakemake with the shipped profile and return what it said, on one stream."""
        command = [sys.executable, "-m", "snakemake", "--profile", ROOT / "slurm", *SITE, "--snakefile", ROOT / "Snakefile"]
        command += ["--directory", self.folder, "--configfile", self.folder / every_rule.SETTINGS, "--jobs", "4", *arguments]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        return subprocess.run(list(map(str, command)), cwd=self.folder, env=environment, **streams)


@pytest.fixture
def series(slurm, tmp_path):
    return Series(tmp_path)


def minutes(limit: str) -> int:
    """Return a time limit as Slurm writes it, days-hours:minutes:seconds, in minutes."""
    days, _, clock = limit.rpartition("-")
    hours, minutes_, _ = clock.split(":")
    return int(days or 0) * 1440 + int(hours) * 60 + int(minutes_)


class Observer(threading.Thread):
    """Watches the jobs of Slurm while they run, and lets the first one of the rule HANGING hang, with one minute left to it.

    Attributes
    ----------
    jobs
        The last that was seen of each job, by its number: the fields of ``scontrol show job``, ``rule`` (or group), ``asked_minutes`` (its
        first time limit) and ``held_gpu`` (whether it was seen to run with a GPU allocated).
    hung
        Number of the job that hangs.
    """

    def __init__(self):
        super().__init__(daemon=True)
        self.jobs: dict[int, dict] = {}
        self.hung: int | None = None
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(0.5):
            shown = subprocess.run(["scontrol", "--oneliner", "--details", "show", "job"], capture_output=True, text=True).stdout
            for line in shown.splitlines():
                if line.startswith("JobId="):
                    self._see(dict(re.findall(r"(\S+?)=(\S*)", line)))

    def _see(self, job: dict) -> None:
        number, running = int(job["JobId"]), job["JobState"] == "RUNNING"
        name = re.fullmatch(r"rule_(\w+?)(_wildcards_.*)?", job["Comment"])[1]
        job["rule"] = next(
            (group for group in GROUPS if name.startswith(f"{group}_")), name
        )  # a group's name tells its rules too
        before = self.jobs.get(number, job)
        job["asked_minutes"] = before.get("asked_minutes") or minutes(job["TimeLimit"])
        job["held_gpu"] = before.get("held_gpu") or (running and job.get("GRES", "").startswith("gpu"))
        self.jobs[number] = job
        if running and job["rule"] == HANGING and self.hung is None:
            self.hung = number
            subprocess.run(["scontrol", "update", f"JobId={number}", "TimeLimit=1"], check=True)
            subprocess.run(["scancel", "--full", "--signal=STOP", str(number)], check=True)


@pytest.fixture(scope="session")
def observed(slurm, tmp_path_factory):
    """Return a folder in which every rule of the series has run on Slurm, what snakemake said, and the jobs as they were seen."""
    series = Series(tmp_path_factory.mktemp("series"))
    observer = Observer()
    observer.start()
    run = series.snakemake("all", *every_rule.targets().values())
    observer.ended.set()
    observer.join()
    return series.folder, run, observer
