"""What Snakemake remembers of how results were made: without it, it compares neither settings nor code, and says nothing of it."""

import os
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(".snakemake")  # in the folder of the run


def lacking(outputs: Iterable[str], folder: str | Path = FOLDER) -> list[str]:
    """Return the outputs that are there, but of which Snakemake does not know how they were made, as of a copied folder of results.

    Parameters
    ----------
    outputs
        Files as rules name them.
    folder
        Where Snakemake keeps its records.
    """
    longest = (os.pathconf(folder, "PC_NAME_MAX") if os.path.isdir(folder) else 255) - 1
    return [output for output in outputs if os.path.exists(output) and not _known(output, Path(folder), longest)]


def sentence(copied: list[str]) -> str:
    """Return what to do about outputs that are `lacking`."""
    return (
        f"{copied[0]}{f' and {len(copied) - 1} more' if len(copied) > 1 else ''}: no record of how it was made, as of a copy, so that no "
        "changed setting makes it anew; run once with --forceall, or with --forceall --touch if the settings are those that made it"
    )


def _known(output: str, folder: Path, longest: int) -> bool:
    """Tell whether there is a record of an output, or a note that it was being made; names are cut into parts of so many letters."""
    name = urlsafe_b64encode(output.encode()).decode()
    *first, last = [name[start : start + longest] for start in range(0, len(name), longest)]
    return any(folder.joinpath(kind, *(f"@{part}" for part in first), last).exists() for kind in ("metadata", "incomplete"))
