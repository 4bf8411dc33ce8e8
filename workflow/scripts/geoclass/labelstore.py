"""Labels as they are made: one GeoPackage, durable at every click, written by several people at once, with all of its history."""

import colorsys
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from geoclass import classlist, files, labelfile
from geoclass.labelfile import STATE

SHOWN = STATE.removesuffix(", geom")
UNLABELLED = (None,) * 7
LATEST = f"SELECT source, {STATE} FROM history WHERE entry IN (SELECT max(entry) FROM history WHERE entry <= ? GROUP BY tile_id)"


class Change(NamedTuple):
    """What a call has changed: the number of its batch, None if there was nothing to change, and the tiles."""

    batch: int | None
    tile_ids: list[str]


class _Nothing(Exception):
    """Ends a batch that changes nothing, so that it leaves no trace."""


def utc_now() -> str:
    """Return the time as ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class LabelStore:
    """A GeoPackage of labels, open for reading and writing.

    Its layer `labels` holds the current label of every labelled tile and can be opened, and edited, in QGIS and GDAL. The tables
    `batches` and `history` keep every state that any tile has had; nothing is ever taken out of them. A batch is what one call
    changes. SQLite runs in WAL mode where the file system allows it: readers never wait, writers wait for each other, and what a
    call has done when it returns is on the disk. One object may be used by several threads.

    Parameters
    ----------
    path
        The GeoPackage.
    clock
        Gives the time that is written beside every label.

    Raises
    ------
    ValueError
        The file is not a store of labels.
    OSError
        There is none, or it cannot be opened.
    """

    def __init__(self, path: str | Path, clock: Callable[[], str] = utc_now):
        self._file, self._clock = labelfile.LabelFile(Path(path)), clock

    @classmethod
    def create(
        cls, path: str | Path, classes: pd.DataFrame, crs_wkt: str | None, clock: Callable[[], str] = utc_now
    ) -> "LabelStore":
        """Make an empty store and open it.

        Parameters
        ----------
        path
            GeoPackage to write.
        classes
            The table of classes, see `classlist.read`.
        crs_wkt
            Coordinate system of the footprints; None for images without georeference.
        clock
            See the class.

        Raises
        ------
        FileExistsError
            There is a file of that name; labels are never overwritten.
        """
        labelfile.create(Path(path), classes, crs_wkt, clock())
        return cls(path, clock)

    def close(self) -> None:
        """Close the file; the last to close it leaves one file that needs no other beside it."""
        self._file.close()

    def __enter__(self) -> "LabelStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Labels

    def labels(self, scene: str | None = None) -> pd.DataFrame:
        """Return the current labels, of one scene or of all: tile_id, scene, class_id, origin, confidence, author, time, note."""
        return self._file.frame(f"SELECT {SHOWN} FROM labels WHERE ?1 IS NULL OR scene = ?1 ORDER BY tile_id", scene)

    def set_labels(self, tiles: pd.DataFrame, author: str, origin: str = "human", note: str = "") -> Change:
        """Label tiles, as one batch that can be undone at once.

        Proposals of a model never take the place of a person's label, and tiles that have their class from that origin already stay
        as they are.

        Parameters
        ----------
        tiles
            Columns tile_id, scene, class_id, geometry (footprint as WKB in the store's coordinate system, or None) and, optionally,
            confidence; one row a tile.
        author
            Who labels.
        origin
            human, or the model and round that proposed the labels.
        note
            What is to be remembered about them.

        Raises
        ------
        ValueError
            An unknown class, or a tile that stands twice.
        OSError
            The labels could not be written; nothing has changed.
        """
        twice = tiles["tile_id"][tiles["tile_id"].duplicated()]
        if len(twice):
            raise ValueError(f"tile {twice.iloc[0]}: stands twice among those to be labelled, expected once; remove one")
        confidence = tiles["confidence"].astype(object) if "confidence" in tiles else [None] * len(tiles)
        shapes = labelfile.blobs(tiles["geometry"], self._file.srs_id)
        with self._batch("set", author) as (batch, now):
            unknown = set(map(int, tiles["class_id"])) - set(self.classes()["class_id"])
            if unknown:
                raise ValueError(f"class {min(unknown)}: not in the list of classes, expected one that is; add it first")
            self._file.choose(tiles["tile_id"])
            had = {row[0]: row[1:] for row in self._read("SELECT tile_id, class_id, origin FROM labels JOIN wanted USING (tile_id)")}
            states = []
            for tile_id, scene, class_id, share, shape in zip(
                tiles["tile_id"], tiles["scene"], tiles["class_id"], confidence, shapes, strict=True
            ):
                label, by = had.get(tile_id, (None, None))
                if (label, by) != (class_id, origin) and not (by == "human" and origin != "human"):
                    share = None if pd.isna(share) else float(share)
                    states.append((batch, tile_id, scene, int(class_id), origin, share, author, now, note, shape))
            self._apply(batch, states)
        return Change(*self._changed)

    def clear(self, tile_ids: Iterable[str], author: str) -> Change:
        """Take the labels off tiles, as one batch."""
        with self._batch("clear", author) as (batch, _):
            self._file.choose(tile_ids)
            labelled = self._read("SELECT tile_id, scene FROM labels JOIN wanted USING (tile_id) ORDER BY tile_id")
            self._apply(batch, [(batch, *tile, *UNLABELLED) for tile in labelled])
