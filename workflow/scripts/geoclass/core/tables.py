"""Parquet tables: columns with a meaning, written whole or not at all, read row group by row group."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from geoclass.core import files, surroundings

ROW_GROUP = 64  # tiles in a row group: the unit in which every later rule streams


@dataclass(frozen=True)
class Column:
    """One column: its name (the unit is in it: `_px`, `_m`, `_deg`), Arrow type and meaning.

    A type given as text depends on the run: 'pixels' on tile size and dtype, 'lags' and 'directions' on the lag vectors, 'classes'
    on the number of classes; `schema` fills it in.
    """

    name: str
    type: pa.DataType | str
    meaning: str


def schema(columns: tuple[Column, ...], metadata: dict, **sizes: pa.DataType) -> pa.Schema:
    """Return the Arrow schema of a table.

    Parameters
    ----------
    columns
        The table's columns.
    metadata
        What a reader must know beside the rows; written as JSON under the key ``geoclass``, with the software of all steps so far.
    sizes
        The Arrow types of the columns whose type depends on the run, by the name of the size: ``pixels``, ``lags``, ...
    """
    fields = [
        pa.field(c.name, sizes[c.type] if isinstance(c.type, str) else c.type, metadata={"meaning": c.meaning}) for c in columns
    ]
    metadata = {**metadata, "software": {**metadata.get("software", {}), **surroundings.software()}}
    return pa.schema(fields, metadata={"geoclass": json.dumps(metadata, sort_keys=True, allow_nan=False)})


@contextmanager
def writer(path: str | Path, table_schema: pa.Schema, row_group: int = ROW_GROUP) -> Iterator["Writer"]:
    """Open a Parquet table for writing in row groups; it appears at `path` when the block ends well."""
    with files.replacing(path) as temporary:
        # A checksum a page, because a damaged page may well be decompressed to other pixels without a word.
        options = {"use_dictionary": False, "write_page_checksum": True, **_codec(table_schema)}
        with pq.ParquetWriter(temporary, table_schema, **options) as parquet:
            table_writer = Writer(parquet, table_schema, row_group)
            yield table_writer
            table_writer.flush()


def _codec(table_schema: pa.Schema) -> dict:
    """Return how the columns of a table are compressed: all by zstd but pixels.

    Noise shrinks by a quarter only, and every later rule would pay for it: decompression takes as long as the vario functions.
    """
    names = table_schema.names
    if "pixels" not in names:
        return {"compression": "zstd", "compression_level": 1}
    codecs = {name: "none" if name == "pixels" else "zstd" for name in names}
    return {"compression": codecs, "compression_level": {name: 1 for name in names if name != "pixels"}}


class Writer:
    """Gathers rows and writes them in row groups of one size, so that a table's bytes do not depend on how rows arrive."""

    def __init__(self, parquet: pq.ParquetWriter, table_schema: pa.Schema, row_group: int):
        self.parquet, self.schema, self.row_group = parquet, table_schema, row_group
        self.pending: list[pa.RecordBatch] = []
        self.n_rows = 0

    def write(self, columns: dict) -> None:
        """Add rows, given as column name → sequence or Arrow array."""
        arrays = [
            columns[f.name] if isinstance(columns[f.name], pa.Array) else pa.array(columns[f.name], type=f.type, from_pandas=True)
            for f in self.schema
        ]
        self.pending.append(pa.record_batch(arrays, schema=self.schema))
        self.n_rows += len(arrays[0])
        while sum(map(len, self.pending)) >= self.row_group:
            table = pa.Table.from_batches(self.pending).combine_chunks()
            self.parquet.write_table(table.slice(0, self.row_group), row_group_size=self.row_group)
            self.pending = table.slice(self.row_group).to_batches()

    def flush(self) -> None:
        """Write what is left as the last, smaller row group."""
        if self.pending:
            self.parquet.write_table(pa.Table.from_batches(self.pending).combine_chunks(), row_group_size=self.row_group)
            self.pending = []


def write(path: str | Path, columns: tuple[Column, ...], frame: pd.DataFrame, metadata: dict, **sizes: pa.DataType) -> None:
    """Write a whole data frame as a table."""
    with writer(path, schema(columns, metadata, **sizes)) as table:
        table.write({c.name: frame[c.name].to_numpy() for c in columns})  # a frame made of several has text in chunks


