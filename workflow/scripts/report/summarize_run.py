"""Say in a page what a run has made and what it took: products, scores, areas, run times, memory."""

import re
from pathlib import Path

from geoclass.core import files, log
from geoclass.report import run_times, summary, summary_page


def summarize_run(results: str, scheme: str, models: list[str], page: str, document: str, times: str, times_figure: str) -> None:
    """Write the summary of a run.

    Parameters
    ----------
    results
        Folder of all outputs.
    scheme
        Split scheme of the models that the maps are made with.
    models
        The models of the run.
    page, document
        Markdown and PDF to write.
    times, times_figure
        Run time and memory by rule: TSV and PNG to write.
    """
    rules = run_times.by_rule(run_times.read(Path(results) / "benchmarks"))
    with files.replacing(times) as temporary:
        rules.to_csv(temporary, sep="\t", index=False, float_format="%.2f", na_rep="NA")
    run_times.draw(times_figure, rules)
    text = summary.of_run(results, scheme, models)
    with files.replacing(page) as temporary:
        temporary.write_text(text, encoding="utf-8")
    without = re.sub(r"^!\[.*\n\n?", "", text, flags=re.MULTILINE)  # the pictures follow on pages of their own
    summary_page.write(document, without, summary.pictures(results, models))
    log.logger.info("%d rules, %.0f s of work", len(rules), rules["run_time_s"].sum())


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        summarize_run(
            results=str(Path(snakemake.output.page).parent),
            scheme=snakemake.params.settings["scheme"],
            models=snakemake.params.settings["models"],
            page=snakemake.output.page,
            document=snakemake.output.document,
            times=snakemake.output.times,
            times_figure=snakemake.output.times_figure,
        )
