"""A working directory with a tiny simulated series, and snakemake run in it as a user would."""

import os
import shutil
import subprocess
from pathlib import Path

import forked
import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]


class Workspace:
    """A folder with the shipped tables and a configuration, in which the workflow is run."""

    def __init__(self, folder: Path):
        self.folder = folder

    def prepare(self) -> None:
        """Put the shipped tables and the settings of the tiny series into the folder."""
        shutil.copytree(ROOT / "config", self.folder / "config")
        shutil.copy(Path(__file__).parent / "tiny.yaml", self.folder / "tiny.yaml")

    def copied(self, folder: Path) -> "Workspace":
        """Return a copy of it in a new folder, times included."""
        shutil.copytree(self.folder, folder, copy_function=shutil.copy2, symlinks=True)
        return Workspace(folder)

    def snakemake(self, *arguments: str, config: str = "tiny.yaml", more: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
        """Run snakemake in the folder and return what it said, on one stream."""
        command = ["--snakefile", ROOT / "Snakefile", "--directory", self.folder]
        command += ["--configfile", *(self.folder / name for name in (config, *more)), "--cores", "2"]
        # Two threads that wait for each other on a core shared with other tests take ten times the time of one.
        command += ["--max-threads", "1", *arguments]
        return forked.snakemake(command, self.folder, {**os.environ, "OMP_NUM_THREADS": "1"})


@pytest.fixture(scope="session")
def finished(tmp_path_factory, worker_id):
    """Return a workspace in which the whole chain has run once, to be read only: all processes that share the tests have it."""
    shared = tmp_path_factory.getbasetemp() if worker_id == "master" else tmp_path_factory.getbasetemp().parent
    workspace = Workspace(shared / "finished")
    with FileLock(shared / "finished.lock"):
        if not (shared / "finished.done").exists():
            shutil.rmtree(workspace.folder, ignore_errors=True)
            workspace.prepare()
            run = workspace.snakemake()
            assert run.returncode == 0, run.stdout[-6000:]
            (shared / "finished.done").touch()
    return workspace


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.prepare()
    return workspace


@pytest.fixture
def grown(finished, tmp_path):
    """Return a copy of the finished workspace, to be changed and run again."""
    return finished.copied(tmp_path / "series")