def read(path: str | Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a table, or the named columns of it, as a data frame."""
    return open_table(path).read(columns=columns).to_pandas()


def read_metadata(path: str | Path) -> dict:
    """Return what was written under the key ``geoclass``.

    Raises
    ------
    ValueError
        The file is no Parquet, or not one of ours.
    """
    metadata = open_table(path).schema_arrow.metadata or {}
    if b"geoclass" not in metadata:
        raise ValueError(
            f"{path}: a Parquet file without geoclass metadata, expected a table written by this workflow; make it again"
        )
    try:
        content = json.loads(metadata[b"geoclass"])
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ValueError(
            f"{path}: its geoclass metadata are no JSON object, expected those of a table of this workflow; make it again"
        )
    return content


def check_scene(path: str | Path, scene: str) -> None:
    """Refuse a table of another scene than its name says, as a copy under a wrong name is.

    Raises
    ------
    ValueError
        The table is of another scene.
    """
    found = read_metadata(path).get("scene", {}).get("scene")
    if found != scene:
        raise ValueError(
            f"{path}: table of scene {found}, expected {scene} as its name says; delete it, and the next run makes it anew"
        )


def check_scenes(paths: Sequence[str]) -> None:
    """Refuse two tables of one scene, of which one bears a wrong name.

    Raises
    ------
    ValueError
        The first such pair.
    """
    known: dict[str, str] = {}
    for path in paths:
        scene = read_metadata(path).get("scene", {}).get("scene")
        if scene in known:
            raise ValueError(
                f"{path}: table of scene {scene}, as {known[scene]} is, expected one of each scene; delete the one with the wrong name, "
                "and the next run makes it anew"
            )
        known[scene] = path


def check_tiles(path: str | Path) -> None:
    """Refuse a table in which a tile appears twice: it would count twice wherever the table is read.

    Raises
    ------
    ValueError
        The first such tile.
    """
    twice = read(path, ["tile_id"])["tile_id"]
    twice = twice[twice.duplicated()]
    if len(twice):
        raise ValueError(f"{path}: tile {twice.iloc[0]} appears twice, must be unique; delete it, and the next run makes it anew")


class Table(pq.ParquetFile):
    """A Parquet file whose readers say in one sentence what is wrong: a column that is not there, a page that is damaged."""

    def __init__(self, path: str | Path):
        self.path = path
        super().__init__(path, memory_map=False, pre_buffer=False, page_checksum_verification=True)

    def _checked(self, read: Callable[..., pa.Table], columns: list[str] | None, *arguments, **more) -> pa.Table:
        missing = set(columns or ()) - set(self.schema_arrow.names)
        if missing:
            raise ValueError(
                f"{self.path}: no column {', '.join(sorted(missing))}, found {', '.join(self.schema_arrow.names)}; delete it and run again"
            )
        try:
            return read(*arguments, columns=columns, **more)
        except (pa.ArrowException, OSError) as error:
            raise OSError(f"{self.path}: damaged ({str(error).splitlines()[0]}); delete it and run again") from None

    def read(self, columns: list[str] | None = None, **more) -> pa.Table:
        """Read the whole table, or some columns of it."""
        return self._checked(super().read, columns, **more)

    def read_row_group(self, i: int, columns: list[str] | None = None, **more) -> pa.Table:
        """Read one row group."""
        return self._checked(super().read_row_group, columns, i, **more)

    def read_row_groups(self, row_groups: Sequence[int], columns: list[str] | None = None, **more) -> pa.Table:
        """Read some row groups."""
        return self._checked(super().read_row_groups, columns, row_groups, **more)


def open_table(path: str | Path) -> Table:
    """Open a Parquet file for reading by row groups; plain reads, because memory maps count as memory of the job.

    Raises
    ------
    ValueError
        The file is no Parquet or is cut off.
    """
    try:
        return Table(path)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{path}: not a readable Parquet file ({str(error).splitlines()[0]}); delete it and run again") from None


def row_groups(path: str | Path, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """Read a table row group by row group."""
    with open_table(path) as parquet:
        for index in range(parquet.num_row_groups):
            yield parquet.read_row_group(index, columns=columns)


def whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece; `combine_chunks` would copy even a single chunk."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def vectors(column: pa.ChunkedArray) -> np.ndarray:
    """Return a column of fixed-size lists as an array (rows, length)."""
    array = whole(column)
    return array.flatten().to_numpy(zero_copy_only=False).reshape(len(array), array.type.list_size)
