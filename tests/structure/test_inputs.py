"""The table of inputs that tests try, tests/inputs.tsv: kinds of files that real tools write, and what is to come out."""

import csv

from laws import ROOT

KINDS = {"validity", "180 degrees", "dates", "metres on the ground", "true north", "formats", "labels", "projections"}
KINDS |= {"strips in parts", "recipes", "check before work", "edits", "claimed size"}


def rows():
    with open(ROOT / "tests" / "inputs.tsv", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_every_kind_has_siblings_and_there_are_sixty_inputs():
    found = [row["kind"] for row in rows()]
    assert set(found) == KINDS and min(map(found.count, KINDS)) >= 2 and len(found) >= 60


def test_each_row_names_a_test_that_there_is():
    for name in {row["test"] for row in rows()}:
        file, function = name.split("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert f"def {function}(" in text and "parametrize" in text, name
