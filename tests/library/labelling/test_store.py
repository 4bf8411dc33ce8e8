"""The store of labels: durable, shared, with all of its history, and readable by other software."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import disks
import geopandas as gpd
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoclass.core import surface_classes
from geoclass.labelling import gpkg
from geoclass.labelling.store import LabelStore

SCRIPTS = Path(__file__).parents[3] / "workflow" / "scripts"
CRS = pyproj.CRS.from_epsg(3413).to_wkt()
CLASSES = pd.DataFrame(
    {
        "class_id": [1, 2, 3],
        "class_name": ["Snow", "Shear", "Chaos"],
        "colour": ["#ffffff", "#b2182b", "#54278f"],
        "description": ["smooth", "", "blocks"],
    }
)


def tiles(numbers, class_id=1, **columns):
    """Return tiles t0, t1, ... of scene a, 10 m squares in a row, to be labelled."""
    numbers = list(numbers)
    shapes = shapely.to_wkb(shapely.box([10.0 * n for n in numbers], 0, [10.0 * n + 10 for n in numbers], 10))
    table = {"tile_id": [f"t{n}" for n in numbers], "scene": "a", "class_id": class_id, "geometry": list(shapes)}
    return pd.DataFrame(table | columns)


@pytest.fixture
def store(tmp_path):
    with LabelStore.create(tmp_path / "labels.gpkg", CLASSES, CRS) as opened:
        yield opened


def current(store):
    table = store.labels()
    return dict(zip(table["tile_id"], table["class_id"], strict=True))


def test_labels_are_kept_with_all_that_is_known_of_them(tmp_path):
    times = iter(f"2026-05-01T10:00:0{n}.000Z" for n in range(9))
    with LabelStore.create(tmp_path / "new" / "labels.gpkg", CLASSES, CRS, lambda: next(times)) as store:
        assert store.set_labels(tiles([0, 1], [1, 3]), "ann", note="sharp").tile_ids == ["t0", "t1"]
        store.set_labels(tiles([2], 2, scene="b", confidence=[0.875]), "bob", "resnet18, round 2")
        assert store.labels().astype(object).replace({float("nan"): None}).to_dict("records")[1:] == [
            {
                "tile_id": "t1",
                "scene": "a",
                "class_id": 3,
                "origin": "human",
                "confidence": None,
                "author": "ann",
                "time": "2026-05-01T10:00:01.000Z",
                "note": "sharp",
            },
            {
                "tile_id": "t2",
                "scene": "b",
                "class_id": 2,
                "origin": "resnet18, round 2",
                "confidence": 0.875,
                "author": "bob",
                "time": "2026-05-01T10:00:02.000Z",
                "note": "",
            },
        ]
        assert list(store.labels("b")["tile_id"]) == ["t2"]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["labels.gpkg"]


def test_a_model_never_takes_the_place_of_a_person(store):
    store.set_labels(tiles([0], 1), "ann")
    change = store.set_labels(tiles([0, 1], 3), "ann", "varionet, round 1")
    assert change.tile_ids == ["t1"] and current(store) == {"t0": 1, "t1": 3}
    assert store.set_labels(tiles([1], 3), "ann").tile_ids == ["t1"]  # a person agrees, and the label is a person's from then on
    assert list(store.labels()["origin"]) == ["human", "human"]


def test_what_changes_nothing_leaves_no_trace(store):
    store.set_labels(tiles([0]), "ann")
    before = store.history()
    assert store.set_labels(tiles([0]), "ann") == (None, [])
    assert store.clear(["t7"], "ann") == (None, [])
    assert store.redo("ann") == (None, []) and store.undo("bob") == (None, [])
    pd.testing.assert_frame_equal(store.history(), before)


def test_undo_and_redo_walk_through_the_batches_of_one_author(store):
    store.set_labels(tiles([0, 1], 1), "ann")
    store.set_labels(tiles([1, 2], 2), "ann")
    store.clear(["t0"], "ann")
    states = [{"t1": 2, "t2": 2}, {"t0": 1, "t1": 2, "t2": 2}, {"t0": 1, "t1": 1}, {}]
    for expected in states[1:]:
        store.undo("ann")
        assert current(store) == expected
    assert store.undo("ann").batch is None
    for expected in reversed(states[:-1]):
        store.redo("ann")
        assert current(store) == expected
    assert store.redo("ann").batch is None
    store.undo("ann")
    store.set_labels(tiles([5], 3), "ann")
    assert store.redo("ann").batch is None  # a new label ends what could be done again


def test_undo_leaves_alone_what_somebody_has_changed_since(store):
    store.set_labels(tiles([0, 1], 1), "ann")
    store.set_labels(tiles([1], 3), "bob")
    assert store.undo("ann").tile_ids == ["t0"]
    assert current(store) == {"t1": 3}
    assert store.redo("ann").tile_ids == ["t0"]
    assert store.undo("bob").tile_ids == ["t1"] and current(store) == {"t0": 1, "t1": 1}
    assert store.undo("ann").tile_ids == ["t0", "t1"]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("slcur"), st.integers(0, 3), st.integers(1, 3)), max_size=14))
def test_any_course_of_changes_can_be_gone_back_over(tmp_path_factory, course):
    """The store against a plain model of it: a list of states, and undo and redo that move along it."""
    with LabelStore.create(tmp_path_factory.mktemp("s") / "labels.gpkg", CLASSES, None) as store:
        done, undone, then = [{}], [], {0: {}}
        for kind, number, class_id in course:
            state = dict(done[-1])
            if kind == "u":
                store.undo("ann")
                if len(done) > 1:
                    undone.append(done.pop())
            elif kind == "r":
                store.redo("ann")
                if undone:
                    done.append(undone.pop())
            else:
                wanted = [number] if kind == "s" else [number, number + 1]
                if kind == "c":
                    store.clear([f"t{number}"], "ann")
                    state.pop(f"t{number}", None)
                else:
                    store.set_labels(tiles(wanted, class_id, geometry=None), "ann")
                    state |= {f"t{n}": class_id for n in wanted}
                if state != done[-1]:
                    done.append(state)
                    undone = []
            assert current(store) == done[-1]
            then[store.changes(0).last] = done[-1]
        for entry, state in then.items():
            store.restore(entry, "bob")
            assert current(store) == state


def test_an_earlier_state_can_be_had_back(store):
    store.set_labels(tiles([0, 1], 1, confidence=[0.5, None]), "ann", "variomlp, round 1")
    entry = int(store.history()["entry"].max())
    then = store.labels()
    store.set_labels(tiles([1, 2], 2), "bob")
    store.clear(["t0"], "bob")
    assert sorted(store.restore(entry, "ann").tile_ids) == ["t0", "t1", "t2"]
    pd.testing.assert_frame_equal(store.labels(), then)
    assert store.restore(entry, "ann").batch is None
    store.undo("ann")
    assert current(store) == {"t1": 2, "t2": 2}
    events = store.history("t0")[["kind", "by", "class_id"]].to_numpy().tolist()
    assert [event[:2] for event in events] == [["undo", "ann"], ["restore", "ann"], ["clear", "bob"], ["set", "ann"]]
    assert [event[2] for event in events[1::2]] == [1, 1] and pd.isna(events[0][2])


def test_batches_are_told_whole_however_large_they_are(store):
    store.set_labels(tiles([0], 2), "ann")
    store.set_labels(tiles(range(12_000)), "bob")
    store.clear(["t3", "t4"], "ann")
    assert store.batches(5)[["kind", "by", "tiles", "before"]].to_numpy().tolist() == [
        ["clear", "ann", 2, 12_001],
        ["set", "bob", 12_000, 1],
        ["set", "ann", 1, 0],
    ]
    assert store.batches(2)["batch"].tolist() == [3, 2]
    store.restore(1, "ann")
    assert current(store) == {"t0": 2}


def test_what_has_changed_since_an_entry_is_told(store):
    first = store.changes(0)
    assert first.last == 0 and first.labels.empty and first.cleared == []
    store.set_labels(tiles([0, 1], 1), "ann")
    seen = store.changes(0)
    assert list(seen.labels["tile_id"]) == ["t0", "t1"] and seen.last == 2
    store.set_labels(tiles([1], 2), "bob")
    store.clear(["t0"], "bob")
    since = store.changes(seen.last)
    assert list(since.labels["class_id"]) == [2] and since.cleared == ["t0"] and since.last == 4
    assert store.changes(since.last).labels.empty


def test_the_history_cannot_be_rewritten(store):
    store.set_labels(tiles([0]), "ann")
    with sqlite3.connect(store.path) as raw:
        for statement in ("DELETE FROM history", "UPDATE history SET class_id = 2", "DELETE FROM batches"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                raw.execute(statement)
    raw.close()


def elsewhere(code, *arguments):
    """Run code in a process of its own, as other software is: GDAL brings an SQLite of its own."""
    imports = "import json, sys; import geopandas as gpd; import pyproj; import shapely\n"
    command = [sys.executable, "-c", imports + code, *map(str, arguments)]
    return subprocess.run(command, text=True, capture_output=True, check=True).stdout


def test_other_software_reads_the_layer_with_its_coordinates(store):
    store.set_labels(tiles([0, 1], [1, 3]), "ann")
    code = """
