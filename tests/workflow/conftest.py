"""A working directory with a tiny simulated series, and snakemake run in it as a user would."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Workspace:
    """A folder with the shipped tables and a configuration, in which the workflow is run."""

    def __init__(self, folder: Path):
        self.folder = folder
        shutil.copytree(ROOT / "config", folder / "config")
        shutil.copy(Path(__file__).parent / "tiny.yaml", folder / "tiny.yaml")

    def snakemake(self, *arguments: str, config: str = "tiny.yaml", more: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
        """Run snakemake in the folder and return what it said, on one stream."""
        command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", self.folder]
        command += ["--configfile", *(self.folder / name for name in (config, *more)), "--cores", "2", *arguments]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            list(map(str, command)), cwd=self.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Return a workspace in which the whole chain has run once."""
    workspace = Workspace(tmp_path_factory.mktemp("series"))
    run = workspace.snakemake()
    assert run.returncode == 0, run.stdout[-6000:]
    return workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)
