"""Summarise the maps of all dates: areas with intervals, transitions, crevasse structure, surge front, NetCDF, figures."""

import pandas as pd

from geoclass import classlist, files, log, maps, netcdf, series, seriesfigures, seriestables, tables


def summarize_series(
    classified: list[str],
    vario: list[str],
    classes: str,
    confusion: str | None,
    centre_line: str | None,
    crevassed: list[str],
    minimum_confidence: float,
    output: dict[str, str],
) -> None:
    """Write tables, NetCDF and figures of a series.

    Parameters
    ----------
    classified, vario
        Tables of the classified scenes of one model, and of their vario functions.
    classes
        Class list.
    confusion
        Confusion of the model on independent blocks (TSV: rows as they are, columns as mapped); None leaves the intervals out.
    centre_line
        Line along the glacier, from its downstream end upstream; None leaves the front out.
    crevassed
        Names of the crevassed classes.
    minimum_confidence
        Less sure cells are not compared between dates.
    output
        Paths to write: areas, transitions, structure, front (TSV), netcdf, areas_figure, change_figure.
    """
    class_list = classlist.read(classes)
    dates = series.stack([maps.read_classified(path, class_list) for path in classified])
    class_list = class_list.set_index("class_id").loc[dates.class_ids].reset_index()
    compared = dates.comparable(minimum_confidence)
    counts = seriestables.confusion_matrix(confusion, class_list)

    by_date = [seriestables.area_table(dates, day, class_list, counts) for day in range(len(dates.dates))]
    by_step = [seriestables.transition_table(dates, compared, step, class_list) for step in range(len(dates.dates) - 1)]
    columns = ["from_date", "to_date", "from_class", "to_class", "area_km2", "share_of_compared"]
    outputs = {
        "areas": pd.concat(by_date),
        "transitions": pd.concat(by_step) if by_step else pd.DataFrame(columns=columns),
        "structure": seriestables.structure_table(classified, vario, class_list),
        "front": seriestables.front_table(dates, centre_line, class_list, crevassed),
    }
    for name, frame in outputs.items():
        with files.replacing(output[name]) as temporary:
            frame.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    model = tables.read_metadata(classified[0])["model"]
    title = f"Ice-surface classes, {model['model']}, {dates.dates[0]} to {dates.dates[-1]}"
    netcdf.write(output["netcdf"], dates, list(class_list["class_name"]), title, f"geoclass-workflow, model {model['id']}")
    seriesfigures.draw_areas(output["areas_figure"], outputs["areas"], class_list, title)
    seriesfigures.draw_changes(output["change_figure"], dates, compared, class_list, title)
    log.logger.info("%d dates, %d cells of %.0f m²", len(dates.dates), dates.classes[0].size, dates.cell_m2)


if "snakemake" in globals():
    with log.job(snakemake.log[0]):
        summarize_series(
            classified=snakemake.input.classified,
            vario=snakemake.input.vario,
            classes=snakemake.input.classes,
            confusion=snakemake.input.confusion or None,
            centre_line=snakemake.input.centre_line or None,
            crevassed=snakemake.params.crevassed,
            minimum_confidence=snakemake.params.minimum_confidence,
            output=dict(snakemake.output.items()),
        )
