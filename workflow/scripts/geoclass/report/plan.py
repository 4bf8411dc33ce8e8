"""What a run is going to do and what it has made: jobs by rule with the time that they took before, new files by folder."""

import logging
import time
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

LISTED = 20  # jobs of a dry run that Snakemake lists one by one; more are shown by rule alone
READ = 30  # benchmark files of a rule that are read, which is enough for a mean
LOOK_FIRST = (".png", ".md", ".html", ".tif", ".tsv")  # what is named of the new files of a folder


def run_times(folder: str | Path) -> dict[str, float]:
    """Return the mean run time in seconds of a job of each rule, from the benchmark files of earlier runs.

    Parameters
    ----------
    folder
        Folder of the files `<rule>.tsv` and `<rule>/<wildcards>.tsv`; those that are empty or broken do not count.
    """
    means = {}
    for entry in Path(folder).glob("*"):
        found = [_seconds(path) for path in islice(entry.rglob("*.tsv"), READ)] if entry.is_dir() else [_seconds(entry)]
        measured = [seconds for seconds in found if seconds is not None]
        if measured:
            means[entry.name.removesuffix(".tsv")] = sum(measured) / len(measured)
    return means


def _seconds(path: Path) -> float | None:
    """Return the first column, seconds, of the last row of a benchmark file."""
    try:
        return float(path.read_text().splitlines()[-1].split("\t")[0])
    except (OSError, ValueError, IndexError):
        return None


def duration(seconds: float) -> str:
    """Write a duration as a person would say it.

    >>> duration(0.4), duration(42.4), duration(400), duration(9000)
    ('1 s', '42 s', '7 min', '2.5 h')
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def table(jobs: dict[str, list[tuple[str, ...]]], times: dict[str, float]) -> str:
    """Return the jobs of a run by rule: how many, how long one after the other, and of what.

    Parameters
    ----------
    jobs
        Wildcards of each job (scene, model), by rule, in the order of the run.
    times
        Mean run time of a job in seconds, by rule; rules that have not run here are missing.
    """
    rows = [("job", "count", "about", "of")]
    for rule, things in jobs.items():
        known = duration(times[rule] * len(things)) if rule in times else ""
        rows.append((rule, str(len(things)), known, _named(things)))
    n_jobs = sum(map(len, jobs.values()))
    n_known = sum(len(things) for rule, things in jobs.items() if rule in times)
    seconds = sum(times[rule] * len(things) for rule, things in jobs.items() if rule in times)
    rows.append(("total", str(n_jobs), duration(seconds) if n_known else "", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}  {d}".rstrip() for a, b, c, d in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    if n_known:
        lines.append(f"about: as {n_known} of these jobs would take one after the other, by earlier runs here")
    return "\n".join(["Job stats:", *lines, ""])


def _named(things: list[tuple[str, ...]]) -> str:
    """Return the different values of each wildcard, of many the first, the last and how many they are.

    >>> _named([("varionet", scene) for scene in ("2016", "2017", "2018", "2019")])
    'varionet; 2016 to 2019 (4)'
    """
    parts = []
    for values in zip(*things, strict=True):
        names = sorted(set(values))
        parts.append(", ".join(names) if len(names) < 4 else f"{names[0]} to {names[-1]} ({len(names)})")
    return "; ".join(parts)


class Plan(logging.Filter):
    """Puts the table of jobs in the place of Snakemake's, and keeps a long dry run to it.

    A filter of the standard library on Snakemake's logger sees every record once, whatever handlers and plugins write it, and in a
    dry run too, in which `onstart` is not called.

    Parameters
    ----------
    jobs
        Called for the jobs of the run: pairs of rule and wildcards.
    dry
        Called for whether this is a dry run.
    folder
        Folder of the benchmark files.
    """

    def __init__(self, jobs: Callable[[], Iterable[tuple[str, tuple[str, ...]]]], dry: Callable[[], bool], folder: str | Path):
        super().__init__()
        self.jobs, self.dry, self.folder, self.n_jobs = jobs, dry, folder, 0
        self.started = time.time()

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a record pass, with the table in the place of the counts, or keep it back."""
        event = getattr(getattr(record, "event", None), "name", None)
        if event == "RUN_INFO":
            if self.n_jobs and self.dry():
                return False  # Snakemake shows its counts a second time below the jobs
            counts = {rule: count for rule, count in record.stats.items() if rule != "total"}
            self.n_jobs = sum(counts.values())
            things: dict[str, list[tuple[str, ...]]] = {rule: [] for rule in counts}  # in the order of the run
            for rule, wildcards in self.jobs():
                things.setdefault(rule, []).append(wildcards)
            record.msg, record.args = table(things, run_times(self.folder)), None
        return not (event == "JOB_INFO" and self.n_jobs > LISTED and self.dry())


def new_files(paths: Iterable[str], results: str | Path, since: float) -> str:
    """Return what a run has made, by folder of the results, with one file of each to look at; empty where it made nothing.

    Parameters
    ----------
    paths
        Outputs of the jobs of the run.
    results
        Folder of all outputs.
    since
        Time of the start of the run, seconds since 1970.
    """
    results, folders = Path(results), {}
    for path in map(Path, paths):
        if path.exists() and path.stat().st_mtime >= since - 1:
            name = path.relative_to(results).parts[0] if path.is_relative_to(results) else str(path.parent)
            folders.setdefault(name, []).append(path)
    rows = [(name, len(made), min(made, key=_order)) for name, made in sorted(folders.items())]
    if not rows:
        return ""
    width = max(len(name) for name, *_ in rows)
    lines = [f"  {name:<{width}}  {count:>4}  {path}" for name, count, path in rows]
    return "\n".join([f"New files by folder, one of each (in {duration(time.time() - since)}):", *lines])


def _order(path: Path) -> tuple:
    """Sort by how well a file can be looked at; of equal ones the last name, which is the last date, comes first."""
    kind = LOOK_FIRST.index(path.suffix) if path.suffix in LOOK_FIRST else len(LOOK_FIRST)
    return kind, *[-ord(letter) for letter in str(path)]
