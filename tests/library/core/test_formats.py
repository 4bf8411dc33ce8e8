"""What inputs are by their names and what lies beside them."""

import sqlite3

import geopandas as gpd
import shapely

from geoclass.core import formats


def test_what_a_program_has_saved_while_it_holds_the_file_open_is_seen(tmp_path):
    path = tmp_path / "labels.gpkg"
    gpd.GeoDataFrame({"class_id": [1]}, geometry=[shapely.box(0, 0, 1, 1)], crs=3413).to_file(path)
    assert formats.journals(str(path), None, str(tmp_path / "roi.geojson")) == []
    opened = sqlite3.connect(path)  # as QGIS keeps it
    opened.execute("PRAGMA journal_mode=WAL")
    opened.execute("CREATE TABLE edits (class_id)")
    opened.commit()
    assert formats.journals(str(path)) == [f"{path}-wal"]
    before = (tmp_path / "labels.gpkg-wal").stat().st_mtime_ns
    opened.execute("INSERT INTO edits VALUES (2)")
    opened.commit()
    assert (tmp_path / "labels.gpkg-wal").stat().st_mtime_ns > before
    opened.close()
    assert formats.journals(str(path)) == []


def test_a_file_geodatabase_is_no_folder_of_images(tmp_path):
    (tmp_path / "a.gdb").mkdir()
    (tmp_path / "tiles").mkdir()
    assert not formats.is_image_folder(tmp_path / "a.gdb") and formats.is_image_folder(str(tmp_path / "tiles"))
