"""Labelled tiles of a split, gathered from the tables of all labelled scenes and checked."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from geoclass.core import compatibility, files, tables
from geoclass.scenes import radiometry, tile_table


@dataclass(frozen=True)
class LabelledTiles:
    """N labelled tiles in the order of their names.

    Attributes
    ----------
    tile_ids, subsets, blocks
        Name, subset (train, validation, test, or out-of-fold) and block of each tile, (N,) text.
    labels
        Index of each tile's class in `classes`, (N,).
    counts
        Pixels as counts, (N, H, W); None where they were not asked for.
    valid
        Which pixels are valid, (N, H, W); None where all are, or where pixels were not asked for.
    low, high
        Counts that are scaled to 0 and 1, of each tile's scene, (N,).
    v
        Vario functions scaled by the scene's range, (N, D, K); None where they were not asked for.
    classes
        class_id, class_name and colour of each class.
    expected
        What all tables agree on, as a model's description says it: tile, vario, radiometry.
    folds, withheld
        Fold that holds each tile out, (N,), and which folds' models must not learn it, (N, K): its own, and those with tiles that share
        its ground. None in a split without folds.
    """

    tile_ids: np.ndarray
    subsets: np.ndarray
    blocks: np.ndarray
    labels: np.ndarray
    counts: np.ndarray | None
    valid: np.ndarray | None
    low: np.ndarray
    high: np.ndarray
    v: np.ndarray | None
    classes: list[dict]
    expected: dict
    folds: np.ndarray | None = None
    withheld: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.tile_ids)

    def take(self, chosen: np.ndarray) -> "LabelledTiles":
        """Return the tiles of a boolean mask or of indices."""
        parts = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("classes", "expected")}
        return replace(self, **{name: part[chosen] for name, part in parts.items() if part is not None})

    def subset(self, name: str) -> "LabelledTiles":
        """Return the tiles of one subset."""
        return self.take(self.subsets == name)

    def learned(self, fold: int | None = None) -> "LabelledTiles":
        """Return what a model learns: with folds all tiles, or those that a fold leaves; without, the training subset."""
        if self.folds is None:
            return self.subset("train")
        return self if fold is None else self.take(~self.withheld[:, fold])

    def held_out(self, fold: int | None = None) -> "LabelledTiles":
        """Return the tiles that judge models: with folds all that people have labelled, or those of a fold; else validation and test."""
        held = self.subsets != "train"  # with folds: what a model has labelled is never held out
        return self.take(held if fold is None else held & (self.folds == fold))

    @property
    def n_folds(self) -> int:
        """Number of folds; 0 in a split without."""
        return 0 if self.withheld is None else self.withheld.shape[1]

    def no_logits(self) -> np.ndarray:
        """Return the logits of no tile, (0, C)."""
        return np.empty((0, len(self.classes)), np.float32)

    def fingerprint(self) -> str:
        """Return the SHA-256 of all that is learned from: names, subsets, labels, pixels, vario functions."""
        digest = hashlib.sha256()
        parts = (
            self.tile_ids,
            self.subsets,
            self.folds,
            self.withheld,
            self.labels,
            self.counts,
            self.valid,
            self.v,
            self.low,
            self.high,
        )
        for part in (part for part in parts if part is not None):
            digest.update(np.ascontiguousarray(part))
        return digest.hexdigest()

    def pixels(self, chosen: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return pixels as the networks see them, scaled to 0..1, (n, H, W) float32, of all tiles or of the chosen ones."""
        valid = None if self.valid is None else self.valid[chosen]
        return radiometry.scale_pixels(self.counts[chosen], {"low": self.low[chosen], "high": self.high[chosen]}, valid)


def labelled_tiles(labels: str, split: str, tiles: Iterable[str] = (), vario: Iterable[str] = ()) -> LabelledTiles:
    """Gather the labelled tiles of a split.

    Parameters
    ----------
    labels, split
        Table of labels, and one of its splits.
    tiles
        Tile tables of the labelled scenes and image sets; none where pixels are not needed.
    vario
        Their tables of vario functions; none where they are not needed. One of the two must be given.

    Raises
    ------
    ValueError
        A split of other labels; tables that differ in tile size, lags or radiometry; a labelled tile that no table holds; a vario
        function with a missing value; a class without a training or validation tile.
    """
    described, split_metadata = tables.read_metadata(labels), tables.read_metadata(split)
    if split_metadata["labels"] != files.fingerprint(labels):
        raise ValueError(f"{split}: a split of other labels than {labels} holds now; delete it, the next run makes it anew")
    frame = tables.read(split).merge(tables.read(labels, ["tile_id", "class_id"]), on="tile_id", validate="1:1")
    frame = frame.sort_values("tile_id", ignore_index=True)
    classes = [{key: c[key] for key in ("class_id", "class_name", "colour")} for c in described["classes"]]
    expected: dict = {}
    low, high = np.empty((2, len(frame)))
    gathered: dict[str, np.ndarray | None] = {"counts": None, "valid": None, "v": None}
    for paths, read in ((tiles, _read_pixels), (vario, _read_vario)):
        parts = []
        for path in paths:
            metadata = tables.read_metadata(path)
            _agree(metadata, expected, path)
            found = list(read(path, metadata, pd.Index(frame["tile_id"])))
            for positions, part in found:
                low[positions], high[positions] = (metadata["scene"]["radiometry"][key] for key in ("low", "high"))
                parts.append({"positions": positions, **part})
            if found and (side := compatibility.pixel_m(metadata["scene"])) is not None:
                expected["pixels_m"] = sorted([side, *expected.get("pixels_m", [])])  # of scenes that something is learned from
        if parts:
            gathered |= _in_order(parts, frame["tile_id"])
    if gathered["v"] is not None:
        gathered["v"] = radiometry.scale_vario(gathered["v"], {"low": low, "high": high})
        _refuse_missing(gathered["v"], frame["tile_id"])
    index = {c["class_id"]: k for k, c in enumerate(classes)}
    ids, subsets, blocks = (frame[column].to_numpy(object).astype(str) for column in ("tile_id", "subset", "block"))
    class_indices = frame["class_id"].map(index).to_numpy(np.int64)
    n_folds = split_metadata.get("folds")
    if n_folds:
        gathered |= _folds(frame, n_folds)
    else:
        _refuse_unlearnable(class_indices, subsets, classes, split)
    return LabelledTiles(ids, subsets, blocks, class_indices, low=low, high=high, classes=classes, expected=expected, **gathered)


