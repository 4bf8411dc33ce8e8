"""Compare the maps of a model with those of a previous run: changed areas, maps of change, scores side by side."""

from pathlib import Path

import pandas as pd

from geoclass.core import files, log, surface_classes, tables
from geoclass.maps import class_maps
from geoclass.series import change_figures, drift


def compare_runs(
    previous: str | None, classified: list[str], classes: str, scores: str | None, scheme: str, model: str, output: dict[str, str]
) -> None:
    """Write what is different in the maps of two runs.

    Parameters
    ----------
    previous
        Folder of the results of the previous run.
    classified
        Tables of the classified scenes of this run.
    classes
        Class list.
    scores
        Scores of this run; None where the model was not trained here.
    scheme
        Split scheme of the scores.
    model
        Network.
    output
        Paths to write: areas and scores (TSV), figure (PNG), page (Markdown).

    Raises
    ------
    ValueError
        No such folder, no scene that both runs have mapped with the model, other classes or cell sizes than before.
    """
    if previous is None:
        raise ValueError("compare_runs/previous: null, expected the folder of the results of a previous run; name it")
    folder = Path(previous) / "classes" / model
    shared = [path for path in classified if (folder / Path(path).name).is_file()]
    if not shared:
        raise ValueError(
            f"{folder}: no scene of this run, expected the tables of a previous run with the same scene ids; "
            "name its results in compare_runs/previous"
        )
    class_list = surface_classes.read(classes)
    parts, steps, ids = [], [], {}
    for path in shared:
        old = folder / Path(path).name
        ids = {"before": tables.read_metadata(old)["model"]["id"], "now": tables.read_metadata(path)["model"]["id"]}
        stacked = drift.pair(*(class_maps.read_classified(table, class_list) for table in (old, path)))
        known = class_list.set_index("class_id").loc[stacked.class_ids].reset_index()
        parts.append(drift.area_table(stacked, Path(path).stem, known))
        steps.append((Path(path).stem, stacked, 0, 1))
    table = pd.concat(parts, ignore_index=True)
    old_scores = Path(previous) / "evaluation" / scheme / "scores.tsv"
    compared = None
    if scores is not None and old_scores.is_file():
        compared = drift.score_table(*(pd.read_csv(path, sep="\t") for path in (old_scores, scores)))
    for name, frame in (("areas", table), ("scores", pd.DataFrame(columns=["model"]) if compared is None else compared)):
        with files.replacing(output[name]) as temporary:
            frame.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    title = f"What has changed in the maps (not in the ice): {ids['before']} → {ids['now']}"
    change_figures.draw_changes(output["figure"], steps, known, title)
    with files.replacing(output["page"]) as temporary:
        temporary.write_text(drift.page(model, ids, table, compared), encoding="utf-8")
    log.logger.info(
        "%d of %d scenes compared, %.3g km² have another class", len(shared), len(classified), table["lost_km2"].sum()
    )


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        compare_runs(
            previous=snakemake.params.settings["previous"],
            classified=snakemake.input.classified,
            classes=snakemake.input.classes,
            scores=snakemake.input.scores or None,
            scheme=snakemake.params.settings["scheme"],
            model=snakemake.wildcards.model,
            output=dict(snakemake.output.items()),
        )
