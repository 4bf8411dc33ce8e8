"""The lock that Snakemake keeps in a folder while it runs, and that stays behind where it was killed."""

import os
from pathlib import Path


def left_behind(folder: str | Path = ".") -> str | None:
    """Return what to do about a lock that a killed Snakemake has left, or None where there is no lock or one that is in use.

    Parameters
    ----------
    folder
        Working directory of the run.
    """
    locks = Path(folder) / ".snakemake" / "locks"
    if not locks.is_dir() or not any(locks.iterdir()) or _others(Path(folder).resolve()):
        return None
    return "A killed Snakemake has left its lock here, and no other one runs: snakemake --unlock, then the same command again"


def _others(folder: Path) -> bool:
    """Tell whether another process on this machine runs Snakemake in a folder; where that cannot be known, assume that one does."""
    own = os.getpid()
    try:
        processes = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return True
    for process in set(processes) - {own}:
        try:
            begin = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")[:4]
            if any(Path(os.fsdecode(one)).name == "snakemake" for one in begin) and _folder_of(process) == folder:
                return True
        except OSError:  # it has ended, or belongs to somebody else
            continue
    return False


def _folder_of(process: int) -> Path:
    return Path(f"/proc/{process}/cwd").resolve()
