"""Scenes are brought into the common form, or refused with one sentence."""

import hashlib
import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio import Affine
from scenes.ingest_scene import ingest_scene

TRANSFORM = Affine(0.51, 0, 1_000_000, 0, -0.487, -500_000)
HEIGHT, WIDTH = 300, 280
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
BORDER = COLUMNS < 40 + 0.1 * ROWS
ROI = shapely.box(1_000_050, -500_100, 1_000_100, -500_020)
BESIDE = shapely.box(1_000_001, -500_050, 1_000_005, -500_040)  # on the border of the scene
NAME = "WV02_20160625170309_1030010059AA3500_16JUN25170309-P1BS-500807681050_01_P004_u16ns3413"
IMAGE = "<SATID>WV02</SATID><CATID>{}</CATID><FIRSTLINETIME>2016-06-25T17:03:09.2Z</FIRSTLINETIME><MEANSUNEL>22.1</MEANSUNEL>"
SIDE_CAR = f"<isd><IMD><BITSPERPIXEL>16</BITSPERPIXEL><IMAGE>{IMAGE}</IMAGE></IMD></isd>"
SETTINGS = {
    "band": None,
    "roi_epsg": None,
    "radiometry": "percentiles",
    "low": 0.5,
    "high": 99.5,
    "grid": "native",
    "grid_epsg": None,
    "grid_pixel_m": None,
}


def image(path, shift=(0, 0), scale=1.0, crs="EPSG:3413", n_bands=1, tags=None, **profile):
    counts = np.random.default_rng(1).integers(1, 2048, (HEIGHT, WIDTH)).astype(np.uint16)
    counts[BORDER] = 0
    transform = TRANSFORM @ Affine.translation(*shift) @ Affine.scale(*np.atleast_1d(scale))
    profile = {"driver": "GTiff", "height": HEIGHT, "width": WIDTH, "count": n_bands, "dtype": "uint16", "crs": crs} | profile
    with rasterio.open(path, "w", transform=transform, **profile) as out:
        out.write(np.stack([counts] * n_bands))
        out.update_tags(**(tags or {}))
    return str(path)


def polygons(path, *shapes, crs=3413):
    gpd.GeoDataFrame(geometry=list(shapes), crs=crs).to_file(path)
    return str(path)


class Ingest:
    """Runs the script in a folder, with what a test does not name left out."""

    def __init__(self, folder):
        self.folder = folder
        self.out = {
            key: str(folder / "out" / name)
            for key, name in zip(("stored", "metadata", "picture"), ("a.tif", "a.json", "a.png"), strict=True)
        }

    def __call__(self, source, date="2016-06-25", side_car=None, mask=None, roi=None, **settings):
        ingest_scene("a", source, side_car, date, mask, roi, SETTINGS | settings, **self.out)
        with rasterio.open(self.out["stored"]) as stored:
            return json.loads(Path(self.out["metadata"]).read_text()), stored.read(1), stored.read_masks(1) > 0

    def left(self):
        out = self.folder / "out"
        return sorted(file.name for file in out.iterdir()) if out.exists() else []


@pytest.fixture
def ingest(tmp_path):
    return Ingest(tmp_path)


@pytest.mark.parametrize("scale", [(1, 1), (1, -1), (-1, 1), (-1, -1)])
def test_metadata_tell_whether_rows_or_columns_were_turned(ingest, tmp_path, scale):
    facts, counts, _ = ingest(image(tmp_path / "a.tif", scale=scale))
    with rasterio.open(tmp_path / "a.tif") as source:
        np.testing.assert_array_equal(counts, source.read(1)[:: scale[1], :: scale[0]])
    assert (facts["columns_turned"], facts["rows_turned"]) == (scale[0] < 0, scale[1] < 0)


