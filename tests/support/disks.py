"""Disks that are small, full or read-only, laid over a folder; it takes the right to mount one."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small(folder: Path, size: str) -> Iterator[None]:
    """Lay an empty disk of a size (``64k``, ``1m``) over a folder."""
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True, text=True)
    if mount.returncode:
        message = f"a small disk needs the right to mount one: {mount.stderr.strip()}"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def remount(folder: Path, options: str) -> None:
    """Change a mounted disk: ``ro``, ``rw`` or ``size=1g``."""
    subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)
