"""Labels as they are made: one GeoPackage, durable at every click, written by several people at once, with all of its history."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from geoclass.labelling import gpkg
from geoclass.labelling.class_editor import LabelClasses
from geoclass.labelling.gpkg import STATE

SHOWN = STATE.removesuffix(", geom")
UNLABELLED = (None,) * 7
LATEST = f"SELECT source, {STATE} FROM history WHERE entry IN (SELECT max(entry) FROM history WHERE entry <= ? GROUP BY tile_id)"


class Change(NamedTuple):
    """What a call has changed: the number of its batch, None if there was nothing to change, and the tiles."""

    batch: int | None
    tile_ids: list[str]


class Since(NamedTuple):
    """What has become of labels since an entry of the history: its latest entry, labels given or changed, tiles without label now."""

    last: int
    labels: pd.DataFrame
    cleared: list[str]


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

    Attributes
    ----------
    path
        The file.
    classes
        The list of classes, to read and to change.

    Raises
    ------
    ValueError
        The file is not a store of labels.
    OSError
        There is none, or it cannot be opened.
    """

    def __init__(self, path: str | Path, clock: Callable[[], str] = utc_now):
        self.path, self._clock = Path(path), clock
        self._file = gpkg.LabelFile(self.path)
        self.classes = LabelClasses(self._file)

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
        gpkg.create(Path(path), classes, crs_wkt, clock())
        return cls(path, clock)

    @property
    def crs_wkt(self) -> str | None:
        """Coordinate system of the footprints; None for a store without coordinates."""
        return self._file.crs_wkt

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
            raise ValueError(f"tile {twice.iloc[0]}: appears twice in the tiles to label, must be unique; remove one")
        shares = tiles["confidence"].astype(object) if "confidence" in tiles else [None] * len(tiles)
        shapes = gpkg.blobs(tiles["geometry"], self._file.srs_id)
        rows = list(zip(tiles["tile_id"], tiles["scene"], map(int, tiles["class_id"]), shares, shapes, strict=True))

        def states(batch: int, now: str) -> list[tuple] | None:
            unknown = {class_id for _, _, class_id, _, _ in rows} - set(self.classes.frame()["class_id"])
            if unknown:
                raise ValueError(f"class {min(unknown)}: not in the list of classes, expected one that is; add it first")
            had = self._current(tiles["tile_id"], "class_id, origin")
            found = []
            for tile_id, scene, class_id, share, shape in rows:
                label = had.get(tile_id, (None, None))
                if label != (class_id, origin) and not (label[1] == "human" and origin != "human"):
                    share = None if pd.isna(share) else float(share)
                    found.append((batch, tile_id, scene, class_id, origin, share, author, now, note, shape))
            return found or None

        return self._change("set", author, states)

    def clear(self, tile_ids: Iterable[str], author: str) -> Change:
        """Take the labels off tiles, as one batch."""

        def states(batch: int, _: str) -> list[tuple] | None:
            had = self._current(tile_ids, "scene")
            return [(batch, tile_id, scene, *UNLABELLED) for tile_id, (scene,) in had.items()] or None

        return self._change("clear", author, states)

    def undo(self, author: str) -> Change:
        """Take back the last batch of an author; tiles that somebody has changed since stay as they are.

        Called again, it takes back the batch before, and so on. A batch of which nothing could be taken back counts as taken back.
        """
        return self._revert("undo", author, _last_done)

    def redo(self, author: str) -> Change:
        """Do again what the author took back last; nothing if the author has labelled since."""
        return self._revert("redo", author, _last_undone)

    # History

    def history(self, tile_id: str | None = None, last: int = 1000) -> pd.DataFrame:
        """Return the latest entries of the history, newest first: entry, batch, kind, by, at, and the tile's label from then on.

        `by` and `at` say who changed it and when; author and time belong to the label, which an undo can bring back.
        """
        columns = ", ".join(f"history.{name}" for name in SHOWN.split(", "))
        return self._file.frame(
            f"SELECT entry, history.batch, kind, batches.author AS by, batches.time AS at, {columns} FROM history "
            "JOIN batches USING (batch) WHERE ?1 IS NULL OR tile_id = ?1 ORDER BY entry DESC LIMIT ?2",
            *(tile_id, last),
        )

    def batches(self, last: int) -> pd.DataFrame:
        """Return the latest batches, newest first: batch, kind, by, at, number of tiles, and the entry before, for `restore`."""
        return self._file.frame(
            "SELECT batch, kind, batches.author AS by, batches.time AS at, count(DISTINCT tile_id) AS tiles, min(entry) - 1 AS before "
            "FROM batches JOIN history USING (batch) GROUP BY batch ORDER BY batch DESC LIMIT ?",
            last,
        )

    def changes(self, entry: int) -> Since:
        """Return what anybody has changed since an entry of the history; 0 for all that was ever labelled."""
        latest = self._file.frame(
            f"SELECT entry, {SHOWN} FROM history WHERE entry IN (SELECT max(entry) FROM history WHERE entry > ? GROUP BY tile_id) "
            "ORDER BY tile_id",
            entry,
        )
        cleared = latest["class_id"].isna()
        labels = latest[~cleared].drop(columns="entry").astype({"class_id": int}).reset_index(drop=True)
        return Since(int(latest["entry"].max()) if len(latest) else entry, labels, latest["tile_id"][cleared].tolist())

    def round_of(self, model_id: str) -> int:
        """Return the round of a model whose predictions are, or are about to be, labels: the models of a kind count up from 1.

        Labels of a model have the origin ``<model_id>, round <number>``, and a model's id begins with its kind: ``varionet-0123abcd``.
        """
        kind = model_id.split("-")[0]
        known = self._file.frame("SELECT DISTINCT origin FROM history WHERE origin LIKE ? || '-%, round %'", kind)["origin"]
        rounds = {origin.rpartition(", round ")[0]: int(origin.rpartition(" ")[2]) for origin in known if origin[-1].isdigit()}
        return rounds.get(model_id, max(rounds.values(), default=0) + 1)

    def restore(self, entry: int, author: str) -> Change:
        """Bring all labels back as they were after an entry of the history, as one batch that can be undone."""

        def states(batch: int, _: str) -> list[tuple] | None:
            then = {row[1]: row for row in self._file.rows(LATEST, entry)}
            now = {row[1]: row for row in self._file.rows(LATEST, 2**62)}
            gone = [(batch, tile_id, row[2], *UNLABELLED) for tile_id, row in now.items() if tile_id not in then and row[3]]
            return gone + [row for tile_id, row in then.items() if row[3:-1] != now[tile_id][3:-1]] or None

        return self._change("restore", author, states)

    # How it is done

    def _current(self, tile_ids: Iterable[str], columns: str) -> dict[str, tuple]:
        """Return what the labelled ones among some tiles have."""
        self._file.choose(tile_ids)
        rows = self._file.rows(f"SELECT tile_id, {columns} FROM labels JOIN wanted USING (tile_id) ORDER BY tile_id")
        return {tile_id: tuple(rest) for tile_id, *rest in rows}

    def _change(self, kind: str, author: str, states: Callable[[int, str], list[tuple] | None]) -> Change:
        """Make one batch: `states` finds, within the transaction, the source and the state that each tile gets, or None for nothing."""
        now = self._clock()
        try:
            with self._file.writing():
                write = self._file.database
                batch = write.execute("INSERT INTO batches (kind, author, time) VALUES (?, ?, ?)", (kind, author, now)).lastrowid
                found = states(batch, now)
                if found is None:
                    raise _Nothing
                labelled = [(*state[1:], batch) for state in found if state[3] is not None]
                cleared = [(state[1],) for state in found if state[3] is None]
                marks = ", ".join("?" * 11)
                write.executemany(f"INSERT INTO history (source, {STATE}, batch) VALUES ({marks})", [(*s, batch) for s in found])
                write.executemany(
                    f"INSERT INTO labels ({STATE}, batch) VALUES ({marks[3:]}) ON CONFLICT (tile_id) DO UPDATE SET scene = excluded.scene, "
                    "class_id = excluded.class_id, origin = excluded.origin, confidence = excluded.confidence, author = excluded.author, "
                    "time = excluded.time, note = excluded.note, geom = coalesce(excluded.geom, geom), batch = excluded.batch",
                    labelled,
                )
                write.executemany("DELETE FROM labels WHERE tile_id = ?", cleared)
                self.classes.bring_back()
                write.execute("UPDATE gpkg_contents SET last_change = ? WHERE table_name = 'labels'", (now,))
        except _Nothing:
            return Change(None, [])
        return Change(batch, [state[1] for state in found])

    def _revert(self, kind: str, author: str, choose: Callable[[Iterable[tuple]], int | None]) -> Change:
        """Give tiles back what they had before a batch of an author, where what the batch left is still there.

        An entry of the history knows its source, the batch that first made that label. What an undo brings back has its old source,
        so that the batch can be taken back in its turn.
        """

        def states(batch: int, _: str) -> list[tuple] | None:
            own = self._file.database.execute(
                "SELECT batch, kind FROM batches WHERE author = ? AND batch < ? ORDER BY batch DESC", (author, batch)
            )
            reverted = choose(own)
            if reverted is None:
                return None
            earlier = ", ".join(f"earlier.{name}" for name in STATE.split(", ")[2:])
            return self._file.rows(
                f"SELECT earlier.source, made.tile_id, made.scene, {earlier} FROM history AS made "
                "JOIN history AS latest ON latest.entry = (SELECT max(entry) FROM history WHERE tile_id = made.tile_id) "
                "LEFT JOIN history AS earlier ON earlier.entry = "
                "(SELECT max(entry) FROM history WHERE tile_id = made.tile_id AND entry < made.entry) "
                "WHERE made.batch = ? AND latest.source IS made.source ORDER BY made.tile_id",
                reverted,
            )

        return self._change(kind, author, states)


def _last_done(batches: Iterable[tuple[int, str]]) -> int | None:
    """Return the last of an author's batches, given newest first, that is in force: each undo takes one away, each redo gives one back."""
    undone = 0
    for batch, kind in batches:
        if kind in ("undo", "redo"):
            undone += 1 if kind == "undo" else -1
        elif undone > 0:
            undone -= 1
        else:
            return batch
    return None


def _last_undone(batches: Iterable[tuple[int, str]]) -> int | None:
    """Return the last undo of an author that has not been done again; none when the author has changed labels since."""
    redone = 0
    for batch, kind in batches:
        if kind == "redo":
            redone += 1
        elif kind != "undo":
            return None
        elif redone > 0:
            redone -= 1
        else:
            return batch
    return None
