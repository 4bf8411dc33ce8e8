"""Tables of text as users write them, with a spreadsheet or by hand."""

import io
import re
from pathlib import Path

import pandas as pd


def read(path: str | Path, separator: str = "\t", comment: str | None = None) -> pd.DataFrame:
    """Read a table of text: names in the first line, everything as text, empty where nothing stands.

    Parameters
    ----------
    path
        File in UTF-8, with or without a byte order mark.
    separator
        Tab or comma.
    comment
        What a line begins with that is a comment; None where there are none. Inside a line it means nothing: paths may hold it.

    Raises
    ------
    ValueError
        An empty file, a row with more cells than there are names, a cell of several lines or with a tab, another encoding.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines(keepends=True)
        text = "".join(line for line in lines if comment is None or not line.startswith(comment))
        table = pd.read_csv(io.StringIO(text), sep=separator, dtype=str, keep_default_na=False)
        if not isinstance(table.index, pd.RangeIndex):  # pandas would take the first cells of such rows for their names
            n_names = len(table.columns)
            raise pd.errors.ParserError(f"{n_names + table.index.nlevels} cells in the rows, {n_names} names in the first line")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        kind = "tabs" if separator == "\t" else "commas"
        raise ValueError(
            f"{path}: not a table separated by {kind} ({str(error).strip()}); mend the row or save the table as text in UTF-8"
        ) from None
    for values in (table.columns, *(table[column] for column in table)):  # a lone " makes one cell of all up to the next
        for value in values:
            if re.search(r"[\t\r\n]", value):
                begin = re.split(r"[\t\r\n]", value)[0]
                raise ValueError(
                    f'{path}: a cell that begins with "{begin} goes over a tab or the end of its line, expected cells of one line; remove '
                    "its quotation marks or the line break in it"
                )
    return table
