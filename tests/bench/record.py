"""Sections of docs/benchmarks.md, each renewed by the benchmark that it belongs to."""

import os
import platform
import re
import time
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def section(name: str, title: str, text: str, script: str | None = None) -> None:
    """Put a text between the marks of a section; a section that is not there yet goes to the end.

    The mark names the script that measures, which is called like its section if nothing else is said. Tables are written without
    blanks around their rules.
    """
    begin, end = f"<!-- {name}: measured by tests/bench/{script or name}.py -->", f"<!-- end of {name} -->"
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "# What was measured\n"
    if begin not in page:
        page += f"\n## {title}\n{begin}\n{end}\n"
    before, rest = page.split(begin)
    after = rest.split(end, 1)[1]
    text = "\n".join(re.sub(r" *\| *", "|", line) if line.startswith("|") else line for line in text.strip().splitlines())
    PAGE.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def machine() -> str:
    """Name the processor as the system does."""
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return f"{found[1] if found else platform.machine()}, {os.cpu_count()} cores"


def today() -> str:
    """Return the date of a measurement."""
    return time.strftime("%-d %B %Y")
