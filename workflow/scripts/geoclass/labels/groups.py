"""The place of a label, taken out of a text by the user's regular expression: the unit that a split keeps together."""

import json
import re
import subprocess
import sys

PATIENCE_S = 20.0  # for the search in all texts of a source
LONGEST_TEXT = 1000  # characters

SEARCH = """
import json, re, sys
pattern, texts = json.load(sys.stdin)
found = (re.search(pattern, text) for text in texts)
json.dump([(match[1] or "") if match else "" for match in found], sys.stdout)
"""


def compiled(pattern: str | None) -> re.Pattern | None:
    """Return the pattern of a place, checked."""
    if pattern is None:
        return None
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"collect_labels/group_pattern: {pattern!r} is no regular expression ({error}); correct it") from None
    if compiled.groups != 1:
        raise ValueError(f"collect_labels/group_pattern: {pattern!r} has {compiled.groups} groups, expected one, as in ^(\\w+):")
    return compiled


def places(texts: list[str], pattern: re.Pattern | None, where: list[str]) -> list[str]:
    """Take the place of each item out of its text.

    Parameters
    ----------
    texts
        One text an item.
    pattern
        Expression whose one group is the place; None for the whole text.
    where
        File, row and column of each text, for messages.

    Raises
    ------
    ValueError
        A text that is too long or names no place, or a search that has not ended after `PATIENCE_S`: on unusual text some
        expressions try every way of dividing it.
    """
    for text, place in zip(texts, where, strict=True):
        if len(text) > LONGEST_TEXT:
            raise ValueError(f"{place} has {len(text):,} characters, expected at most {LONGEST_TEXT:,}; correct it")
    found = _searched(texts, pattern) if pattern else texts
    if "" in found:
        first = found.index("")
        expected = f"a text that {pattern.pattern} finds a place in" if pattern else "the name of a place"
        raise ValueError(f"{where[first]} is {texts[first]!r}, expected {expected}; correct it or collect_labels/group_pattern")
    return found


def _searched(texts: list[str], pattern: re.Pattern) -> list[str]:
    """Return what the pattern finds in each text; in a process of its own, which can be ended at any moment."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", SEARCH],
            input=json.dumps([pattern.pattern, texts]),
            timeout=PATIENCE_S,
            capture_output=True,
            check=True,
            text=True,
        )
    except subprocess.TimeoutExpired:
        raise ValueError(
            f"collect_labels/group_pattern: {pattern.pattern!r} searched for {PATIENCE_S:g} s without an end, expected a "
            "pattern without repetitions inside repetitions; simplify it"
        ) from None
    return json.loads(done.stdout)
