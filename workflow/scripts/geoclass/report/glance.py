"""What to see within ten seconds: the latest map, four numbers, and where the classes change."""

from pathlib import Path

import pandas as pd

from geoclass.core.model_names import NAMES
from geoclass.report import run_tables


def at_a_glance(results: Path, scheme: str, model: str) -> str:
    """Return the opening of the summary as Markdown, with pictures relative to the folder of results; empty where there is no series.

    Parameters
    ----------
    results
        Folder of all outputs.
    scheme
        Split scheme of the models that the maps are made with.
    model
        The model that is shown.
    """
    found = (_front(results, model), _change(results, model), _score(results, scheme, model), _unlike(results, model))
    numbers = [number for number in found if number]
    pictures = []
    if (results / "series" / "scenes.tsv").is_file():
        last = run_tables.read(results / "series" / "scenes.tsv").iloc[-1]  # by date
        day = last["date"][:10] if isinstance(last["date"], str) else last["scene"]
        pictures.append((f"Map of {day} by {NAMES[model]}", f"maps/{model}/{last['scene']}.jpg"))
    pictures.append((f"Change of the classes by {NAMES[model]}", f"series/{model}/change.png"))
    shown = [f"![{title}]({path})" for title, path in pictures if (results / path).is_file()]
    parts = [*(["\n".join(f"- {number}" for number in numbers)] if numbers else []), *shown]
    return "\n\n".join(["## At a glance", *parts]) if parts else ""


def _front(results: Path, model: str) -> str:
    """Say where the surge front stood on the last date on which it was seen, and how it moved."""
    if not _has(results, model, "front"):
        return ""
    known = run_tables.read(results / "series" / model / "front.tsv").dropna(subset="front_m")
    if known.empty:
        return ""
    last = known.iloc[-1]
    text = f"**Surge front: {last['front_m']:,.0f} m** up the centre line on {last['date']} (± {last['resolution_m']:,.0f} m"
    text += f"; the {last['unobserved_beyond_m']:,.0f} m above it were not observed)" if last["unobserved_beyond_m"] > 0 else ")"
    if len(known) > 1:
        before = known.iloc[-2]
        years = (pd.Timestamp(last["date"]) - pd.Timestamp(before["date"])).days / 365.25
        moved = last["front_m"] - before["front_m"]
        text += f", {_signed(moved)} m since {before['date']}, {_signed(moved / years)} m a year"
    return text + "."


def _change(results: Path, model: str) -> str:
    """Say what share of the ground that can be compared changed its class between the last two dates that can be."""
    if not _has(results, model, "transitions"):
        return ""
    table = run_tables.read(results / "series" / model / "transitions.tsv")
    table = table[(table["from_class"] != "not comparable") & (table["to_class"] != "not comparable") & (table["area_km2"] > 0)]
    if table.empty:
        return ""
    table = table[table["to_date"] == table["to_date"].max()]
    table = table[table["from_date"] == table["from_date"].max()]
    total, changed = table["area_km2"].sum(), table[table["from_class"] != table["to_class"]]
    first, last = table[["from_date", "to_date"]].iloc[0]
    text = f"**Changed ground: {changed['area_km2'].sum() / total:.0%}** of what can be compared".replace("%", " %")
    text += f", {first} to {last}"
    if len(changed):
        most = changed.loc[changed["area_km2"].idxmax()]
        text += f"; most of it from {most['from_class']} to {most['to_class']} ({most['area_km2']:.2g} km²)"
    return text + "."


def _score(results: Path, scheme: str, model: str) -> str:
    """Say how well the model does on tiles held out of training."""
    path = results / "evaluation" / scheme / "scores.tsv"
    table = run_tables.read(path) if path.is_file() else pd.DataFrame(columns=["model"])
    found = table[table["model"] == model]
    if found.empty:
        return ""
    row = found.iloc[0]
    interval = "" if pd.isna(row["macro_f1_low"]) else f", 95 % interval {row['macro_f1_low']:.2f} to {row['macro_f1_high']:.2f}"
    return f"**Macro-F1 of {NAMES[model]}: {row['macro_f1']:.2f}** on {row['n']} tiles held out of training{interval}."


def _unlike(results: Path, model: str) -> str:
    """Say how much of the observed ground is unlike the training tiles, and on which date most of it is; nothing where nobody knows."""
    if not _has(results, model, "coverage"):
        return ""
    table = run_tables.read(results / "series" / model / "coverage.tsv")
    table = table[table["observed_km2"] > 0].dropna(subset="outside_applicability_km2")
    if table.empty:
        return ""
    shares = table["outside_applicability_km2"] / table["observed_km2"]
    whole = table["outside_applicability_km2"].sum() / table["observed_km2"].sum()
    text = f"**Unlike the training tiles: {whole:.1%}** of the observed ground (outside the area of applicability)"
    if shares.max() > 0:
        text += f", most on {table['date'][shares.idxmax()]} ({shares.max():.1%})"
    return f"{text}.".replace("%", " %")


def _signed(value: float) -> str:
    return f"{value:+,.0f}".replace("-", "\u2212")


def _has(results: Path, model: str, name: str) -> bool:
    return (results / "series" / model / f"{name}.tsv").is_file()
