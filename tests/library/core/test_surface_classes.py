"""The table of classes, and how a label finds its class in it."""

import contextlib
import shutil

import pandas as pd
import pytest

from geoclass.core import surface_classes

HEADER = "class_id\tclass_name\tcolour\tdescription\n"
CLASSES = pd.DataFrame({"class_id": [1, 2, 11], "class_name": ["Parallel", "Parallel with Shear", "Sea Ice"]})


def write(tmp_path, text):
    path = tmp_path / "classes.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_is_read_in_its_order(tmp_path):
    path = write(tmp_path, HEADER + "7\tChaos\t#AA00bb\tno order, “none”\n1\tSea Ice\t#00ff00\t\n")
    assert surface_classes.read(path).to_dict("list") == {
        "class_id": [7, 1],
        "class_name": ["Chaos", "Sea Ice"],
        "colour": ["#aa00bb", "#00ff00"],
        "description": ["no order, “none”", ""],
        "observed": [True, True],
    }


def test_a_class_may_be_no_surface_of_the_glacier(tmp_path):
    head = "class_id\tclass_name\tcolour\tobserved\n"
    table = surface_classes.read(write(tmp_path, head + "1\tCloud\t#000000\tNo\n2\tSnow\t#000001\t\n3\tIce\t#000002\tyes\n"))
    assert list(table["observed"]) == [False, True, True]
    with pytest.raises(ValueError, match="line 2: observed is 'never' for class Cloud, expected yes, no or nothing"):
        surface_classes.read(write(tmp_path, head + "1\tCloud\t#000000\tnever\n2\tSnow\t#000001\t\n"))


def test_the_description_may_be_missing_and_a_byte_order_mark_there(tmp_path):
    path = write(tmp_path, "\ufeffclass_id\tclass_name\tcolour\n1\ta\t#000000\n2\tb\t#000001\n")
    assert list(surface_classes.read(path)["description"]) == ["", ""]


@pytest.mark.parametrize(
    "rows, sentence",
    [
        ("0\ta\t#000000\t\n1\tb\t#000001\t\n", r"line 2: class_id is '0', expected a whole number from 1 to 254"),
        ("1\ta\t#000000\t\n255\tb\t#000001\t\n", r"line 3: class_id is '255'"),
        ("1.5\ta\t#000000\t\n2\tb\t#000001\t\n", r"class_id is '1.5'"),
        ("1\ta\tred\t\n2\tb\t#000001\t\n", r"line 2: colour is 'red', expected #rrggbb"),
        ("1\t\t#000000\t\n2\tb\t#000001\t\n", r"line 2: class_name is '', expected 1 to 60 characters"),
        ("1\t12\t#000000\t\n2\tb\t#000001\t\n", r"class_name is '12', a number"),
        ("1\ta/b\t#000000\t\n2\tb\t#000001\t\n", r"class_name is 'a/b', expected none of the characters"),
        ("1\t<b>\t#000000\t\n2\tb\t#000001\t\n", r"class_name is '<b>', expected none of the characters"),
        ("1\ta\t#000000\t\n1\tb\t#000001\t\n", r"class_id 1 appears in 2 rows, must be unique"),
        ("1\tA\t#000000\t\n2\ta\t#000001\t\n", r"class_name a appears in 2 rows"),
        ("1\ta\t#00000A\t\n2\tb\t#00000a\t\n", r"colour #00000a appears in 2 rows"),
        ("1\ta\t#000000\t\n", r"1 class, expected at least two rows"),
        ("1\ta\t#000000\t\tx\ty\n2\tb\n", r"not a table separated by tabs|columns|class_id"),
    ],
)
def test_a_wrong_row_is_one_sentence(tmp_path, rows, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        surface_classes.read(write(tmp_path, HEADER + rows))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "class_id,class_name,colour\n1,a,#000000\n2,b,#000001\n", "class_id\tname\tcolour\n1\ta\t#000000\n"]
)
def test_a_table_of_other_columns_is_one_sentence(tmp_path, text):
    with pytest.raises(ValueError, match=r"classes\.tsv: (columns .*, expected class_id|not a table)"):
        surface_classes.read(write(tmp_path, text))


