"""The summary of a run as a PDF: its text first, then its pictures, one a page."""

import re
from collections.abc import Sequence
from pathlib import Path

import matplotlib
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from PIL import Image

from geoclass.core import files
from geoclass.core.figures import TEXT

PAGE = (8.27, 11.69)  # A4, inches
LEFT, TOP, BOTTOM = 0.8, 11.0, 0.7  # where text begins and ends, inches
SIZES = {"#": (16, 0.42), "##": (11.5, 0.34)}  # of headings: points, and inches from line to line
LINE_IN, TEXT_PT = 0.2, 9.0
STYLE = TEXT | {"pdf.fonttype": 42, "text.color": "#1a1a1a"}


def write(path: str | Path, text: str, pictures: Sequence[str | Path]) -> None:
    """Write a PDF file; the same text and pictures give the same bytes.

    Parameters
    ----------
    path
        File to write.
    text
        Markdown of headings, paragraphs, lists and tables, as `summary.of_run` writes it.
    pictures
        PNG files, each of which fills a page.
    """
    nothing = {"CreationDate": None, "Producer": None, "Creator": None}
    with files.replacing(path) as temporary, matplotlib.rc_context(STYLE), PdfPages(temporary, metadata=nothing) as pages:
        figure, place = Figure(figsize=PAGE), TOP
        for block in text.strip().split("\n\n"):
            for cells, options, height in _lines(block):
                if place - height < BOTTOM:
                    pages.savefig(figure)
                    figure, place = Figure(figsize=PAGE), TOP
                place -= height
                for left, words in cells:
                    figure.text((LEFT + left) / PAGE[0], place / PAGE[1], words, **options)
            place -= 0.12
        pages.savefig(figure)
        for picture in pictures:
            pages.savefig(_full_page(picture))


def _lines(block: str) -> list[tuple[list[tuple[float, str]], dict, float]]:
    """Return the lines of a block of Markdown: pieces with their places in inches, how they look, and the height of the line."""
    mark, _, heading = block.partition(" ")
    if mark in SIZES:
        size, height = SIZES[mark]
        return [([(0.0, heading)], {"fontsize": size, "fontweight": "bold"}, height)]
    plain = re.sub(r"[*`]", "", block).split("\n")
    if block.startswith("|"):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in plain if not line.startswith("|:")]
        widths = [0.085 * (3 + max(map(len, column))) for column in zip(*rows, strict=True)]
        places = [sum(widths[:column]) for column in range(len(widths))]
        return [
            (list(zip(places, row, strict=True)), {"fontsize": TEXT_PT, "fontweight": "normal" if number else "bold"}, LINE_IN)
            for number, row in enumerate(rows)
        ]
    wrapped = [part for line in plain for part in _wrapped(line)]
    return [([(0.0, line)], {"fontsize": TEXT_PT}, LINE_IN) for line in wrapped]


def _wrapped(line: str, width: int = 95) -> list[str]:
    """Break a line of text at spaces."""
    lines = [""]
    for word in line.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("   ")
        lines[-1] = f"{lines[-1]} {word}" if lines[-1].strip() else f"{lines[-1]}{word}"
    return lines


def _full_page(picture: str | Path) -> Figure:
    """Return a page, upright or lying as suits it, filled with a picture."""
    with Image.open(picture) as image:
        pixels = image.convert("RGB")
    figure = Figure(figsize=PAGE if pixels.height > pixels.width else PAGE[::-1])
    axes = figure.add_axes((0.03, 0.03, 0.94, 0.94))
    axes.imshow(pixels, interpolation="none")
    axes.axis("off")
    return figure
