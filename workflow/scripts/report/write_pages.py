"""Write tables, scores and cards as pages of HTML, which the report shows without any other software."""

from geoclass.core import files, log
from geoclass.report import pages


def write_pages(sources: list[str], titles: list[str], written: list[str]) -> None:
    """Write one page for every source.

    Parameters
    ----------
    sources
        Markdown texts and tables (TSV).
    titles, written
        Title of each page and path to write.
    """
    for source, title, path in zip(sources, titles, written, strict=True):
        text = pages.page(source, title)
        with files.replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    log.logger.info("%d pages", len(written))


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        write_pages(
            sources=list(snakemake.input.sources), titles=snakemake.params.settings["titles"], written=list(snakemake.output)
        )
