#!/usr/bin/env bash
# pandas 3.1.1 with pyarrow 26.0.1: probabilities kept in float16 to halve a table.
# Guess: a column of float16 reads back and can be filtered while it is read.
# Seen:  it is written and read, but a filter on it ends in an error.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q pandas==3.1.1 pyarrow==26.0.1 numpy==2.4.6
env/bin/python - <<'P'
import numpy as np
import pandas as pd
import pyarrow as pa

pd.DataFrame({"confidence": np.linspace(0, 1, 5).astype(np.float16)}).to_parquet("t.parquet")
print("read:", pd.read_parquet("t.parquet")["confidence"].dtype)
try:
    pd.read_parquet("t.parquet", filters=[("confidence", ">", 0.5)])
except (pa.ArrowNotImplementedError, pa.ArrowInvalid, pa.ArrowTypeError) as error:
    print("filtered:", type(error).__name__, str(error).splitlines()[0])
else:
    raise SystemExit("changed: a filter on float16 works")
P
