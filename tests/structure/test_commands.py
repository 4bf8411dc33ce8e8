"""Commands of the pages name targets, rules, options, profiles and presets that exist."""

import re

import page_commands
import pytest
from laws import ROOT

TARGETS = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
SMK = [ROOT / "workflow" / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")]
RULES = set(re.findall(r"^(?:use rule \w+ as|rule) (\w+)", "".join(path.read_text() for path in SMK), re.MULTILINE))


@pytest.mark.parametrize("page", page_commands.PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_name_what_exists(page):
    for command in page_commands.commands(page):
        if command[0] == "make":
            assert {word for word in command[1:] if "=" not in word and not word.startswith("-")} <= TARGETS, command
        if command[0] == "snakemake":
            arguments = page_commands.parsed(command)
            assert all(target in RULES or target.startswith("results/") for target in arguments.targets), command
            assert all((ROOT / profile / "config.yaml").is_file() for profile in arguments.profile or []), command
            presets = [path for path in arguments.configfile or [] if str(path).startswith("config/")]
            assert all((ROOT / path).is_file() for path in presets), command


def test_pages_have_commands():
    assert sum(len(page_commands.commands(page)) for page in page_commands.PAGES) > 40
