"""A table of scenes from a folder: dates and grids as ingestion will find them, and every refusal with its reason."""

import numpy as np
import pytest
import rasterio
from scenes.make_scene_table import make_scene_table

from geoclass.core import scene_table


def image(path, crs="EPSG:3413", n_bands=1, dtype="uint16"):
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {"driver": "GTiff", "height": 20, "width": 30, "count": n_bands, "dtype": dtype, "crs": crs}
    with rasterio.open(path, "w", transform=rasterio.Affine(10, 0, 1e6, 0, -10, -5e5), **profile) as dataset:
        dataset.write(np.ones((n_bands, 20, 30), dtype))


def test_a_folder_becomes_a_table_that_the_workflow_reads(tmp_path):
    image(tmp_path / "in" / "glacier_2016-06-25.tif")
    image(tmp_path / "in" / "LC08_L1TP_014007_20190704_20200827_02_T1_B8.TIF")
    image(tmp_path / "in" / "LC08_L1TP_014007_20190704_20200827_02_T1_QA_PIXEL.TIF")  # the mask of it
    image(tmp_path / "in" / "north" / "20190704_101500_1032_3B_AnalyticMS_SR.tif")
    image(tmp_path / "in" / "north" / "20190704_101500_1032_3B_udm2.tif")
    image(tmp_path / "in" / "odd # name_2017-01-02.tif")
    image(tmp_path / "in" / "bands_2018-01-02.tif", n_bands=4)
    image(tmp_path / "in" / "undated.tif")
    image(tmp_path / "in" / ".hidden" / "glacier_2001-01-01.tif")
    (tmp_path / "in" / "broken_2018-03-04.tif").write_bytes(b"II*\0")
    make_scene_table(str(tmp_path / "in"), str(tmp_path / "scenes.tsv"))
    table = scene_table.read_scenes(tmp_path / "scenes.tsv", "results/simulated/")
    assert table["date"].str[:10].tolist() == ["2016-06-25", "2017-01-02", "2019-07-04", "2019-07-04"]
    assert table.index[0] == "20160625" and "#" not in "".join(table.index) and table["labelled"].all()
    assert table.index[1:].tolist() == [
        "20170102",
        "LC08_L1TP_014007_20190704_20200827_02_T1_B8",
        "20190704_101500_1032_3B_AnalyticMS_SR",
    ]
    text = (tmp_path / "scenes.tsv").read_text()
    assert "# 20 x 30 px of 10.2 x 10.2 m, uint16, 1 bands, EPSG:3413, 2016-06-25" in text
    refused = [line for line in text.splitlines() if line.startswith("# refused: ")]
    for name, reason in (
        ("bands_", "4 bands, expected 1"),
        ("undated", "no date in side-car"),
        ("broken_", "not a readable raster"),
    ):
        assert any(name in line and reason in line for line in refused), reason
    assert len(refused) == 3


def test_what_is_there_already_is_kept_and_an_empty_folder_refused(tmp_path):
    (tmp_path / "scenes.tsv").write_text("mine")
    (tmp_path / "in").mkdir()
    for folder, table, words in (
        ("in", "scenes.tsv", "there already"), ("in", "new.tsv", "no raster"), ("nowhere", "new.tsv", "no such folder"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            make_scene_table(str(tmp_path / folder), str(tmp_path / table))
    assert (tmp_path / "scenes.tsv").read_text() == "mine" and not (tmp_path / "new.tsv").exists()


@pytest.mark.parametrize("folder, table", [("", ""), ("", "new.tsv"), ("in", "")])
def test_what_is_not_given_to_make_is_asked_for(tmp_path, monkeypatch, folder, table):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    with pytest.raises(ValueError, match="one is empty, expected a folder and a file to write"):
        make_scene_table(folder, table)
