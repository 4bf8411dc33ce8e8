"""Score the models of one split, and baselines beside them, on tiles held out of training."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import torch
from sklearn.metrics import confusion_matrix

from geoclass.confidence import applicability, calibration
from geoclass.core import files, log, tables
from geoclass.evaluation import baselines, evaluation, prediction_table, score_figures, short_lags
from geoclass.labels import labelled_tiles
from geoclass.networks import checkpoints


def evaluate_models(
    models: list[str],
    reference: str,
    labels: str,
    split: str,
    tiles: list[str],
    vario: list[str],
    resamples: int,
    seed: int,
    threads: int,
    folder: str,
) -> None:
    """Write the tables and figures of one evaluation.

    Parameters
    ----------
    models
        Descriptions (model.json) of the networks trained on the split.
    reference
        Area of applicability of the split.
    labels, split
        Parquet tables of labels and of the split.
    tiles, vario
        Tile tables of all labelled scenes and image sets, and their tables of vario functions.
    resamples, seed
        Number of resamples of the bootstrap over blocks; seed of it and of the baselines.
    threads
        Threads to compute with.
    folder
        Where everything is written.

    Raises
    ------
    ValueError
        A model that was trained on another split, or on tiles or classes of another kind.
    """
    torch.set_num_threads(threads)
    data = labelled_tiles.labelled_tiles(labels, split, tiles, vario)
    training = data.subsets == "train"
    rest = data.take(~training)
    subset = "test" if (rest.subsets == "test").any() else "validation"
    held, kept = rest.subsets == subset, rest.subsets == "validation"
    scored = evaluation.Tiles(rest.labels[held], rest.blocks[held])
    validation = scored if subset == "validation" else evaluation.Tiles(rest.labels[kept], rest.blocks[kept])

    predictions, fingerprint = {}, files.fingerprint(split)
    for path in models:
        predictor = checkpoints.load(Path(path).parent)
        evaluation.check_split(predictor.card, split, fingerprint)
        for table in (*tiles, *vario, split):
            predictor.check(tables.read_metadata(table), table)
        outputs, weight = evaluation.ask(predictor, rest)
        predictions[predictor.card["model"]] = evaluation.predict(outputs, held, kept, predictor.card["temperature"], weight)
    networks = predictions.copy()
    places = pd.concat([tables.read(path, ["tile_id", "scene", "x_m", "y_m"]) for path in tiles]).set_index("tile_id")
    vectors = applicability.vectors_of(data.v)
    seen = short_lags.vectors(data.counts, data.low, data.high, data.valid)
    views = {"vectors": seen, "places": places.loc[data.tile_ids, ["x_m", "y_m"]].to_numpy(float)}
    for name, outputs in baselines.all_logits(views, training, data.labels, len(data.classes), seed, threads).items():
        temperature = calibration.fit_temperature(outputs[kept], rest.labels[kept])
        predictions[name] = evaluation.predict(outputs, held, kept, temperature)

    index, inside = applicability.dissimilarity(vectors[~training][held], applicability.load(reference))
    found = evaluation.tables_of(predictions, scored, validation, data.classes, inside, resamples, seed)
    names = [entry["class_name"] for entry in data.classes]
    for name, p in predictions.items():
        counts = confusion_matrix(scored.labels, p.predicted, labels=range(len(names)))
        found[f"confusion_{name}"] = pd.DataFrame(counts, names, names).reset_index(names=f"true class, {subset} tiles")
    about = {"scheme": tables.read_metadata(split)["scheme"], "subset": subset}
    for name, table in found.items():
        table = table if name.startswith("confusion") else pd.DataFrame(about, table.index).join(table)
        with files.replacing(Path(folder) / f"{name}.tsv") as temporary:
            table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    frame = pd.DataFrame({"tile_id": rest.tile_ids[held], "block": scored.blocks, "dissimilarity": index, "applicable": inside})
    frame["scene"] = places.loc[frame["tile_id"], "scene"].to_numpy()
    tables.write(
        Path(folder) / "predictions.parquet",
        prediction_table.PREDICTIONS,
        evaluation.prediction_table(predictions, frame, scored, validation, data.classes),
        {**about, "classes": data.classes},
        classes=pa.list_(pa.float32(), len(names)),
    )
    size = f"{held.sum()} {subset} tiles in {found['scores']['n_blocks'].iloc[0]} blocks"
    score_figures.draw(Path(folder), networks, scored.labels, found["per_class"], f"{about['scheme']} split, {size}")
    log.logger.info("%s split: %d models on %s", about["scheme"], len(predictions), size)
    if subset == "validation":
        log.logger.info("no test subset: the scored tiles also chose epoch and temperature, so that scores are optimistic")


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        evaluate_models(
            models=snakemake.input.models,
            reference=snakemake.input.applicability,
            labels=snakemake.input.labels,
            split=snakemake.input.split,
            tiles=snakemake.input.tiles,
            vario=snakemake.input.vario,
            resamples=snakemake.params.settings["resamples"],
            seed=snakemake.params.settings["seed"],
            threads=snakemake.threads,
            folder=Path(snakemake.output.scores).parent,
        )
