"""What a run has made, where it is and what to look at first, as a one-page summary."""

import math
from pathlib import Path

import pandas as pd

from geoclass.core.model_names import NAMES
from geoclass.report import run_tables
from geoclass.report.glance import at_a_glance

LOOK_FIRST = {
    "maps/panels.png": "every date and model side by side",
    "series/{model}/areas.png": "how the areas of the classes change, with 95 % intervals",
    "series/{model}/change.png": "where the classes change",
    "evaluation/summary.md": "how far the maps may be trusted",
    "data_card.md": "scenes and labels behind them",
    "catalog/catalog.json": "the STAC catalogue of scenes, maps and models",
}


def of_run(results: str | Path, scheme: str, models: list[str]) -> str:
    """Say where the products of a finished run are, and what scores and areas say.

    Parameters
    ----------
    results
        Folder of all outputs.
    scheme
        Split scheme of the models that the maps are made with.
    models
        The models of the run; maps of others may lie beside, from an earlier one.

    Returns
    -------
    str
        Markdown that reads well on a terminal, too; products that were not asked for are left out.
    """
    results, models = Path(results), _best_first(models)
    glance = at_a_glance(results, scheme, models[0])
    parts = [
        glance,
        _scenes(results, models),
        _look_first(results, models[0]),
        _scores(results, scheme),
        _areas(results, models[0]),
    ]
    return "\n\n".join(["# What this run made", *filter(None, parts)]) + "\n"


def pictures(results: str | Path, models: list[str]) -> list[Path]:
    """Return the pictures of a run that belong into its summary: all maps, areas, and change of the best of its models."""
    results, model = Path(results), _best_first(models)[0]
    names = ("maps/panels.jpg", f"series/{model}/areas.png", f"series/{model}/change.png", "evaluation/summary.png")
    return [results / name for name in names if (results / name).is_file()]


def _best_first(models: list[str]) -> list[str]:
    return sorted(models, key=list(NAMES).index)


def _scenes(results: Path, models: list[str]) -> str:
    """Return a sentence about the scenes, and how many maps there are of each model."""
    if not (results / "series" / "scenes.tsv").is_file():
        return ""
    scenes = run_tables.read(results / "series" / "scenes.tsv")
    dates = scenes["date"].dropna().str[:10]
    text = f"{len(scenes)} {'scene' if len(scenes) == 1 else 'scenes'}"
    if len(dates):
        text += f", {dates.min()}" + (f" to {dates.max()}" if dates.min() != dates.max() else "")
    text += "."
    if scenes["synthetic"].all():
        text += " **Synthetic (simulated) scenes: not observations.**"
    counts = {
        NAMES[model]: sum((results / "maps" / model / f"{scene}_class.tif").is_file() for scene in scenes["scene"])
        for model in models
    }
    maps = ", ".join(f"{count} by {name}" for name, count in counts.items() if count)
    folder = results / "maps"
    return text + (f" Maps of classes in {folder}/<model>/: {maps}." if maps else "")


def _look_first(results: Path, model: str) -> str:
    """List the products to open first, those that there are."""
    found = {path.format(model=model): meaning for path, meaning in LOOK_FIRST.items()}
    if (results / "series" / "scenes.tsv").is_file():
        last = run_tables.read(results / "series" / "scenes.tsv")["scene"].iloc[-1]  # by date
        found = {f"maps/{model}/{last}.png": f"the last scene, by {NAMES[model]}"} | found
    lines = [f"- `{results / path}`: {meaning}" for path, meaning in found.items() if (results / path).is_file()]
    return "\n".join(["## Look at first", "", *lines]) if lines else ""


def _scores(results: Path, scheme: str) -> str:
    """Return the table of scores."""
    path = results / "evaluation" / scheme / "scores.tsv"
    if not path.is_file():
        return ""
    lines = [
        f"## Scores on tiles held out of training (split: {scheme})",
        "",
        "| model | macro-F1 | 95 % interval | accuracy | tiles |",
        "|:------|---------:|:-------------:|---------:|------:|",
    ]
    for row in run_tables.read(path).itertuples():
        interval = "–" if pd.isna(row.macro_f1_low) else f"{row.macro_f1_low:.2f} to {row.macro_f1_high:.2f}"
        name = NAMES.get(row.model, row.model.replace("_", " "))
        lines.append(f"| {name} | {row.macro_f1:.2f} | {interval} | {row.accuracy:.2f} | {row.n} |")
    return "\n".join(lines)


def _areas(results: Path, model: str) -> str:
    """Return the table of areas on the first and the last date."""
    path = results / "series" / model / "areas.tsv"
    if not path.is_file():
        return ""
    areas = run_tables.read(path)
    areas["text"] = [_area(row) for row in areas.itertuples()]
    dates = list(dict.fromkeys(areas["date"]))
    dates = [dates[0], *dates[1:][-1:]]
    shown = areas[areas["date"].isin(dates)].pivot(index=["class_id", "class_name"], columns="date", values="text")
    lines = [
        f"## Areas in km² by {NAMES[model]} (95 % interval)",
        "",
        f"| class | {' | '.join(str(date)[:10] for date in dates)} |",
        f"|:------|{'|'.join('------:' for _ in dates)}|",
    ]
    lines += [f"| {name} | {' | '.join(row[date] for date in dates)} |" for (_, name), row in shown.iterrows()]
    return "\n".join(lines)


def _area(row) -> str:
    """Write an area with its interval, all in as many decimals as its upper end needs."""
    if pd.isna(row.area_km2):
        return f"{row.mapped_km2:.3g} as mapped"
    decimals = max(0, 2 - math.floor(math.log10(row.area_high_km2))) if row.area_high_km2 > 0 else 0
    area, low, high = (f"{value:.{decimals}f}" for value in (row.area_km2, row.area_low_km2, row.area_high_km2))
    return f"{area} ({low} to {high})"
