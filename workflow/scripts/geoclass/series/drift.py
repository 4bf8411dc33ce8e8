"""What is different between the maps of two runs: a new model, or new code, against what was there before."""

from dataclasses import replace

import numpy as np
import pandas as pd

from geoclass.maps.class_maps import Classified
from geoclass.series import areas, stack
from geoclass.series.stack import Series


def pair(before: Classified, after: Classified) -> Series:
    """Lay two maps of one scene on one grid, as a series of two: before and now.

    Raises
    ------
    ValueError
        Maps of different class lists or cell sizes.
    """
    named = []
    for content, date in ((before, "before"), (after, "now")):
        scene = content.metadata["scene"] | {"date": date}
        # That they are of two models is what is looked at, and a class may have another name or colour by now.
        model = content.metadata["model"] | {"id": "one of two", "classes": content.class_ids}
        everywhere = np.full_like(content.applicable, np.nan)  # and what they say outside their area of applicability, too
        named.append(replace(content, applicable=everywhere, metadata=content.metadata | {"scene": scene, "model": model}))
    return stack.stack(named, 0)


def area_table(stacked: Series, scene: str, class_list: pd.DataFrame) -> pd.DataFrame:
    """Return one row a class: area before and now on one scene, and what it lost and won where both maps have a class."""
    before, now = stacked.classes
    km2 = stacked.cell_m2 / 1e6
    counts = areas.transitions(before, now, stacked.class_ids)
    kept = np.diag(counts)
    return pd.DataFrame(
        {
            "scene": scene,
            "class_id": stacked.class_ids,
            "class_name": class_list["class_name"],
            "before_km2": areas.count_cells(before, stacked.class_ids) * km2,
            "now_km2": areas.count_cells(now, stacked.class_ids) * km2,
            "kept_km2": kept * km2,
            "lost_km2": (counts.sum(axis=1) - kept) * km2,
            "won_km2": (counts.sum(axis=0) - kept) * km2,
        }
    )


def score_table(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return one row a model that both runs have scored: accuracy and macro-F1 before and now, with their intervals."""
    columns = [f"{name}{end}" for name in ("accuracy", "macro_f1") for end in ("", "_low", "_high")]
    both = before[["model", *columns]].merge(now[["model", *columns]], on="model", suffixes=("_before", "_now"))
    for name in ("accuracy", "macro_f1"):
        both[f"{name}_change"] = both[f"{name}_now"] - both[f"{name}_before"]
    return both


def page(model: str, ids: dict[str, str], table: pd.DataFrame, scores: pd.DataFrame | None) -> str:
    """Return what is different as Markdown: one paragraph, areas by class, scores.

    Parameters
    ----------
    model
        Network.
    ids
        Id of its model `before` and `now`.
    table
        Rows of `area_table`, of all scenes.
    scores
        Of `score_table`; None where one of the runs has none.
    """
    both = table["kept_km2"].sum() + table["lost_km2"].sum()
    share = f"{100 * table['lost_km2'].sum() / both:.1f} %" if both else "none"
    by_scene = table.groupby("scene", sort=False)[["kept_km2", "lost_km2"]].sum()
    by_class = table.groupby(["class_id", "class_name"])[["before_km2", "now_km2", "lost_km2", "won_km2"]].sum().reset_index()
    lines = [
        f"# What has changed in the maps by {model}",
        "",
        f"Before: {ids['before']}. Now: {ids['now']}. Of {both:.3g} km² that both runs have mapped, **{share} have another class now**. "
        "These are changes of the maps, not of the ice.",
        "",
        "| scene | compared (km²) | changed |",
        "|:--|--:|--:|",
    ]
    for scene, row in by_scene.iterrows():
        total = row.sum()
        lines.append(f"| {scene} | {total:.3g} | " + (f"{100 * row['lost_km2'] / total:.1f} % |" if total else "none |"))
    lines += ["", "| class | before (km²) | now (km²) | lost | won |", "|:--|--:|--:|--:|--:|"]
    for row in by_class.itertuples():
        lines.append(f"| {row.class_name} | {row.before_km2:.3g} | {row.now_km2:.3g} | {row.lost_km2:.3g} | {row.won_km2:.3g} |")
    lines += ["", "## Scores on held-out tiles", ""]
    if scores is None:
        return "\n".join([*lines, "One of the two runs has no scores."]) + "\n"
    lines += ["| model | macro-F1 before | now | change |", "|:--|--:|--:|--:|"]
    for row in scores.itertuples():
        lines.append(
            f"| {row.model} | {row.macro_f1_before:.3f} ({row.macro_f1_low_before:.3f} to {row.macro_f1_high_before:.3f}) "
            f"| {row.macro_f1_now:.3f} ({row.macro_f1_low_now:.3f} to {row.macro_f1_high_now:.3f}) | {row.macro_f1_change:+.3f} |"
        )
    return "\n".join(lines) + "\n"
