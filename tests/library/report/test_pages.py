"""Pages show text as it is: whatever looks like a tag is text, and front matter stays away."""

import html

from geoclass.report import pages

HOSTILE = 'Imagery <b>© "A & B"</b> <script>alert(1)</script> results/maps/<model>/'


def test_text_that_looks_like_tags_is_shown_as_text(tmp_path):
    (tmp_path / "a.md").write_text(
        f"# Title\n\n{HOSTILE}\n\n<div>{HOSTILE}</div>\n\n| a |\n|---|\n| {HOSTILE} |\n", encoding="utf-8"
    )
    page = pages.page(tmp_path / "a.md", HOSTILE)
    assert "<script" not in page and "<model" not in page and "<b>" not in page and "<div>" not in page
    assert page.count(html.escape(HOSTILE, quote=False)) >= 2 and "<h1>Title</h1>" in page and "<table>" in page


def test_tables_are_shown_with_their_text(tmp_path):
    (tmp_path / "a.tsv").write_text("class_name\tarea_km2\n<i>Snow</i>\t1.5\n", encoding="utf-8")
    page = pages.page(tmp_path / "a.tsv", "Areas")
    assert "&lt;i&gt;Snow&lt;/i&gt;" in page and "<i>" not in page


def test_front_matter_is_not_shown(tmp_path):
    (tmp_path / "a.md").write_text("---\nlicense: unknown\n---\n\n# Card\n\nA rule:\n\n---\n\nafter\n")
    page = pages.page(tmp_path / "a.md", "Card")
    assert "license" not in page and "<h1>Card</h1>" in page and "<hr" in page
