"""Names of classes as identifiers, for formats that allow letters, digits and `_` alone."""

import re
import unicodedata

import pandas as pd


def identifiers(classes: pd.DataFrame) -> list[str]:
    """Return one identifier a class: ASCII, beginning with a letter, unique also where upper and lower case are one.

    Accents are dropped, and what is no letter or digit becomes `_`. Where two names would be the same word, or none is left of a
    name, the class_id is appended; so the result depends on the classes, not on their order.

    Parameters
    ----------
    classes
        Columns class_id and class_name, C rows.

    Returns
    -------
    list of str
        C identifiers, in the order of the rows. They are names in flag_meanings (CF conventions 1.11, section 3.5), in the STAC
        classification extension (`^[0-9A-Za-z-_]+$`) and in file names.
    """
    ids = [int(class_id) for class_id in classes["class_id"]]
    words = [_word(str(name)) for name in classes["class_name"]]
    words = [word if word[:1].isalpha() else f"class_{word or class_id}" for word, class_id in zip(words, ids, strict=True)]
    while len(set(map(str.lower, words))) < len(words):
        lower = [word.lower() for word in words]
        words = [f"{word}_{i}" if lower.count(word.lower()) > 1 else word for word, i in zip(words, ids, strict=True)]
    return words


def _word(name: str) -> str:
    """Return the ASCII letters and digits of a name, with `_` for each run of other characters."""
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return re.sub(r"[^0-9A-Za-z]+", "_", plain).strip("_")
