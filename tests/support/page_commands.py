"""The commands of the pages, in their blocks and in their lines, and the settings files that the pages show."""

import re
import shlex
from pathlib import Path

import yaml
from laws import ROOT
from snakemake.cli import get_argument_parser

PAGES = [ROOT / "README.md", ROOT / "config" / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
PROGRAMS = "make|snakemake|gdal\\w+|cp|rm|sinfo|squeue|sacctmgr|apptainer|conda|ssh|sbatch|source"


def lines(page: Path) -> list[str]:
    """Return the commands of a page as they stand there; those with a placeholder such as <hash> or … are left out."""
    text = page.read_text()
    found = []
    for language, block in FENCE.findall(text):
        if language == "sh":
            found += block.replace("\\\n", " ").splitlines()
    found += re.findall(rf"`((?:{PROGRAMS}) [^`\n]+)`", FENCE.sub("", text))
    found = [re.split(r"\s#", line)[0].strip() for line in found if "…" not in line and "<" not in line]
    return list(filter(None, found))


def commands(page: Path) -> list[list[str]]:
    """Return the commands of a page as words."""
    return [shlex.split(line) for line in lines(page)]


def settings_files(page: Path) -> dict[str, dict]:
    """Return the settings files of a page by name: the YAML blocks that begin with their name as a comment."""
    blocks = [block for language, block in FENCE.findall(page.read_text()) if language == "yaml"]
    named = {found[1]: block for block in blocks if (found := re.match(r"# (\w+\.yaml)\n", block))}
    return {name: yaml.safe_load(block) for name, block in named.items()}


def parsed(words: list[str]):
    """Return the arguments of a snakemake command, parsed as Snakemake does, without those of any profile.

    Raises
    ------
    SystemExit
        An option that Snakemake or its plugins do not have.
    """
    return get_argument_parser().parse_args(words[1:])
