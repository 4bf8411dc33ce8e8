"""The table of scenes as the user writes it."""

import re
from pathlib import Path

import pandas as pd

from geoclass.core import text_tables

SCENE_ID = r"[A-Za-z0-9][A-Za-z0-9_.-]*"  # of scenes and image sets, which name files
TAKEN = "panels"  # beside the sheets of scenes lies the page of all dates
LONGEST_ID = 100  # letters: file systems end at 255, and names of products and temporary files add to it
ID_LETTERS = "letters, digits, '_', '-' or '.', a letter or digit first"


def read_scenes(path: str | Path, simulated: str) -> pd.DataFrame:
    """Read the table of scenes.

    Parameters
    ----------
    path
        TSV with the columns scene, path and, optionally, date, mask and labelled.
    simulated
        Folder whose scenes the workflow makes itself; all others must exist.

    Returns
    -------
    pandas.DataFrame
        Indexed by scene; text columns path, date, mask (empty where not given) and the boolean column labelled.

    Raises
    ------
    ValueError
        No table, missing or unknown columns, no path, duplicate or unusable ids, the same file twice, a file that does not exist.
    """
    if not Path(path).is_file():
        raise ValueError(f"{path}: no such file, expected the table of scenes; name it in the config's key scenes")
    table = text_tables.read(path, comment="#")
    known = ["scene", "path", "date", "mask", "labelled"]
    unknown = [column for column in table if column not in known]
    if unknown or "scene" not in table or "path" not in table:
        raise ValueError(
            f"{path}: columns {', '.join(table)}, expected scene, path and any of date, mask, labelled, separated by tabs"
        )
    for column in known[2:]:
        table[column] = table.get(column, pd.Series("yes" if column == "labelled" else "", index=table.index))
    empty = table.loc[table["path"].str.strip() == "", "scene"]
    if len(empty):
        raise ValueError(
            f"{path}: path of scene {empty.iloc[0]} is empty, expected the file of the scene; fill it in or remove the row"
        )
    for column in ("scene", "path"):
        twice = table.loc[table[column].duplicated(), column]
        if len(twice):
            raise ValueError(
                f"{path}: {column} {twice.iloc[0]} appears in {(table[column] == twice.iloc[0]).sum()} rows, must be unique"
            )
    for row in table.itertuples():
        if not re.fullmatch(SCENE_ID, row.scene):
            raise ValueError(f"{path}: scene id {row.scene!r}, expected {ID_LETTERS}; rename it")
        if row.scene == TAKEN:
            raise ValueError(f"{path}: scene id {TAKEN}, which is the name of the page of all dates, expected another; rename it")
        if len(row.scene) > LONGEST_ID:
            raise ValueError(
                f"{path}: scene id {row.scene[:30]}... of {len(row.scene)} letters, expected at most {LONGEST_ID}, because it names "
                "files; shorten it"
            )
        if row.labelled not in ("yes", ""):
            raise ValueError(f"{path}: labelled is {row.labelled!r} for scene {row.scene}, expected yes or nothing")
        for column in ("path", "mask"):
            file = getattr(row, column)
            there = Path(file).exists() if column == "mask" else Path(file).is_file()  # a file geodatabase is a folder
            if file and not file.startswith(simulated) and not there:
                raise ValueError(
                    f"{path}: {column} of scene {row.scene} is {file}, which does not exist; restore it or remove the row"
                )
    table["labelled"] = table["labelled"] == "yes"
    return table.set_index("scene")
