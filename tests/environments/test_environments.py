"""Every rule runs in the conda environment that it ships with, and needs nothing from outside it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from geoclass import settings

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
SCRIPTS = ROOT / "workflow" / "scripts"
IMPORT = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    module = importlib.import_module(name)
    file = getattr(module, "__file__", None) or sys.prefix
    assert file.startswith((sys.prefix, sys.argv[1])), f"{name} comes from {file}"
"""


def imported(rule: str) -> set[str]:
    """Return the modules that a rule's script and its library modules import, functions included, standard library left out."""
    names = set()
    for file in (SCRIPTS / f"{rule}.py", *settings.modules_of(SCRIPTS / f"{rule}.py")):
        for node in ast.walk(ast.parse(Path(file).read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module)
    return {name for name in names if name.split(".")[0] not in sys.stdlib_module_names}


@pytest.fixture(scope="session")
def prefixes(series):
    """Return the folder of every environment that the series has used, by the name of the environment file."""
    rows = [line.split("\t") for line in series.snakemake("--list-conda-envs").splitlines() if "\t" in line]
    return {Path(row[0]).stem: series.folder / row[-1] for row in rows[1:]}


def test_every_rule_ran_in_an_environment(series, prefixes):
    benchmarks = series.folder / "results" / "benchmarks"
    ran = {path.relative_to(benchmarks).parts[0].removesuffix(".tsv") for path in benchmarks.rglob("*.tsv")}
    assert set(prefixes) == ran
    assert set(prefixes) == {path.stem for path in ENVIRONMENTS}


@pytest.mark.parametrize("rule", [path.stem for path in ENVIRONMENTS])
def test_an_environment_needs_nothing_from_outside(prefixes, rule):
    python = prefixes[rule] / "bin" / "python"
    run = subprocess.run([python, "-I", "-c", IMPORT, SCRIPTS, rule, *sorted(imported(rule))], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
