"""How long the jobs of a run took and how much memory they held, from Snakemake's benchmark files."""

from pathlib import Path

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from geoclass.core import figures

BAR, INK = "#4477aa", "#1a1a1a"


def read(folder: str | Path) -> pd.DataFrame:
    """Return one row a job, in the order of rules and jobs.

    Parameters
    ----------
    folder
        Folder of the benchmark files `<rule>.tsv` and `<rule>/<wildcards>.tsv`; those that are empty or broken do not count.

    Returns
    -------
    pandas.DataFrame
        rule, job, run_time_s, cpu_time_s, memory_mb. Memory is the largest resident set that Snakemake saw; it looks every few
        seconds, so that of jobs of seconds is too low or missing.

    Raises
    ------
    ValueError
        No benchmark file.
    """
    folder, rows = Path(folder), []
    for path in sorted(folder.rglob("*.tsv")):
        rule, *job = path.relative_to(folder).with_suffix("").parts
        try:
            measured = pd.read_csv(path, sep="\t", na_values=["-", "NA"]).iloc[-1]
            rows.append((rule, "/".join(job), *(float(measured[name]) for name in ("s", "cpu_time", "max_rss"))))
        except (ValueError, LookupError):  # cut off by the end of an earlier run
            continue
    if not rows:
        raise ValueError(f"{folder}: no benchmark file, expected one of every job that ran; run the workflow first")
    return pd.DataFrame(rows, columns=["rule", "job", "run_time_s", "cpu_time_s", "memory_mb"])


def by_rule(jobs: pd.DataFrame) -> pd.DataFrame:
    """Return one row a rule: number of jobs, their run times together and the longest, the most memory; longest rules first."""
    rules = jobs.groupby("rule").agg(
        jobs=("job", "size"),
        run_time_s=("run_time_s", "sum"),
        longest_job_s=("run_time_s", "max"),
        cpu_time_s=("cpu_time_s", "sum"),
        memory_mb=("memory_mb", "max"),
    )
    return rules.sort_values("run_time_s", ascending=False, kind="stable").reset_index()


def draw(path: str | Path, rules: pd.DataFrame) -> None:
    """Draw run time and memory of every rule as bars into a PNG file."""
    figure = Figure(figsize=(9, 0.9 + 0.25 * len(rules)), layout="constrained")
    FigureCanvasAgg(figure)
    time, memory = figure.subplots(1, 2, sharey=True)
    names = [f"{row.rule} ({row.jobs})" for row in rules.itertuples()]
    panels = (
        (time, "run_time_s", "Run time of all jobs together", "seconds"),
        (memory, "memory_mb", "Most memory of a job", "megabytes"),
    )
    for axes, column, title, unit in panels:
        axes.barh(names, rules[column].fillna(0), color=BAR, height=0.7)
        for position, value in enumerate(rules[column]):
            text = " –" if pd.isna(value) else f" {value:,.0f}".replace(",", "\u2009")
            axes.text(0 if pd.isna(value) else value, position, text, va="center", fontsize=7.5, color=INK)
        axes.set_title(title, fontsize=10, loc="left")
        axes.set_xlabel(unit, fontsize=8)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0.14)
    time.invert_yaxis()
    figures.save_drawing(figure, path)
