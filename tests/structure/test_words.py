"""One word for one thing, few words, and those that are searched for."""

import re

from laws import ALL_SCRIPTS, MODULES, ROOT

SYNONYMS = re.compile(r"(?<![.\w])(patch|patches|chip|chips|subimage|snippet)\b", re.IGNORECASE)


def test_a_tile_is_called_a_tile():
    for path in [*MODULES, *ALL_SCRIPTS, *(ROOT / "workflow" / "rules").glob("*.smk")]:
        assert not SYNONYMS.search(path.read_text()), path.name


def test_the_pages_stay_short():
    """Each fact in one place: what a page gains, another may lose; trials go to tests/bench/LOG.md, speeds of the code to SPEED.md."""
    pages = [ROOT / "README.md", ROOT / "config" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    words = {str(page.relative_to(ROOT)): len(page.read_text(encoding="utf-8").split()) for page in pages}
    assert sum(words.values()) <= 16_000, (
        f"{sum(words.values())} words, at most 16,000: shorten {max(words, key=words.get)} or others"
    )


def test_the_first_page_has_the_words_that_glaciologists_search_for():
    text = (ROOT / "README.md").read_text(encoding="utf-8").lower()
    for word in ("variogram", "sentinel-2", "landsat", "worldview", "crevass", "surg", "glacier"):
        assert word in text, word
