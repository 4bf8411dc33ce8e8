"""A scene through networks: read, computed and written at the same time, in parts that outlive an interruption."""

import itertools
import operator
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa

from geoclass.classification.engine import Batch, Engine
from geoclass.classification.engine import compute as compute_batches
from geoclass.confidence import applicability
from geoclass.confidence.calibration import probabilities
from geoclass.confidence.certainty import certainty
from geoclass.core import files, log, streams, tables
from geoclass.scenes import tile_table

PART = 4096  # tiles after which what is done is safe
SAMPLE = (128, 512)  # least and most tiles on which engines are compared: one of 32
READERS = {"cpu": 1, "cuda": 4}  # threads that read: one keeps up with any CPU


@dataclass(frozen=True)
class Tiles:
    """Some tiles of a scene, in the order of the table: what identifies them, and what networks look at."""

    identity: pa.Table
    batch: Batch

    def __len__(self) -> int:
        return len(self.identity)

    @cached_property
    def known(self) -> dict:
        """Dissimilarities that were computed for an earlier model, by what they were measured against."""
        return {}

    def dissimilarity(self, reference: applicability.Reference) -> tuple[np.ndarray, np.ndarray]:
        """Return the dissimilarity index (n,) and whether the tiles are in the area of applicability (n,)."""
        if id(reference) not in self.known:
            vectors = applicability.vectors_of(self.batch.v, self.batch.radiometry)
            self.known[id(reference)] = applicability.dissimilarity(vectors, reference)
        return self.known[id(reference)]


