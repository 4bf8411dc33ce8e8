"""What an evaluation finds, as tables: conformal sets, area of applicability, every prediction."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoclass import conformal, scores

LEVELS = (0.8, 0.9, 0.95)  # coverage promised by conformal sets
SET_LEVEL = 0.9  # of the sets in the table of predictions


@dataclass(frozen=True)
class Tiles:
    """Tiles that are predicted: index of their class (n,) and block (n,)."""

    labels: np.ndarray
    blocks: np.ndarray


@dataclass(frozen=True)
class Prediction:
    """What a model says of the scored tiles, and of the validation tiles that its conformal sets are calibrated with.

    `before` and `after` are probabilities (n, C) before and after calibration, `validation` those of the validation tiles after
    it, (m, C). `resnet18_weight` is VarioNet's β, (n,), NaN for other models.
    """

    before: np.ndarray
    after: np.ndarray
    validation: np.ndarray
    temperature: float
    resnet18_weight: np.ndarray


def sets(prediction: Prediction, scored: Tiles, validation: Tiles, level: float) -> np.ndarray:
    """Return which classes belong to the conformal set of each scored tile, (n, C).

    Where the scored tiles are the validation tiles themselves, those of a block are calibrated with all other blocks.
    """
    if scored is not validation:
        return conformal.sets(prediction.after, conformal.threshold(prediction.validation, validation.labels, level))
    at_least = np.empty(len(scored.labels))
    for block in np.unique(scored.blocks):
        own = scored.blocks == block
        at_least[own] = conformal.threshold(prediction.after[~own], scored.labels[~own], level)
    return conformal.sets(prediction.after, at_least)


def conformal_table(
    predictions: dict[str, Prediction], scored: Tiles, validation: Tiles, resamples: int, seed: int
) -> pd.DataFrame:
    """Return one row a model and level: coverage, mean set size, share of abstentions with intervals; accuracy of decisions."""
    names = ("coverage", "mean_set_size", "abstain_share")
    n_blocks = len(np.unique(scored.blocks))
    rows = []
    for model, prediction in predictions.items():
        for level in LEVELS:
            members = sets(prediction, scored, validation, level)
            covered = members[np.arange(len(members)), scored.labels]
            abstains = conformal.decisions(members) == conformal.ABSTAIN
            values = np.column_stack([covered, members.sum(axis=1), abstains])
            resampled = scores.bootstrap(
                lambda weights, values=values: np.average(values, axis=0, weights=weights), scored.blocks, resamples, seed
            )
            point = values.mean(axis=0)
            row = {"model": model, "level": level, **scores.columns(names, point, *scores.interval(point, resampled, n_blocks))}
            rows.append(row | {"accuracy_decided": covered[~abstains].mean() if not abstains.all() else np.nan})
    return pd.DataFrame(rows)


def applicability_table(predictions: dict[str, Prediction], scored: Tiles, inside: np.ndarray) -> pd.DataFrame:
    """Return one row a model: number of tiles inside and outside the area of applicability, and accuracy of each."""
    rows = []
    for model, prediction in predictions.items():
        correct = prediction.after.argmax(axis=1) == scored.labels
        row = {"model": model}
        for name, chosen in (("inside", inside), ("outside", ~inside)):
            row[f"n_{name}"] = int(chosen.sum())
            row[f"accuracy_{name}"] = correct[chosen].mean() if chosen.any() else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def prediction_table(
    predictions: dict[str, Prediction],
    tiles: pd.DataFrame,
    scored: Tiles,
    validation: Tiles,
    classes: list[dict],
    dissimilarity: np.ndarray,
    inside: np.ndarray,
) -> pd.DataFrame:
    """Return one row a model and tile, as `tables.PREDICTIONS` says; `tiles` has tile_id, scene and block."""
    class_ids = np.array([entry["class_id"] for entry in classes])
    parts = [
        tiles[["tile_id", "scene", "block"]].assign(
            class_id=class_ids[scored.labels],
            model=model,
            predicted_id=class_ids[prediction.after.argmax(axis=1)],
            confidence=prediction.after.max(axis=1),
            set_size=sets(prediction, scored, validation, SET_LEVEL).sum(axis=1),
            resnet18_weight=prediction.resnet18_weight,
            dissimilarity=dissimilarity,
            applicable=inside,
            probabilities=list(prediction.after.astype(np.float32)),
        )
        for model, prediction in predictions.items()
    ]
    return pd.concat(parts, ignore_index=True)
