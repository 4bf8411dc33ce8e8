"""What an evaluation asks of the models, and what it finds, as tables."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoclass.confidence import calibration, conformal, held_out
from geoclass.evaluation import scores

LEVELS = (0.8, 0.9, 0.95)  # coverage promised by conformal sets
SET_LEVEL = 0.9  # of the sets in the table of predictions


@dataclass(frozen=True)
class Tiles:
    """Tiles that are scored, or that calibrate: index of their class (n,) and block (n,)."""

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

    @property
    def predicted(self) -> np.ndarray:
        """Index of the most probable class, (n,)."""
        return self.after.argmax(axis=1)


def check_split(card: dict, split: str, fingerprint: str) -> None:
    """Refuse a model that was trained on another split: its score would be of tiles seen in training.

    Raises
    ------
    ValueError
        The model's description names another split than the one with this fingerprint.
    """
    if card["split"]["fingerprint"] != fingerprint:
        raise ValueError(
            f"{split}: not the split that model {card['id']} was trained on ({card['split']['scheme']}, another content); "
            "delete the model's folder, and the next run trains it on this split"
        )


def predict(outputs: held_out.Outputs, scored: np.ndarray, validation: np.ndarray, temperature: float) -> Prediction:
    """Return a prediction out of what a model says of tiles held out.

    Parameters
    ----------
    outputs
        Logits of the model, and the temperature of each tile, of m tiles.
    scored, validation
        Which of them are scored, and which calibrate, (m,) booleans.
    temperature
        Of the model.
    """
    after = calibration.probabilities(outputs.logits, outputs.temperature)
    return Prediction(
        before=calibration.probabilities(outputs.logits[scored], 1),
        after=after[scored],
        validation=after[validation],
        temperature=temperature,
        resnet18_weight=outputs.resnet18_weight[scored],
    )


def tables_of(
    predictions: dict[str, Prediction],
    scored: Tiles,
    validation: Tiles,
    classes: list[dict],
    inside: np.ndarray,
    resamples: int,
    seed: int,
) -> dict[str, pd.DataFrame]:
    """Return the tables of an evaluation by name: scores, per_class, differences, conformal, applicability.

    Parameters
    ----------
    predictions
        By model.
    scored, validation
        The tiles scored, and those that calibrate; one and the same object where there is no test subset.
    classes
        Class list.
    inside
        Whether each scored tile is inside the area of applicability, (n,).
    resamples, seed
        Of the bootstrap over blocks.
    """
    points, resampled = {}, {}
    for model, p in predictions.items():
        points[model] = scores.measure(scored.labels, p.before, p.after)
        resampled[model] = scores.resamples_of(scored.labels, p.before, p.after, scored.blocks, resamples, seed)
    overall = scores.overall_table(points, resampled, scored.blocks)
    overall["ece_chance"] = [calibration.chance_error(p.after.max(axis=1)) for p in predictions.values()]
    return {
        "scores": overall,
        "per_class": scores.class_table(points, resampled, scored.labels, scored.blocks, classes),
        "differences": scores.difference_table(points, resampled, scored.blocks),
        "conformal": conformal_table(predictions, scored, validation, resamples, seed),
        "applicability": applicability_table(predictions, scored, inside),
    }


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
        correct = prediction.predicted == scored.labels
        row = {"model": model}
        for name, chosen in (("inside", inside), ("outside", ~inside)):
            row[f"n_{name}"] = int(chosen.sum())
            row[f"accuracy_{name}"] = correct[chosen].mean() if chosen.any() else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def by_scene(predictions: dict[str, Prediction], labels: np.ndarray, scenes: np.ndarray) -> pd.DataFrame:
    """Return for each model the lowest and the highest accuracy of one scene, which intervals from blocks of ground do not tell."""
    correct = pd.DataFrame({model: prediction.predicted == labels for model, prediction in predictions.items()})
    each = correct.groupby(scenes).mean()
    return pd.DataFrame({"accuracy_lowest_scene": each.min(), "accuracy_highest_scene": each.max()})


def prediction_table(
    predictions: dict[str, Prediction], tiles: pd.DataFrame, scored: Tiles, validation: Tiles, classes: list[dict]
) -> pd.DataFrame:
    """Return one row a model and tile, as `tables.PREDICTIONS` says; `tiles` has the columns that are the same for all models."""
    class_ids = np.array([entry["class_id"] for entry in classes])
    parts = [
        tiles.assign(
            class_id=class_ids[scored.labels],
            model=model,
            predicted_id=class_ids[prediction.predicted],
            confidence=prediction.after.max(axis=1),
            set_size=sets(prediction, scored, validation, SET_LEVEL).sum(axis=1),
            resnet18_weight=prediction.resnet18_weight,
            probabilities=list(prediction.after.astype(np.float32)),
        )
        for model, prediction in predictions.items()
    ]
    return pd.concat(parts, ignore_index=True)