def test_a_scene_with_all_there_is(tmp_path, ingest):
    (tmp_path / f"{NAME}.xml").write_text(SIDE_CAR.format("1030010059AA3500"))
    source = image(tmp_path / f"{NAME}.tif")
    facts, counts, valid = ingest(
        source, date=None, side_car=str(tmp_path / f"{NAME}.xml"), roi=polygons(tmp_path / "roi.gpkg", ROI),
        mask=polygons(tmp_path / "cloud.geojson", shapely.box(1_000_060, -500_060, 1_000_070, -500_050)),
    )  # fmt: skip
    assert ingest.left() == ["a.json", "a.png", "a.tif"]
    known = {"scene": "a", "source": source, "sensor": "WV02", "date": "2016-06-25T17:03:09Z", "catalog_id": "1030010059AA3500"}
    known |= {"sun_elevation_deg": 22.1, "sun_azimuth_deg": None, "bit_depth": 16, "stretch": "ns", "synthetic": False}
    known |= {"epsg": 3413, "transform": list(TRANSFORM)[:6], "height_px": HEIGHT, "width_px": WIDTH}
    known |= {"dtype": "uint16", "valid_share": valid.mean(), "lattice_row_px": 0, "lattice_column_px": 0}
    assert {key: facts[key] for key in known} == known
    assert facts["source_sha256"] == hashlib.sha256(Path(source).read_bytes()).hexdigest()
    x, y = TRANSFORM @ (COLUMNS + 0.5, ROWS + 0.5)
    cloud = (x > 1_000_060) & (x < 1_000_070) & (y > -500_060) & (y < -500_050)
    np.testing.assert_array_equal(valid, ~BORDER & ~cloud)
    assert shapely.from_wkt(facts["roi"]).equals(ROI)
    inside = counts[valid & shapely.contains_xy(ROI, x, y)]
    low, high = np.quantile(inside, [0.005, 0.995])
    expected = {"method": "percentiles", "low_percent": 0.5, "high_percent": 99.5, "low": low, "high": high}
    assert facts["radiometry"] == pytest.approx(expected)


def test_a_plain_geotiff(tmp_path, ingest):
    facts, _, valid = ingest(image(tmp_path / "plain.tif", tags={"ACQUISITION_DATE": "2020-01-01"}), date=None)
    assert facts["date"] == "2020-01-01T00:00:00Z" and facts["roi"] is None and facts["sensor"] is None
    np.testing.assert_array_equal(valid, ~BORDER)


@pytest.mark.parametrize(
    "name, tags, given, date",
    [
        (NAME, {"ACQUISITION_DATE": "2020-01-01"}, "2011-02-03", "2011-02-03T00:00:00Z"),
        (NAME, {"ACQUISITION_DATE": "2016-06-25"}, None, "2016-06-25T17:03:09Z"),
        ("s_20190101", {"TIFFTAG_DATETIME": "2020:01:01 10:11:12"}, None, "2019-01-01T00:00:00Z"),
        ("s", {"TIFFTAG_DATETIME": "2020:01:01 10:11:12", "ACQUISITION_DATE": "2019-01-02"}, None, "2019-01-02T00:00:00Z"),
    ],
)
def test_the_date_comes_from_the_best_source(tmp_path, ingest, name, tags, given, date):
    assert ingest(image(tmp_path / f"{name}.tif", tags=tags), date=given)[0]["date"] == date


def test_a_simulated_scene_says_so(tmp_path, ingest):
    assert ingest(image(tmp_path / "a.tif", tags={"SYNTHETIC": "not an observation"}))[0]["synthetic"] is True


def test_a_chosen_band(tmp_path, ingest):
    assert ingest(image(tmp_path / "a.tif", n_bands=3), band=2)[1].shape == (HEIGHT, WIDTH)


@pytest.mark.parametrize("shift", [(0, 0), (-7, 12)])
def test_on_a_common_grid_pixels_are_counted_from_the_origin_of_the_projection(tmp_path, ingest, shift):
    facts, *_ = ingest(image(tmp_path / "b.tif", shift=shift), grid="common")
    assert (facts["lattice_column_px"], facts["lattice_row_px"]) == (1_960_784 + shift[0], 1_026_694 + shift[1])


