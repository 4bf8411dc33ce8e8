"""The documentation builds without a warning and needs nothing from elsewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOADED = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*?\bsrc=\"?(https?:)?//|<link\b[^>]*?rel=\"?(?:stylesheet|preload|icon)[^>]*?href=\"?(https?:)?//"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the folder of the built site."""
    folder = tmp_path_factory.mktemp("site")
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder]
    run = subprocess.run(list(map(str, command)), cwd=ROOT, env=environment, text=True, capture_output=True)
    assert run.returncode == 0, run.stderr
    return folder


def test_every_page_is_there_and_loads_nothing_from_elsewhere(site):
    sources = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert sources <= {path.stem for path in site.glob("*.html")}
    for path in [*site.rglob("*.html"), *site.rglob("*.css")]:
        text = path.read_text()
        assert not LOADED.search(text) and "fonts.g" not in text and not re.search(r"url\(\W?(https?:)?//", text), path.name


def test_the_settings_are_those_of_the_schema(site):
    text = (site / "settings.html").read_text()
    assert "train_resnet18" in text and "Line of credits under every map" in text


def test_the_five_steps_are_one_numbered_list(site):
    steps = (site / "settings.html").read_text().partition("<ol>")[2].partition("</ol>")[0]
    own = re.sub(r"<ul>.*?</ul>", "", steps, flags=re.DOTALL)
    assert own.count("<li>") == 5 and "dry run" in own.lower()


def test_links_out_of_the_site_are_file_names(site):
    for path in set(site.glob("*.html")) - {site / "404.html"}:
        for target in re.findall(r"href=\"?([^\"\s>#]+)", path.read_text()):
            if not re.match(r"\w+:", target):
                assert (site / target).exists(), f"{path.name}: {target}"


def test_the_readme_leads_to_files_that_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text()):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
