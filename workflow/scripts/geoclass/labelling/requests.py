"""What a browser sends to the labelling page, checked once, and how answers are put."""

import gzip
import json
import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from starlette.responses import Response

from geoclass.core import surface_classes

LONGEST = 8_000_000  # bytes of a request: the names of 200,000 tiles
MOST_VERTICES = 10_000
WORTH_PACKING = 10_000  # bytes
LONGEST_NOTE = 500


def body(raw: bytes) -> dict:
    """Return the content of a request.

    Raises
    ------
    ValueError
        It is not a JSON object.
    """
    try:
        content = json.loads(raw or b"{}", parse_constant=lambda text: math.nan)
        if b"\\u" in raw:
            json.dumps(content, ensure_ascii=False).encode()  # halves of characters, which no file can keep
    except (json.JSONDecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(f"request: not readable as JSON ({error}), expected an object; reload the page") from None
    if not isinstance(content, dict):
        raise ValueError(f"request: a {type(content).__name__}, expected an object; reload the page")
    return content


def whole(content: dict, key: str, default: int | None = None) -> int:
    """Return a whole number of a request."""
    value = content.get(key, default)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 18:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**62) < value < 2**62:
        raise ValueError(f"{key} is {_shown(value)}, expected a whole number; reload the page")
    return value


def real(content: dict, key: str) -> float:
    """Return a finite number of a request."""
    try:
        value = float(content[key])
    except (KeyError, TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value) or isinstance(content[key], bool):
        raise ValueError(f"{key} is {_shown(content.get(key))}, expected a number; reload the page")
    return value


def text(content: dict, key: str, default: str | None = None) -> str:
    """Return a text of a request."""
    value = content.get(key, default)
    if not isinstance(value, str):
        raise ValueError(f"{key} is {_shown(value)}, expected text; reload the page")
    return value


def tile_ids(content: dict) -> list[str]:
    """Return the tiles that a request is about, each once."""
    names = content.get("tile_ids")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise ValueError(f"tile_ids is {_shown(names)}, expected a list of at least one tile; choose one")
    return list(dict.fromkeys(names))


def polygon(content: dict) -> np.ndarray:
    """Return the corners of a polygon, (V, 2) columns and rows.

    Raises
    ------
    ValueError
        Fewer than three corners, too many, or something other than pairs of numbers.
    """
    corners = content.get("polygon")
    if isinstance(corners, list) and len(corners) > MOST_VERTICES:
        raise ValueError(f"polygon: {len(corners)} corners, expected at most {MOST_VERTICES}; draw it with fewer")
    pairs = isinstance(corners, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in corners)
    if not pairs or not all(isinstance(number, int | float) and abs(number) < 1e9 for pair in corners for number in pair):
        raise ValueError("polygon: expected a list of pairs of numbers, column and row of each corner; draw it again")
    if len(corners) < 3:
        raise ValueError(f"polygon: {len(corners)} corners, expected at least three; draw it again")
    return np.array(corners, float)


def stretch(content: dict) -> tuple[float, float]:
    """Return the counts that become black and white."""
    low, high = real(content, "low"), real(content, "high")
    if not low < high:
        raise ValueError(f"stretch is {low:g} to {high:g}, expected the lower count first; set it again")
    return low, high


def author(name: str) -> str:
    """Return who labels."""
    name = name.strip()
    problem = surface_classes.name_problem(name)
    if problem:
        raise ValueError(f"your name is {_shown(name)}, {problem}; enter another")
    return name


def note(content: dict) -> str:
    """Return the note beside a label."""
    value = text(content, "note", "").strip()
    if len(value) > LONGEST_NOTE:
        raise ValueError(f"note: {len(value)} characters, expected at most {LONGEST_NOTE}; shorten it")
    return value


def answer(content: object, status: int = 200, packed: bool = False) -> Response:
    """Return content as JSON, compressed where the browser can take it and it is worth while."""
    raw = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    if not packed or len(raw) < WORTH_PACKING:
        return Response(raw, status, media_type="application/json")
    return Response(gzip.compress(raw, 1), status, {"content-encoding": "gzip"}, "application/json")


def plain(values: Iterable, digits: int) -> list:
    """Return numbers or truth values as JSON can hold them, rounded; None for what is missing."""
    found = np.asarray(values, object)
    return [None if pd.isna(v) else bool(v) if isinstance(v, bool | np.bool_) else round(float(v), digits) for v in found]


def records(frame: pd.DataFrame) -> list[dict]:
    """Return the rows of a table as JSON can hold them."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
