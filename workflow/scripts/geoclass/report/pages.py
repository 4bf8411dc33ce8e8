"""Tables and texts as pages of HTML that need nothing else, for the report."""

import base64
import html
import mimetypes
import re
from pathlib import Path

import markdown

from geoclass.report import run_tables

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 1.8rem }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums }
th { text-align: left; border-bottom: 2px solid #888; vertical-align: bottom }
th, td { padding: .25rem .7rem } td { border-bottom: 1px solid #e4e4e4 }
tbody tr:hover { background: #f3f6fa } .wide { overflow-x: auto }
img { max-width: 100%; height: auto }
code { background: #f1f1ee; padding: 0 .25em } footer { color: #6b6b6b; font-size: 12px; margin-top: 2rem }
"""


def page(source: str | Path, title: str) -> str:
    """Return a page that shows a file.

    Parameters
    ----------
    source
        Markdown (`.md`) or table (`.tsv`).
    title
        Of the page; a Markdown text has a heading of its own.
    """
    source = Path(source)
    if source.suffix == ".md":
        body = _embed(_to_html(source.read_text(encoding="utf-8")), source.parent)
    else:
        table = run_tables.read(source)
        rows = table.to_html(index=False, border=0, na_rep="–", float_format=lambda value: f"{value:.4g}")
        body = f"<h1>{html.escape(title)}</h1>\n{rows}"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{html.escape(title)}</title>\n'
        f'<style>{STYLE}</style></head>\n<body><main class="wide" tabindex="0">\n{body}\n</main>\n'
        f"<footer>From {html.escape(str(source))}</footer></body>\n</html>\n"
    )


def _to_html(text: str) -> str:
    """Return Markdown as HTML. Names, credits and paths are no tags, whatever stands in them; front matter is for machines alone."""
    writer = markdown.Markdown(extensions=["tables"], output_format="html")
    writer.preprocessors.deregister("html_block")
    writer.inlinePatterns.deregister("html")
    return writer.convert(re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL))


def _embed(body: str, folder: Path) -> str:
    """Return a page with the pictures that lie beside its source within it, so that it can be shown anywhere."""

    def picture(found: re.Match) -> str:
        path = folder / html.unescape(found[1])
        content = base64.b64encode(path.read_bytes()).decode()
        return f'src="data:{mimetypes.guess_type(path.name)[0]};base64,{content}"'

    return re.sub(r'src="([^":]+)"', picture, body)