def test_reprojected_to_a_given_grid(tmp_path, ingest):
    settings = {"grid": "reproject", "grid_epsg": 3413, "grid_pixel_m": 1.0}
    facts, counts, valid = ingest(image(tmp_path / "a.tif"), **settings)
    assert facts["transform"] == [1, 0, 1_000_000, 0, -1, -500_000] and facts["pixel_height_m"] == pytest.approx(1.0228, abs=1e-3)
    assert (facts["lattice_row_px"], facts["lattice_column_px"]) == (500_000, 1_000_000)
    columns, rows = ~TRANSFORM @ facts_centres(facts)
    rows, columns = np.floor(rows).astype(int), np.floor(columns).astype(int)
    covered = (rows < HEIGHT) & (columns < WIDTH)
    with rasterio.open(tmp_path / "a.tif") as source:
        expected = np.where(covered, source.read(1)[rows.clip(0, HEIGHT - 1), columns.clip(0, WIDTH - 1)], 0)
    np.testing.assert_array_equal(counts, expected)
    np.testing.assert_array_equal(valid, expected > 0)


def facts_centres(facts):
    rows, columns = np.mgrid[: facts["height_px"], : facts["width_px"]]
    return Affine(*facts["transform"]) @ (columns + 0.5, rows + 0.5)


def test_a_scene_in_degrees_can_be_reprojected(tmp_path, ingest):
    source = image(tmp_path / "a.tif", crs="EPSG:4326")
    with rasterio.open(source, "r+") as out:
        out.transform = Affine(1e-4, 0, 19, 0, -2e-5, 78.6)
    settings = {"grid": "reproject", "grid_epsg": 32633, "grid_pixel_m": 2.0}
    facts, _, valid = ingest(source, **settings)
    assert facts["epsg"] == 32633 and 0.3 < valid.mean() < 1


def test_fixed_counts_and_none(tmp_path, ingest):
    source = image(tmp_path / "a.tif")
    assert ingest(source, radiometry="counts", low=0, high=2047)[0]["radiometry"]["high"] == 2047
    assert ingest(source, radiometry="none")[0]["radiometry"]["high"] == 65535


def refused(tmp_path, name):
    """Return the arguments of a scene that is to be refused."""
    far, other = shapely.box(0, 0, 10, 10), "1030010059AA9999"
    if name == "other exposure":
        (tmp_path / "x.xml").write_text(SIDE_CAR.format(other))
        return {"source": image(tmp_path / f"{NAME}.tif"), "side_car": str(tmp_path / "x.xml")}
    if name == "other sensor":
        (tmp_path / "x.xml").write_text("<Dimap_Document/>")
        return {"source": image(tmp_path / "a.tif"), "side_car": str(tmp_path / "x.xml")}
    if name == "constant":
        source = image(tmp_path / "a.tif")
        with rasterio.open(source, "r+") as out:
            out.write(np.full((1, HEIGHT, WIDTH), 7, np.uint16))
        return {"source": source}
    if name == "truncated":
        source = Path(image(tmp_path / "a.tif"))
        source.write_bytes(source.read_bytes()[:90_000])
        return {"source": str(source)}
    if name == "no raster":
        (tmp_path / "a.tif").write_text("no image")
        return {"source": str(tmp_path / "a.tif")}
    contour = tmp_path / "roi.npy"
    np.save(contour, shapely.get_coordinates(ROI))
    first = image(tmp_path / "first.tif")
    return {
        "bands": lambda: {"source": image(tmp_path / "a.tif", n_bands=3)},
        "no crs": lambda: {"source": image(tmp_path / "a.tif", crs=None)},
        "no date": lambda: {"source": image(tmp_path / "a.tif"), "date": None},
        "wrong date": lambda: {"source": image(tmp_path / "a.tif"), "date": "25.6.2016"},
        "roi beside": lambda: {"source": first, "roi": polygons(tmp_path / "roi.gpkg", far)},
        "roi on the border": lambda: {"source": first, "roi": polygons(tmp_path / "roi.gpkg", BESIDE)},
        "roi without crs": lambda: {"source": first, "roi": str(contour)},
        "mask beside": lambda: {"source": first, "mask": polygons(tmp_path / "cloud.gpkg", far)},
        "mask unreadable": lambda: {"source": first, "mask": str(Path(polygons(tmp_path / "b.gpkg", far)).with_suffix(".shp"))},
        "all masked": lambda: {"source": first, "mask": polygons(tmp_path / "cloud.gpkg", ROI.buffer(1000))},
        "no target": lambda: {"source": first, "grid": "reproject"},
    }[name]()  # fmt: skip


