"""The data card: what a person should know about scenes and labels before using what was made of them, in Markdown."""

from collections.abc import Sequence

import pandas as pd


def markdown(
    scenes: pd.DataFrame, classes: pd.DataFrame, labels: pd.DataFrame, split: dict, sources: Sequence[str], credits: str
) -> str:
    """Return the data card.

    Parameters
    ----------
    scenes
        One row a scene, by date: scene, date, sensor, epsg, height_px, width_px, pixel_height_m, pixel_width_m, valid_share,
        sun_elevation_deg, synthetic, source and n_tiles, the number of its tiles.
    classes
        Class list.
    labels
        Labelled tiles: class_id and scene.
    split
        Metadata of the split: scheme, and counts of tiles by class name and subset.
    sources
        Where the labels come from.
    credits
        Of the imagery.
    """
    parts = ["# Data card"]
    if scenes["synthetic"].all():
        parts.append("**Synthetic (simulated) scenes: not observations.** docs/simulation.md says how they are made.")
    elif scenes["synthetic"].any():
        parts.append("**Some scenes are synthetic (simulated), not observations**: see the list of sources.")
    n_tiles, n_labelled = scenes["n_tiles"].sum(), labels["scene"].nunique()
    parts += [
        "## Scenes",
        f"{len(scenes)} scenes, {n_tiles} tiles. Valid: share of the pixels that are neither border nor hidden by a mask. Size and "
        "pixel: height x width.",
        _scene_table(scenes),
        "Sources:",
        "\n".join(f"- {row.scene}: `{row.source}`" + (" (synthetic)" if row.synthetic else "") for row in scenes.itertuples()),
        "## Labels",
        f"{len(labels)} labelled tiles in {n_labelled} scenes, {_divided(split)}. Sources: {', '.join(sources)}.",
        _class_table(classes, split["counts"]),
        "## Limitations",
        "- A class with few tiles, or with all of them in one place, has less reliable scores than its numbers suggest.\n"
        "- Scenes of other sensors, pixel sizes, seasons or illumination than the labelled ones may be outside the models' area of "
        "applicability: check its maps.\n"
        "- Tiles that are partly outside the region of interest or partly invalid are left out, so that the maps end inside it.",
    ]
    if credits:
        parts += ["## Credits", credits]
    return "\n\n".join(parts) + "\n"


def _scene_table(scenes: pd.DataFrame) -> str:
    """Return the table of scenes."""
    header = ["scene", "date", "sensor", "EPSG", "size [px]", "pixel [m]", "valid", "sun above horizon", "tiles"]
    rows = []
    for row in scenes.itertuples():
        epsg = "none" if pd.isna(row.epsg) else f"{row.epsg:.0f}"
        sun = "unknown" if pd.isna(row.sun_elevation_deg) else f"{row.sun_elevation_deg:.0f}°"
        size, pixel = f"{row.height_px} x {row.width_px}", f"{row.pixel_height_m:.3g} x {row.pixel_width_m:.3g}"
        date, sensor = ("unknown" if pd.isna(fact) else fact for fact in (row.date, row.sensor))
        facts = [date, sensor, epsg, size, pixel, f"{100 * row.valid_share:.0f} %", sun]
        rows.append([row.scene, *facts, str(row.n_tiles)])
    return _table(header, rows)


def _divided(split: dict) -> str:
    """Say how the labels were divided."""
    if split.get("folds"):
        return f"each {split['unit']} held out once in {split['folds']} folds".replace("random", "tile")
    return f"split by {split['scheme']}"


def _class_table(classes: pd.DataFrame, counts: dict[str, dict[str, int]]) -> str:
    """Return the table of classes, with the number of labelled tiles in every subset."""
    given = next(iter(counts.values()), {})
    subsets, rows = [name for name in ("out-of-fold", "train", "validation", "test") if name in given], []
    for row in classes.itertuples():
        of_class = counts.get(row.class_name, {})
        n_tiles = [str(of_class.get(subset, 0)) for subset in subsets]
        rows.append([str(row.class_id), row.class_name, row.description, *n_tiles])
    return _table(["id", "class", "description", *(f"{'training' if name == 'train' else name} tiles" for name in subsets)], rows)


def _table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [[cell.replace("|", r"\|") for cell in line] for line in [header, ["---"] * len(header), *rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
