"""Keep a round of learning only if its model is at least as good as the one before on tiles that people have labelled."""

from pathlib import Path

import torch

from geoclass.active_learning import round_figure, round_state, verdict
from geoclass.core import compatibility, files, log, tables
from geoclass.evaluation import evaluation, scores
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints


def judge_round(
    labels: str,
    split: str,
    tiles: list[str],
    vario: list[str],
    new: str,
    old: str,
    about: dict,
    folder: str,
    seed: int,
    threads: int,
    judgement: str,
    table: str,
    figure: str,
    pixel_size_ratio: float = compatibility.PIXEL_FACTOR,
    resamples: int = scores.RESAMPLES,
) -> None:
    """Write the verdict on a round, and table and figure of all rounds.

    Parameters
    ----------
    labels, split
        Tables of labels and split of the round.
    tiles, vario
        Tile tables of all scenes and image sets, and their tables of vario functions.
    new, old
        model.json of the round's model, and of the model before.
    about
        round, base, teacher and student, for the verdict.
    folder
        Folder of all rounds.
    seed
        Of the bootstrap over blocks.
    threads
        Threads to compute with.
    judgement, table, figure
        JSON, TSV and PNG to write, the verdict last: with it the round is finished.
    pixel_size_ratio
        How many times larger or smaller pixels may be than those that a model has learned.
    resamples
        Of the bootstrap.

    Raises
    ------
    ValueError
        A model that was trained on another split, or on tiles or classes of another kind.
    """
    torch.set_num_threads(threads)
    gathered = labelled_tiles.labelled_tiles(labels, split, tiles, vario)
    origins = tables.read(labels, ["tile_id", "origin"]).set_index("tile_id")["origin"]
    human = (origins.loc[gathered.tile_ids] == "human").to_numpy()
    predictors = {name: checkpoints.load(Path(path).parent) for name, path in (("new", new), ("old", old))}
    evaluation.check_split(predictors["new"].card, split, files.fingerprint(split))
    class_ids = [entry["class_id"] for entry in gathered.classes]
    for predictor in predictors.values():
        # Of a class that has been renamed since a model learned it, the id stays.
        alike = [entry["class_id"] for entry in predictor.card["classes"]] == class_ids
        for path in (*tiles, *vario, split):
            metadata = tables.read_metadata(path)
            predictor.check(metadata | {"classes": None} if alike else metadata, path, pixel_size_ratio)
    found: dict = {**about, "people": int(human.sum()), "models": int((~human).sum())}
    for subset in ("validation", "test"):
        exam = gathered.take(human & (gathered.subsets == subset))
        if len(exam):
            said = {name: (checkpoints.ask(p, exam)[0], p.card["temperature"]) for name, p in predictors.items()}
            found[subset] = verdict.compare(exam.labels, exam.blocks, said["new"], said["old"], resamples, seed)
        else:
            found[subset] = None
    scored = found["validation"]["macro_f1"]
    found["kept"] = scored["new"] >= scored["old"]
    found["model"], found["model_before"] = predictors["new"].card["id"], predictors["old"].card["id"]

    every = [*round_state.verdicts(folder), found]
    with files.replacing(table) as temporary:
        verdict.table(every).to_csv(temporary, sep="\t", index=False, float_format="%.4f")
    round_figure.draw(figure, every)
    files.write_json(judgement, found)
    log.logger.info(
        "%s %s: macro-F1 %.3f on %d validation tiles labelled by people, %.3f before",
        *(about["round"], "kept" if found["kept"] else "refused", scored["new"], found["validation"]["n"], scored["old"]),
    )


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        judge_round(
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            new=snakemake.input.new[0],
            old=snakemake.input.old[0],
            about=snakemake.params.settings["about"],
            folder=Path(snakemake.output.table).parent,
            seed=snakemake.params.settings["seed"],
            threads=snakemake.threads,
            judgement=snakemake.output.judgement,
            table=snakemake.output.table,
            figure=snakemake.output.figure,
            pixel_size_ratio=snakemake.params.settings["pixel_size_ratio"],
        )
