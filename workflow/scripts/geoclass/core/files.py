"""Files as the workflow writes them: whole or not at all, and the same bytes for the same input."""

import errno
import hashlib
import json
import os
import re
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FULL_BYTES = 1 << 16  # free on a disk that is said to be full: libraries that speak of something else failed for want of room
FOREIGN_S = 86_400.0  # a file of a process on another machine is left over when nobody has written to it for a day


def beside(path: Path) -> Path:
    """Return a hidden name beside `path` that no other process or thread takes, in a folder that is made if need be.

    The name keeps the suffix, because GDAL, matplotlib and others choose the format by it. Hidden files that processes have left
    there which were killed while they wrote `path` are removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    clean(path)
    return path.with_name(f".{path.stem}.{_host()}.{os.getpid()}.{threading.get_ident()}{path.suffix}")


def clean(path: Path) -> None:
    """Remove hidden files and folders beside `path` of processes that are gone."""
    made = r"([\w-]+)\.(\d+)\.\d+"  # machine, process, thread; twice where something was written beside a temporary name
    ends = rf"{re.escape(path.suffix)}(-journal|-wal|-shm|\.aux\.xml)?"
    ours = re.compile(rf"\.+{re.escape(path.stem)}\.(?:[\w-]+\.\d+\.\d+\.)?{made}{ends}")
    try:
        left = [(entry, match) for entry in os.scandir(path.parent) if (match := ours.fullmatch(entry.name))]
    except OSError:  # a folder that may be written to but not listed
        return
    for entry, match in left:
        if _gone(entry, match[1], int(match[2])):
            shutil.rmtree(entry.path, ignore_errors=True) if entry.is_dir(follow_symlinks=False) else _remove(entry.path)


def _host() -> str:
    """Return the name of this machine, in letters, digits and hyphens."""
    return re.sub(r"[^\w-]", "-", socket.gethostname())[:40] or "host"


def _gone(entry: os.DirEntry, host: str, process: int) -> bool:
    """Tell whether the process that made a hidden file has ended."""
    try:
        if host != _host():
            return time.time() - entry.stat(follow_symlinks=False).st_mtime > FOREIGN_S
        os.kill(process, 0)
    except (ProcessLookupError, FileNotFoundError):
        return True
    except (OSError, OverflowError):  # somebody else's
        return False
    return False


def _remove(path: str | Path) -> None:
    try:
        os.unlink(path)
    except OSError:  # gone already, or somebody else's
        pass


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what a library says of a disk without room, in whatever words, into one sentence that names the file and the remedy."""
    try:
        yield
    except (OSError, RuntimeError, sqlite3.Error) as error:
        number = getattr(error, "errno", None)
        if number not in NO_ROOM and (isinstance(error, OSError) or not _full(path.parent, str(error))):
            raise
        text = os.strerror(number if number in NO_ROOM else errno.ENOSPC)
        raise OSError(f"{path}: could not be written ({text}); make room on the disk or choose another folder") from None


def _full(folder: Path, words: str) -> bool:
    """Tell whether an error without a number came from a full disk, by its words or by the room that is left."""
    if "disk is full" in words or os.strerror(errno.ENOSPC) in words:
        return True
    try:
        return shutil.disk_usage(folder).free < FULL_BYTES
    except OSError:
        return False


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; rename it to `path` when the block ends well.

    A job that is killed, or that fails in the middle, leaves an earlier file at `path` as it was and no half-written one.

    Raises
    ------
    OSError
        The disk is full: one sentence that names `path`, whatever library was writing.
    """
    with _told(Path(path)):
        temporary = beside(Path(path))
    try:
        with _told(Path(path)):
            yield temporary
            os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: str | Path) -> Iterator[Path]:
    """Give a new folder of a temporary name beside `path`; it takes the place of `path` when the block ends well."""
    with _told(Path(path)):
        temporary = beside(Path(path))
    try:
        with _told(Path(path)):
            temporary.mkdir()
            yield temporary
            shutil.rmtree(path, ignore_errors=True)
            os.replace(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def scratch(path: str | Path) -> Iterator[Path]:
    """Give a new hidden folder beside `path` for what is needed on the way to it; the folder is removed when the block ends."""
    with _told(Path(path)):
        folder = beside(Path(path))
        try:
            folder.mkdir()
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def all_or_none(paths: Iterable[str | Path]) -> Iterator[None]:
    """Remove these files where the block fails: they belong together, and no rule would know of those that are left."""
    try:
        yield
    except BaseException:
        for path in paths:
            Path(path).unlink(missing_ok=True)
        raise


def write_json(path: str | Path, content: dict | list) -> None:
    """Write `content` as indented JSON, whole or not at all; NaN is refused, since JSON has none."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: str | Path) -> dict:
    """Read a JSON object.

    Raises
    ------
    ValueError
        The file is not JSON, or something else than an object.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # no JSON, no UTF-8, or brackets without end
        raise ValueError(f"{path}: not valid JSON ({error}); make it again or restore it from a copy") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path}: {type(content).__name__}, expected a JSON object; make it again or restore it from a copy")
    return content


def fingerprint(path: str | Path) -> str:
    """Return the SHA-256 of a file's content as 64 hexadecimal digits."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
