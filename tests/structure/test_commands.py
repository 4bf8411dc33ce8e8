"""Commands of the pages name targets, rules, options, profiles and presets that exist."""

import re
import shlex

import pytest
from laws import ROOT
from snakemake.cli import get_argument_parser

PAGES = [ROOT / "README.md", ROOT / "config" / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TARGETS = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
SMK = [ROOT / "Snakefile", ROOT / "workflow" / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")]
RULES = set(re.findall(r"^(?:use rule \w+ as|rule) (\w+)", "".join(path.read_text() for path in SMK), re.MULTILINE))
OPTIONS = set(get_argument_parser()._option_string_actions)


def commands(page):
    """Return the commands of a page, in its blocks and in its lines, as words."""
    text = page.read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.split(" #")[0] for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"`((?:make|snakemake) [^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return [shlex.split(line) for line in lines if re.match(r"(make|snakemake) ", line) and "…" not in line and "<" not in line]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_name_what_exists(page):
    for program, *words in commands(page):
        if program == "make":
            assert {word for word in words if "=" not in word and not word.startswith("-")} <= TARGETS, words
            continue
        value_of = ""
        for word in words:
            if word.startswith("-"):
                value_of = word.split("=")[0]
                assert value_of in OPTIONS, f"{page.name}: {word}"
            elif value_of == "--profile":
                assert (ROOT / word / "config.yaml").is_file(), f"{page.name}: {word}"
            elif value_of == "--configfile":
                assert not word.startswith("config/presets/") or (ROOT / word).is_file(), f"{page.name}: {word}"
            elif not value_of:
                assert word in RULES or word.startswith("results/"), f"{page.name}: {word}"
            if not word.startswith("-") and value_of == "--profile":
                value_of = ""


def test_pages_have_commands():
    assert sum(len(commands(page)) for page in PAGES) > 20
