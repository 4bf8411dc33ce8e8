"""Every rule runs in the conda environment that it ships with, and needs nothing from outside it."""

import ast
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import every_rule
import pytest
from laws import script

from geoclass.core import library

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
    for file in (script(rule), *library.modules_of(script(rule))):
        for node in ast.walk(ast.parse(Path(file).read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module)
    return {name for name in names if name.split(".")[0] not in sys.stdlib_module_names}


def test_every_rule_has_an_environment(prepared):
    assert set(prepared[1]) == {path.stem for path in ENVIRONMENTS}


def test_every_rule_ran_in_its_environment(series):
    benchmarks = series.folder / "results" / "benchmarks"
    ran = {path.relative_to(benchmarks).parts[0].removesuffix(".tsv") for path in benchmarks.rglob("*.tsv")}
    assert ran == set(every_rule.targets())


def test_the_labelling_page_is_served_from_its_environment(series):
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    server = subprocess.Popen(series.command("label"), cwd=series.folder, env=series.variables, start_new_session=True, **streams)
    printed = []
    try:
        for line in server.stdout:
            printed.append(line)
            if address := re.search(r"Open  (http\S+)", line):
                break
        else:
            pytest.fail("".join(printed))
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(address[1], timeout=60) as page:
            assert page.status == 200 and b"<html" in page.read()
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.communicate(timeout=60)


@pytest.mark.parametrize("rule", [path.stem for path in ENVIRONMENTS])
def test_an_environment_needs_nothing_from_outside(prepared, rule):
    python = prepared[1][rule] / "bin" / "python"
    run = subprocess.run(
        [python, "-I", "-c", IMPORT, SCRIPTS, f"{script(rule).parent.name}.{rule}", *sorted(imported(rule))],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
