"""Runs of the workflow that a test starts as a process of its own, to kill it or to watch it."""

import re
import sys

import psutil
from recording import ROOT

# The server of the labelling page over a series of `label_series`, without Snakemake: folder and port follow.
SERVE = """
import sys
from labelling.label import label
folder, port = sys.argv[1:]
classes = f"{folder}/classes.tsv"
label(f"{folder}/results", ["a", "b"], ["a"], classes, classes, f"{folder}/store/labels.gpkg", int(port), "../page")
"""
JOB = re.compile(r"\.snakemake/scripts/tmp\w+\.(\w+)\.py")  # the script of a rule, as Snakemake starts it


def command(workspace, *more, settings="tiny.yaml"):
    """Return the command that runs the workflow in a workspace."""
    run = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", workspace.folder]
    return list(map(str, [*run, "--configfile", workspace.folder / settings, "--cores", "2", *more]))


def jobs(pid):
    """Return the jobs that run under a Snakemake: processes by the rule whose script they are."""
    found = {}
    try:
        family = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return found
    for process in family:
        try:
            match = JOB.search(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        if match:
            found.setdefault(match[1], []).append(process)
    return found
