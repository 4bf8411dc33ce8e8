"""Files as the workflow writes them: whole or not at all, and the same bytes for the same input."""

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def beside(path: Path) -> Path:
    """Return a hidden name beside `path` that no other process or thread takes, in a folder that is made if need be.

    The name keeps the suffix, because GDAL, matplotlib and others choose the format by it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.stem}.{os.getpid()}.{threading.get_ident()}{path.suffix}")


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; rename it to `path` when the block ends well.

    A job that is killed, or that fails in the middle, leaves an earlier file at `path` as it was and no half-written one.
    """
    temporary = beside(Path(path))
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: str | Path) -> Iterator[Path]:
    """Give a new folder of a temporary name beside `path`; it takes the place of `path` when the block ends well."""
    temporary = beside(Path(path))
    try:
        temporary.mkdir()
        yield temporary
        shutil.rmtree(path, ignore_errors=True)
        os.replace(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_json(path: str | Path, content: dict | list) -> None:
    """Write `content` as indented JSON, whole or not at all; NaN is refused, since JSON has none."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: str | Path) -> dict:
    """Read a JSON object.

    Raises
    ------
    ValueError
        The file is not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: not valid JSON ({error}); make it again or restore it from a copy") from None


def fingerprint(path: str | Path) -> str:
    """Return the SHA-256 of a file's content as 64 hexadecimal digits."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