layers = gpd.list_layers(sys.argv[1]); frame = gpd.read_file(sys.argv[1], layer="labels")
found = [sorted(layers["name"]), list(layers["name"][layers["geometry_type"].notna()]), frame.crs.to_epsg()]
found += [frame.geometry.bounds.to_numpy().tolist(), frame["class_id"].tolist(), str(frame["time"].dtype)[:10]]
print(json.dumps([*found, gpd.read_file(sys.argv[1], layer="labels", bbox=(11, 1, 12, 2))["tile_id"].tolist()]))
"""
    names, layers, epsg, bounds, class_ids, kind, inside = json.loads(elsewhere(code, store.path))
    assert names == ["batches", "classes", "history", "labels", "layer_styles"] and layers == ["labels"] and epsg == 3413
    assert bounds == [[0, 0, 10, 10], [10, 0, 20, 10]] and class_ids == [1, 3] and kind == "datetime64" and inside == ["t1"]


@pytest.mark.parametrize("wkt", [CRS, pyproj.CRS.from_proj4("+proj=laea +lat_0=78 +lon_0=20 +ellps=GRS80").to_wkt(), None])
def test_any_coordinate_system_will_do(tmp_path, wkt):
    with LabelStore.create(tmp_path / "labels.gpkg", CLASSES, wkt) as store:
        store.set_labels(tiles([0], geometry=None if wkt is None else list(tiles([0])["geometry"])), "ann")
    found = gpd.read_file(store.path, layer="labels")
    if wkt is None:
        assert found.geometry.isna().all()
    else:
        place = [pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(20, 79) for crs in (found.crs, wkt)]
        assert place[0] == pytest.approx(place[1], abs=1e-6)


def test_edits_made_in_other_software_enter_the_history(store):
    """What QGIS does: it adds, changes and removes rows of the layer, with no notion of batches."""
    store.set_labels(tiles([0, 1], 1, confidence=[0.9, 0.9]), "ann", "resnet18, round 1")
    code = """
