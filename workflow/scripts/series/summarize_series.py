"""Summarise the maps of all dates: areas with intervals, change, crevasse structure, surge front, NetCDF, figures."""

from geoclass.core import files, log, model_names, provenance, surface_classes
from geoclass.maps import class_maps
from geoclass.series import change_figures, netcdf, series_figures, stack, statistics


def summarize_series(
    classified: list[str],
    vario: list[str],
    classes: str,
    predictions: str | None,
    centre_line: str | None,
    crevassed: list[str],
    minimum_confidence: float,
    credits: str,
    output: dict[str, str],
) -> None:
    """Write tables, NetCDF and figures of a series.

    Parameters
    ----------
    classified, vario
        Tables of the classified scenes of one model, and of their vario functions.
    classes
        Class list.
    predictions
        What the model said of tiles held out of training (evaluate_models); None leaves the intervals out.
    centre_line
        Line along the glacier, from its downstream end upstream; None leaves the front out.
    crevassed
        Names of the crevassed classes.
    minimum_confidence
        Less sure cells are not compared between dates.
    credits
        Line about the rights in the imagery; may be empty.
    output
        Paths to write: areas, coverage, transitions, structure, front (TSV); netcdf; and a figure of each of them.

    Raises
    ------
    ValueError
        Maps of different models, class lists or cell sizes; a file that holds no line, or one beside all scenes.
    """
    class_list = surface_classes.read(classes)
    scenes = [class_maps.read_classified(path, class_list) for path in classified]
    dates = stack.stack(scenes, minimum_confidence)
    dates = stack.without(dates, list(class_list["class_id"][~class_list["observed"]]))
    class_list = class_list.set_index("class_id").loc[dates.class_ids].reset_index()
    model = scenes[0].metadata["model"]
    counts = None if predictions is None else statistics.reference_counts(predictions, model["model"], dates.class_ids)
    tiles = statistics.structure_of_tiles(classified, vario, scenes, dates.grid.crs_wkt)
    rugged = class_list[class_list["class_name"].isin(crevassed)]
    if rugged.empty:  # of a class list with other names, and no front is asked for
        rugged = class_list
    surfaces = class_list[class_list["observed"]]  # a cloud has no area of the glacier, and no ice turns into it
    tables = {
        "areas": statistics.area_table(dates, surfaces, counts),
        "coverage": statistics.coverage_table(dates, scenes),
        "transitions": statistics.transition_table(dates, surfaces),
        "structure": statistics.structure_table(tiles[tiles["class_id"].isin(rugged["class_id"])], class_list),
        "front": statistics.front_table(dates, scenes, centre_line, class_list, crevassed),
    }
    for name, frame in tables.items():
        tables[name] = frame = frame.round({column: 6 for column in frame if column.endswith("_km2")})  # to a square metre
        with files.replacing(output[name]) as temporary:
            frame.to_csv(temporary, sep="\t", index=False, float_format="%.6g")

    title = f"Ice-surface classes, {model_names.NAMES[model['model']]}, {dates.dates[0]} to {dates.dates[-1]}"
    if any(scene.metadata["scene"]["synthetic"] for scene in scenes):
        title = f"Synthetic (simulated) scenes, not an observation: {title}"
    facts = (
        {"title": title} | provenance.of_series([scene.metadata for scene in scenes]) | ({"credits": credits} if credits else {})
    )
    netcdf.write(output["netcdf"], dates, class_list, facts)
    series_figures.draw_areas(output["areas_figure"], tables["areas"], tables["coverage"], surfaces, title)
    series_figures.draw_structure(output["structure_figure"], tiles, dates.dates, rugged, title)
    series_figures.draw_front(output["front_figure"], tables["front"], title)
    steps = [(f"{dates.dates[one]} → {dates.dates[other]}", dates, one, other) for one, other in dates.steps]
    change_figures.draw_changes(output["change_figure"], steps, surfaces, title)
    change_figures.draw_transitions(output["transitions_figure"], tables["transitions"], surfaces, title)
    log.logger.info(
        "%d dates, %d x %d cells of %.0f m²; %.0f %% of the observed ground may be compared",
        *(len(dates.dates), dates.grid.height, dates.grid.width, dates.cell_m2),
        100 * tables["coverage"]["comparable_km2"].sum() / max(tables["coverage"]["observed_km2"].sum(), 1e-12),
    )


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        summarize_series(
            classified=snakemake.input.classified,
            vario=snakemake.input.vario,
            classes=snakemake.input.classes,
            predictions=snakemake.input.predictions or None,
            centre_line=snakemake.input.centre_line or None,
            crevassed=snakemake.params.settings["crevassed"],
            minimum_confidence=snakemake.params.settings["minimum_confidence"],
            credits=snakemake.params.settings["credits"],
            output=dict(snakemake.output.items()),
        )
