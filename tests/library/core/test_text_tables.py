"""Tables that a user writes, and those that are none."""

import pytest

from geoclass.core import text_tables


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "a.tsv"
    path.write_bytes(text.encode(encoding))
    return path


def test_everything_is_text_as_it_stands(tmp_path):
    path = written(tmp_path, "\ufeffscene\tdate\n# a comment\n007\tNA\nb\t\n")
    assert text_tables.read(path, comment="#").to_dict("list") == {"scene": ["007", "b"], "date": ["NA", ""]}
    assert text_tables.read(written(tmp_path, "a,b\n1,2\n"), ",").to_dict("list") == {"a": ["1"], "b": ["2"]}
    assert text_tables.read(written(tmp_path, "a\tb\n")).empty


@pytest.mark.parametrize(
    "text, encoding, reason",
    [
        ("", "utf-8", "No columns to parse from file"),
        ("a\tb\n1\t2\n3\t4\t\n", "utf-8", "Expected 2 fields in line 3, saw 3"),
        ("a\tb\n1\t2\t\n3\t4\t\n", "utf-8", "3 cells in the rows, 2 names in the first line"),
        ("name\tplace\nGl\u00e4cier\tx\n", "latin-1", "codec can't decode"),
        ("a\tb\n1\t2\n", "utf-16", "codec can't decode"),
    ],
)
def test_what_is_no_table_is_one_sentence(tmp_path, text, encoding, reason):
    sentence = rf"a\.tsv: not a table separated by tabs \(.*{reason}.*\); mend the row or save the table as text in UTF-8"
    with pytest.raises(ValueError, match=sentence) as caught:
        text_tables.read(written(tmp_path, text, encoding))
    assert "\n" not in str(caught.value)