columns = {"tile_id": ["t9"], "scene": ["a"], "class_id": [3]}
frame = gpd.GeoDataFrame(columns, geometry=[shapely.box(0, 0, 1, 1)], crs=3413)
frame.to_file(sys.argv[1], layer="labels", mode="a")
from osgeo import ogr
data = ogr.Open(sys.argv[1], 1); layer = data.GetLayerByName("labels")
for feature in layer:
    if feature["tile_id"] == "t0":
        feature["class_id"] = 2; layer.SetFeature(feature)
    if feature["tile_id"] == "t1":
        layer.DeleteFeature(feature.GetFID())
"""
    elsewhere(code, store.path)
    labels = store.labels().set_index("tile_id")
    assert labels["class_id"].to_dict() == {"t0": 2, "t9": 3}
    assert labels["origin"].to_dict() == {"t0": "human", "t9": "human"} and pd.isna(labels["confidence"]["t0"])
    assert list(store.history()["kind"][:3]) == ["outside"] * 3
    assert list(store.changes(2).labels["tile_id"]) == ["t0", "t9"] and store.changes(2).cleared == ["t1"]
    entry = int(store.history()["entry"].min()) + 1
    store.restore(entry, "ann")
    assert current(store) == {"t0": 1, "t1": 1}


def test_a_row_copied_in_other_software_enters_the_history(store):
    store.set_labels(tiles([0]), "ann")
    with sqlite3.connect(store.path) as raw:
        raw.execute("INSERT INTO labels (tile_id, scene, class_id, batch) SELECT 't5', scene, class_id, batch FROM labels")
    raw.close()
    assert store.history("t5")["kind"].tolist() == ["outside"]


KEPT = "tile_id, scene, class_id, origin, confidence, author, time, note, batch"


def raw(store, *statements):
    """Run statements as other software does, which knows nothing of batches."""
    with closing(sqlite3.connect(store.path)) as database, database:
        for statement in statements:
            database.execute(statement)


def latest(store):
    """Return what the history says of the tiles that have a label."""
    table = store.changes(0).labels.sort_values("tile_id")
    return table.astype(object).where(table.notna(), None).to_dict("records")


def in_layer(store):
    table = store.labels().sort_values("tile_id")
    return table.astype(object).where(table.notna(), None).to_dict("records")


@pytest.mark.parametrize("back", [f"INSERT INTO labels ({KEPT}) SELECT * FROM kept", "REPLACE INTO labels SELECT * FROM whole"])
def test_rows_cut_and_pasted_or_put_back_out_of_a_copy_enter_the_history(store, back):
    store.set_labels(tiles([0, 1]), "ann")
    store.set_labels(tiles([2], 3, confidence=[0.9]), "bob", "resnet18-1, round 1")
    before = in_layer(store)
    raw(store, f"CREATE TABLE kept AS SELECT {KEPT} FROM labels", "CREATE TABLE whole AS SELECT * FROM labels")
    raw(store, "DELETE FROM labels")
    assert latest(store) == in_layer(store) == []
    raw(store, back)
    assert latest(store) == in_layer(store) == before  # author, origin and time too
    assert store.undo("ann").tile_ids == [] and current(store) == {"t0": 1, "t1": 1, "t2": 3}  # ann's label was taken away since


def test_rows_of_a_copy_that_take_the_place_of_labels_enter_the_history(store):
    store.set_labels(tiles([0]), "ann", "resnet18-1, round 1")
    raw(store, "CREATE TABLE whole AS SELECT * FROM labels")
    store.set_labels(tiles([0], 2), "bob")
    columns = ", ".join(f"{name} = whole.{name}" for name in KEPT.split(", ")[1:])
    raw(store, f"UPDATE labels SET {columns} FROM whole WHERE labels.tile_id = whole.tile_id")
    assert latest(store) == in_layer(store) and current(store) == {"t0": 1}
    assert store.labels()[["origin", "author"]].to_numpy().tolist() == [["resnet18-1, round 1", "ann"]]
    assert store.history()["kind"][0] == "outside"


def test_an_author_corrected_in_other_software_enters_the_history(store):
    store.set_labels(tiles([0]), "ann")
    raw(store, "UPDATE labels SET author = 'anna'")
    assert latest(store) == in_layer(store) and list(store.history()["author"]) == ["anna", "ann"]


def test_a_store_of_an_earlier_version_keeps_its_history_as_this_one_from_the_first_change_on(store):
    names = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    made = store._file.rows(names)
    raw(store, "DROP TRIGGER labels_deleted_outside", "DROP TRIGGER labels_inserted_outside")
    raw(store, "CREATE TRIGGER labels_inserted_outside AFTER INSERT ON labels BEGIN SELECT 1; END")
    content = store.path.read_bytes()
    with LabelStore(store.path) as again:
        again.labels()
    assert store.path.read_bytes()[100:] == content[100:]  # looking at it changes nothing
    store.set_labels(tiles([0]), "ann")
    assert store._file.rows(names) == made
    raw(store, "DELETE FROM labels", "INSERT INTO labels (tile_id, scene, class_id) VALUES ('t7', 'a', 2)")
    assert latest(store) == in_layer(store)


def test_a_spatial_index_made_by_other_software_does_no_harm(store):
    store.set_labels(tiles([0]), "ann")
    index = "from osgeo import ogr; ogr.Open(sys.argv[1], 1).ExecuteSQL(\"SELECT CreateSpatialIndex('labels', 'geom')\")"
    elsewhere(index, store.path)
    with LabelStore(store.path) as again:
        again.set_labels(tiles([1, 2], 2), "ann")
        again.clear(["t0"], "ann")
    found = "print(*gpd.read_file(sys.argv[1], layer='labels', bbox=(1, 1, 12, 2))['tile_id'])"
    assert elsewhere(found, store.path).split() == ["t1"]


WRITER = """
import sys
import pandas as pd
from geoclass.labelling.store import LabelStore
store = LabelStore(sys.argv[1])
for number in range(int(sys.argv[3])):
    frame = pd.DataFrame({"tile_id": [f"{sys.argv[2]}{number}"], "scene": "a", "class_id": 1, "geometry": [None]})
    store.set_labels(frame, sys.argv[2])
    print(number, flush=True)
