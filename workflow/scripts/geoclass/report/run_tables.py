"""The tables of a run as they are read for what people look at: numbers as numbers, names as they are written."""

from pathlib import Path

import pandas as pd

NAMES = ("scene", "scenes", "class_name", "from_class", "to_class")
MISSING = ["", "NA"]  # as rules write it


def read(path: str | Path) -> pd.DataFrame:
    """Read a table that a rule has written as TSV.

    Names are text whatever they look like: pandas by itself takes a class None for missing and a scene 0012 for a number.
    """
    numbers = pd.read_csv(path, sep="\t", nrows=0).columns.difference(NAMES)
    missing = dict.fromkeys(numbers, MISSING)
    return pd.read_csv(path, sep="\t", dtype=dict.fromkeys(NAMES, str), keep_default_na=False, na_values=missing)
