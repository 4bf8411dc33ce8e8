"""What a script stands on, and which changes of it count."""

import shutil

import pytest

from geoclass.core import library

SCRIPT = '''"""A script."""
from geoclass.core.one import thing

def work(x):
    """Do it."""
    if x < 0:
        raise ValueError(f"{x}: less than 0, expected more")
    return thing(x) + 3  # three
'''
ONE = "from geoclass.core import two\n\ndef thing(x):\n    return two.other(x) * 2\n"
TWO = "import numpy\n\ndef other(x):\n    log.logger.info('now')\n    return {'spacing_m': numpy.abs(x)}\n"


@pytest.fixture
def script(tmp_path):
    core = tmp_path / "scripts" / "geoclass" / "core"
    core.mkdir(parents=True)
    (core / "one.py").write_text(ONE)
    (core / "two.py").write_text(TWO)
    (core / "three.py").write_text("")
    (tmp_path / "scripts" / "scenes").mkdir()
    path = tmp_path / "scripts" / "scenes" / "script.py"
    path.write_text(SCRIPT)
    return path


def edit(script, module, old, new):
    path = script if module == "script" else script.parents[1] / "geoclass" / "core" / f"{module}.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_modules_of_a_script_include_those_behind_others(script):
    assert [path.stem for path in library.modules_of(script)] == ["one", "two"]
    assert [path.stem for path in library.modules_of(library.modules_of(script)[0])] == ["two"]


@pytest.mark.parametrize(
    "module, old, new",
    [
        ("script", "A script.", "Another text."),
        ("script", "Do it.", "Do it well."),
        ("script", "# three", "# not four"),
        ("script", "less than 0, expected more", "negative, must be positive"),
        ("script", "def work(x):", "def work(\n    x\n):"),
        ("two", "'now'", "'later'"),
        ("three", "", "x = 1\n"),
    ],
)
def test_words_and_layout_and_modules_of_others_do_not_count(script, module, old, new):
    before = library.fingerprint(script)
    edit(script, module, old, new)
    library.read.cache_clear()
    assert library.fingerprint(script) == before


@pytest.mark.parametrize(
    "module, old, new",
    [
        ("script", "+ 3", "+ 4"),
        ("script", "+ 3", "- 3"),
        ("script", "< 0", "<= 0"),
        ("one", "* 2", "* 2.0"),
        ("two", "spacing_m", "spacing_px"),
    ],
)
def test_a_changed_number_operator_or_column_counts(script, module, old, new):
    before = library.fingerprint(script)
    edit(script, module, old, new)
    library.read.cache_clear()
    assert library.fingerprint(script) != before


def test_the_place_of_the_clone_does_not_count_but_that_of_a_module_does(script, tmp_path):
    before = library.fingerprint(script)
    moved = tmp_path / "geoclass" / "elsewhere"
    shutil.copytree(script.parents[1], moved)
    assert library.fingerprint(moved / "scenes" / "script.py") == before
    core = script.parents[1] / "geoclass" / "core"
    (core / "two.py").rename(core / "deux.py")
    (core / "one.py").write_text(ONE.replace("two", "deux"))
    library.read.cache_clear()
    assert library.fingerprint(script) != before


@pytest.mark.parametrize("pin, counts", [("numba=0.69.1", True), ("numba=0.68.7", False), ("pandas=9.9.9", False)])
def test_versions_of_packages_that_compute_count_without_their_last_number(script, tmp_path, pin, counts):
    environment = tmp_path / "script.yaml"
    environment.write_text("dependencies:\n  - numba=0.68.1\n  - pandas=3.1.1\n")
    before = library.fingerprint(script, environment)
    name = pin.split("=")[0]
    environment.write_text("\n".join(pin if name in line else line for line in environment.read_text().splitlines()))
    assert (library.fingerprint(script, environment) != before) == counts


def test_no_version_of_python_changes_it(script):
    assert library.fingerprint(script) == "9e7a7e85adc833ac"  # as Python 3.10 to 3.13 find it