store.close()
"""


def writer(path, author, n=10**6):
    command = [sys.executable, "-c", WRITER, str(path), author, str(n)]
    return subprocess.Popen(command, cwd=SCRIPTS, text=True, stdout=subprocess.PIPE)


def test_writers_at_the_same_time_lose_nothing(store):
    """Two processes and four threads of a third write at once, and each reads what it needs meanwhile."""
    processes = [writer(store.path, name, 60) for name in ("ann", "bob")]

    def write(name):
        for number in range(30):
            store.set_labels(tiles([number], tile_id=[f"{name}{number}"]), name)
            store.labels()

    threads = [threading.Thread(target=write, args=(f"thread{n}_",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(60) for process in processes] == [0, 0]
    assert len(store.labels()) == 2 * 60 + 4 * 30
    history = store.history(last=10**6)
    assert history["batch"].is_unique and len(history) == 240
    for process in processes:
        process.stdout.close()


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_loses_nothing_that_was_confirmed(store, seed):
    process = writer(store.path, "ann")
    wanted = random.Random(seed).randrange(5, 60)
    confirmed = -1
    while confirmed < wanted:
        confirmed = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    confirmed = max([confirmed, *map(int, process.stdout.read().split())])
    process.wait()
    process.stdout.close()
    with LabelStore(store.path) as again:
        names = set(again.labels()["tile_id"])
        assert {f"ann{n}" for n in range(confirmed + 1)} <= names and len(names) <= confirmed + 2
        assert len(again.history(last=10**6)) == len(names)
    with sqlite3.connect(store.path) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()


def test_a_batch_that_fails_leaves_nothing(store):
    store.set_labels(tiles([0]), "ann")
    before = store.labels()
    with pytest.raises(ValueError, match="class 9: not in the list of classes"):
        store.set_labels(tiles([1, 2], [1, 9]), "ann")
    with pytest.raises(ValueError, match="tile t1: appears twice"):
        store.set_labels(tiles([1, 1]), "ann")
    pd.testing.assert_frame_equal(store.labels(), before)
    assert len(store.history()) == 1


def test_a_program_that_holds_the_file_is_waited_for_and_then_named(store):
    store.set_labels(tiles([0]), "ann")
    raw = sqlite3.connect(store.path, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    store._file.database.execute("PRAGMA busy_timeout = 200")
    with pytest.raises(OSError, match="another program has been writing to it"):
        store.set_labels(tiles([1]), "ann")
    assert current(store) == {"t0": 1}  # readers do not wait
    raw.execute("ROLLBACK")
    raw.close()
    store.set_labels(tiles([1]), "ann")
    assert current(store) == {"t0": 1, "t1": 1}


def test_a_disk_that_is_read_only_can_be_read(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    with disks.small(folder, "2m"):
        with LabelStore.create(folder / "labels.gpkg", CLASSES, CRS) as store:
            store.set_labels(tiles([0]), "ann")
        disks.remount(folder, "ro")
        with LabelStore(folder / "labels.gpkg") as store:
            assert current(store) == {"t0": 1}
            with pytest.raises(OSError, match="nothing has changed, make sure that it can be written"):
                store.set_labels(tiles([1]), "ann")
            assert current(store) == {"t0": 1}


def test_a_disk_that_is_full_loses_nothing(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    with disks.small(folder, "640k"):
        with LabelStore.create(folder / "labels.gpkg", CLASSES, CRS) as store:
            kept = 0
            with pytest.raises(OSError, match=r"nothing has changed, make sure that .* the disk has room"):
                for number in range(200):
                    store.set_labels(tiles(range(100 * number, 100 * number + 100)), "ann")
                    kept += 1
            assert 0 < kept < 200 and len(store.labels()) == 100 * kept
            disks.remount(folder, "size=64m")
            store.set_labels(tiles([10**6]), "ann")
        with LabelStore(folder / "labels.gpkg") as store:
            assert len(store.labels()) == 100 * kept + 1


def test_files_that_are_no_store_are_refused(tmp_path, store):
    with pytest.raises(FileNotFoundError, match="no such file, expected a GeoPackage of labels"):
        LabelStore(tmp_path / "none.gpkg")
    (tmp_path / "text.gpkg").write_text("not a database at all, though long enough to be taken for one" * 20)
    with pytest.raises(ValueError, match="file is not a database"):
        LabelStore(tmp_path / "text.gpkg")
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(0, 0)], crs=3413).to_file(tmp_path / "other.gpkg")
    with pytest.raises(ValueError, match="without history, expected a store of labels"):
        LabelStore(tmp_path / "other.gpkg")
    with pytest.raises(FileExistsError, match="there is one already"):
        LabelStore.create(store.path, CLASSES, CRS)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


# Classes


def test_classes_are_added_renamed_recoloured_and_deleted_when_unused(store, tmp_path):
    assert store.classes.add(" Melt Ponds ", "#D77FC4", "dark,\nwet") == 4
    store.classes.rename(4, "Ponds")
    store.classes.recolour(4, "#d77fc5")
    store.set_labels(tiles([0], 4), "ann")
    assert store.classes.frame().iloc[-1].tolist() == [4, "Ponds", "#d77fc5", "dark, wet", 1]
    with pytest.raises(ValueError, match="class Ponds: 1 tiles have it, expected none"):
        store.classes.delete(4)
    store.undo("ann")
    store.classes.delete(4)
    assert list(store.classes.frame()["class_id"]) == [1, 2, 3]
    store.redo("ann")
    assert store.classes.frame()["class_name"].tolist() == ["Snow", "Shear", "Chaos", "Ponds"]  # a label brings its class back
    store.classes.write(tmp_path / "classes.tsv")
    assert (tmp_path / "classes.tsv").read_text().splitlines()[-1] == "4\tPonds\t#d77fc5\tdark, wet"


def test_the_style_of_the_layer_follows_the_classes(store):
    def style():
        found = store._file.rows("SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles")
        assert len(found) == 1 and found[0][:3] == ("labels", "geom", 1)
        return found[0][3]

    assert 'attr="class_id"' in style() and 'value="3" label="Chaos"' in style() and "84,39,143,255" in style()
    store.classes.rename(3, "Sérac's, blocks")
    store.classes.recolour(1, "#010203")
    assert 'value="3" label="Sérac\'s, blocks"' in style() and "1,2,3,255" in style() and "Chaos" not in style()
    store._file.database.execute("DROP TABLE layer_styles")  # a store of an earlier version
    store.classes.add("Cloud", "#aabbcc")
    assert 'label="Cloud"' in style()


def test_a_deleted_class_comes_back_under_its_id(store):
    store.classes.delete(2)
    assert store.classes.add("Sea Ice", "#2b5c9e") == 4
    assert store.classes.add("shear", "#123456") == 2


def test_a_class_is_added_below_the_last_id_until_all_are_taken(tmp_path):
    cloud = CLASSES.assign(class_id=[1, 2, 254])
    with LabelStore.create(tmp_path / "labels.gpkg", cloud, None) as store:
        assert store.classes.add("Sea Ice", "#2b5c9e") == 3
        for number in range(4, 254):
            store.classes.add(f"class {number}", f"#0000{number:02x}")
        with pytest.raises(ValueError, match="class ids 1 to 254 are all taken"):
            store.classes.add("One more", "#abcdef")


def test_the_table_of_classes_can_be_written_by_many_threads_at_once(store, tmp_path):
    with ThreadPoolExecutor(16) as threads:
        for written in [threads.submit(store.classes.write, tmp_path / "classes.tsv") for _ in range(200)]:
            written.result()
    assert surface_classes.read(tmp_path / "classes.tsv")[surface_classes.COLUMNS].equals(CLASSES)
    assert sorted(path.suffix for path in tmp_path.iterdir() if "classes" in path.name) == [".tsv"]


@pytest.mark.parametrize("name", ["", "  ", "<script>alert(1)</script>", "a/b", "..", "12", "x" * 61, "a\nb", '"', "a&b"])
def test_names_that_could_do_harm_are_refused(store, name):
    for change in (lambda: store.classes.add(name, "#123456"), lambda: store.classes.rename(1, name)):
        with pytest.raises(ValueError, match="class_name is"):
            change()
    assert list(store.classes.frame()["class_name"]) == ["Snow", "Shear", "Chaos"]


def test_names_and_colours_are_each_classs_own(store):
    with pytest.raises(ValueError, match="class SNOW: there is one already"):
        store.classes.add("SNOW", "#123456")
    with pytest.raises(ValueError, match="class chaos: there is or was one already"):
        store.classes.rename(1, "chaos")
    store.classes.rename(2, "éboulis")
    with pytest.raises(ValueError, match="class Éboulis: there is or was one already"):  # tables of classes tell no case either
        store.classes.rename(1, "Éboulis")
    store.classes.rename(2, "Éboulis")
    store.classes.rename(2, "Shear")
    with pytest.raises(ValueError, match="colour #b2182b: that of class Shear"):
        store.classes.recolour(1, "#B2182B")
    with pytest.raises(ValueError, match="expected #rrggbb"):
        store.classes.add("New", "red")
    with pytest.raises(ValueError, match="class 9: not in the list"):
        store.classes.rename(9, "Nine")


def test_the_table_of_classes_can_be_taken_over(store):
    store.set_labels(tiles([0], 2), "ann")
    table = CLASSES.assign(class_name=["Snow", "Shear zone", "Snow bridge"], colour=["#b2182b", "#ffffff", "#54278f"])
    table = pd.concat([table, table.iloc[:1].assign(class_id=7, class_name="Chaos", colour="#777777")])
    store.classes.take_over(table, "classes.tsv")
    assert store.classes.frame()[["class_id", "class_name", "colour"]].to_numpy().tolist() == [
        [1, "Snow", "#b2182b"],
        [2, "Shear zone", "#ffffff"],
        [3, "Snow bridge", "#54278f"],
        [7, "Chaos", "#777777"],
    ]
    store.classes.take_over(table[table["class_id"] != 7], "classes.tsv")
    assert list(store.classes.frame()["class_id"]) == [1, 2, 3]
    with pytest.raises(ValueError, match=r"classes.tsv: no class 2, expected it since 1 tiles are labelled Shear zone"):
        store.classes.take_over(table[table["class_id"] == 1], "classes.tsv")
    assert list(store.classes.frame()["class_id"]) == [1, 2, 3]


def test_a_table_that_gives_a_class_of_labels_another_id_is_refused(store):
    """As where a row was put above the others and all were numbered anew: every label would be that of another class."""
    store.set_labels(tiles([0, 1], [1, 2]), "ann")
    table = CLASSES.assign(class_name=["Bare ice", "snow", "Shear"])
    with pytest.raises(
        ValueError, match=r"classes.tsv: class Snow has id 2, expected 1, as labels in .*labels.gpkg have it; give it"
    ):
        store.classes.take_over(table, "classes.tsv")
    assert list(store.classes.frame()["class_name"]) == ["Snow", "Shear", "Chaos"]
    store.clear(["t0", "t1"], "ann")
    store.classes.take_over(table, "classes.tsv")  # no label tells what an id meant
    assert list(store.classes.frame()["class_name"]) == ["Bare ice", "snow", "Shear"]


# As a source of the workflow


def test_the_store_is_a_source_of_labels(store):
    """Read by another process, as the rule is, while it is open for writing here."""
    names = {f"t{n}": f"a_r000000_c{32 * n:06d}" for n in range(3)}
    store.set_labels(tiles([0, 1], [1, 3]).replace({"tile_id": names}), "ann")
    store.set_labels(tiles([2], 2).replace({"tile_id": names}), "ann", "varionet, round 1")
    code = """