def _folds(frame: pd.DataFrame, n_folds: int) -> dict[str, np.ndarray]:
    """Return the fold of each tile, and from which folds' models it is withheld."""
    folds = frame["fold"].to_numpy(int)
    withheld = np.eye(n_folds, dtype=bool)[folds]
    for position, apart in enumerate(frame["apart"]):
        withheld[position, list(apart)] = True
    return {"folds": folds, "withheld": withheld}


def _agree(metadata: dict, expected: dict, path: str) -> None:
    """Check a table against those read before it, and remember what it adds; image sets and scenes are held to the same rules."""
    compatibility.check(metadata, expected, path, f"{expected.get('first')} has", "leave the labels of one of the two out")
    expected.setdefault("first", path)
    expected.setdefault("tile", {key: metadata["tiles"][key] for key in ("height_px", "width_px")})
    expected.setdefault("radiometry", compatibility.scheme(metadata["scene"]["radiometry"]))
    if "vario" in metadata:
        expected.setdefault("vario", {key: value for key, value in metadata["vario"].items() if key != "lag_distances_m"})


def _rows(path: str, columns: list[str], wanted: pd.Index) -> Iterator[tuple[np.ndarray, pa.Table]]:
    """Read the rows of wanted tiles, row group by row group, with their positions among the wanted."""
    for group in tables.row_groups(path, ["tile_id", *columns]):
        positions = wanted.get_indexer(group["tile_id"].to_pandas())
        known = positions >= 0
        if known.any():
            yield positions[known], group.filter(known)


def _read_pixels(path: str, metadata: dict, wanted: pd.Index) -> Iterator[tuple[np.ndarray, dict]]:
    for positions, table in _rows(path, ["mask", "pixels"], wanted):
        yield (
            positions,
            {"counts": tile_table.pixels(table["pixels"], metadata), "valid": tile_table.masks(table["mask"], metadata)},
        )


def _read_vario(path: str, metadata: dict, wanted: pd.Index) -> Iterator[tuple[np.ndarray, dict]]:
    shape = np.shape(metadata["vario"]["lags"])[:2]
    for positions, table in _rows(path, ["v"], wanted):
        yield positions, {"v": tables.vectors(table["v"]).astype(np.float64).reshape(-1, *shape)}


def _in_order(parts: list[dict], tile_ids: pd.Series) -> dict[str, np.ndarray | None]:
    """Put what was read from several tables into the order of the labels."""
    positions = np.concatenate([part["positions"] for part in parts])
    missing = np.setdiff1d(np.arange(len(tile_ids)), positions)
    if len(missing):
        raise ValueError(
            f"labels: {len(missing)} tiles, {tile_ids[missing[0]]} for one, that no table of the labelled scenes holds; "
            "run collect_labels again"
        )
    if len(positions) > len(tile_ids):
        twice = tile_ids[np.flatnonzero(np.bincount(positions) > 1)[0]]
        raise ValueError(
            f"labels: tile {twice} appears twice in the tables of the labelled scenes, must be unique; a table is of another scene than "
            "its name says, or damaged: delete it, and the next run makes it anew"
        )
    order, ordered = np.argsort(positions), {}
    for name in parts[0].keys() - {"positions"}:
        arrays = [part[name] for part in parts]
        if name == "valid":
            arrays = [np.ones(p["counts"].shape, bool) if p["valid"] is None else p["valid"] for p in parts]
        ordered[name] = np.concatenate(arrays)[order]
    if "valid" in ordered and ordered["valid"].all():
        ordered["valid"] = None
    return ordered


def _refuse_missing(v: np.ndarray, tile_ids: pd.Series) -> None:
    """Refuse vario functions with missing values: what a network learns from must be known."""
    missing = np.argwhere(~np.isfinite(v))
    if len(missing):
        tile, direction, lag = missing[0]
        n = len(np.unique(missing[:, 0]))
        raise ValueError(
            f"tile {tile_ids[tile]}: no vario function in direction {direction + 1} at lag {lag + 1} ({n} labelled tiles lack some), "
            "expected values at all lags; remove its label, raise tile_scene/minimum_valid_share or lower extract_vario/maximum_lag_share"
        )


def _refuse_unlearnable(labels: np.ndarray, subsets: np.ndarray, classes: list[dict], split: str) -> None:
    """Refuse a class that cannot be learned or validated."""
    for index, c in enumerate(classes):
        for name in ("train", "validation"):
            if not ((labels == index) & (subsets == name)).any():
                raise ValueError(
                    f"{split}: class {c['class_name']} has no tile in {name} ({(labels == index).sum()} in all), expected at least one; "
                    "label more of it, or change seed or split_labels/shares"
                )
