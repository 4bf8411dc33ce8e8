"""The presets for sensors, each on a small made input of that very form: names, types, pixels, masks and side-cars of the product."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
import yaml
from scenes.ingest_scene import ingest_scene
from scenes.tile_scene import tile_scene
from vario.extract_vario import extract_vario

from geoclass.core import settings, tables
from geoclass.scenes import sidecar

ROOT = Path(__file__).parents[3]
X, Y = 500_000, 8_700_000
CLOUD = (slice(40, 60), slice(80, 120))  # of the mask, in its own pixels
SIDE_CAR = (
    "<isd><IMD><BITSPERPIXEL>16</BITSPERPIXEL><IMAGE><SATID>WV02</SATID><CATID>1030010059AA3500</CATID>"
    "<FIRSTLINETIME>2016-06-25T17:03:09.2Z</FIRSTLINETIME></IMAGE></IMD></isd>"
)


def write(
    path, pixel, size, n_bands=1, dtype="uint16", nodata=None, values=None, crs="EPSG:32633", place=(X, Y), interpretation=None
):
    """Write a raster, JPEG 2000 by way of a GeoTIFF; `values` fills each band, else counts at random."""
    counts = np.random.default_rng(1).integers(1, 200 if dtype == "uint8" else 3000, (n_bands, *size)).astype(dtype)
    counts = counts if values is None else values
    tif = path.with_suffix(".tif") if path.suffix == ".jp2" else path
    profile = {"driver": "GTiff", "height": size[0], "width": size[1], "count": n_bands, "dtype": dtype, "nodata": nodata}
    with rasterio.open(
        tif, "w", crs=crs, transform=rasterio.Affine(pixel, 0, place[0], 0, -pixel, place[1]), **profile
    ) as dataset:
        dataset.write(counts)
        if interpretation:
            dataset.colorinterp = interpretation
    if path.suffix == ".jp2":
        rasterio.shutil.copy(tif, path, driver="JP2OpenJPEG", QUALITY="100", REVERSIBLE="YES")
        tif.unlink()
    return str(path)


def sentinel2(folder):
    stem = "T33XVG_20200705T124711"
    classes = np.full((1, 100, 150), 11, np.uint8)  # snow
    classes[0][CLOUD] = 9
    mask = write(folder / f"{stem}_SCL_20m.jp2", 20, (100, 150), dtype="uint8", nodata=0, values=classes)
    return write(folder / f"{stem}_B08_10m.jp2", 10, (200, 300)), mask, 2, "2020-07-05T12:47:11Z"


def landsat(folder):
    stem = "LC09_L1TP_212004_20220705_20230407_02_T1"
    bits = np.full((1, 100, 150), 30048, np.uint16)  # snow, clear
    bits[0][CLOUD] = 22280  # cloud of high confidence
    mask = write(folder / f"{stem}_QA_PIXEL.TIF", 30, (100, 150), nodata=1, values=bits)
    return write(folder / f"{stem}_B8.TIF", 15, (200, 300)), mask, 2, "2022-07-05T00:00:00Z"


def planet(folder):
    stem = "20200705_124711_1032_3B"
    bands = np.zeros((8, 200, 300), np.uint8)
    bands[1] = 1  # snow
    bands[5][CLOUD], bands[1][CLOUD] = 1, 0  # cloud
    mask = write(folder / f"{stem}_udm2.tif", 3, (200, 300), 8, "uint8", values=bands)
    return write(folder / f"{stem}_AnalyticMS_SR.tif", 3, (200, 300), 4, nodata=0), mask, 1, "2020-07-05T12:47:11Z"


def worldview(folder):
    stem = "WV02_20160625170309_1030010059AA3500_16JUN25170309-P1BS-500807681050_01_P004_u16ns3413"
    (folder / f"{stem}.xml").write_text(SIDE_CAR)
    counts = np.random.default_rng(1).integers(1, 2000, (1, 480, 640)).astype(np.uint16)
    counts[0, :, :80] = 0  # the border
    path = write(folder / f"{stem}.tif", 0.5, (480, 640), values=counts, crs="EPSG:3413", place=(1_000_000, -500_000))
    return path, None, None, "2016-06-25T17:03:09Z"


def drone(folder):
    bands = np.random.default_rng(1).integers(1, 200, (4, 1200, 1600)).astype(np.uint8)
    bands[3] = 255
    bands[:, :, :200] = 0  # transparent
    names = [rasterio.enums.ColorInterp[name] for name in ("red", "green", "blue", "alpha")]
    path = write(folder / "ortho_2021-08-12.tif", 0.1, (1200, 1600), 4, "uint8", values=bands, interpretation=names)
    return path, None, None, "2021-08-12T00:00:00Z"


@pytest.mark.parametrize("make", [sentinel2, landsat, planet, worldview, drone])
def test_a_preset_reads_its_product_as_it_comes(tmp_path, make):
    config = yaml.safe_load((ROOT / "config" / "presets" / f"{make.__name__}.yaml").read_text())
    settings.complete(config, ROOT / "workflow" / "schemas" / "config.schema.yaml")
    scene, mask, factor, date = make(tmp_path)
    outputs = [str(tmp_path / name) for name in ("a.tif", "a.json", "a.png")]
    ingest_scene("a", scene, sidecar.find(scene), None, mask, None, config["ingest_scene"], *outputs)
    facts = json.loads((tmp_path / "a.json").read_text())
    with rasterio.open(tmp_path / "a.tif") as stored:
        valid, counts = stored.read_masks(1) > 0, stored.read(1)
    assert facts["date"] == date
    if mask:  # the cloud alone is hidden, snow is not
        hidden = np.zeros(valid.shape, bool)
        hidden[tuple(slice(part.start * factor, part.stop * factor) for part in CLOUD)] = True
        np.testing.assert_array_equal(valid, ~hidden)
        with rasterio.open(scene) as source:
            np.testing.assert_array_equal(counts[valid], source.read(config["ingest_scene"]["band"] or 1)[valid])
    else:
        assert facts["pixel_height_m"] == pytest.approx(config["ingest_scene"]["grid_pixel_m"], rel=0.03)
        assert valid.mean() == pytest.approx(7 / 8, abs=0.02)  # without border and transparent pixels
    tiles, vario = str(tmp_path / "tiles.parquet"), str(tmp_path / "vario.parquet")
    tile_scene(*outputs[:2], **config["tile_scene"], tiles=tiles)
    places = tables.read(tiles, ["row_px", "column_px"])
    for place in places.itertuples():  # nothing of the cloud, the border or what is transparent
        rows, columns = config["tile_scene"]["height_px"], config["tile_scene"]["width_px"]
        assert valid[place.row_px : place.row_px + rows, place.column_px : place.column_px + columns].all()
    extract_vario(tiles, **config["extract_vario"], threads=1, output=vario)
    assert 0 < len(places) == len(tables.read(vario))


def test_a_mask_of_a_product_with_too_few_bands_is_refused(tmp_path):
    scene, _, _, _ = planet(tmp_path)
    mask = write(tmp_path / "20200705_124711_1032_3B_udm2.tif", 3, (200, 300), 1, "uint8")
    config = {"ingest_scene": {"band": 4}}
    settings.complete(config, ROOT / "workflow" / "schemas" / "config.schema.yaml")
    outputs = [str(tmp_path / name) for name in ("a.tif", "a.json", "a.png")]
    with pytest.raises(ValueError, match="1 bands, but Planet's UDM2, as its name says, has 8; rename or restore it"):
        ingest_scene("a", scene, None, None, mask, None, config["ingest_scene"], *outputs)


def test_a_scene_and_its_mask_are_reprojected_at_once(tmp_path):
    """Both take a validity of their own on the way."""
    scene, mask, _, _ = sentinel2(tmp_path)
    config = {"ingest_scene": {"grid": "reproject", "grid_epsg": 32634, "grid_pixel_m": 10}}
    settings.complete(config, ROOT / "workflow" / "schemas" / "config.schema.yaml")
    outputs = [str(tmp_path / name) for name in ("a.tif", "a.json", "a.png")]
    ingest_scene("a", scene, None, None, mask, None, config["ingest_scene"], *outputs)
    with rasterio.open(tmp_path / "a.tif") as stored:
        valid_px = np.count_nonzero(stored.read_masks(1))
    assert valid_px == pytest.approx(200 * 300 - 40 * 80, rel=0.03)


def test_folders_and_files_may_have_signs_that_programs_read_as_something_else(tmp_path):
    folder = tmp_path / "a #1 & b; 50 %"
    folder.mkdir()
    scene, mask, _, date = sentinel2(folder)
    config = {"ingest_scene": {}}
    settings.complete(config, ROOT / "workflow" / "schemas" / "config.schema.yaml")
    outputs = [str(folder / name) for name in ("a.tif", "a.json", "a.png")]
    ingest_scene("a", scene, sidecar.find(scene), None, mask, None, config["ingest_scene"], *outputs)
    with rasterio.open(outputs[0]) as stored:
        assert np.count_nonzero(stored.read_masks(1) == 0) == 40 * 80
    assert json.loads((folder / "a.json").read_text())["date"] == date