sys.path.append(sys.argv[1])
import pandas as pd
from geoclass.labels import label_sources
classes = pd.DataFrame({"class_id": [1, 2, 3], "class_name": ["Snow", "Shear", "Chaos"]})
items = label_sources.read(sys.argv[2], classes, None, None)
print(json.dumps(items[["kind", "tile_id", "class_id", "scene", "origin"]].to_numpy().tolist()))
"""
    assert json.loads(elsewhere(code, SCRIPTS, store.path)) == [
        ["tile", names["t0"], 1, "a", "human"],
        ["tile", names["t1"], 3, "a", "human"],
        ["tile", names["t2"], 2, "a", "varionet, round 1"],
    ]


def test_a_change_shows_in_the_time_of_the_file(store):
    """Snakemake sees by it that labels have to be collected again."""
    store.set_labels(tiles([0]), "ann")
    os.utime(store.path, (1, 1))
    store.set_labels(tiles([1]), "ann")
    assert os.stat(store.path).st_mtime > 10**9


# A file that is replaced while it is open


def replaced(path, n, folder):
    """Put a store of n labels in the place of another, as a version control or a sync client does."""
    with LabelStore.create(folder / "other.gpkg", CLASSES, CRS) as other:
        other.set_labels(tiles(range(100, 100 + n), 2), "bob")
    os.replace(folder / "other.gpkg", path)


def test_a_store_that_was_replaced_refuses_once_keeps_what_it_had_and_is_opened_anew(store, tmp_path):
    store.set_labels(tiles(range(5)), "ann")
    replaced(store.path, 2, tmp_path)
    with pytest.raises(
        gpkg.Replaced, match=r"labels.gpkg: replaced by another file while it was open; nothing was written"
    ) as found:
        store.set_labels(tiles([7]), "ann")
    assert current(store) == {"t100": 2, "t101": 2}
    assert store.set_labels(tiles([7]), "ann").tile_ids == ["t7"]
    (kept,) = tmp_path.glob("labels.replaced-*.gpkg")
    assert kept.name in str(found.value)
    with LabelStore(kept) as before:
        assert current(before) == {f"t{n}": 1 for n in range(5)}
    store.close()
    with LabelStore(tmp_path / "labels.gpkg") as again:  # what was confirmed is in the file that is there now
        assert set(current(again)) == {"t100", "t101", "t7"}
    assert not list(tmp_path.glob("*-wal"))


def test_a_store_that_was_removed_keeps_what_it_had_and_waits_for_a_file(store, tmp_path):
    store.set_labels(tiles(range(5)), "ann")
    store.path.unlink()
    for _ in range(2):
        with pytest.raises(gpkg.Replaced, match=r"labels.gpkg: removed while it was open; .*put a file back"):
            store.labels()
    (kept,) = tmp_path.glob("labels.replaced-*.gpkg")
    os.replace(kept, store.path)
    with pytest.raises(gpkg.Replaced):
        store.set_labels(tiles([7]), "ann")
    store.set_labels(tiles([7]), "ann")
    assert len(current(store)) == 6


def test_no_log_is_left_that_another_file_could_take_for_its_own(store, tmp_path):
    store.set_labels(tiles(range(5)), "ann")
    log = tmp_path / "labels.gpkg-wal"
    assert not log.exists() or log.stat().st_size == 0


def test_which_classes_are_not_observed_outlives_a_change_of_the_list(store, tmp_path):
    path = tmp_path / "classes.tsv"
    store.classes.write(path)
    table = surface_classes.read(path).assign(observed="yes")
    hidden = int(table["class_id"].iloc[0])
    table.loc[0, "observed"] = "no"
    table.to_csv(path, sep="\t", index=False)
    store.classes.add("Cloud", "#123456")
    store.classes.write(path)
    found = surface_classes.read(path).set_index("class_id")["observed"]
    assert not found[hidden] and found.drop(hidden).all() and len(found) == len(table) + 1
