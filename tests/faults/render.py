"""Write the figures of the fault tests into docs/reliability.md."""

import json
import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
sys.path.append(str(ROOT / "tests" / "bench"))
import record  # noqa: E402  # found where the line before says

BEGIN, END = "<!-- measured by make test-faults -->", "<!-- end of what was measured -->"
ORDER = ("bad inputs", "kills", "page", "network", "second account")

kept = json.loads((ROOT / "results" / "faults.json").read_text())
lines = [f"{record.machine()}, {record.today()}.", "", "|topic|what|cases|how they ended|", "|---|---|---|---|"]
for topic in ORDER:
    together: dict[str, Counter] = {}  # files of many kinds, damaged in the same way, share a row
    for what, fates in kept.get(topic, {}).items():
        together.setdefault(what.rpartition(", ")[2] if topic == "bad inputs" else what, Counter()).update(fates)
    for what, counts in together.items():
        told = ", ".join(f"{count} {fate}" for fate, count in counts.items()) or "none"
        lines.append(f"|{topic}|{what}|{counts.total()}|{told}|")
page = PAGE.read_text(encoding="utf-8")
PAGE.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: "\n".join([BEGIN, *lines, END]), page, flags=re.DOTALL), encoding="utf-8")
