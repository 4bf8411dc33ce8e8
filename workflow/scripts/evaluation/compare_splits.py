"""Set the scores of all split schemes side by side, as a table, a figure and a page to read."""

from pathlib import Path

import pandas as pd

from geoclass.core import files, log
from geoclass.evaluation import score_figures, score_page


def compare_splits(evaluations: list[str], summary: str, figure: str, page: str) -> None:
    """Write the summary of all evaluations.

    Parameters
    ----------
    evaluations
        Files scores.tsv, one a split scheme; the other tables of an evaluation lie beside each.
    summary, figure, page
        TSV, PNG and Markdown to write.
    """
    folders = [Path(path).parent for path in evaluations]
    scores, differences, conformal, applicability = (
        pd.concat([pd.read_csv(folder / f"{name}.tsv", sep="\t") for folder in folders], ignore_index=True)
        for name in ("scores", "differences", "conformal", "applicability")
    )
    with files.replacing(summary) as temporary:
        scores.to_csv(temporary, sep="\t", index=False)
    score_figures.splits(figure, scores, "Scores on tiles held out of training, with 95 % intervals")
    with files.replacing(page) as temporary:
        temporary.write_text(score_page.markdown(scores, differences, conformal, applicability), encoding="utf-8")
    log.logger.info("%d models, split schemes %s", scores["model"].nunique(), ", ".join(scores["scheme"].unique()))


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        compare_splits(
            evaluations=list(snakemake.input.scores),
            summary=snakemake.output.summary,
            figure=snakemake.output.figure,
            page=snakemake.output.page,
        )
