"""The table of jobs that a run or a dry run shows first."""

import re


def jobs(output: str) -> dict[str, int]:
    """Return how many jobs of each rule there are."""
    return {rule: int(count) for rule, count, _ in rows(output)}


def things(output: str) -> dict[str, str]:
    """Return of what the jobs of each rule are: the values of its wildcards."""
    return {rule: of for rule, _, of in rows(output)}


def rows(output: str) -> list[tuple[str, str, str]]:
    """Return rule, count and wildcards of every row."""
    table = re.search(r"^job +count +about +of\n[- ]+\n(.+?)^total ", output, re.MULTILINE | re.DOTALL)
    found = table[1].splitlines() if table else []  # where nothing is to be done there is no table
    return [re.fullmatch(r"(\w+) +(\d+)(?: +[\d.]+ (?:s|min|h))? *(.*)", line).groups() for line in found]
