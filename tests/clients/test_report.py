"""Pages: the Nu HTML checker and axe find nothing; the report works in a browser without a network and opens with what matters."""

import json
from io import BytesIO

import hostile
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from consumers import ROOT, install, run, vnu
from PIL import Image
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="module")
def browser():
    """Return a browser that has no network."""
    install("/usr/bin/chromium", "chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield opened.new_context(offline=True, viewport={"width": 1400, "height": 900})
        opened.close()


@pytest.fixture
def page(browser, results):
    """Return the opened report; what it asked for and what went wrong are noted on it."""
    tab = browser.new_page()
    tab.asked, tab.errors = [], []
    tab.on("request", lambda request: tab.asked.append(request.url))
    tab.on("pageerror", lambda error: tab.errors.append(str(error)))
    tab.goto((results / "report.html").as_uri())
    tab.get_by_text("Workflow", exact=True).first.wait_for()
    yield tab
    tab.close()


def pages(results):
    """Return our own pages: those of the report, and the labelling page."""
    found = sorted((results / "pages").glob("*.html"))
    assert len(found) >= 4
    return [*found, ROOT / "workflow" / "page" / "index.html"]


@pytest.mark.reads("vnu", "HTML")
def test_the_nu_html_checker_finds_nothing(results):
    command = [*vnu(), "--format", "json", "--exit-zero-always", "--stdout", *pages(results)]
    assert json.loads(run(*command))["messages"] == []


@pytest.mark.reads("axe", "HTML")
def test_axe_finds_nothing(browser, results):
    tab = browser.new_page()
    for path in pages(results)[:-1]:  # that of the labelling page needs its server: tests/page
        tab.goto(path.as_uri())
        assert Axe().run(tab).response["violations"] == [], path
    tab.close()


@pytest.mark.reads("Chromium", "HTML")
def test_the_first_page_has_the_latest_map_three_numbers_and_change_and_no_text_is_a_tag(browser, results):
    tab = browser.new_page()
    tab.goto((results / "pages" / "summary.html").as_uri())
    assert tab.locator("img").count() == 2 and tab.evaluate("[...document.images].every(image => image.naturalWidth > 500)")
    assert tab.locator("h2", has_text="At a glance").locator("xpath=following-sibling::ul[1]/li").count() == 3
    body = tab.locator("body").inner_text()
    assert all(name in body for name in hostile.NAMES[:9]) and "maps/<model>/" in body
    tab.close()


@pytest.mark.reads("Chromium", "HTML")
def test_the_report_asks_for_nothing_but_itself(page, results):
    for category in ("Summary", "Scenes", "Maps", "Series", "Run"):
        assert page.get_by_text(category, exact=True).count(), category
    assert {url for url in page.asked if not url.startswith(("data:", "blob:"))} == {(results / "report.html").as_uri()}
    assert not page.errors


@pytest.mark.reads("Chromium", "HTML")
def test_the_report_shows_a_map_for_every_date(page):
    for name in ("Maps", "By date"):
        page.get_by_text(name, exact=True).first.click()
        page.wait_for_timeout(500)
    text = page.locator("table").first.inner_text()
    assert all(f"{date[:4]}-{date[4:6]}-{date[6:]}" in text for date in hostile.DATES)
    page.locator("table a").first.click()
    page.wait_for_function("[...document.images].some(image => image.naturalWidth > 1000)")
    picture = np.array(Image.open(BytesIO(page.screenshot())).convert("RGB")).reshape(-1, 3)
    assert len(np.unique(picture // 16, axis=0)) > 100  # a map of many colours, not a blank page
