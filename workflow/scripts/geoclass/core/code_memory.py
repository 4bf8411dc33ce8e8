"""Fingerprints of code, with what was found in files kept in the clone: parsing all of them took a third of the time of a plan."""

import contextlib
import functools
import json
from pathlib import Path

from geoclass.core import files, library

MOST = 2000  # files of code that are remembered, of which many are earlier states


def fingerprint(script: Path, environment: Path) -> str:
    """Return `library.fingerprint`; files that the clone knows by what they hold are not parsed again."""
    kept = script.parents[1] / "geoclass" / "__pycache__" / "code.json"
    _load(kept)
    before = len(library.KNOWN)
    found = library.fingerprint(script, environment)
    if len(library.KNOWN) > before:
        known = {key: [sorted(names), digest] for key, (names, digest) in list(library.KNOWN.items())[-MOST:]}
        with contextlib.suppress(OSError), files.replacing(kept) as temporary:  # a clone that cannot be written remembers nothing
            temporary.write_text(json.dumps({"reader": _reader(), "known": known}))
    return found


@functools.cache
def _load(kept: Path) -> None:
    """Let the library know what is kept, if the same code has found it."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        memory = files.read_json(kept)
        if memory["reader"] == _reader():
            library.KNOWN.update({key: (frozenset(names), digest) for key, (names, digest) in memory["known"].items()})


@functools.cache
def _reader() -> str:
    """Return what tells the code that reads files from an earlier state of it."""
    return files.fingerprint(library.__file__)
