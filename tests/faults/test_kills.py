"""Runs that are killed at random moments end, once they are let run, with the bytes of a run that was not, and leave nothing behind."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import recording
from disturbed import command

KILLS = int(os.environ.get("FAULT_KILLS", "60"))
TARGETS = os.environ.get("FAULT_TARGETS", "maps scores series").split()
TIMES = {"benchmarks", "logs", "summary.md", "pages"}  # what tells of the run itself


def products(folder):
    """Return the fingerprint of every product by its path."""
    found = [path for path in sorted((folder / "results").rglob("*")) if path.is_file()]
    told = [path for path in found if not TIMES & set(path.relative_to(folder / "results").parts)]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in told}


def litter(folder):
    """Return what no run should leave: hidden files, and the states of what was not finished."""
    found = [
        path for path in (folder / "results").rglob("*") if path.name.startswith(".") and path.name != ".snakemake_timestamp"
    ]
    return [*found, *(folder / "results").rglob("*.parts"), *(folder / "results").rglob("*.resume")]


def disturb(process, rng):
    """Kill all processes of a run, end them politely, or kill one job alone; return which."""
    family = psutil.Process(process.pid).children(recursive=True)
    jobs = [one for one in family if any(".snakemake/scripts" in part for part in one.cmdline())]
    kind = rng.choice(["kill -9", "SIGTERM", "kill -9 of a job"])
    for one in jobs if kind == "kill -9 of a job" else [psutil.Process(process.pid), *family]:
        try:
            one.send_signal(signal.SIGTERM if kind == "SIGTERM" else signal.SIGKILL)
        except psutil.NoSuchProcess:
            pass
    return kind


def test_killed_runs_end_with_the_same_bytes(workspace, tmp_path):
    rng, environment = random.Random(1), {**os.environ, "OMP_NUM_THREADS": "1"}
    start = time.monotonic()
    assert subprocess.run(command(workspace, *TARGETS), env=environment, capture_output=True).returncode == 0
    whole_s, expected = time.monotonic() - start, products(workspace.folder)
    assert len(expected) > 3 and not litter(workspace.folder)
    shutil.rmtree(workspace.folder / "results")
    shutil.rmtree(workspace.folder / ".snakemake")
    fates, between_s = [], max(3.0, 3 * whole_s / KILLS)
    while len(fates) < KILLS:
        log = tmp_path / "run.log"
        with open(log, "w") as stream:
            process = subprocess.Popen(command(workspace, *TARGETS), env=environment, stdout=stream, stderr=subprocess.STDOUT)
        try:
            assert process.wait(rng.uniform(2.0, between_s + 4)) == 0, log.read_text()[-4000:]
            shutil.rmtree(workspace.folder / "results")  # it was whole: from the beginning
            continue
        except subprocess.TimeoutExpired:
            fates.append(disturb(process, rng))
        process.wait(120)
        subprocess.run(command(workspace, "--unlock"), env=environment, capture_output=True)  # the one step by hand
    last = subprocess.run(command(workspace, *TARGETS), env=environment, text=True, capture_output=True)
    assert last.returncode == 0, last.stderr[-4000:]
    found = products(workspace.folder)
    recording.add("kills", "kills", fates)
    recording.add(
        "kills", "products", ["same bytes" if found.get(name) == digest else "other" for name, digest in expected.items()]
    )
    recording.add("kills", "left behind", [str(path) for path in litter(workspace.folder)])
    assert found == expected and not litter(workspace.folder)


def test_a_second_account_can_read_what_one_has_made(workspace):
    """With either of the usual masks, nothing is private but what the mask takes away."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for umask, taken in ((0o022, 0o044), (0o027, 0o040)):
        shutil.rmtree(workspace.folder / "results", ignore_errors=True)
        target = "results/models/block/variomlp/model.json"
        run = subprocess.run(command(workspace, target), env=environment, text=True, capture_output=True, umask=umask)
        assert run.returncode == 0, run.stderr[-4000:]
        made = [path for path in Path(workspace.folder / "results").rglob("*") if path.is_file()]
        private = [path for path in made if path.stat().st_mode & taken != taken]
        recording.add(
            "second account", f"files, umask {umask:03o}", ["readable"] * (len(made) - len(private)) + ["private"] * len(private)
        )
        assert not private
