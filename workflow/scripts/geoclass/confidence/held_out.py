"""What a model says of labelled tiles that it has not learned: its outputs, tile by tile, as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from geoclass.core import tables
from geoclass.core.tables import Column

HELD_OUT = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("logits", "classes", "outputs of the network in the order of the class list"),
    Column("temperature", pa.float32(), "what they are divided by before softmax; with folds found on tiles of the other folds"),
    Column("resnet18_weight", pa.float32(), "weight of ResNet-18 in VarioNet (β), 0 to 1; missing for other models"),
)


@dataclass(frozen=True)
class Outputs:
    """Logits (n, C) of n tiles; temperature (n,) that belongs to each, and VarioNet's β (n,), NaN for other models."""

    tile_ids: np.ndarray
    logits: np.ndarray
    temperature: np.ndarray
    resnet18_weight: np.ndarray

    @classmethod
    def of(cls, tile_ids: np.ndarray, logits: np.ndarray, resnet18_weight: np.ndarray | None = None) -> "Outputs":
        """Return outputs that are not calibrated yet."""
        n = len(tile_ids)
        weight = np.full(n, np.nan) if resnet18_weight is None else resnet18_weight
        return cls(np.asarray(tile_ids), np.asarray(logits), np.ones(n), weight)

    def at(self, tile_ids: np.ndarray, source: str | Path) -> "Outputs":
        """Return the outputs for these tiles, in their order.

        Raises
        ------
        ValueError
            A tile that is not among them; `source` names the table in the sentence.
        """
        positions = pd.Index(self.tile_ids).get_indexer(tile_ids)
        if (positions < 0).any():
            missing = np.asarray(tile_ids)[positions < 0]
            raise ValueError(
                f"{source}: nothing about {len(missing)} held-out tiles, {missing[0]} for one, expected all of the split; delete it, the "
                "next run makes it anew"
            )
        parts = (self.logits, self.temperature, self.resnet18_weight)
        return Outputs(np.asarray(tile_ids), *(part[positions] for part in parts))


def macro_f1(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Return the macro-F1 of tiles held out, as `evaluation.scores` counts it: the mean over the classes among their labels, (n,) each."""
    from sklearn.metrics import f1_score  # here, since jobs of fold models, which write outputs, need not import it

    return float(f1_score(labels, predicted, labels=np.unique(labels), average="macro", zero_division=0))


def write(path: str | Path, outputs: Outputs, metadata: dict) -> None:
    """Write outputs as a table."""
    columns = {"tile_id": outputs.tile_ids, "logits": list(outputs.logits.astype(np.float32))}
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})  # also of no tile
    frame = frame.assign(temperature=outputs.temperature, resnet18_weight=outputs.resnet18_weight)
    tables.write(path, HELD_OUT, frame, metadata, classes=pa.list_(pa.float32(), outputs.logits.shape[1]))


def read(paths: Sequence[str | Path]) -> Outputs:
    """Read tables of outputs, one after the other."""
    parts = [tables.open_table(path).read() for path in paths]
    logits = [tables.vectors(part["logits"]).reshape(len(part), part.schema.field("logits").type.list_size) for part in parts]
    columns = [
        np.concatenate([part[name].to_numpy() for part in parts]) for name in ("tile_id", "temperature", "resnet18_weight")
    ]
    tile_ids, temperature, weight = columns
    return Outputs(tile_ids.astype(str), np.concatenate(logits), temperature.astype(float), weight.astype(float))
