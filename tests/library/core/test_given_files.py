"""What lies beside files and holds a part of them, and what tells that one was replaced."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geoclass.core import given_files


def test_what_a_program_has_saved_while_it_holds_the_file_open_is_seen(tmp_path):
    path = tmp_path / "labels.gpkg"
    gpd.GeoDataFrame({"class_id": [1]}, geometry=[shapely.box(0, 0, 1, 1)], crs=3413).to_file(path)
    assert given_files.beside(str(path), None, str(tmp_path / "roi.geojson")) == []
    opened = sqlite3.connect(path)  # as QGIS keeps it
    opened.execute("PRAGMA journal_mode=WAL")
    opened.execute("CREATE TABLE edits (class_id)")
    opened.commit()
    assert given_files.beside(str(path)) == [f"{path}-wal"]
    before = (tmp_path / "labels.gpkg-wal").stat().st_mtime_ns
    opened.execute("INSERT INTO edits VALUES (2)")
    opened.commit()
    assert (tmp_path / "labels.gpkg-wal").stat().st_mtime_ns > before
    opened.close()
    assert given_files.beside(str(path)) == []


EDIT = """
import sys
from osgeo import gdal
gdal.UseExceptions()
data = gdal.OpenEx(sys.argv[1], gdal.OF_UPDATE | gdal.OF_VECTOR)
layer = data.GetLayer(0)
feature = next(iter(layer))
feature["note"] = "b"
layer.SetFeature(feature)
"""  # as QGIS saves an edit, by the same library


@pytest.mark.parametrize("name, part", [("a.shp", "a.dbf"), ("a#1.shp", "a#1.dbf"), ("a.gdb", None)])
def test_an_attribute_that_is_edited_makes_one_of_the_parts_newer(tmp_path, name, part):
    path = tmp_path / name
    driver = "OpenFileGDB" if path.suffix == ".gdb" else "ESRI Shapefile"
    gpd.GeoDataFrame({"note": ["a"]}, geometry=[shapely.box(0, 0, 1, 1)], crs=3413).to_file(path, driver=driver)
    before = {each: os.stat(each).st_mtime_ns for each in given_files.beside(str(path))}
    assert part is None or str(tmp_path / part) in before
    time.sleep(0.02)
    subprocess.run([sys.executable, "-c", EDIT, str(path)], check=True)
    assert list(gpd.read_file(path)["note"]) == ["b"]
    assert any(os.stat(each).st_mtime_ns > when for each, when in before.items())


def test_side_cars_of_a_raster_and_what_a_virtual_one_is_made_of_are_seen(tmp_path):
    def written(name, text="x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    scene, other = written("a.tif"), written("c.img")
    nodata = "<PAMRasterBand><NoDataValue>0</NoDataValue></PAMRasterBand>"
    shown = '<PAMRasterBand><Histograms><HistItem/></Histograms><Metadata><MDI key="STATISTICS_MEAN">1</MDI></Metadata></PAMRasterBand>'
    parts = [written("a.tif.aux.xml", f"<PAMDataset>{nodata}{shown}</PAMDataset>"), written("a.tif.msk"), written("a.TFW")]
    written("a.jpg")
    head = written("c.hdr")
    written("c.img.aux.xml", f"<PAMDataset>{shown}</PAMDataset>")  # QGIS has shown it
    assert given_files.beside(scene, other) == [*parts, head]
    sources = (
        '<A relativetoVRT="1">../a.tif</A><B relativeToVRT="0">{}</B><A>gone.tif</A><A relativeToVRT="1">v.vrt</A>'.replace(
            "A", "SourceFilename"
        ).replace("B", "SourceDataset")
    ).format(other)
    virtual = written("v/v.vrt", f"<VRTDataset><VRTRasterBand>{sources}</VRTRasterBand></VRTDataset>")  # names itself, too
    assert given_files.beside(virtual) == [scene, other, *parts, head]
    written("v/v.vrt", "<VRTDataset>")
    assert given_files.beside(virtual) == []


def test_a_file_that_an_older_one_replaces_is_another_one_and_a_moved_one_is_not(tmp_path):
    images = tmp_path / "images"
    (images / "rift" / "more").mkdir(parents=True)
    for name in ("rift/1.png", "rift/more/2.png", "rift/Thumbs.db"):
        (images / name).write_bytes(b"12")
    scene, labels = tmp_path / "a.tif", tmp_path / "labels.gpkg"
    scene.write_bytes(b"1" * (given_files.SMALL_BYTES + 1))
    labels.write_bytes(b"1")

    def state():
        return given_files.state(str(scene), None, str(images), str(tmp_path / "none"), str(labels))

    before = state()
    found = {before}
    moved = Path(shutil.copytree(tmp_path, tmp_path.parent / "moved"))
    assert given_files.state(*(str(moved / name) for name in ("a.tif", "images", "labels.gpkg"))) == before
    for unchanged in (images / "rift" / "Thumbs.db", labels):  # small files count by what they hold
        os.utime(unchanged, (1e9, 1e9))
    assert state() == before
    labels.write_bytes(b"2")
    found.add(state())
    os.utime(scene, (1e9, 1e9))
    found.add(state())
    os.utime(images / "rift" / "more" / "2.png", (1e9, 1e9))
    found.add(state())
    (images / "rift" / "1.png").rename(images / "rift" / "3.png")
    found.add(state())
    assert len(found) == 5


def test_a_store_of_labels_that_is_opened_and_closed_stays_and_one_with_another_label_does_not(tmp_path):
    path = tmp_path / "labels.gpkg"
    gpd.GeoDataFrame({"class_id": [1]}, geometry=[shapely.box(0, 0, 1, 1)], crs=32633).to_file(path)
    found, raw = [given_files.state(str(path))], [path.read_bytes()]
    for statement in ("SELECT * FROM labels", "UPDATE gpkg_contents SET description = 'x'"):
        with contextlib.closing(sqlite3.connect(path)) as store:
            store.execute("PRAGMA journal_mode=WAL")
            store.execute(statement)
            store.commit()
            store.execute("PRAGMA journal_mode=DELETE")
        found.append(given_files.state(str(path)))
        raw.append(path.read_bytes())
    assert found[0] == found[1] != found[2] and raw[0] != raw[1]


def test_statistics_that_programs_write_into_a_side_car_change_nothing(tmp_path):
    band = "<PAMDataset><PAMRasterBand band='1'><NoDataValue>{}</NoDataValue>{}</PAMRasterBand></PAMDataset>"
    shown = "<Histograms><HistItem/></Histograms><Metadata><MDI key='STATISTICS_MEAN'>1</MDI></Metadata>"
    (tmp_path / "a.tif").write_bytes(b"1")
    found = []
    for text in (band.format(0, ""), band.format(0, shown), band.format(7, shown), "no XML"):
        (tmp_path / "a.tif.aux.xml").write_text(text)
        found.append(given_files.state(*given_files.beside(str(tmp_path / "a.tif"))))
    assert found[0] == found[1] and len(set(found)) == 3


def test_a_virtual_raster_behind_a_link_has_its_parts_and_world_files_of_any_suffix_are_seen(tmp_path, monkeypatch):
    (tmp_path / "v").mkdir()
    for name in ("v/a.tiff", "v/a.tiffw"):
        (tmp_path / name).write_text("x")
    (tmp_path / "v" / "v.vrt").write_text('<V><SourceFilename relativeToVRT="1">a.tiff</SourceFilename></V>')
    (tmp_path / "link.vrt").symlink_to(tmp_path / "v" / "v.vrt")
    assert given_files.beside(str(tmp_path / "link.vrt")) == [str(tmp_path / name) for name in ("v/a.tiff", "v/a.tiffw")]
    monkeypatch.chdir(tmp_path)
    assert given_files.beside("link.vrt") == ["v/a.tiff", "v/a.tiffw"]


def test_images_of_any_name_are_seen(tmp_path):
    before = given_files.state(str(tmp_path))
    (tmp_path / os.fsdecode(b"\xfcber.png")).write_bytes(b"image")
    assert given_files.state(str(tmp_path)) != before


def test_a_folder_that_may_not_be_listed_stops_nothing(tmp_path, monkeypatch):
    for name in ("a.tif", "a.tif.msk"):
        (tmp_path / name).write_text("x")

    def refuse(folder):
        raise PermissionError(folder)

    monkeypatch.setattr(given_files.os, "listdir", refuse)
    assert given_files.beside(str(tmp_path / "a.tif")) == [str(tmp_path / "a.tif.msk")]