class Scene:
    """The tables of one scene, read in row groups.

    Parameters
    ----------
    tiles
        Tile table.
    vario
        Table of vario functions of the same tiles.
    pixels
        Whether the pixels are needed.

    Raises
    ------
    ValueError
        No tile, a tile that appears twice, or two tables of different tiles.
    """

    def __init__(self, tiles: str, vario: str, pixels: bool):
        self.tiles, self.vario, self.pixels = tiles, vario, pixels
        self.metadata, self.vario_metadata = tables.read_metadata(tiles), tables.read_metadata(vario)
        counts = []
        for path in (tiles, vario):
            with tables.open_table(path) as parquet:
                counts.append([parquet.metadata.row_group(index).num_rows for index in range(parquet.num_row_groups)])
        self.rows = counts[0]
        if not sum(self.rows):
            raise ValueError(
                f"{tiles}: no tile, expected at least one; lower tile_scene/minimum_valid_share or tile_scene/minimum_roi_share"
            )
        if counts[0] != counts[1]:
            self._refuse()
        tables.check_tiles(tiles)

    def _refuse(self) -> None:
        raise ValueError(f"{self.vario}: not of the tiles of {self.tiles}; delete it, and the next run makes it anew")

    def read(self, groups: Sequence[int]) -> Tiles:
        """Read some row groups."""
        columns = ["tile_id", "row_px", "column_px"]
        with tables.open_table(self.tiles) as parquet:
            table = parquet.read_row_groups(groups, columns + ["mask", "pixels"] * self.pixels, use_threads=False)
        with tables.open_table(self.vario) as parquet:
            functions = parquet.read_row_groups(groups, ["tile_id", "v"], use_threads=False)
        if not table["tile_id"].equals(functions["tile_id"]):
            self._refuse()
        lags = np.array(self.vario_metadata["vario"]["lags"])
        v = tables.vectors(functions["v"]).reshape(len(table), *lags.shape[:2])
        counts = valid = None
        if self.pixels:
            counts, valid = tile_table.pixels(table["pixels"], self.metadata), tile_table.masks(table["mask"], self.metadata)
        return Tiles(table.select(columns), Batch(counts, valid, v, self.metadata["scene"]["radiometry"]))

    def sample(self) -> Batch:
        """Return some tiles from all over the scene, on which engines are compared."""
        size = min(max(sum(self.rows) // 32, SAMPLE[0]), SAMPLE[1])
        places = np.unique(np.linspace(0, len(self.rows) - 1, size // 32).astype(int))
        ends = np.cumsum(np.array(self.rows)[places])
        chosen = np.unique(np.linspace(0, ends[-1] - 1, size).astype(int))
        parts = []
        for place, end in zip(places.tolist(), ends, strict=True):  # one row group at a time in memory
            batch = self.read([place]).batch
            start = end - self.rows[place]
            here = chosen[(chosen >= start) & (chosen < end)] - start
            valid = np.ones_like(batch.counts, bool) if self.pixels and batch.valid is None else batch.valid
            parts.append([part[here] if self.pixels else None for part in (batch.counts, valid)] + [batch.v[here]])
        counts, valid, v = (np.concatenate(part) if part[0] is not None else None for part in zip(*parts, strict=True))
        return Batch(counts, valid, v, self.metadata["scene"]["radiometry"])


class Parts:
    """What is done of a scene, in files of `PART` tiles in a folder beside the output, until all of it is done.

    Parameters
    ----------
    output
        The table that the parts will make up.
    key
        All that the parts depend on. Parts that were made under another key are thrown away.
    """

    def __init__(self, output: str | Path, key: dict):
        self.output, self.folder = Path(output), Path(f"{output}.parts")
        note = self.folder / "job.json"
        if not note.is_file() or files.read_json(note) != key:
            shutil.rmtree(self.folder, ignore_errors=True)
            files.write_json(note, key)

    def path(self, index: int) -> Path:
        """Return where a part is."""
        return self.folder / f"{index:05d}.parquet"

    def join(self, schema: pa.Schema, n_parts: int) -> None:
        """Write the output from all parts, in row groups as if it had been written at once, and remove the parts."""
        with tables.writer(self.output, schema) as table:
            for index in range(n_parts):
                for group in tables.row_groups(self.path(index)):
                    table.write({name: group[name].combine_chunks() for name in schema.names})
        shutil.rmtree(self.folder)


@dataclass(frozen=True)
class Way:
    """One model's way through a scene.

    Attributes
    ----------
    engine
        The network.
    columns
        Makes the columns of the output from tiles and logits.
    schema
        Of the output.
    parts
        Where the output is gathered; parts that are there already are not made again.
    """

    engine: Engine
    columns: Callable
    schema: pa.Schema
    parts: Parts


def classify(scene: Scene, ways: Sequence[Way], batch_size: int) -> None:
    """Put all tiles of a scene through the networks of some models; each tile is read once.

    Reading, computing and writing each have a thread and wait for each other at queues of a few batches, so that the memory does
    not depend on the size of the scene.

    Parameters
    ----------
    scene
        The tables of the scene.
    ways
        The models.
    batch_size
        Tiles computed at once.
    """
    n_groups, in_part = len(scene.rows), PART // tables.ROW_GROUP
    n_parts = -(-n_groups // in_part)
    missing = {index: [way for way in ways if not way.parts.path(index).exists()] for index in range(n_parts)}
    to_do = sum(map(len, missing.values()))
    if to_do < n_parts * len(ways):
        log.logger.info("%d of %d parts are there from an interrupted run", n_parts * len(ways) - to_do, n_parts * len(ways))
    step = max(1, batch_size // tables.ROW_GROUP)
    units = [
        (index, range(first, min(first + step, n_groups, (index + 1) * in_part)))
        for index in range(n_parts)
        if missing[index]
        for first in range(index * in_part, min((index + 1) * in_part, n_groups), step)
    ]
    busy_s, start = 0.0, time.monotonic()

    def read(unit: tuple[int, range]) -> tuple[int, Tiles, list[tuple]]:
        index, groups = unit
        tiles = scene.read(groups)
        return index, tiles, [way.engine.prepare(tiles.batch) for way in missing[index]]

    def compute(item: tuple[int, Tiles, list[tuple]]) -> tuple[int, Tiles, list[np.ndarray]]:
        nonlocal busy_s
        begin = time.monotonic()
        index, tiles, prepared = item
        logits = [compute_batches(way.engine, given, batch_size) for way, given in zip(missing[index], prepared, strict=True)]
        busy_s += time.monotonic() - begin
        return index, tiles, logits

    readers = READERS[ways[0].engine.device]
    done = log.progress(streams.ahead(compute, streams.ahead(read, units, readers)), len(units), "batches")
    for index, of_part in itertools.groupby(done, key=operator.itemgetter(0)):
        with ExitStack() as stack:
            written = [stack.enter_context(tables.writer(way.parts.path(index), way.schema)) for way in missing[index]]
            for _, tiles, logits in of_part:
                for way, table, found in zip(missing[index], written, logits, strict=True):
                    table.write(way.columns(tiles, found))
    for way in ways:
        way.parts.join(way.schema, n_parts)
    elapsed_s = max(time.monotonic() - start, 1e-9)
    n_tiles = sum(scene.rows[group] for _, groups in units for group in groups)
    log.logger.info(
        "%d tiles in %.1f s, %.0f per s; the networks computed %.0f %% of the time",
        n_tiles, elapsed_s, n_tiles / elapsed_s, 100 * busy_s / elapsed_s,
    )  # fmt: skip


def class_columns(tiles: Tiles, logits: np.ndarray, card: dict, reference: applicability.Reference | None) -> dict:
    """Return the columns of the class table for some tiles.

    Parameters
    ----------
    tiles
        n tiles.
    logits
        The network's outputs, (n, C); NaN for tiles whose vario functions are missing: they get no class.
    card
        Of the model.
    reference
        What dissimilarity is measured against; None where there is nothing, which leaves the columns empty.
    """
    p = probabilities(logits, card["temperature"]).astype(np.float32)
    best, confidence, entropy, margin = certainty(p)
    index, inside = None, pa.nulls(len(p), pa.bool_())
    if reference is not None:
        index, inside = tiles.dissimilarity(reference)
    ids = np.array([each["class_id"] for each in card["classes"]], np.int32)
    return {
        **{name: tiles.identity[name].combine_chunks() for name in ("tile_id", "row_px", "column_px")},
        "class_id": pa.array(ids[best], mask=np.isnan(confidence)),
        "confidence": confidence,
        "entropy": entropy,
        "margin": margin,
        "dissimilarity": pa.nulls(len(p), pa.float32()) if index is None else index,
        "applicable": inside,
        "probabilities": pa.FixedSizeListArray.from_arrays(pa.array(p.ravel()), p.shape[1]),
    }
