"""The file under a store of labels: the layout of its GeoPackage, its transactions, and footprints as GeoPackage keeps them."""

import math
import os
import sqlite3
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import shapely

from geoclass.core import files, layer_styles

APPLICATION_ID, VERSION = 0x47504B47, 10300  # "GPKG", 1.3
UNDEFINED = -1  # reference system of a store without coordinates
WAIT_S = 10  # for another writer
NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
STATE = "tile_id, scene, class_id, origin, confidence, author, time, note, geom"

STANDARD = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
    description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
    srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents (table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
"""
TABLES = """
CREATE TABLE classes (class_id INTEGER PRIMARY KEY NOT NULL, class_name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    colour TEXT NOT NULL, description TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0);
CREATE TABLE labels (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom POLYGON, tile_id TEXT NOT NULL UNIQUE,
    scene TEXT NOT NULL, class_id INTEGER NOT NULL, origin TEXT NOT NULL DEFAULT 'human', confidence REAL,
    author TEXT NOT NULL DEFAULT '', time DATETIME, note TEXT NOT NULL DEFAULT '', batch INTEGER);
CREATE INDEX labels_scene ON labels (scene);
CREATE INDEX labels_class ON labels (class_id);
CREATE TABLE batches (batch INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, kind TEXT NOT NULL, author TEXT NOT NULL, time DATETIME);
CREATE INDEX batches_author ON batches (author, batch);
CREATE TABLE history (entry INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, batch INTEGER NOT NULL, source INTEGER,
    tile_id TEXT NOT NULL, scene TEXT NOT NULL, class_id INTEGER, origin TEXT, confidence REAL, author TEXT, time DATETIME,
    note TEXT, geom BLOB);
CREATE INDEX history_tile ON history (tile_id, entry);
CREATE INDEX history_batch ON history (batch, tile_id);
"""
# Everybody who writes to the layer leaves a trace. Our own writes put a label into the history first and then into the layer; these
# triggers keep the history for edits from outside (QGIS, ogr2ogr), which they know by a row that says other than the history's latest
# entry. An edit leaves the number of the batch; a row that comes whole with another, pasted or out of a copy, keeps author, origin and
# time, and is nobody's batch to undo.
_SAME = """(SELECT 1 FROM history WHERE entry = (SELECT max(entry) FROM history WHERE tile_id = NEW.tile_id) AND batch IS NEW.batch
    AND scene IS NEW.scene AND class_id IS NEW.class_id AND origin IS NEW.origin AND confidence IS NEW.confidence
    AND author IS NEW.author AND note IS NEW.note)"""
_NEW_BATCH, _EDITED = "(SELECT max(batch) FROM batches)", "NEW.batch IS OLD.batch"
_TAKEN = """UPDATE labels SET (batch, origin, confidence, author, time) = (SELECT batch, origin, confidence, author, time FROM history
    ORDER BY entry DESC LIMIT 1) WHERE fid = NEW.fid;"""
TRIGGERS = (
    "CREATE TRIGGER history_kept_1 BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER history_kept_2 BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER batches_kept_1 BEFORE UPDATE ON batches BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    "CREATE TRIGGER batches_kept_2 BEFORE DELETE ON batches BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END",
    f"""CREATE TRIGGER labels_inserted_outside AFTER INSERT ON labels WHEN NOT EXISTS {_SAME} BEGIN
    INSERT INTO batches (kind, author, time) VALUES ('outside', iif(NEW.batch IS NULL, NEW.author, ''), {NOW});
    INSERT INTO history (batch, source, {STATE}) VALUES ({_NEW_BATCH}, {_NEW_BATCH}, NEW.tile_id, NEW.scene, NEW.class_id,
        NEW.origin, NEW.confidence, NEW.author, coalesce(NEW.time, {NOW}), NEW.note, NEW.geom);
    {_TAKEN} END""",
    f"""CREATE TRIGGER labels_updated_outside AFTER UPDATE ON labels WHEN NOT EXISTS {_SAME} BEGIN
    INSERT INTO batches (kind, author, time) VALUES ('outside', iif({_EDITED} AND NEW.author IS NOT OLD.author, NEW.author, ''), {NOW});
    INSERT INTO history (batch, source, tile_id, scene) SELECT {_NEW_BATCH}, {_NEW_BATCH}, OLD.tile_id, OLD.scene
        WHERE NEW.tile_id IS NOT OLD.tile_id;
    INSERT INTO history (batch, source, {STATE}) VALUES ({_NEW_BATCH}, {_NEW_BATCH}, NEW.tile_id, NEW.scene, NEW.class_id,
        iif({_EDITED} AND NEW.class_id IS NOT OLD.class_id AND NEW.origin IS OLD.origin, 'human', NEW.origin),
        iif({_EDITED} AND NEW.class_id IS NOT OLD.class_id, NULL, NEW.confidence),
        iif({_EDITED} AND NEW.author IS OLD.author, '', NEW.author), iif({_EDITED}, {NOW}, NEW.time), NEW.note, NEW.geom);
    {_TAKEN} END""",
    f"""CREATE TRIGGER labels_deleted_outside AFTER DELETE ON labels WHEN
    (SELECT class_id FROM history WHERE tile_id = OLD.tile_id ORDER BY entry DESC LIMIT 1) IS NOT NULL BEGIN
    INSERT INTO batches (kind, author, time) VALUES ('outside', '', {NOW});
    INSERT INTO history (batch, source, tile_id, scene) VALUES ({_NEW_BATCH}, {_NEW_BATCH}, OLD.tile_id, OLD.scene); END""",
)


def create(path: Path, classes: pd.DataFrame, crs_wkt: str | None, now: str) -> None:
    """Write an empty store of labels; see `store.LabelStore.create`."""
    fresh = files.beside(path)
    try:
        database = sqlite3.connect(fresh)
        with database:
            database.executescript(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};")
            database.executescript(STANDARD + TABLES + ";".join(TRIGGERS) + ";")
            _register(database, crs_wkt, now)
            rows = classes[["class_id", "class_name", "colour", "description"]].astype(object).itertuples(index=False)
            database.executemany("INSERT INTO classes (class_id, class_name, colour, description) VALUES (?, ?, ?, ?)", rows)
            layer_styles.write(database, "labels", layer_styles.qml(classes, "class_id"), now)
        database.close()
        os.link(fresh, path)  # fails where there is one, unlike a renaming
    except FileExistsError:
        raise FileExistsError(f"{path}: there is one already, expected none; open it, or name another file") from None
    finally:
        fresh.unlink(missing_ok=True)


def _register(database: sqlite3.Connection, crs_wkt: str | None, now: str) -> None:
    """Fill the tables by which other software finds the layer and its coordinate system."""
    wgs84 = pyproj.CRS.from_epsg(4326)
    systems = {
        -1: ("Undefined Cartesian", -1, "NONE", -1, "undefined"),
        0: ("Undefined geographic", 0, "NONE", 0, "undefined"),
        4326: (wgs84.name, 4326, "EPSG", 4326, wgs84.to_wkt("WKT1_GDAL")),
    }
    srs_id = UNDEFINED
    if crs_wkt:
        crs = pyproj.CRS.from_wkt(crs_wkt)
        srs_id = crs.to_epsg() or 100000
        systems[srs_id] = (crs.name, srs_id, "EPSG" if crs.to_epsg() else "NONE", srs_id, crs.to_wkt("WKT1_GDAL"))
    database.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)", systems.values())
    contents = "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change, srs_id) VALUES (?, ?, ?, ?, ?)"
    database.execute(contents, ("labels", "features", "labels", now, srs_id))
    database.executemany(contents, [(table, "attributes", table, now, None) for table in ("classes", "batches", "history")])
    database.execute("INSERT INTO gpkg_geometry_columns VALUES ('labels', 'geom', 'POLYGON', ?, 0, 0)", (srs_id,))


class Replaced(OSError):
    """The file was replaced or removed while it was open."""


class LabelFile:
    """A connection to the file of a store, shared by threads: readers of the file never wait, writers wait for each other.

    A process that has a store open must not read the same file through GDAL: each has an SQLite of its own, and the locks of one do
    not outlive the other's (https://www.sqlite.org/howtocorrupt.html, section 2.2.1).

    Attributes
    ----------
    database
        The connection; statements outside `writing` only read.
    srs_id, crs_wkt
        Reference system of the footprints, and its definition; None for a store without coordinates.
    """

    def __init__(self, path: Path):
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file, expected a GeoPackage of labels; create one")
        self.path, self._lock = path, threading.RLock()
        self._open()

    def _open(self) -> None:
        path = self.path
        self._identity: tuple[int, int] | None = None
        self._kept: Path | None = None  # a copy of the labels of a file that is gone
        self.database = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
        try:
            with self.reading():
                found = {name for (name,) in self.database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
                if not {"labels", "classes", "batches", "history"} <= found:
                    raise ValueError(f"{path}: a GeoPackage without history, expected a store of labels; create a new one")
                _teach_geometry(self.database)
                system = "SELECT srs_id, definition FROM gpkg_spatial_ref_sys JOIN gpkg_geometry_columns USING (srs_id)"
                self.srs_id, definition = self.database.execute(system).fetchone()
                self.crs_wkt = None if self.srs_id == UNDEFINED else definition
                self.database.execute("CREATE TEMP TABLE wanted (tile_id TEXT PRIMARY KEY)")
                self.database.execute("PRAGMA synchronous = FULL")
                if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
                    self.database.execute("PRAGMA journal_mode = WAL")
                self._identity = _identity(path)
        except BaseException:
            self.database.close()
            raise

    def close(self) -> None:
        """Close the file; the last to close it leaves one file that needs no other beside it."""
        with self._lock:
            with suppress(sqlite3.Error):  # somebody else has it open, or it cannot be written
                self.database.execute("PRAGMA busy_timeout = 0")
                self.database.execute("PRAGMA journal_mode = DELETE")
            self.database.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Keep other threads out, and put what SQLite complains of into one sentence.

        Raises
        ------
        Replaced
            A version control, a copy or a sync client has put another file in the place: it has been opened, and the labels of the
            file before it are kept beside it.
        """
        with self._lock:
            if self._identity is not None and self._identity != _identity(self.path):
                self._reopen()
            try:
                yield
            except sqlite3.IntegrityError:
                raise
            except sqlite3.OperationalError as error:
                if "locked" in str(error):
                    advice = f"another program has been writing to it for {WAIT_S} s; end the edit there and try again"
                else:
                    advice = f"{error}; nothing has changed, make sure that it can be written and that the disk has room"
                raise OSError(f"{self.path}: {advice}") from None
            except sqlite3.DatabaseError as error:
                raise ValueError(f"{self.path}: {error}, expected a GeoPackage of labels; restore it from a copy") from None

    def _reopen(self) -> None:
        """Keep the labels of the file that is gone, open the one in its place, and say so."""
        if self._kept is None:
            kept = self.path.with_name(f"{self.path.stem}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%S%f}{self.path.suffix}")
            try:
                with closing(sqlite3.connect(kept)) as copy:
                    self.database.backup(copy)
                    copy.execute("PRAGMA journal_mode = DELETE")
            except sqlite3.Error as error:  # what this process still holds of the file is the only copy
                kept.unlink(missing_ok=True)
                raise OSError(
                    f"{self.path}: replaced or removed while it was open, and the labels until now could not be kept beside it ({error}); "
                    "make room on the disk, and do not stop the server before"
                ) from None
            self._kept = kept
        kept = self._kept
        said = f"replaced by another file while it was open; nothing was written, the labels until now are in {kept.name}"
        if self.path.is_file():
            self.database.close()
            self._open()
            raise Replaced(f"{self.path}: {said}; look at the labels that are shown now, and label again")
        raise Replaced(
            f"{self.path}: removed while it was open; the labels until now are in {kept.name}; put a file back in its place"
        )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make one transaction: all of it is on the disk when the block ends well, and nothing of it otherwise."""
        with self.reading():
            self.database.execute("BEGIN IMMEDIATE")
            try:
                _renew_triggers(self.database)
                yield
                self.database.execute("COMMIT")
            except BaseException:
                if self.database.in_transaction:
                    self.database.execute("ROLLBACK")
                raise
            with suppress(sqlite3.Error):  # a full disk, say; the labels are safe in the log beside the file
                # Others see by the file's time that it has changed; and no log stays behind which SQLite would read into another
                # file that is put in the place of this one.
                self.database.execute("PRAGMA busy_timeout = 200")
                self.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self.database.execute(f"PRAGMA busy_timeout = {1000 * WAIT_S}")

    def frame(self, query: str, *values: object) -> pd.DataFrame:
        """Return what a query finds."""
        with self.reading():
            cursor = self.database.execute(query, values)
            return pd.DataFrame(cursor.fetchall(), columns=[column[0] for column in cursor.description])

    def rows(self, query: str, *values: object) -> list[tuple]:
        """Return what a query finds, as rows."""
        return self.database.execute(query, values).fetchall()

    def choose(self, tile_ids: Iterable[str]) -> None:
        """Fill the table `wanted`, which this connection alone sees, with names of tiles."""
        self.database.execute("DELETE FROM wanted")
        self.database.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", ((tile_id,) for tile_id in tile_ids))


def _renew_triggers(database: sqlite3.Connection) -> None:
    """Give a store of an earlier version the triggers of this one; with the first write, since looking at a store changes nothing."""
    known = dict(database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    for trigger in TRIGGERS:
        name = trigger.split()[2]
        if known.get(name) != trigger:
            database.execute(f"DROP TRIGGER IF EXISTS {name}")
            database.execute(trigger)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one of its name."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def blobs(footprints: Iterable[bytes | None], srs_id: int) -> list[bytes | None]:
    """Return footprints, WKB or None, as GeoPackage keeps them: a header with reference system and envelope, then WKB."""
    footprints = [shape if isinstance(shape, bytes) else None for shape in footprints]
    bounds = shapely.bounds(shapely.from_wkb(np.array(footprints, object)))
    return [
        None if shape is None else struct.pack("<2sBBi4d", b"GP", 0, 3, srs_id, left, right, bottom, top) + shape
        for shape, (left, bottom, right, top) in zip(footprints, bounds, strict=True)
    ]


def _teach_geometry(database: sqlite3.Connection) -> None:
    """Give a connection the functions that the triggers of a spatial index call, should QGIS have made one."""

    def envelope(blob: bytes) -> tuple[float, ...]:
        if blob[3] >> 1 & 7:
            return struct.unpack_from("<4d" if blob[3] & 1 else ">4d", blob, 8)
        left, bottom, right, top = shapely.from_wkb(blob[8:]).bounds
        return left, right, bottom, top

    for position, name in enumerate(("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")):
        database.create_function(name, 1, lambda blob, place=position: blob and envelope(blob)[place], deterministic=True)
    database.create_function("ST_IsEmpty", 1, lambda blob: blob and int(math.isnan(envelope(blob)[0])), deterministic=True)
