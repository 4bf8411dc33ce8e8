"""Score the models of one split, and baselines beside them, on tiles held out of training."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.metrics import confusion_matrix

from geoclass.confidence import applicability, held_out
from geoclass.core import compatibility, files, log, tables
from geoclass.evaluation import cross_scores, evaluation, prediction_table, score_figures, scores, short_lags
from geoclass.labels import label_tables, labelled_tiles


def evaluate_models(
    models: list[str],
    outputs: list[str],
    reference: str,
    labels: str,
    split: str,
    tiles: list[str],
    vario: list[str],
    seed: int,
    threads: int,
    folder: str,
    resamples: int = scores.RESAMPLES,
) -> None:
    """Write the tables and figures of one evaluation.

    Parameters
    ----------
    models, outputs
        Descriptions (model.json) of the networks trained on the split, and what they say of the tiles held out.
    reference
        Area of applicability of the split.
    labels, split
        Parquet tables of labels and of the split.
    tiles, vario
        Tile tables of all labelled scenes and image sets, and their tables of vario functions.
    seed
        Of the bootstrap over blocks and of the baselines.
    threads
        Threads to compute with.
    folder
        Where everything is written.
    resamples
        Of the bootstrap.

    Raises
    ------
    ValueError
        A model that was trained on another split, or on tiles or classes of another kind.
    """
    data, described = labelled_tiles.labelled_tiles(labels, split, tiles, vario), tables.read_metadata(split)
    folds = range(data.n_folds)
    judged = data.subsets == label_tables.OUT_OF_FOLD if folds else data.subsets != "train"
    learned = np.ones(len(data), bool) if folds else ~judged
    shown = [~data.withheld[:, fold] for fold in folds] or [learned]
    asked = [judged & (data.folds == fold) for fold in folds] or [judged]
    rest = data.take(judged)
    subset = next(name for name in (label_tables.OUT_OF_FOLD, "test", "validation") if (rest.subsets == name).any())
    held, kept = rest.subsets == subset, rest.subsets == ("validation" if subset == "test" else subset)
    scored = evaluation.Tiles(rest.labels[held], rest.blocks[held])
    validation = evaluation.Tiles(rest.labels[kept], rest.blocks[kept]) if subset == "test" else scored

    predictions, fingerprint = {}, files.fingerprint(split)
    for path, table in zip(models, outputs, strict=True):
        card = files.read_json(path)
        evaluation.check_split(card, split, fingerprint)
        expected = card if card["vario"] else {**card, "vario": None}
        for other in (*tiles, *vario, split):
            compatibility.check(
                tables.read_metadata(other), expected, other, f"model {card['id']} was trained with", "train again with these"
            )
        said = held_out.read([table]).at(rest.tile_ids, table)
        predictions[card["model"]] = evaluation.predict(said, held, kept, card["temperature"])
    networks = predictions.copy()
    places = pd.concat([tables.read(path, ["tile_id", "scene", "x_m", "y_m"]) for path in tiles]).set_index("tile_id")
    seen = short_lags.vectors(data.counts, data.low, data.high, data.valid)
    views = {"vectors": seen, "places": places.loc[data.tile_ids, ["x_m", "y_m"]].to_numpy(float)}
    found = cross_scores.baseline_outputs(views, data.labels, shown, asked, len(data.classes), seed, threads)
    for name, logits in found.items():
        said, temperature = cross_scores.calibrated(rest.tile_ids, logits[judged], rest.labels, rest.blocks, kept, rest.folds)
        predictions[name] = evaluation.predict(said, held, kept, temperature)

    vectors = applicability.vectors_of(data.v)
    index, inside = cross_scores.dissimilarity(vectors, applicability.load(reference), shown, asked, learned)
    index, inside = index[judged][held], inside[judged][held]
    found = evaluation.tables_of(predictions, scored, validation, data.classes, inside, resamples, seed)
    scenes = places.loc[rest.tile_ids[held], "scene"].to_numpy()
    found["scores"] = found["scores"].join(evaluation.by_scene(predictions, scored.labels, scenes), on="model")
    names = [entry["class_name"] for entry in data.classes]
    for name, p in predictions.items():
        counts = confusion_matrix(scored.labels, p.predicted, labels=range(len(names)))
        found[f"confusion_{name}"] = pd.DataFrame(counts, names, names).reset_index(names=f"true class, {subset} tiles")
    about = {"scheme": described["scheme"], "subset": subset, "unit": described.get("unit") or described["scheme"]}
    for name, table in found.items():
        table = table if name.startswith("confusion") else pd.DataFrame(about, table.index).join(table)
        with files.replacing(Path(folder) / f"{name}.tsv") as temporary:
            table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    frame = pd.DataFrame({"tile_id": rest.tile_ids[held], "block": scored.blocks, "dissimilarity": index, "applicable": inside})
    frame["scene"] = scenes
    tables.write(
        Path(folder) / "predictions.parquet",
        prediction_table.PREDICTIONS,
        evaluation.prediction_table(predictions, frame, scored, validation, data.classes),
        {**about, "classes": data.classes},
        classes=pa.list_(pa.float32(), len(names)),
    )
    size = f"{held.sum()} {subset} tiles in {found['scores']['n_blocks'].iloc[0]} blocks"
    way = f"{about['scheme']} split"
    if folds:
        way = f"each {described['unit']} held out once in {len(folds)} folds".replace("random", "tile")
    if described.get("divided"):
        way += f" (of {', '.join(described['divided'])}: blocks of the only place)"
    score_figures.draw(Path(folder), networks, scored.labels, found["per_class"], f"{way}, {size}")
    log.logger.info("%s: %d models on %s", way, len(predictions), size)
    if subset == "validation":
        log.logger.info("no test subset: the scored tiles also chose epoch and temperature, so that scores are optimistic")


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        evaluate_models(
            models=snakemake.input.models,
            outputs=snakemake.input.held_out,
            reference=snakemake.input.applicability,
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            seed=snakemake.params.settings["seed"],
            threads=snakemake.threads,
            folder=Path(snakemake.output.scores).parent,
        )
