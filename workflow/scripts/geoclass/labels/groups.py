"""The place of a label, taken out of a text by the user's regular expression: the unit that a split keeps together."""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE_S = 20.0  # for the search in all texts of a source
LONGEST_TEXT = 1000  # characters


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


def place(text: str, pattern: re.Pattern | None, where: str) -> str:
    """Take the place of an item out of a text."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{where} has {len(text):,} characters, expected at most {LONGEST_TEXT:,}; correct it")
    match = pattern.search(text) if pattern else None
    found = (match[1] if match else "") if pattern else text
    if not found:
        expected = f"a text that {pattern.pattern} finds a place in" if pattern else "the name of a place"
        raise ValueError(f"{where} is {text!r}, expected {expected}; correct it or collect_labels/group_pattern")
    return found


@contextmanager
def in_time(pattern: re.Pattern | None) -> Iterator[None]:
    """End a search that takes too long: on unusual text some regular expressions try every way of dividing it.

    Raises
    ------
    ValueError
        The search has not ended after `PATIENCE_S`.
    """

    def late(*_: object) -> None:
        raise ValueError(
            f"collect_labels/group_pattern: {pattern and pattern.pattern!r} searched for {PATIENCE_S:g} s without an end, expected a "
            "pattern without repetitions inside repetitions; simplify it"
        )

    if pattern is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
