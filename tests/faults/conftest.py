"""The workspaces of the workflow's tests, for runs that are disturbed."""

import importlib.util
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("workflow_runs", Path(__file__).parents[1] / "workflow" / "conftest.py")
workflow_runs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(workflow_runs)


@pytest.fixture
def workspace(tmp_path):
    """Return a folder whose name has spaces, with the shipped tables and a tiny configuration."""
    made = workflow_runs.Workspace(tmp_path / "a folder with spaces")
    made.prepare()
    return made
