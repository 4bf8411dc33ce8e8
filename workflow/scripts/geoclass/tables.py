"""Every table of the workflow: its columns declared once, written whole or not at all, read row group by row group."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from geoclass import files, provenance

ROW_GROUP = 64  # tiles in a row group: the unit in which every later rule streams


@dataclass(frozen=True)
class Column:
    """One column: its name (the unit is in it: `_px`, `_m`, `_deg`), Arrow type and meaning."""

    name: str
    type: pa.DataType | str
    meaning: str


# A type given as text depends on the run: 'pixels' on tile size and dtype, 'lags' and 'directions' on the lag vectors,
# 'classes' on the number of classes; `schema` fills it in.
TILES = (
    Column("tile_id", pa.string(), "name of the tile, stable for ever: scene, row and column of its origin"),
    Column("scene", pa.string(), "scene that the tile is cut from"),
    Column("row_px", pa.int32(), "row of the tile's upper left pixel in the scene; missing for images without georeference"),
    Column("column_px", pa.int32(), "column of the tile's upper left pixel in the scene; missing likewise"),
    Column("x_m", pa.float64(), "easting of the tile's centre in the scene's coordinate system"),
    Column("y_m", pa.float64(), "northing of the tile's centre in the scene's coordinate system"),
    Column("valid_share", pa.float32(), "share of pixels that are valid, 0 to 1"),
    Column("roi_share", pa.float32(), "share of the tile's area inside the region of interest, 0 to 1"),
    Column("geometry", pa.binary(), "footprint of the tile, WKB polygon in the scene's coordinate system"),
    Column("mask", pa.binary(), "one bit a pixel, rows first, 1 = valid; missing where every pixel is valid"),
    Column("pixels", "pixels", "counts of the tile, rows first, little-endian"),
)
VARIO = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("v", "lags", "vario function, direction by direction, squared counts"),
    Column("residual", "lags", "residual vario function, likewise"),
    Column("n_pairs", "counts", "number of pixel pairs, likewise"),
    Column("pond", "directions", "maximum of the smoothed residual vario function, by direction, squared counts"),
    Column("nugget", "directions", "value of the smoothed residual vario function at the first lag, likewise"),
    Column("p1", "directions", "slope from its first maximum to the first minimum after it, by direction, squared counts per m"),
    Column("p2", "directions", "drop from that maximum to that minimum as a share of the maximum, 0 to 1"),
    Column("mindist_m", "directions", "lag distance of that minimum: about one spacing of crevasses along the direction"),
    Column("hdiff_m", "directions", "lag distance from that maximum to that minimum"),
    Column("orientation_deg", pa.float32(), "direction of crevasse lines, 0 to 180, clockwise from grid north"),
    Column("orientation_se_deg", pa.float32(), "standard error of the orientation"),
    Column("spacing_m", pa.float32(), "distance from crevasse to crevasse, across them; missing where unresolved"),
    Column("spacing_se_m", pa.float32(), "standard error of the spacing"),
    Column(
        "anisotropy", pa.float32(), "part of the vario functions due to one plane wave: 0 = all directions alike, 1 = one alone"
    ),
    Column("fit_quality", pa.float32(), "share of the curves' variance that the fitted plane wave explains, 0 to 1"),
    Column("structure_status", pa.string(), "resolved, or why spacing and orientation are missing; see docs/vario.md"),
)
LABELS = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("scene", pa.string(), "scene or image set of the tile"),
    Column("class_id", pa.int32(), "class given to the tile"),
    Column("class_name", pa.string(), "name of that class"),
    Column("source", pa.string(), "file or folder that the label comes from"),
    Column("origin", pa.string(), "human, or the model and round that proposed the label"),
    Column("confidence", pa.float32(), "confidence of the model that proposed the label, 0 to 1; missing for people's"),
    Column("inside_share", pa.float32(), "share of the tile inside the polygons of its class; 1 for points and class folders"),
    Column("group", pa.string(), "place or image that must not be torn apart by a split; empty where none is named"),
)
SPLITS = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("subset", pa.string(), "train, validation or test"),
    Column("block", pa.string(), "spatial block, scene or group of the tile: the unit of splitting and of resampling"),
)
CLASSES = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("row_px", pa.int32(), "row of the tile's upper left pixel in the scene"),
    Column("column_px", pa.int32(), "column of the tile's upper left pixel in the scene"),
    Column("class_id", pa.int32(), "most probable class"),
    Column("confidence", pa.float32(), "calibrated probability of that class, 0 to 1"),
    Column("entropy", pa.float32(), "entropy of the probabilities over log C, 0 = certain, 1 = no idea"),
    Column("margin", pa.float32(), "probability of the first class less that of the second"),
    Column("dissimilarity", pa.float32(), "dissimilarity index in feature space (Meyer and Pebesma 2021)"),
    Column("applicable", pa.bool_(), "dissimilarity within the model's area of applicability"),
    Column("probabilities", "classes", "calibrated probabilities in the order of the model's class list"),
)
PREDICTIONS = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("scene", pa.string(), "scene or image set of the tile"),
    Column("block", pa.string(), "block of the tile in the split"),
    Column("class_id", pa.int32(), "class given to the tile"),
    Column("model", pa.string(), "network or baseline that predicts"),
    Column("predicted_id", pa.int32(), "most probable class"),
    Column("confidence", pa.float32(), "calibrated probability of that class, 0 to 1"),
    Column("set_size", pa.int32(), "number of classes in the conformal set of 90 % coverage; unless 1, the model abstains"),
    Column("resnet18_weight", pa.float32(), "weight of ResNet-18 in VarioNet (β), 0 to 1; missing for other models"),
    Column("dissimilarity", pa.float32(), "dissimilarity index in feature space (Meyer and Pebesma 2021)"),
    Column("applicable", pa.bool_(), "dissimilarity within the model's area of applicability"),
    Column("probabilities", "classes", "calibrated probabilities in the order of the class list"),
)

QUEUE = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("scene", pa.string(), "scene of the tile"),
    Column("rank", pa.int32(), "place in the queue, from 1"),
    Column("reason", pa.string(), "why it is worth a label: uncertain, disagreement of two models, or rare class"),
    Column("class_id", pa.int32(), "most probable class by the model that the queue is made with"),
    Column("confidence", pa.float32(), "calibrated probability of that class, 0 to 1"),
    Column("margin", pa.float32(), "probability of that class less that of the second"),
    Column("variomlp_id", pa.int32(), "most probable class by VarioMLP; missing where it was not asked"),
    Column("resnet18_id", pa.int32(), "most probable class by ResNet-18; missing where it was not asked"),
    Column("divergence", pa.float32(), "Jensen-Shannon divergence of the two, 0 = they agree, 1 = they exclude each other"),
)
SUSPECTS = (
    Column("tile_id", pa.string(), "name of the tile"),
    Column("scene", pa.string(), "scene or image set of the tile"),
    Column("class_id", pa.int32(), "class given to the tile"),
    Column("proposed_id", pa.int32(), "class that tiles of other blocks suggest"),
    Column("score", pa.float32(), "probability of the class given, 0 = surely wrong, 1 = surely right"),
    Column("confidence", pa.float32(), "probability of the class proposed, 0 to 1"),
    Column("likely", pa.bool_(), "counted as a wrong label by confident learning (Northcutt et al. 2021)"),
    Column("origin", pa.string(), "human, or the model and round that proposed the label"),
)


def schema(columns: tuple[Column, ...], metadata: dict, **sizes: pa.DataType) -> pa.Schema:
    """Return the Arrow schema of a table.

    Parameters
    ----------
    columns
        One of the tables above.
    metadata
        What a reader must know beside the rows; written as JSON under the key ``geoclass``, with the software of all steps so far.
    sizes
        The Arrow types of the columns whose type depends on the run, by the name of the size: ``pixels``, ``lags``, ...
    """
    fields = [
        pa.field(c.name, sizes[c.type] if isinstance(c.type, str) else c.type, metadata={"meaning": c.meaning}) for c in columns
    ]
    metadata = {**metadata, "software": {**metadata.get("software", {}), **provenance.software()}}
    return pa.schema(fields, metadata={"geoclass": json.dumps(metadata, sort_keys=True, allow_nan=False)})


@contextmanager
def writer(path: str | Path, table_schema: pa.Schema, row_group: int = ROW_GROUP) -> Iterator["Writer"]:
    """Open a Parquet table for writing in row groups; it appears at `path` when the block ends well."""
    with files.replacing(path) as temporary:
        with pq.ParquetWriter(temporary, table_schema, compression="zstd", compression_level=1, use_dictionary=False) as parquet:
            table_writer = Writer(parquet, table_schema, row_group)
            yield table_writer
            table_writer.flush()


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
    """Write a whole data frame as one of the tables above."""
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
    return json.loads(metadata[b"geoclass"])


def open_table(path: str | Path) -> pq.ParquetFile:
    """Open a Parquet file for reading by row groups; plain reads, because memory maps count as memory of the job.

    Raises
    ------
    ValueError
        The file is no Parquet or is cut off.
    """
    try:
        return pq.ParquetFile(path, memory_map=False, pre_buffer=False)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{path}: not a readable Parquet file ({error}); delete it and run again") from None


def row_groups(path: str | Path, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """Read a table row group by row group."""
    with open_table(path) as parquet:
        for index in range(parquet.num_row_groups):
            yield parquet.read_row_group(index, columns=columns)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece; `combine_chunks` would copy even a single chunk."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def vectors(column: pa.ChunkedArray) -> np.ndarray:
    """Return a column of fixed-size lists as an array (rows, length)."""
    array = _whole(column)
    return array.flatten().to_numpy(zero_copy_only=False).reshape(len(array), array.type.list_size)


def pixels(column: pa.ChunkedArray, metadata: dict) -> np.ndarray:
    """Return the column `pixels` as an array (tiles, height_px, width_px) in the scene's dtype; that of a row group is not copied."""
    array = _whole(column)
    tile = metadata["tiles"]
    dtype = np.dtype(tile["dtype"])
    start = array.offset * array.type.byte_width
    data = np.frombuffer(array.buffers()[1], np.uint8)[start : start + len(array) * array.type.byte_width]
    return data.view(dtype).reshape(len(array), tile["height_px"], tile["width_px"])


def masks(column: pa.ChunkedArray, metadata: dict) -> np.ndarray | None:
    """Return the column `mask` of tiles as booleans (tiles, height_px, width_px); None where every tile is complete."""
    if column.null_count == len(column):
        return None
    height, width = metadata["tiles"]["height_px"], metadata["tiles"]["width_px"]
    valid = np.ones((len(column), height * width), bool)
    for index, packed in enumerate(column.to_pylist()):
        if packed is not None:
            valid[index] = np.unpackbits(np.frombuffer(packed, np.uint8), count=height * width)
    return valid.reshape(-1, height, width)
