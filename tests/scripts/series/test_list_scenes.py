"""The table of the series, and two scenes of one place and time."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import pytest
from series.list_scenes import list_scenes

from geoclass.core import files


def scene(name, date, easting, epsg=3413):
    return {
        "scene": name, "date": date, "sensor": "WV02", "epsg": epsg, "crs_wkt": pyproj.CRS.from_epsg(epsg).to_wkt(),
        "height_px": 100, "width_px": 100, "pixel_height_m": 0.5, "pixel_width_m": 0.5, "dtype": "uint16", "valid_share": 0.9,
        "sun_azimuth_deg": 278.0, "sun_elevation_deg": 22.0, "off_nadir_deg": None, "synthetic": True, "source": "a.tif",
        "transform": [0.5, 0, easting, 0, -0.5, -554815.0],
    }  # fmt: skip


def write(folder, *scenes):
    """Write metadata and tile tables of scenes, the first with one tile, the next with two; return their paths."""
    for n_tiles, content in enumerate(scenes, 1):
        files.write_json(folder / f"{content['scene']}.json", content)
        pq.write_table(pa.table({"tile_id": [str(number) for number in range(n_tiles)]}), folder / f"{content['scene']}.parquet")
    return [[str(folder / f"{content['scene']}.{suffix}") for content in scenes] for suffix in ("json", "parquet")]


def test_scenes_are_listed_by_date(tmp_path):
    paths = write(tmp_path, scene("b", "2017-06-01T10:00:00Z", 1.1e6), scene("a", "2016-06-01T10:00:00Z", 1.1e6))
    list_scenes(*paths, False, str(tmp_path / "series.tsv"))
    table = pd.read_csv(tmp_path / "series.tsv", sep="\t")
    assert list(table["scene"]) == ["a", "b"] and list(table["n_tiles"]) == [2, 1]


def test_neighbours_of_one_strip_are_two_places(tmp_path):
    paths = write(tmp_path, scene("a", "2016-06-01T10:00:00Z", 1.1e6), scene("b", "2016-06-01T10:00:00Z", 1.1e6 + 45))
    list_scenes(*paths, False, str(tmp_path / "series.tsv"))
    assert (tmp_path / "series.tsv").exists()


def test_same_place_and_time_is_refused(tmp_path):
    paths = write(tmp_path, scene("a", "2016-06-01T10:00:00Z", 1.1e6), scene("b", "2016-06-01T10:00:00Z", 1.1e6 + 5))
    with pytest.raises(ValueError, match=r"scenes a and b: both of 2016-06-01T10:00:00Z and of the same place.*remove one"):
        list_scenes(*paths, False, str(tmp_path / "series.tsv"))
    assert not (tmp_path / "series.tsv").exists()


def at_180(name, east, epsg=3031):
    """Return a scene of one day, 10 km wide, so many metres east of 180 degrees at 78 degrees south."""
    x, y = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(180 - 1e-9, -78)
    facts = {"transform": [100.0, 0, x - 5000 + east, 0, -100.0, y + 5000]}
    return scene(name, "2016-01-05T00:00:00Z", 0, epsg) | facts


def test_neighbours_at_180_degrees_are_two_places(tmp_path):
    paths = write(tmp_path, at_180("a", 0), at_180("b", 30_000), at_180("c", -40_000, 32760))
    list_scenes(*paths, False, str(tmp_path / "series.tsv"))
    assert (tmp_path / "series.tsv").exists()


@pytest.mark.parametrize("epsg", [3031, 32760, 3395])
def test_same_place_at_180_degrees_is_refused_in_whatever_system(tmp_path, epsg):
    for scenes in ([at_180("a", 0), at_180("b", 1000, epsg)], [at_180("a", 1000, epsg), at_180("b", 0)]):
        with pytest.raises(ValueError, match="scenes a and b: both of 2016-01-05T00:00:00Z and of the same place"):
            list_scenes(*write(tmp_path, *scenes), False, str(tmp_path / "series.tsv"))


def test_scenes_that_are_to_share_their_pixels_and_do_not_are_refused(tmp_path):
    paths = write(tmp_path, scene("a", "2016-06-01T10:00:00Z", 1.1e6), scene("b", "2017-06-01T10:00:00Z", 1.1e6, 3031))
    list_scenes(*paths, False, str(tmp_path / "series.tsv"))
    with pytest.raises(
        ValueError, match="scene b: EPSG:3031, expected EPSG:3413 as scene a has; set ingest_scene/grid to native"
    ):
        list_scenes(*paths, True, str(tmp_path / "series.tsv"))


def test_no_scene_is_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="the table of scenes: no scene, expected at least one to list; add a row"):
        list_scenes([], [], False, str(tmp_path / "series.tsv"))
