"""The list of classes: read and checked once, and the class that a label names found in it."""

import difflib
import re
from pathlib import Path

import pandas as pd

from geoclass.core import text_tables

COLUMNS = ["class_id", "class_name", "colour", "description"]
OBSERVED = "observed"  # optional: no for what is mapped but no surface of the glacier, such as cloud, shadow and land
COLOUR = r"#[0-9a-f]{6}"


def read(path: str | Path) -> pd.DataFrame:
    """Read the table of classes.

    Parameters
    ----------
    path
        TSV with the columns class_id (1 to 254), class_name, colour (#rrggbb) and, optionally, description and observed (yes or no).

    Returns
    -------
    pandas.DataFrame
        Columns class_id (int), class_name, colour (lower case), description (empty where not given), and observed (bool), in the
        order of the file.

    Raises
    ------
    ValueError
        No table, missing or unknown columns, fewer than two classes, an id, name or colour that is unusable or stands twice.
    OSError
        There is no such file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: no such file, expected the table of classes; name it in the config's key classes")
    table = text_tables.read(path)
    unknown = set(table) - {*COLUMNS, OBSERVED}
    if unknown or not set(COLUMNS[:3]) <= set(table):
        raise ValueError(f"{path}: columns {', '.join(table)}, expected {', '.join([*COLUMNS, OBSERVED])}, separated by tabs")
    if len(table) < 2:
        raise ValueError(f"{path}: {len(table)} class, expected at least two rows")
    table = table.apply(lambda column: column.str.strip())
    table["colour"] = table["colour"].str.lower()
    table["description"] = table.get("description", pd.Series("", index=table.index))
    for row, entry in enumerate(table.itertuples(), 2):
        if not re.fullmatch(r"\d{1,3}", entry.class_id, re.ASCII) or not 1 <= int(entry.class_id) <= 254:
            raise ValueError(f"{path}: line {row}: class_id is {entry.class_id!r}, expected a whole number from 1 to 254")
        problem = name_problem(entry.class_name)
        if problem:
            raise ValueError(f"{path}: line {row}: class_name is {entry.class_name!r}, {problem}; rename the class")
        if not re.fullmatch(COLOUR, entry.colour):
            raise ValueError(f"{path}: line {row}: colour is {entry.colour!r}, expected #rrggbb, such as #4daf4a")
    observed = table.get(OBSERVED, pd.Series("", index=table.index)).str.lower()
    for row, (name, value) in enumerate(zip(table["class_name"], observed, strict=True), 2):
        if value not in ("", "yes", "no"):
            raise ValueError(
                f"{path}: line {row}: observed is {value!r} for class {name}, expected yes, no or nothing; correct it"
            )
    table[OBSERVED] = observed != "no"
    table["class_id"] = table["class_id"].astype(int)
    for column in COLUMNS[:3]:
        values = table[column].astype(str).str.lower()
        if values.duplicated().any():
            twice = values[values.duplicated()].iloc[0]
            raise ValueError(f"{path}: {column} {twice} appears in {(values == twice).sum()} rows, must be unique; change one")
    return table[[*COLUMNS, OBSERVED]]


def of_page(store: str | Path) -> Path:
    """Return the table that the labelling page writes when classes are changed there: beside the store of labels."""
    return Path(store).with_name("classes.tsv")


def taken_by_page(store: str | Path) -> Path:
    """Return the copy of the table given that the labelling page keeps: of what its own table was made."""
    return Path(store).with_name("classes_given.tsv")


def in_force(given: str, store: str | Path) -> str:
    """Return the table of classes that holds: that of the labelling page where there is one, else the one given.

    Raises
    ------
    ValueError
        The table given has been changed since the page wrote its own; where that is not known, it has a class that the page's lacks.
    """
    own, taken = of_page(store), taken_by_page(store)
    if not own.is_file() or (Path(given).is_file() and own.samefile(given)):
        return given
    table, held = read(given), read(own)
    changed = not table.equals(read(taken)) if taken.is_file() else not set(table["class_id"]) <= set(held["class_id"])
    if changed and not table.equals(held):
        raise ValueError(
            f"{given}: changed since the labelling page wrote {own}, which holds; copy the one of the two that is right over the other"
        )
    return str(own)


def check_bound(classes: pd.DataFrame, report: str | Path) -> None:
    """Refuse a class list in which a class of the labels has got another id: a class may be renamed, but its id stays.

    Parameters
    ----------
    classes
        The table of classes.
    report
        Report on the sources of labels, as `collect_labels` writes it; nothing is checked where there is none yet.

    Raises
    ------
    ValueError
        A name that the labels know under another id.
    """
    if not Path(report).is_file():
        return
    ids = dict(zip(classes["class_name"], classes["class_id"], strict=True))
    for bound in text_tables.read(report).itertuples():
        found = ids.get(bound.class_name, int(bound.class_id))
        if found != int(bound.class_id):
            raise ValueError(
                f"the table of classes: class {bound.class_name} has id {found}, but {bound.class_id} in {report}; give it its old id, "
                f"or remove {Path(report).parent} so that labels and models are made anew"
            )


def check_crevassed(names: list[str], default: list[str], classes: pd.DataFrame, along_line: bool) -> None:
    """Refuse names of crevassed classes that the table of classes lacks: the classes meant would count as free of crevasses.

    Parameters
    ----------
    names
        Setting summarize_series/crevassed.
    default
        What it is unless set. A table of other classes may lack these names, but not where a surge front is asked for.
    classes
        The table of classes.
    along_line
        Whether there is a centre line, so that the front is sought.

    Raises
    ------
    ValueError
        A name that is no class.
    """
    known = list(classes["class_name"])
    for name in names:
        if name not in known and (along_line or name not in default):
            close = difflib.get_close_matches(name, known, n=1)
            advice = f"did you mean {close[0]}?" if close else "correct the list"
            raise ValueError(f"config: summarize_series/crevassed has {name!r}, expected some of {', '.join(known)}; {advice}")


def name_problem(name: str) -> str:
    """Say why a text cannot name a class; empty if it can. Names become folders, layers of maps and text of web pages."""
    if not 1 <= len(name) <= 60:
        return "expected 1 to 60 characters"
    if name.isdigit():
        return "a number, which would be read as a class_id"
    if name.startswith(".") or re.search(r'[<>:"/\\|?*&\x00-\x1f\x7f]', name):
        return "expected none of the characters < > : \" / \\ | ? * & and no '.' in front"
    return ""


def identify(value: object, classes: pd.DataFrame, where: str) -> int:
    """Return the id of the class that a label names by id or, in upper or lower case, by name.

    Parameters
    ----------
    value
        Text or number, as it stands in the source of the label; a whole number may be written 3 or 3.0.
    classes
        The table of classes.
    where
        File and row, or folder, for the message.

    Raises
    ------
    ValueError
        No class is named, or one that the table does not have; the sentence lists the known classes and the closest one.
    """
    text = "" if pd.isna(value) else str(value).strip()
    if not text:
        raise ValueError(f"{where}: no class, expected class_id or class_name; fill it in or remove the row")
    whole = re.fullmatch(r"(\d+)(\.0+)?", text, re.ASCII)
    if whole:
        found = classes["class_id"] == int(whole[1])
    else:
        found = classes["class_name"].str.lower() == text.lower()
    if found.any():
        return int(classes["class_id"][found].iloc[0])
    known = dict(zip(classes["class_name"].str.lower(), classes["class_name"], strict=True))
    close = difflib.get_close_matches(text.lower(), known, n=1)
    advice = f"did you mean {known[close[0]]}?" if close else "add it to the table of classes, or correct or remove the label"
    listed = ", ".join(f"{row.class_id} {row.class_name}" for row in classes.itertuples())
    raise ValueError(f"{where}: unknown class {text!r}, expected one of {listed}; {advice}")
