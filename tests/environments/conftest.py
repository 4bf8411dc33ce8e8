"""A conda to make the environments with, and a Snakemake that is alone in its own.

Where there is no conda, a stand-in is set up in the user's cache: a channel of the packages in .venv (channel.py) and the few
commands that Snakemake calls (conda.py).
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import every_rule
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "geoclass-workflow"
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
DURATIONS: dict[str, float] = {}
ACTIVATE = """\
export CONDA_PREFIX="$1"
export PATH="$1/bin:$PATH"
"""


@contextmanager
def timed(what: str):
    """Note how long something takes, for the end of the test session."""
    start = time.monotonic()
    yield
    DURATIONS[what] = time.monotonic() - start


def pytest_terminal_summary(terminalreporter):
    for what, seconds in DURATIONS.items():
        terminalreporter.write_line(f"{what}: {seconds:.1f} s")


def cached(name: str, key: str, make: Callable[[Path], None]) -> Path:
    """Return a folder of the cache, made once for every content of `key`; what was made for another content goes."""
    folder = CACHE / name
    stamp = folder / ".made_of"
    if not stamp.exists() or stamp.read_text() != key:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with timed(f"setting up {name}"):
            make(folder)
        stamp.write_text(key)
    return folder


def virtual_environment(name: str, *arguments: str) -> Path:
    """Return the Python of a virtual environment that pip filled as the arguments say."""

    def make(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *arguments], check=True)

    key = f"{sys.version} {arguments} {(HERE / 'requirements.txt').read_text()}"
    return cached(name, key, make) / "bin" / "python"


@pytest.fixture(scope="session")
def snakemake() -> Path:
    """Return the Python of an environment that holds Snakemake and what the Snakefile imports: scripts can borrow no more."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return virtual_environment("snakemake", *(line for line in lines if line.startswith(("snakemake[", "pandas=="))))


@pytest.fixture(scope="session")
def conda() -> dict[str, str]:
    """Return the environment variables under which a program finds conda and nothing of the Python that runs the tests."""
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV", "GDAL", "PROJ"))}
    folders = [folder for folder in variables["PATH"].split(os.pathsep) if Path(folder) != Path(sys.executable).parent]
    if shutil.which("conda") is None:
        tools = virtual_environment("conda-tools", "--requirement", str(HERE / "requirements.txt"))
        channel = cached("conda-channel", channel_key(), lambda folder: make_channel(tools, folder))
        folders.insert(0, str(stand_in(tools)))
        variables |= {"CONDA_CHANNEL_ALIAS": channel.as_uri(), "CONDA_PKGS_DIRS": str(channel / "unpacked")}
    return variables | {"PATH": os.pathsep.join(folders), "OMP_NUM_THREADS": "1"}


def channel_key() -> str:
    """Say what the channel is made of: when one of it changes, the channel is made anew."""
    parts = [sys.version, *sorted(f"{d.name} {d.version}" for d in metadata.distributions())]
    parts += [path.read_text() for path in (HERE / "channel.py", *ENVIRONMENTS)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def make_channel(tools: Path, folder: Path) -> None:
    """Make the channel of the packages that the tests run with."""
    site_packages = Path(metadata.distribution("numpy").locate_file("")).resolve()
    subprocess.run([tools, HERE / "channel.py", site_packages, folder / "conda-forge", *ENVIRONMENTS], check=True)


def stand_in(tools: Path) -> Path:
    """Write the commands `conda` and `activate` and return their folder."""
    folder = CACHE / "conda" / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conda").write_text(f'#!/bin/sh\nCONDA_PREFIX={folder.parent} exec {tools} {HERE / "conda.py"} "$@"\n')
    (folder / "conda").chmod(0o755)
    (folder / "activate").write_text(ACTIVATE)
    return folder


class Series:
    """A folder with the tiny simulated series, and Snakemake run in it from an environment of its own, as on a login node."""

    def __init__(self, folder: Path, snakemake: Path, variables: dict[str, str]):
        self.folder, self.python, self.variables = folder, snakemake, variables
        every_rule.prepare(folder)

    def command(self, *arguments: str) -> list[str]:
        """Return the command line that runs snakemake."""
        command = [self.python, "-m", "snakemake", *arguments, "--sdm", "conda", "--cores", "2"]
        command += ["--snakefile", ROOT / "Snakefile", "--directory", self.folder]
        return list(map(str, [*command, "--configfile", self.folder / every_rule.SETTINGS]))

    def snakemake(self, *arguments: str) -> str:
        """Run snakemake, which must succeed, and return what it said."""
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        run = subprocess.run(self.command(*arguments), cwd=self.folder, env=self.variables, **streams)
        assert run.returncode == 0, run.stdout[-6000:]
        return run.stdout


@pytest.fixture(scope="session")
def prepared(tmp_path_factory, snakemake, conda):
    """Return the folder of the series with all environments, and the folder of each by the rule's name."""
    made = Series(tmp_path_factory.mktemp("series"), snakemake, conda)
    targets = [*every_rule.targets().values(), "label", "resources/resnet18_imagenet.safetensors"]
    with timed("making all environments"):
        made.snakemake(*targets, "--conda-create-envs-only")
    rows = [line.split("\t") for line in made.snakemake(*targets, "--list-conda-envs").splitlines() if "\t" in line]
    return made, {Path(row[0]).stem: made.folder / row[-1] for row in rows[1:]}


@pytest.fixture(scope="session")
def series(prepared):
    """Return the same folder when every rule that makes a file has run in its environment."""
    with timed("running every rule in its environment"):
        prepared[0].snakemake(*every_rule.targets().values())
    return prepared[0]
