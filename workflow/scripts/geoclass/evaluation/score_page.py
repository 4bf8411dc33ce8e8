"""The page that says in words and tables what the evaluations found."""

import pandas as pd

from geoclass.evaluation.evaluation import SET_LEVEL
from geoclass.evaluation.scores import NAMES

SCHEMES = {
    "random": "tiles drawn at random: neighbours of training tiles are scored, which is optimistic; and every tile counts "
    "as a block, which makes the intervals too narrow",
    "block": "whole blocks of ground are left out: the score of another part of the same glacier",
    "scene": "whole scenes are left out: the score of another date; intervals are those of other ground on these dates, and how far "
    "dates differ is in the last column",
    "group": "whole groups (places or images) are left out: the score of another place",
    "given": "the split that was given",
}


def markdown(scores: pd.DataFrame, differences: pd.DataFrame, conformal: pd.DataFrame, applicability: pd.DataFrame) -> str:
    """Return the page.

    Parameters
    ----------
    scores, differences, conformal, applicability
        Tables of that name of all evaluations, with a column scheme.
    """
    parts = [
        "# Scores",
        "On tiles that were held out of training. In brackets: 95 % intervals from a bootstrap over blocks; no bracket where all "
        "tiles lie in one block. docs/evaluation.md says how everything is computed.",
    ]
    for scheme, table in scores.groupby("scheme", sort=False):
        n, n_blocks, subset = table[["n", "n_blocks", "subset"]].iloc[0]
        blocks = "1 block" if n_blocks == 1 else f"{n_blocks} blocks"
        parts += [f"## Split: {scheme}", f"{n} {subset} tiles in {blocks}; {SCHEMES[table['unit'].iloc[0]]}."]
        if subset == "validation":
            parts.append(
                "**There is no test subset.** These tiles also chose the epoch and the temperature, so that the scores are "
                "optimistic; give split_labels/shares a third share for unbiased ones."
            )
        parts.append(_scores(table))
        parts += [
            text
            for text in (
                _differences(differences[differences["scheme"] == scheme]),
                _conformal(conformal[conformal["scheme"] == scheme]),
                _applicability(applicability[applicability["scheme"] == scheme]),
            )
            if text
        ]
    return "\n\n".join(parts) + "\n"


def _scores(table: pd.DataFrame) -> str:
    """Return the table of scores."""
    columns = {"macro_f1": "macro-F1", "accuracy": "accuracy", "balanced_accuracy": "balanced accuracy"}
    header = ["model", *columns.values(), "ECE before → after calibration", "ECE by chance alone"]
    spread = int(table["unit"].iloc[0] == "scene")
    header += ["accuracy, lowest to highest scene"] * spread
    rows = [
        [
            NAMES[row["model"]],
            *(_bracketed(row, c) for c in columns),
            f"{row['ece_before']:.3f} → {_bracketed(row, 'ece_after', 3)}",
            f"{row['ece_chance']:.3f}",
            *[f"{row['accuracy_lowest_scene']:.2f} to {row['accuracy_highest_scene']:.2f}"] * spread,
        ]
        for _, row in table.iterrows()
    ]
    return _table(header, rows)


def _differences(table: pd.DataFrame) -> str:
    """Say how far VarioNet is ahead of each other model."""
    lines = [
        f"- VarioNet less {NAMES[row['less']]}: macro-F1 {_bracketed(row, 'macro_f1', sign='+')}, "
        f"accuracy {_bracketed(row, 'accuracy', sign='+')}"
        for _, row in table[table["model"] == "varionet"].iterrows()
    ]
    return "\n".join(["Differences, tile by tile on the same resamples:", "", *lines]) if lines else ""


def _conformal(table: pd.DataFrame) -> str:
    """Return the table of conformal sets at one level."""
    rows = [
        [
            NAMES[row.model],
            f"{100 * row.coverage:.1f} %",
            f"{row.mean_set_size:.2f}",
            f"{100 * row.abstain_share:.1f} %",
            "–" if pd.isna(row.accuracy_decided) else f"{row.accuracy_decided:.2f}",
        ]
        for row in table[table["level"] == SET_LEVEL].itertuples()
    ]
    header = ["model", "sets that hold the true class", "classes a set", "abstains", "accuracy where it decides"]
    promise = f"Conformal sets that shall hold the true class of {100 * SET_LEVEL:.0f} % of the tiles"
    return f"{promise}; a set of one class is a decision, any other abstains:\n\n{_table(header, rows)}"


def _applicability(table: pd.DataFrame) -> str:
    """Return the table of scores inside and outside the area of applicability."""
    rows = [
        [NAMES[row.model], *(f"{accuracy:.2f} ({n})" if n else "– (0)" for accuracy, n in
                             ((row.accuracy_inside, row.n_inside), (row.accuracy_outside, row.n_outside)))]
        for row in table.itertuples()
    ]  # fmt: skip
    return "Accuracy (tiles) by area of applicability:\n\n" + _table(["model", "inside", "outside"], rows)


def _bracketed(row: pd.Series, name: str, digits: int = 2, sign: str = "") -> str:
    """Return a score with its interval in brackets."""
    values = [f"{row[f'{name}{end}']:{sign}.{digits}f}".replace("-", "−") for end in ("", "_low", "_high")]
    return values[0] if pd.isna(row[f"{name}_low"]) else f"{values[0]} [{values[1]}, {values[2]}]"


def _table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table, numbers to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
