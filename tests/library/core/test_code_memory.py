"""What was found in code is remembered by what the code holds."""

import pytest

from geoclass.core import code_memory, library


@pytest.fixture
def script(tmp_path):
    core = tmp_path / "scripts" / "geoclass" / "core"
    core.mkdir(parents=True)
    (core / "one.py").write_text("x = 1\n")
    (tmp_path / "environment.yaml").write_text("")
    (tmp_path / "scripts" / "scenes").mkdir()
    path = tmp_path / "scripts" / "scenes" / "script.py"
    path.write_text("from geoclass.core import one\n\nprint(one.x)\n")
    return path


@pytest.fixture
def parsed(script, monkeypatch):
    """Return a function that finds the fingerprint as a new process would, and how many files it parses."""
    parse, asked = library._parsed, []
    monkeypatch.setattr(library, "KNOWN", {})
    monkeypatch.setattr(library, "_parsed", lambda code: asked.append(code) or parse(code))

    def found():
        library.KNOWN.clear()
        asked.clear()
        for cached in (library.read, code_memory._load):
            cached.cache_clear()
        return code_memory.fingerprint(script, script.parents[2] / "environment.yaml"), len(asked)

    return found


@pytest.fixture
def kept(script):
    folder = script.parents[1] / "geoclass" / "__pycache__"
    folder.mkdir()
    return folder / "code.json"


def test_code_is_parsed_once_and_again_when_it_is_another(script, kept, parsed):
    before = parsed()
    assert before == (library.fingerprint(script, script.parents[2] / "environment.yaml"), 2)
    assert parsed() == (before[0], 0)
    script.write_text(script.read_text() + "\nprint(2)\n")
    after = parsed()
    assert after[0] != before[0] and after[1] == 1
    script.write_text(script.read_text().removesuffix("\nprint(2)\n"))
    assert parsed() == (before[0], 0)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"x": 1}', '{"reader": "READER", "known": [1]}', '{"reader": "old", "known": {}}']
)
def test_a_memory_that_is_broken_or_of_other_code_is_made_anew(kept, parsed, text):
    kept.write_text(text.replace("READER", code_memory._reader()))
    assert parsed()[1] == 2 and parsed()[1] == 0


def test_what_an_earlier_reader_found_does_not_count(kept, parsed, monkeypatch):
    before = parsed()
    kept.write_text(kept.read_text().replace(code_memory._reader(), "0"))
    assert parsed() == before


def test_a_clone_that_cannot_be_written_is_parsed_each_time(parsed, monkeypatch):
    def refuse(path):
        raise PermissionError(path)

    monkeypatch.setattr(code_memory.files, "replacing", refuse)
    assert parsed()[1] == 2 and parsed()[1] == 2


def test_no_more_is_kept_than_a_clone_needs(kept, parsed, monkeypatch):
    monkeypatch.setattr(code_memory, "MOST", 1)
    assert parsed()[1] == 2 and parsed()[1] == 1
