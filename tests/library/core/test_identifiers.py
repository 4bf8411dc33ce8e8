"""Names of classes become identifiers that every format takes, and no two become one."""

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoclass.core.identifiers import identifiers

HOSTILE = [
    "Cisaillement, foncé",
    "Multi directional",
    "Multi-directional",
    "multi directional!",
    "Снег",
    "雪",
    "1st",
    "<b>",
    "a_b",
    "",
]


def classes(names):
    return pd.DataFrame({"class_id": range(1, len(names) + 1), "class_name": names})


def test_plain_names_are_kept_and_accents_dropped():
    assert identifiers(classes(["Snow", "Parallel with Shear", "Cisaillement, foncé"])) == [
        "Snow", "Parallel_with_Shear", "Cisaillement_fonce"
    ]  # fmt: skip


def test_names_that_differ_by_punctuation_alone_stay_apart():
    assert identifiers(classes(["Multi directional", "Multi-directional"])) == ["Multi_directional_1", "Multi_directional_2"]
    assert len(set(identifiers(classes(["A b", "A-b", "A_b_1", "a b_1_1"])))) == 4


def test_the_order_of_the_classes_does_not_matter():
    table = classes(HOSTILE)
    named = dict(zip(table["class_id"], identifiers(table), strict=True))
    turned = table.iloc[::-1]
    assert dict(zip(turned["class_id"], identifiers(turned), strict=True)) == named


@given(st.lists(st.text(max_size=60), min_size=1, max_size=254))
def test_every_list_of_names_gives_unique_words(names):
    words = identifiers(classes(names))
    assert len({word.lower() for word in words}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z][0-9A-Za-z_]*", word) for word in words)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_gives_one_word(name):
    assert re.fullmatch(r"[A-Za-z][0-9A-Za-z_]*", identifiers(classes([name]))[0])
