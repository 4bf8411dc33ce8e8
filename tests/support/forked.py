"""Snakemake in a process of its own, as a user starts it, but forked from one that has imported it: two seconds less a start."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_STARTED = multiprocessing.get_context("forkserver")
_STARTED.set_forkserver_preload(
    ["snakemake.cli", "snakemake.report.html_reporter", "pandas"]
)  # of others, nothing that is tested


def snakemake(
    arguments: Sequence, folder: str | Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess:
    """Run snakemake in a folder and return its exit code and what it said, on one stream."""
    command = ["snakemake", *map(str, arguments)]
    with tempfile.NamedTemporaryFile() as said:
        process = _STARTED.Process(target=_run, args=(command, folder, dict(environment or os.environ), said.name))
        process.start()
        process.join()
        text = Path(said.name).read_text()
    return subprocess.CompletedProcess(command, process.exitcode, text)


def _run(command: list[str], folder: str | Path, environment: dict[str, str], said: str) -> None:
    stream = os.open(said, os.O_WRONLY)
    for standard in (1, 2):
        os.dup2(stream, standard)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = command
    sys.modules["snakemake.cli"].main(command[1:])