def test_a_missing_table_is_one_sentence(tmp_path):
    with pytest.raises(OSError, match="no such file, expected the table of classes"):
        surface_classes.read(tmp_path / "classes.tsv")


@pytest.mark.parametrize("value", [11, 11.0, "11", "11.0", " sea ice ", "Sea Ice"])
def test_a_class_is_named_by_id_or_name(value):
    assert surface_classes.identify(value, CLASSES, "labels.gpkg: row 1") == 11


@pytest.mark.parametrize(
    "value, sentence",
    [
        ("Paralel", r"row 1: unknown class 'Paralel', expected one of 1 Parallel, 2 .*, 11 Sea Ice; did you mean Parallel\?"),
        (3, "unknown class '3', expected one of .*; add it to the table of classes, or correct or remove the label"),
        (1.5, "unknown class '1.5'"),
        (None, "row 1: no class, expected class_id or class_name; fill it in"),
        (float("nan"), "no class"),
    ],
)  # fmt: skip
def test_an_unknown_class_is_one_sentence(value, sentence):
    with pytest.raises(ValueError, match=sentence):
        surface_classes.identify(value, CLASSES, "labels.gpkg: row 1")


@pytest.mark.parametrize(
    "names, along_line, sentence",
    [
        (["Paralel"], False, r"crevassed has 'Paralel', expected some of Parallel, .*, Sea Ice; did you mean Parallel\?"),
        (["Parallel", "Chaos"], True, "crevassed has 'Chaos', expected some of Parallel, .*; correct the list"),
        (["Parallel", "Chaos"], False, None),
        ([], True, None),
    ],
    ids=["misspelt", "of the default but not in the table, for a front", "of the default", "none"],
)
def test_a_crevassed_class_that_is_none_is_one_sentence(names, along_line, sentence):
    with pytest.raises(ValueError, match=sentence) if sentence else contextlib.nullcontext():
        surface_classes.check_crevassed(names, ["Parallel", "Chaos"], CLASSES, along_line)


def test_classes_of_the_page_hold_and_the_given_table_stays(tmp_path):
    given, store = tmp_path / "given.tsv", tmp_path / "labels" / "labels.gpkg"
    head = "class_id\tclass_name\tcolour\n1\tSnow\t#ffffff\n2\tChaos\t#e41a1c\n"
    given.write_text(head)
    assert surface_classes.in_force(str(given), store) == str(given)
    own = surface_classes.of_page(store)
    own.parent.mkdir()
    own.write_text(head + "3\tPonds\t#d77fc4\n")
    assert surface_classes.in_force(str(given), store) == str(own)
    assert surface_classes.in_force(str(own), store) == str(own)


@pytest.mark.parametrize("known", [True, False], ids=["copy of the table given", "a page's table of earlier versions"])
def test_a_given_table_that_changes_beside_the_pages_is_refused_until_one_is_copied_over_the_other(tmp_path, known):
    given, store = tmp_path / "given.tsv", tmp_path / "labels.gpkg"
    head = "class_id\tclass_name\tcolour\n1\tSnow\t#ffffff\n2\tChaos\t#e41a1c\n"
    given.write_text(head)
    surface_classes.of_page(store).write_text(head.replace("#ffffff", "#fffff0"))
    if known:
        surface_classes.taken_by_page(store).write_text(head)
    assert surface_classes.in_force(str(given), store) == str(surface_classes.of_page(store))
    given.write_text(head.replace("Chaos", "Rock") if known else head + "4\tRock\t#111111\n")
    with pytest.raises(ValueError, match=r"given\.tsv: changed since .*classes\.tsv, which holds; copy the one"):
        surface_classes.in_force(str(given), store)
    shutil.copy(given, surface_classes.of_page(store))
    assert surface_classes.in_force(str(given), store) == str(surface_classes.of_page(store))
