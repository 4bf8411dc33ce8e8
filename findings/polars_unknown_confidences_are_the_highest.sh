#!/usr/bin/env bash
# polars 2.1.0 and DuckDB 2.0.1, beside pandas 3.1.1: tiles whose confidence is above 0.8, where some have none (NaN).
# Guess: NaN is above nothing, as in NumPy, pandas and the rules of floating-point numbers: three of six tiles remain.
# Seen:  both order NaN above all numbers: five of six remain, and tiles without a confidence pass for the surest. DuckDB does so with a
#        Parquet file that polars wrote, not with one of pandas, which writes NaN as null: the same query of the same table has two
#        answers. fill_nan(None) before, or "not isnan(confidence) and".
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile polars==2.1.0 duckdb==2.0.1 pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6
env/bin/python -W error - <<'P'
import duckdb
import numpy as np
import pandas as pd
import polars as pl

confidence = np.array([0.95, 0.9, np.nan, 0.85, np.nan, 0.3])
pd.DataFrame({"confidence": confidence}).to_parquet("pandas.parquet")
pl.DataFrame({"confidence": confidence}).write_parquet("polars.parquet")
found = {"NumPy": int((confidence > 0.8).sum()), "pandas": len(pd.read_parquet("polars.parquet").query("confidence > 0.8"))}
sure = pl.col("confidence") > 0.8
found["polars"] = pl.DataFrame({"confidence": confidence}).filter(sure).height
found["polars, lazy"] = pl.scan_parquet("polars.parquet").filter(sure).collect().height
found["polars, fill_nan(None)"] = pl.read_parquet("polars.parquet").fill_nan(None).filter(sure).height
for writer in ("pandas", "polars"):
    found[f"DuckDB, file of {writer}"] = duckdb.sql(f"select count(*) from '{writer}.parquet' where confidence > 0.8").fetchall()[0][0]
for name, count in found.items():
    print(f"{name}: {count} of {len(confidence)} tiles are sure")
if list(found.values()) != [3, 3, 5, 5, 3, 3, 5]:
    raise SystemExit("changed")
P
