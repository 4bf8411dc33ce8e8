"""The gate of a round: is the new model at least as good as the one before, on tiles that people have labelled?"""

from typing import Any

import numpy as np
import pandas as pd

from geoclass.confidence import calibration
from geoclass.evaluation import scores

MEASURES = ("macro_f1", "accuracy")


def compare(
    labels: np.ndarray,
    blocks: np.ndarray,
    new: tuple[np.ndarray, float],
    old: tuple[np.ndarray, float],
    resamples: int,
    seed: int,
) -> dict:
    """Return the scores of two models on the same tiles.

    Parameters
    ----------
    labels, blocks
        Index of the class (n,) and block (n,) of the tiles.
    new, old
        Logits (n, C) and temperature of the two models.
    resamples, seed
        Of the bootstrap over blocks.

    Returns
    -------
    dict
        n, n_blocks and, for each of MEASURES, new, old, difference (new less old) and the ends difference_low and difference_high of
        its 95 % interval, None where there is no more than one block.
    """
    both = {}
    for name, (logits, temperature) in (("new", new), ("old", old)):
        before, after = (calibration.probabilities(logits, t) for t in (1.0, temperature))
        both[name] = (before, after)
    points = {name: scores.measure(labels, *p) for name, p in both.items()}
    resampled = {name: scores.resamples_of(labels, *p, blocks, resamples, seed) for name, p in both.items()}
    ends = scores.difference_table(points, resampled, blocks).iloc[0]
    found: dict[str, Any] = {"n": len(labels), "n_blocks": len(np.unique(blocks))}
    for measure in MEASURES:
        place = scores.OVERALL.index(measure)
        found[measure] = {name: float(point[place]) for name, point in points.items()}
        found[measure]["difference"] = float(ends[measure])
        found[measure] |= {f"difference_{end}": _or_none(ends[f"{measure}_{end}"]) for end in ("low", "high")}
    return found


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def table(verdicts: list[dict]) -> pd.DataFrame:
    """Return one row a round."""
    rows = []
    for verdict in verdicts:
        row = {key: verdict[key] for key in ("round", "base", "teacher", "student")}
        row |= {"verdict": "kept" if verdict["kept"] else "refused", "people": verdict["people"], "models": verdict["models"]}
        for subset in ("validation", "test"):
            found = verdict[subset]
            row |= {f"{subset}_tiles": found["n"] if found else 0}
            for measure in MEASURES:
                parts = found[measure] if found else {}
                row |= {f"{subset}_{measure}_{key}": value for key, value in parts.items()}
        rows.append(row)
    return pd.DataFrame(rows)
