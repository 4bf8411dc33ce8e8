"""The table of jobs with times of earlier runs, and the new files of a run."""

import doctest
import logging
import os
import time
from types import SimpleNamespace

import planning
import pytest

from geoclass.report import plan

HEAD = "s\th:m:s\tmax_rss\n"


@pytest.fixture
def benchmarks(tmp_path):
    """Return a folder of benchmark files: two jobs of a rule, one of another, and files that tell nothing."""
    (tmp_path / "tile_scene" / "deep").mkdir(parents=True)
    (tmp_path / "tile_scene" / "a.tsv").write_text(f"{HEAD}10.0\t0:00:10\t-\n")
    (tmp_path / "tile_scene" / "deep" / "b.tsv").write_text(f"{HEAD}99.0\t0:01:39\t-\n20.0\t0:00:20\t-\n")
    (tmp_path / "train.tsv").write_text(f"{HEAD}3600.5\t1:00:00\t900\n")
    (tmp_path / "empty.tsv").write_text("")
    (tmp_path / "broken.tsv").write_text(f"{HEAD}NA\t-\t-\n")
    return tmp_path


def test_doctests():
    assert doctest.testmod(plan).failed == 0 and doctest.testmod(plan).attempted > 0


def test_run_times_are_means_of_the_last_rows_of_each_rule(benchmarks):
    assert plan.run_times(benchmarks) == {"tile_scene": 15.0, "train": 3600.5}
    assert plan.run_times(benchmarks / "none") == {}


def test_the_table_says_how_many_how_long_and_of_what(benchmarks):
    scenes = [(f"2016{number:02}",) for number in range(23)]
    text = plan.table({"tile_scene": scenes, "train": [()], "all": [()]}, plan.run_times(benchmarks))
    assert planning.jobs(text) == {"tile_scene": 23, "train": 1, "all": 1}
    assert planning.things(text) == {"tile_scene": "201600 to 201622 (23)", "train": "", "all": ""}
    assert "tile_scene     23   6 min  201600" in text and "train           1  60 min" in text
    assert "total          25  66 min" in text and "as 24 of these jobs would take one after the other" in text


def test_without_an_earlier_run_no_time_is_told():
    text = plan.table({"tile_scene": [("a",), ("b",)]}, {})
    assert planning.rows(text) == [("tile_scene", "2", "a, b")] and "one after the other" not in text


def record(event, **content):
    made = logging.LogRecord("snakemake", logging.INFO, "", 0, "counts", None, None)
    vars(made).update(content, event=SimpleNamespace(name=event))
    return made


@pytest.mark.parametrize("n_jobs, dry, listed", [(3, True, True), (40, True, False), (40, False, True)])
def test_a_long_dry_run_shows_the_table_once_and_no_job(tmp_path, n_jobs, dry, listed):
    shown = plan.Plan(lambda: [("ingest_scene", (str(number),)) for number in range(n_jobs)], lambda: dry, tmp_path)
    counts = record("RUN_INFO", stats={"ingest_scene": n_jobs, "total": n_jobs})
    assert shown.filter(counts) and planning.jobs(counts.getMessage()) == {"ingest_scene": n_jobs}
    assert shown.filter(record("JOB_INFO")) == listed
    assert shown.filter(record("RUN_INFO", stats={"ingest_scene": n_jobs, "total": n_jobs})) == (not dry)
    assert shown.filter(record("JOB_ERROR")) and shown.filter(logging.LogRecord("", 20, "", 0, "words", None, None))


def test_new_files_are_those_made_since_the_start_by_folder(tmp_path):
    for name in ("maps/a/1.png", "maps/a/2.png", "maps/a/2.tif", "scenes/old.tif", "summary.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    os.utime(tmp_path / "scenes" / "old.tif", (0, 0))
    made = [str(path) for path in tmp_path.rglob("*.*")] + [str(tmp_path / "gone.png")]
    lines = plan.new_files(made, tmp_path, time.time() - 60).splitlines()
    assert lines[0].startswith("New files by folder, one of each (in ")
    assert [line.split() for line in lines[1:]] == [
        ["maps", "3", str(tmp_path / "maps/a/2.png")],
        ["summary.md", "1", str(tmp_path / "summary.md")],
    ]
    assert plan.new_files(made, tmp_path, time.time() + 60) == ""
