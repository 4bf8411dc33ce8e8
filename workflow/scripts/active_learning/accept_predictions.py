"""Take a model's confident predictions as labels of the next round, and keep what is held out held out."""

import pandas as pd

from geoclass.active_learning import rounds
from geoclass.core import files, log, tables
from geoclass.labels import label_tables, splits


def accept_predictions(
    labels: str,
    base: str,
    classified: list[str],
    tiles: list[str],
    earlier: list[str],
    name: str,
    teacher: str,
    threshold: float | None,
    most_per_class: int,
    learning: dict,
    table: str,
    split: str,
) -> None:
    """Write labels and split of a round.

    Parameters
    ----------
    labels
        Table of labels as collected.
    base
        The split that the round builds on.
    classified
        Class tables by the teacher, one a scene.
    tiles
        Tile tables of all scenes and image sets.
    earlier
        Tables of labels of earlier rounds.
    name
        Name of the round.
    teacher
        Model whose predictions are accepted.
    threshold, most_per_class
        Least confidence of a prediction, and most predictions of one class.
    learning
        Settings that the round learns with.
    table, split
        Tables of labels and of their split to write.

    Raises
    ------
    ValueError
        The model has other classes; an earlier round has learned the same; a class without training or validation tile.
    """
    described, base_metadata = tables.read_metadata(labels), tables.read_metadata(base)
    given = tables.read(labels)
    origin = f"{teacher} {name}"
    accepted = rounds.accept(classified, given["tile_id"], described["classes"], threshold, most_per_class, origin)
    together = pd.concat([part for part in (given, accepted) if len(part)], ignore_index=True)
    placed = splits.place(together, tiles)
    divided = rounds.divide(placed, tables.read(base), base_metadata["scheme"], base_metadata["block_m"])
    learned = rounds.content(divided, learning)
    for path in earlier:
        if tables.read_metadata(path)["content"] == learned:
            raise ValueError(
                f"{name}: the same labels and settings as {tables.read_metadata(path)['round']}, whose verdict would only be repeated; "
                "label more tiles (the queue names them), or change accept_predictions or the training"
            )
    classes = {entry["class_id"]: entry["class_name"] for entry in described["classes"]}
    counts = splits.count(divided, divided["subset"], classes, base_metadata["scheme"])

    kept = together[together["tile_id"].isin(divided["tile_id"])].sort_values("tile_id", ignore_index=True)
    about = {"round": name, "teacher": teacher, "threshold": threshold, "content": learned}
    tables.write(table, label_tables.LABELS, kept, described | about)
    metadata = {key: base_metadata[key] for key in ("scheme", "seed", "shares", "block_m")}
    metadata |= {"labels": files.fingerprint(table), "classes": list(classes.values()), "counts": counts.to_dict("index")}
    metadata |= {"round": name, "left_out": len(placed) - len(divided), "divided": []}
    tables.write(split, label_tables.SPLITS, divided, metadata)
    machine = kept[kept["origin"] != "human"]
    log.logger.info(
        "%s: %d labels by people, %d by models; %d predictions accepted, %d tiles left out on or beside held-out ground",
        *(name, len(kept) - len(machine), len(machine), len(accepted), len(placed) - len(divided)),
    )
    for class_id, class_name in classes.items():
        log.logger.info("  %-30s %6d by models", class_name, (machine["class_id"] == class_id).sum())


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        accept_predictions(
            labels=snakemake.input.labels,
            base=snakemake.input.base,
            classified=snakemake.input.classified,
            tiles=snakemake.input.tiles,
            earlier=list(snakemake.input.get("earlier", [])),
            name=snakemake.params.settings["name"],
            teacher=snakemake.params.settings["teacher"],
            threshold=snakemake.params.settings["minimum_confidence"],
            most_per_class=snakemake.params.settings["most_per_class"],
            learning={"student": snakemake.params.settings["student"], **snakemake.params.settings["training"]},
            table=snakemake.output.labels,
            split=snakemake.output.split,
        )
