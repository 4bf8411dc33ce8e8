#!/usr/bin/env bash
# pandas 3.1.1 with pyarrow 26.0.1: a table of tiles of which some have no label yet, filtered while it is read.
# Guess: ("label", "!=", "smooth") keeps what pandas keeps with the same condition, and what ("label", "not in", ["smooth"]) keeps.
# Seen:  "!=" drops tiles without a label, as SQL does, "not in" and pandas keep them: three of five tiles go missing without a word, and so
#        do those without a confidence by ("confidence", "!=", 0). Read all and filter in pandas, or use "not in".
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6
env/bin/python -W error - <<'P'
import numpy as np
import pandas as pd

tiles = pd.DataFrame({
    "label": ["smooth", "crevassed", None, "melange", None, "smooth", None],
    "confidence": [0.9, 0.8, np.nan, 0.0, np.nan, 0.7, 0.6],
})
tiles.to_parquet("tiles.parquet")
found = {}
for column, value in (("label", "smooth"), ("confidence", 0.0)):
    for name, rows in (
        ("pandas, !=", tiles[tiles[column] != value].index),
        ("filter, not in", pd.read_parquet("tiles.parquet", filters=[(column, "not in", [value])])),
        ("filter, !=", pd.read_parquet("tiles.parquet", filters=[(column, "!=", value)])),
    ):
        found[column, name] = len(rows)
    print(f"tiles whose {column} is not {value!r}:", {name: count for (key, name), count in found.items() if key == column})
if found != {("label", "pandas, !="): 5, ("label", "filter, not in"): 5, ("label", "filter, !="): 2,
             ("confidence", "pandas, !="): 6, ("confidence", "filter, not in"): 6, ("confidence", "filter, !="): 4}:
    raise SystemExit("changed")
P
