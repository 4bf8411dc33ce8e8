"""Figures of the fault tests, kept beside the run and rendered into docs/reliability.md."""

import json
import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "results" / "faults.json"


def add(topic, what, fates):
    """Keep how many of a test's cases ended in which way."""
    counts = {fate: list(fates).count(fate) for fate in sorted(set(fates))}
    known = json.loads(KEPT.read_text()) if KEPT.is_file() else {}
    known.setdefault(topic, {})[what] = counts
    KEPT.parent.mkdir(exist_ok=True)
    temporary = KEPT.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps(known, indent=1))
    temporary.replace(KEPT)
