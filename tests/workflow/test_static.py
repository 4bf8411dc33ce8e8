"""What Snakemake and snakefmt say of the workflow before anything runs."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*command):
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_snakemake_lint_finds_nothing():
    result = run("snakemake", "--lint")
    assert result.returncode == 0 and "Congratulations" in result.stdout, result.stdout


def test_rules_are_formatted():
    result = run("snakefmt", "--check", "Snakefile", "workflow")
    assert result.returncode == 0, result.stdout


def test_code_is_clean():
    result = run("ruff", "check", "workflow", "tests")
    assert result.returncode == 0, result.stdout


def test_the_default_is_planned_from_a_clean_clone(workspace):
    result = workspace.snakemake("--dry-run", config="config/config.yaml")
    assert result.returncode == 0, result.stdout
    for rule in ("simulate_series", "ingest_scene", "extract_vario", "train_varionet", "classify_scene", "render_maps"):
        assert rule in result.stdout