REFUSED = {
    "other exposure": "x.xml: side-car of exposure 1030010059AA9999, expected 1030010059AA3500 as in the scene's name; put the right",
    "other sensor": "x.xml: root <Dimap_Document> of another sensor or kind, expected a side-car",
    "constant": "a.tif: low 7 and high 7 counts, expected low < high; the image is empty of contrast",
    "truncated": "a.tif: not a readable raster (",
    "no raster": "a.tif: not a readable raster (",
    "bands": "a.tif: 3 bands, expected 1; choose one with ingest_scene/band",
    "no crs": "a.tif: no georeference (coordinate system missing), expected an orthorectified GeoTIFF",
    "no date": "a.tif: no date in side-car, name or tags; give it in the column date of the table of scenes",
    "wrong date": "a.tif: '25.6.2016' is no date (from the table of scenes), expected one like 2016-06-25; write it into the column date",
    "roi beside": "roi.gpkg: the region misses scene a (",
    "roi on the border": f"first.tif: {(~BORDER).sum()} valid pixels, none in the region of interest",
    "roi without crs": "roi.npy: no coordinate system; give its EPSG code in ingest_scene/roi_epsg",
    "mask beside": "cloud.gpkg: the mask lies beside the scene, expected one that covers some of it",
    "mask unreadable": "b.shp: not a readable file of polygons",
    "all masked": "first.tif: 0 valid pixels, none in the region of interest; check nodata, mask and",
    "no target": "ingest_scene/grid: reproject without a target; give grid_epsg",
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_one_sentence_and_leaves_nothing(tmp_path, ingest, name):
    with pytest.raises((ValueError, OSError)) as error:
        ingest(**refused(tmp_path, name))
    assert REFUSED[name] in str(error.value) and "\n" not in str(error.value)
    assert not ingest.left()


def test_a_job_ends_with_the_sentence_and_exit_code_1(tmp_path, ingest, capfd):
    inputs = {"scene": refused(tmp_path, "bands")["source"], "side_car": [], "mask": [], "roi": []}
    job = SimpleNamespace(
        input=type("Input", (SimpleNamespace,), {"get": lambda self, key: getattr(self, key)})(**inputs),
        output=SimpleNamespace(scene=ingest.out["stored"], metadata=ingest.out["metadata"], quicklook=ingest.out["picture"]),
        params=SimpleNamespace(settings={"date": "", "ingestion": SETTINGS}),
        resources={},
        wildcards=SimpleNamespace(scene="a"),
        log=[str(tmp_path / "a.log")],
    )
    script = Path(__file__).parents[3] / "workflow" / "scripts" / "scenes" / "ingest_scene.py"
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(script), init_globals={"snakemake": job})
    assert end.value.code == 1 and not ingest.left()
    for text in (capfd.readouterr().err, (tmp_path / "a.log").read_text()):
        assert "Error: " in text and "a.tif: 3 bands, expected 1" in text and "Traceback" not in text
