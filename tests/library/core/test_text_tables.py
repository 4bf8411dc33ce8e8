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


@pytest.mark.parametrize(
    "rows",
    [
        '1\t"old\n2\tx\n3\ty"\n4\tz\n',
        '1\t"old\r\n2\tx"\r\n',
        '"old\tx"\n1\t2\n',
        '1\t"old\n2\tx"\n"3\ty\n4\tz"\tw\n',
    ],
)
def test_a_quotation_mark_that_swallows_rows_or_cells_is_refused(tmp_path, rows):
    with pytest.raises(
        ValueError, match=r'a\.tsv: a cell that begins with "\S+ goes over a tab or the end of its line, expected'
    ) as caught:
        text_tables.read(written(tmp_path, f"a\tb\n{rows}"))
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match='begins with "old goes over'):
        text_tables.read(written(tmp_path, 'a\t"old\nb"\n1\t2\n'))


def test_cells_that_a_spreadsheet_quotes_are_read_as_they_were(tmp_path):
    found = text_tables.read(written(tmp_path, 'a\tb\n1\t"ice, ""blue"""\n2\t5" wide\n'))
    assert found["b"].tolist() == ['ice, "blue"', '5" wide']
    assert text_tables.read(written(tmp_path, 'a,b\n"x, y",2\n'), ",")["a"].tolist() == ["x, y"]
