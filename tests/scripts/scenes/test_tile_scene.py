"""Scenes are cut into tiles, and what is left out is counted."""

import numpy as np
import pyarrow.parquet as pq
import pytest
import rasters
from rasterio.crs import CRS
from scenes.tile_scene import tile_scene

from geoclass.core import files
from geoclass.scenes import raster

SETTINGS = {"height_px": 20, "width_px": 30, "stride_rows_px": None, "stride_columns_px": None, "minimum_roi_share": 1.0}


def scene(folder, valid):
    counts = np.random.default_rng(1).integers(1, 250, valid.shape).astype(np.uint8)
    rasters.written(folder / "s.tif", counts, mask=valid)
    grid = raster.Grid(CRS.from_epsg(3413), rasters.TRANSFORM, *valid.shape)
    facts = {"scene": "s", "source": "s.tif", "dtype": "uint8", "roi": None, "lattice_row_px": 0, "lattice_column_px": 0}
    files.write_json(folder / "s.json", facts | grid.metadata())
    return str(folder / "s.tif"), str(folder / "s.json")


def test_tiles_that_a_few_dark_pixels_cost_are_counted_named_and_can_be_kept(tmp_path, caplog):
    valid = np.ones((100, 120), bool)
    valid[50:, ::17] = False  # 6 % of the lower tiles, as shadows that a nodata tag of 0 hits
    valid[50:60] = True
    valid[:40, :60] = False  # a cloud over four tiles
    source = scene(tmp_path, valid)
    with caplog.at_level("INFO", "geoclass"):
        tile_scene(*source, **SETTINGS, minimum_valid_share=1.0, tiles=str(tmp_path / "a.parquet"))
    (sentence,) = [text for text in caplog.messages if "left out" in text]
    assert sentence.startswith(
        "s: 12 tiles are left out with less than 100 % of their pixels valid, 8 of them with at least 90 % (s_r0000"
    )
    share = float(sentence.split("minimum_valid_share to ")[1].split()[0])
    tile_scene(*source, **SETTINGS, minimum_valid_share=share, tiles=str(tmp_path / "b.parquet"))
    rows = [pq.read_metadata(tmp_path / name).num_rows for name in ("a.parquet", "b.parquet")]
    assert rows == [8, 16]


def test_a_scene_between_the_tiles_of_the_series_is_told_apart_from_one_outside_the_region(tmp_path):
    scene_path, metadata = scene(tmp_path, np.ones((30, 40), bool))
    files.write_json(metadata, files.read_json(metadata) | {"lattice_row_px": 1, "lattice_column_px": 11})
    with pytest.raises(
        ValueError, match="30 x 40 px hold no whole tile of 20 x 30 px where the tiles of the series begin; lower tile_"
    ):
        tile_scene(scene_path, metadata, **SETTINGS, minimum_valid_share=1.0, tiles=str(tmp_path / "a.parquet"))
