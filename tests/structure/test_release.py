"""What a public repository needs: a release by one command, a citation, workflows and hooks that call what exists."""

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile

import pytest
import yaml
from laws import ROOT


@pytest.fixture
def clone(tmp_path):
    """Return a small repository with citation and changelog."""
    (tmp_path / "CITATION.cff").write_text("cff-version: 1.2.0\nversion: 1.2.3\nlicense: MIT\n")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n- A new map.\n\n## 1.2.2 (2020-01-01)\n\n- Old.\n")
    (tmp_path / ".gitignore").write_text("/dist/\n")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "Begin"]):
        git(tmp_path, *command)
    return tmp_path


def git(folder, *command):
    identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    return subprocess.run(["git", *identity, *command], cwd=folder, text=True, capture_output=True, check=True).stdout


def release(folder):
    environment = {f"GIT_{who}_{what}": "ann@x.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    command = [sys.executable, ROOT / ".ci" / "release.py"]
    return subprocess.run(command, cwd=folder, text=True, capture_output=True, env={"PATH": "/usr/bin:/bin", **environment})


def test_a_release_is_dated_tagged_and_packed(clone):
    run = release(clone)
    assert run.returncode == 0, run.stderr
    assert git(clone, "tag").split() == ["v1.2.3"] and not git(clone, "status", "--porcelain")
    assert re.search(
        r"## Unreleased\n\n## 1\.2\.3 \(\d{4}-\d\d-\d\d\)\n\n- A new map\.\n\n## 1\.2\.2", (clone / "CHANGELOG.md").read_text()
    )
    assert yaml.safe_load((clone / "CITATION.cff").read_text())["date-released"]
    for line in (clone / "dist" / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((clone / "dist" / name).read_bytes()).hexdigest() == digest
    with tarfile.open(clone / "dist" / "geoclass-workflow-1.2.3.tar.gz") as archive:
        assert "geoclass-workflow-1.2.3/CITATION.cff" in archive.getnames()
    assert (clone / "dist" / "geoclass-workflow-1.2.3.md").read_text() == "- A new map.\n"
    again = release(clone)
    assert again.returncode != 0 and "version 1.2.3 has been released" in again.stderr and "Traceback" not in again.stderr


@pytest.mark.parametrize(
    "name, text, problem",
    [
        ("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n## 1.2.2\n", "nothing under '## Unreleased'"),
        ("CITATION.cff", "version: next\n", "no version such as 1.2.3"),
        ("new.txt", "x", "the clone has changes"),
    ],
)
def test_what_cannot_be_released_is_one_sentence(clone, name, text, problem):
    (clone / name).write_text(text)
    if name != "new.txt":
        git(clone, "commit", "-qam", "Change")
    before = git(clone, "rev-parse", "HEAD")
    run = release(clone)
    assert run.returncode != 0 and problem in run.stderr and "Traceback" not in run.stderr
    assert git(clone, "rev-parse", "HEAD") == before and not (clone / "dist").exists() and not git(clone, "tag")


def test_workflows_call_targets_that_exist():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = set()
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        workflow = yaml.safe_load(path.read_text())
        for job in workflow["jobs"].values():
            assert job["timeout-minutes"] <= 120 and job["runs-on"].startswith("ubuntu-")
            matrix = job.get("strategy", {}).get("matrix", {}).get("target", [])
            for step in job["steps"]:
                words = re.findall(r"(?<!\w)make (?:--\S+ )*([\w-]+|\$\{\{ matrix\.target \}\})", step.get("run", ""))
                called |= {name for word in words for name in (matrix if word.startswith("$") else [word])}
    assert {"lint", "test", "citation", "demo"} <= called <= targets


def test_hooks_are_the_tools_of_make_lint():
    lint = re.search(r"^lint:.*\n((?:\t.*\n?)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    for hook in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]:
        assert hook["entry"] in lint and shutil.which(str(ROOT / hook["entry"].split()[0]))


def test_forms_ask_for_versions_settings_and_log():
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "fault.yml").read_text())
    asked = {field["id"] for field in form["body"] if field.get("validations", {}).get("required")}
    assert {"versions", "settings", "log", "command"} <= asked


def test_the_paper_is_cited_by_its_authors():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    first = citation["preferred-citation"]["authors"][0]
    assert (first["family-names"], first["given-names"]) == ("Twickler", "S.")
