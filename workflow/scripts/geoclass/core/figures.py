"""What all figures share: inks, text, and how a figure is written."""

import functools
import io
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.patheffects import withStroke
from PIL import Image, ImageFont

from geoclass.core import files

INK, FAINT, WARNING, PAPER = "#1a1a1a", "#6b6b6b", "#b3261e", "#efefec"
HALO = [withStroke(linewidth=2.2, foreground="white")]
# Fonts of Chinese, Japanese and Korean signs, which DejaVu Sans lacks; the first that a machine has is taken for them.
EAST_ASIAN = (
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Noto Sans CJK KR",
    "IPAexGothic",
    "IPAGothic",
    "WenQuanYi Micro Hei",
    "Droid Sans Fallback",
)


def families(installed: Iterable[str]) -> list[str]:
    """Return the fonts of all figures: where a sign is in none of the first, matplotlib takes it from the next.

    >>> families(["Droid Sans Fallback", "DejaVu Sans", "IPAGothic"])
    ['DejaVu Sans', 'IPAGothic']
    """
    known = set(installed)
    return ["DejaVu Sans", *[name for name in EAST_ASIAN if name in known][:1]]


logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # silent where such a font has one weight alone
FAMILIES = families(font_manager.get_font_names())
# Names are no mathematics: a class may be called $x$.
TEXT = {"text.parse_math": False, "font.family": FAMILIES}
STYLE = TEXT | {
    "font.size": 8,
    "axes.linewidth": 0.7,
    "axes.edgecolor": INK,
    "axes.facecolor": PAPER,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "pdf.fonttype": 42,
}
SYNTHETIC = "Synthetic (simulated) scene: not an observation"
DPI = 200
CUT = " … (whole in the maps' tags)"  # where credits are too long for a line or a column


def font(text: str, size: int) -> ImageFont.FreeTypeFont:
    """Return the first font of all figures that has every sign of a text, else the first, in a size in pixels, to draw in a picture."""
    whole = (path for path, face in _faces().items() if all(face.get_char_index(ord(sign)) for sign in text))
    return ImageFont.truetype(next(whole, next(iter(_faces()))), size)


@functools.cache
def _faces() -> dict[str, FT2Font]:
    """Return the fonts of all figures by their files, in their order."""
    return {path: FT2Font(path) for path in map(font_manager.findfont, FAMILIES)}


def pixels(figure: Figure, dpi: float, **options: Any) -> Image.Image:
    """Return a figure as a picture in red, green and blue; the options are those of `Figure.savefig`."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=dpi, pil_kwargs={"compress_level": 0}, **options)
    return Image.open(drawn).convert("RGB")


def save_drawing(figure: Figure, path: str | Path, dpi: int = 150, **options: Any) -> None:
    """Write a figure of lines and plain areas as PNG of at most 256 colours, a third of the size, the same bytes at every run.

    Parameters
    ----------
    figure
        A figure without photographs, whose colours would not do with so few.
    path
        PNG to write.
    dpi, options
        As of `Figure.savefig`.
    """
    picture = pixels(figure, dpi, **options)
    with files.replacing(path) as temporary:
        picture.quantize(256, dither=Image.Dither.NONE).save(temporary, "PNG", optimize=True)


def save(figure: Figure, paths: Sequence[str | Path], dpi: int) -> None:
    """Write a figure to every path, PNG, JPEG or PDF; the same figure gives the same bytes, so no date and no version goes into the file.

    A `.jpg` is a picture of half the size for screens and for the report, which would not fit into a mail otherwise.
    """
    picture = pixels(figure, dpi)
    for path in map(Path, paths):
        with files.replacing(path) as temporary:
            if path.suffix == ".pdf":
                figure.savefig(temporary, dpi=dpi, metadata={"CreationDate": None, "Producer": None, "Creator": None})
            elif path.suffix == ".jpg":
                picture.reduce(2).save(temporary, "JPEG", quality=70, dpi=(dpi / 2, dpi / 2))
            else:  # stronger compression takes up to twice the time for a twentieth of the size
                picture.save(temporary, "PNG", compress_level=1, dpi=(dpi, dpi))
