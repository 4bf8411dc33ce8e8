"""Safetensors files, written whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from geoclass.core import files


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary name to write tensors to, as `files.replacing` does; what safetensors says of the disk is an OSError.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written to.
    """
    with files.replacing(path) as temporary:
        try:
            yield temporary
            files.take_umask(temporary)  # safetensors makes files that nobody else can read
        except SafetensorError as error:
            raise OSError(f"{path}: {error}; make room on the disk or choose another folder") from None
