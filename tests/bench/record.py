"""Sections of docs/benchmarks.md, SPEED.md and LOG.md, each renewed by the benchmark that it belongs to."""

import os
import platform
import re
import time
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"  # what users ask for
SPEED = Path(__file__).with_name("SPEED.md")  # speeds of the code
LOG = Path(__file__).with_name("LOG.md")  # trials


def section(name: str, title: str, text: str, script: str | None = None, page: Path = PAGE) -> None:
    """Put a text between the marks of a section of a page; a section that is not there yet goes to the end.

    The mark names the script that measures, which is called like its section if nothing else is said. Tables are written without
    blanks around their rules.
    """
    begin, end = f"<!-- {name}: measured by tests/bench/{script or name}.py -->", f"<!-- end of {name} -->"
    content = page.read_text(encoding="utf-8")
    if begin not in content:
        content += f"\n## {title}\n{begin}\n{end}\n"
    before, rest = content.split(begin)
    after = rest.split(end, 1)[1]
    text = "\n".join(re.sub(r" *\| *", "|", line) if line.startswith("|") else line for line in text.strip().splitlines())
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


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
