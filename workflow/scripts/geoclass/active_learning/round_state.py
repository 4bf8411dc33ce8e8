"""Where the rounds of learning stand: the verdicts so far, the round to come and what it builds on."""

import re
from pathlib import Path

from geoclass.core import files


def verdicts(folder: str | Path) -> list[dict]:
    """Return the verdicts on all rounds that are finished, in order.

    Parameters
    ----------
    folder
        Folder of all rounds; it need not exist.
    """
    found = {path.parent.name: path for path in Path(folder).glob("round*/verdict.json")}
    return [files.read_json(found[name]) for name in sorted(found, key=_number) if _number(name)]


def state(folder: str | Path, teacher: str, student: str) -> tuple[str, str]:
    """Return the name of the round that is to be made next, and of the one that it builds on.

    Parameters
    ----------
    folder
        Folder of all rounds; it need not exist.
    teacher, student
        Models of the next round. It builds on the last round of the same two that was kept; without one, on the labels alone.

    Returns
    -------
    str, str
        round01, round02, ...; the second is empty where there is none.
    """
    done = verdicts(folder)
    number = max((_number(verdict["round"]) for verdict in done), default=0) + 1
    same = [v["round"] for v in done if v["kept"] and (v["teacher"], v["student"]) == (teacher, student)]
    return f"round{number:02d}", same[-1] if same else ""


def _number(name: str) -> int:
    match = re.fullmatch(r"round(\d+)", name)
    return int(match[1]) if match else 0
