"""Runs that are killed in the midst of every rule end, once they are let run, with the bytes of a run that was not, and leave nothing."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter

import every_rule
import pandas as pd
import psutil
import recording
from disturbed import command, jobs

KILLS = int(os.environ.get("FAULT_KILLS", "60"))
TARGETS = os.environ.get("FAULT_TARGETS", "").split() or list(every_rule.targets().values())
# What tells of the run itself: times, free disk, and the crate that lists them.
TIMES = {"benchmarks", "logs", "run", "summary.md", "pages", "check.md", "ro-crate-metadata.json"}
ROUND = every_rule.WILDCARDS["ROUND"]
PATIENCE_S = 120
KINDS = ("kill -9", "SIGTERM", "kill -9 of a job")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def start_of(workspace):
    """Return the command that makes all targets; those of a round of learning no longer once its verdict is there: the next is due."""
    judged = (workspace.folder / "results" / "rounds" / ROUND / "verdict.json").exists()
    targets = [target for target in TARGETS if not (judged and ROUND in target)]
    return command(workspace, *targets, settings=every_rule.SETTINGS)


def run(workspace):
    """Let a run of all targets go to its end."""
    return subprocess.run(start_of(workspace), env=ENVIRONMENT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


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


def seconds(folder):
    """Return how long the longest job of each rule took."""
    lasted = {}
    benchmarks = folder / "results" / "benchmarks"
    for path in benchmarks.rglob("*.tsv"):
        rule = path.relative_to(benchmarks).parts[0].removesuffix(".tsv")
        lasted[rule] = max(lasted.get(rule, 0.0), float(pd.read_csv(path, sep="\t")["s"].max()))
    return lasted


def disturb(process, kind):
    """Kill all processes of a run, end them politely, or kill its jobs alone; return the rules of the jobs."""
    running = jobs(process.pid)
    family = [one for processes in running.values() for one in processes]
    if kind != "kill -9 of a job":
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for one in family:
        try:
            one.send_signal(signal.SIGTERM if kind == "SIGTERM" else signal.SIGKILL)
        except psutil.NoSuchProcess:
            pass
    return list(running)


def fate(process, kind):
    """Wait for the end of a disturbed run; return what happened to it.

    Snakemake 9.27.1 was seen to wait for itself for ever after SIGTERM, when its jobs had ended: it is killed then, as Slurm does.
    """
    try:
        process.wait(PATIENCE_S)
        return kind
    except subprocess.TimeoutExpired:
        if kind != "SIGTERM" or jobs(process.pid):
            raise
        for one in [*psutil.Process(process.pid).children(recursive=True), process]:
            one.kill()
        process.wait(PATIENCE_S)
        return f"{kind}, then kill -9 as it did not end"


def interrupted(workspace, log, wanted, lasted, rng, kind):
    """Start a run and disturb it at a random moment of a job of a wanted rule.

    Return the rules that were hit, none if it ended, and what happened to it.
    """
    with open(log, "w") as stream:
        process = subprocess.Popen(start_of(workspace), env=ENVIRONMENT, stdout=stream, stderr=subprocess.STDOUT)
    moments = {}  # when to disturb, by the job's process
    while process.poll() is None:
        for rule, processes in jobs(process.pid).items():
            for pid in [one.pid for one in processes] if wanted[rule] > 0 else []:
                moments.setdefault(pid, time.monotonic() + rng.uniform(0.0, lasted.get(rule, 1.0)))
                if time.monotonic() >= moments[pid]:
                    return disturb(process, kind), fate(process, kind)
        time.sleep(0.05)
    assert process.returncode == 0, log.read_text()[-4000:]
    return [], "ended"


def test_killed_runs_end_with_the_same_bytes(workspace, tmp_path):
    folder, rng = workspace.folder, random.Random(1)
    shutil.rmtree(folder)
    every_rule.prepare(folder)
    whole = run(workspace)
    assert whole.returncode == 0, whole.stdout[-4000:]
    expected, lasted = products(folder), seconds(folder)
    assert len(expected) > 3 and not litter(folder)
    shutil.rmtree(folder / "results")
    shutil.rmtree(folder / ".snakemake")
    rules = sorted(lasted)
    rng.shuffle(rules)
    wanted = Counter(rules * (KILLS // len(rules)) + rules[: KILLS % len(rules) + 3])  # some jobs end before their moment
    fates, killed, told = [], set(), None
    while True:
        kind = KINDS[len(fates) % len(KINDS)]
        hit, happened = interrupted(workspace, tmp_path / "run.log", wanted, lasted, rng, kind)
        if hit:
            fates.append(happened)
            killed |= set(hit)
            wanted.subtract(hit)
        elif len(fates) < KILLS:  # it came to its end: once more from the beginning
            wanted.update(rules)
            shutil.rmtree(folder / "results")
            continue
        else:
            break
        if any((folder / ".snakemake" / "locks").glob("*")):
            if told is None:  # the next start names the one step by hand
                refused = run(workspace)
                told = refused.stdout
                assert refused.returncode != 0
            subprocess.run(command(workspace, "--unlock", settings=every_rule.SETTINGS), env=ENVIRONMENT, capture_output=True)
    found = products(folder)
    recording.add("kills", "kills", fates)
    recording.add("kills", "rules", ["killed" if rule in killed else "not killed" for rule in rules])
    recording.add(
        "kills", "products", ["same bytes" if found.get(name) == digest else "other" for name, digest in expected.items()]
    )
    recording.add("kills", "left behind", [str(path) for path in litter(folder)])
    assert found.keys() == expected.keys() and not litter(folder)
    assert {name for name, digest in found.items() if digest != expected[name]} == set()
    assert told is None or "snakemake --unlock, then the same command again" in told
