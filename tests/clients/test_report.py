"""The report in a browser without a network: everything listed, and maps, tables and documents shown."""

import sys
from io import BytesIO

import numpy as np
import pytest
from consumers import ROOT, install, run
from PIL import Image
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="module")
def report(results):
    """Return the address of the demo's report."""
    install("/usr/bin/chromium", "chromium")
    path = results / "report.html"
    command = ["--configfile", "config/presets/demo.yaml", "--report", path]
    run(sys.executable, "-m", "snakemake", *command, cwd=ROOT)
    return path.as_uri()


@pytest.fixture
def page(report):
    """Return the opened report in a browser that has no network; what it asked for and what went wrong are noted on it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        tab = browser.new_context(offline=True, viewport={"width": 1400, "height": 900}).new_page()
        tab.asked, tab.errors = [], []
        tab.on("request", lambda request: tab.asked.append(request.url))
        tab.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.goto(report)
        tab.get_by_text("Workflow", exact=True).first.wait_for()
        yield tab
        browser.close()


def go(page, *names):
    """Click through the menu of the report."""
    for name in names:
        page.get_by_text(name, exact=True).first.click()
        page.wait_for_timeout(500)


def test_it_asks_for_nothing_but_itself(page, report):
    for category in ("Summary", "Scenes", "Maps", "Series", "Scores", "Models", "Run"):
        assert page.get_by_text(category, exact=True).count(), category
    assert {url for url in page.asked if not url.startswith(("data:", "blob:"))} == {report}
    assert not page.errors


def test_it_shows_a_map_for_every_scene_and_model(page, scenes):
    go(page, "Maps", "By date and model")
    text = page.locator("table").first.inner_text()
    assert all(text.count(scene) == 3 for scene in scenes)
    page.locator("table a").first.click()
    page.wait_for_function("[...document.images].some(image => image.naturalWidth > 1000)")
    picture = np.array(Image.open(BytesIO(page.screenshot())).convert("RGB")).reshape(-1, 3)
    assert len(np.unique(picture // 16, axis=0)) > 100  # a map of many colours, not a blank page


def test_it_shows_tables(page):
    go(page, "Scores", "Tables")
    row = page.locator("tr", has_text="Scores of all splits")
    row.locator("a").first.click()
    page.wait_for_timeout(1000)
    texts = [frame.locator("body").inner_text() for frame in page.frames[1:]]
    assert any("macro-F1" in text and "VarioNet" in text for text in texts)
