"""Runs of the workflow that a test starts as a process of its own, to kill it or to watch it."""

import sys

from recording import ROOT


def command(workspace, *more):
    """Return the command that runs the workflow in a workspace."""
    run = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", workspace.folder]
    return list(map(str, [*run, "--configfile", workspace.folder / "tiny.yaml", "--cores", "2", *more]))
