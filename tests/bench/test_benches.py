"""The benches run: each small, in a copy of the checkout, whose pages it may renew."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMALL = {  # their arguments
    "vario_speed": ("4",),
    "training": ("2",),
    "inference": ("64", "96"),
    "page": ("3000",),
    "plan": ("3",),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_bench_runs_and_renews_its_section(tmp_path, name):
    for part in ("tests/bench", "docs"):
        shutil.copytree(ROOT / part, tmp_path / part)
    for part in ("tests/support", "workflow", "Snakefile", "config", "profiles", "envs"):
        (tmp_path / part).symlink_to(ROOT / part)
    pages = [tmp_path / "docs" / "benchmarks.md", *(tmp_path / "tests" / "bench").glob("*.md")]
    for page in pages:
        page.write_text("")  # the section is what the bench writes
    command = [sys.executable, tmp_path / "tests" / "bench" / f"{name}.py", *SMALL[name]]
    run = subprocess.run(command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert run.returncode in (0, 1) and "Traceback" not in run.stdout, run.stdout  # 1: slower than is asked
    assert any("|---" in page.read_text() for page in pages), run.stdout
