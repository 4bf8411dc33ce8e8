"""The page before a run: what would be refused and what to look at, in one sentence each, without reading a scene's pixels."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from labels.check import check
from PIL import Image

X, Y = 1_000_000, -500_000
INGESTION = {
    "band": None,
    "grid": "native",
    "roi_epsg": None,
    "grid_epsg": None,
    "grid_pixel_m": None,
}
TILES = {"height_px": 20, "width_px": 20, "stride_rows_px": None, "stride_columns_px": None, "minimum_valid_share": 1.0}


@pytest.fixture
def checked(tmp_path):
    """Return what runs the check on scenes that it writes: name → options of the image, date and mask."""

    def image(name, pixel=10.0, size=(200, 300), crs="EPSG:3413", shift=0.0):
        path = tmp_path / f"{name}.tif"
        profile = {"driver": "GTiff", "height": size[0], "width": size[1], "count": 1, "dtype": "uint16", "crs": crs}
        with rasterio.open(path, "w", transform=rasterio.Affine(pixel, 0, X + shift, 0, -pixel, Y), **profile) as dataset:
            dataset.write(np.ones((1, *size), np.uint16))
        return str(path)

    def run(
        scenes, polygons=(), roi=None, block_m=1000.0, masks=None, tiles=TILES, crs=3413, columns=None, size=None, group_field=None,
        trained=False, no_store="", **ingestion,
    ):  # fmt: skip
        (tmp_path / "classes.tsv").write_text("class_id\tclass_name\tcolour\n1\tSnow\t#ffffff\n2\tChaos\t#54278f\n")
        rows = {}
        for name, options in scenes.items():
            date = options.pop("date", "2016-06-25")
            rows[name] = {"path": image(name, **options), "date": date, "mask": (masks or {}).get(name, ""), "labelled": True}
        sources = []
        if polygons:
            frame = {"class_name": [name for name, _ in polygons]} | (columns or {})
            gpd.GeoDataFrame(frame, geometry=[shape for _, shape in polygons], crs=crs).to_file(tmp_path / "labels.gpkg")
            sources = [str(tmp_path / "labels.gpkg")]
        if size:
            (tmp_path / "crops" / "Snow").mkdir(parents=True)
            Image.fromarray(np.arange(size[0] * size[1], dtype=np.uint8).reshape(size)).save(
                tmp_path / "crops" / "Snow" / "1.png"
            )
            sources.append(str(tmp_path / "crops"))
        settings = {"ingest_scene": INGESTION | ingestion, "tile_scene": tiles, "block_m": block_m, "trained": trained}
        settings["no_store"] = no_store
        settings["collect_labels"] = {"group_field": group_field, "group_pattern": None}
        page = tmp_path / "out" / "check.md"
        n = check(rows, sources, str(tmp_path / "classes.tsv"), roi, settings, str(page))
        return n, page.read_text()

    return run


def test_nothing_is_wrong_with_sound_inputs(checked):
    inside = [("Snow", shapely.box(X + k, Y - 100, X + k + 50, Y - 50)) for k in range(20)]
    inside += [("Chaos", shapely.box(X + k, Y - 300, X + k + 50, Y - 250)) for k in range(20)]
    n, text = checked({"a": {}}, inside)
    assert (
        n == 0
        and "1 scenes: 0 findings stop a run, 0 to look at." in text
        and "- fine: scenes and tile tables take about" in text
    )
    assert "- a: 200 x 300 px of 10.2 x 10.2 m, uint16, 1 bands, EPSG:3413, 2016-06-25" in text


HERE = shapely.box(X, Y - 500, X + 500, Y)
FAR = shapely.box(X - 90_000, Y, X - 80_000, Y + 10_000)
CASES = {
    "tile larger than a scene": ({"a": {"size": (15, 300)}}, {}, "refused: scene a: 15 x 300 px, smaller than a tile of 20 x 20 px"),
    "blocks smaller than tiles": ({"a": {}}, {"block_m": 300.0}, "look at: blocks of 300 m, but tiles are up to 205 m long"),
    "pixels that differ": ({"a": {}, "b": {"pixel": 30.0, "date": "2017-01-01"}}, {}, "look at: tiles are 205 to 614 m long"),
    "labels outside": ({"a": {}}, {"polygons": [("Snow", FAR)]}, "look at: 1 of 1 labels lie outside all labelled scenes"),
    "class without labels": ({"a": {}}, {"polygons": [("Snow", FAR)]}, "look at: class Chaos: no label; label more of it"),
    "unknown class": ({"a": {}}, {"polygons": [("Ice", FAR)]}, "refused: "),
    "two systems on a common grid": (
        {"a": {}, "b": {"crs": "EPSG:3995", "date": "2017-01-01"}}, {"grid": "common"}, "refused: scene b: EPSG:3995, expected EPSG:3413",
    ),
    "two sizes of pixels on a common grid": (
        {"a": {}, "b": {"pixel": 20.0, "date": "2017-01-01"}},
        {"grid": "common"},
        "refused: scene b: pixels of 20 x 20 m, expected 10 x 10",
    ),
    "labels of a scene that is not there": (
        {"a": {}}, {"polygons": [("Snow", HERE)], "columns": {"scene": ["2016"]}}, "row 1: scene 2016, expected one of the labelled",
    ),
    "labels of one of two scenes": (
        {"a": {}, "b": {"date": "2017-01-01"}}, {"polygons": [("Snow", HERE)]}, "row 1: no scene, expected one of a, b; fill in",
    ),
    "labels by names of another scene": (
        {"a": {}}, {"polygons": [("Snow", HERE)], "columns": {"tile_id": ["b_r000000_c000000"]}}, "none of its tiles is a tile of the",
    ),
    "images of another size": ({"a": {}}, {"size": (20, 10)}, "1.png: 20 x 10 px, expected 20 x 20 px (tile_scene/height_px,"),
    "images of the size of tiles": ({"a": {}}, {"size": (20, 20)}, "look at: class Chaos: no label"),
    "a place that is not told": ({"a": {}}, {"polygons": [("Snow", HERE)], "group_field": "place"}, "expected place; correct"),
    "a store that is none yet": ({"a": {}}, {"trained": True, "no_store": "config: x"}, "refused: config: x"),
    "a store that nothing needs": ({"a": {}}, {"no_store": "config: x"}, "fine: scenes and tile tables"),
    "a training without labels": ({"a": {}}, {"trained": True}, "refused: collect_labels/sources: empty, expected a file or folder"),
    "one time and place": ({"a": {}, "b": {"shift": 50.0}}, {}, "refused: scenes a and b: both of 2016-06-25"),
    "one time and place in two systems": (
        {"a": {}, "b": {"crs": "EPSG:3411", "shift": 50.0}}, {}, "refused: scenes a and b: both of 2016-06-25",
    ),
    "one time and two ends of the Earth": ({"a": {}, "b": {"crs": "EPSG:3031"}}, {}, "look at: ingest_scene/grid: native maps each"),
    "no date": ({"a": {"date": ""}}, {}, "refused: scene a: "),
    "degrees": ({"a": {"crs": "EPSG:4326", "pixel": 1e-5}}, {}, "expected a projection in metres; set ingest_scene/grid to reproject"),
    "no target": ({"a": {}}, {"grid": "reproject"}, "reproject without a target"),
    "overlapping tiles take disk": (
        {"a": {"size": (2000, 3000)}},
        {"tiles": TILES | {"stride_rows_px": 1, "stride_columns_px": 1}},
        "fine: scenes and tile tables take about 4.81 GB",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("scenes", "options", "words"), CASES.values(), ids=CASES)
def test_a_finding_is_one_sentence(checked, scenes, options, words):
    n, text = checked({name: dict(image) for name, image in scenes.items()}, **options)
    assert words in text
    assert (n == 0) == words.startswith(("look at", "fine"))


@pytest.mark.parametrize("shape", [shapely.Point(60, -139.5), shapely.Polygon([(-75, 40), (-74, 40), (40, -139.5)])])
def test_labels_in_swapped_degrees_lie_outside(checked, shape):
    n, text = checked({"a": {}}, [("Snow", shape)], crs=4326)
    assert n == 0 and "look at: 1 of 1 labels lie outside all labelled scenes; check their coordinate system" in text


def test_a_region_and_a_mask_beside_the_scene_are_found(checked, tmp_path):
    for name in ("roi", "mask"):
        gpd.GeoDataFrame(geometry=[FAR], crs=3413).to_file(tmp_path / f"{name}.gpkg")
    n, text = checked({"a": {}}, roi=str(tmp_path / "roi.gpkg"), masks={"a": str(tmp_path / "mask.gpkg")})
    assert n == 2 and "the region misses scene a; correct ingest_scene/roi" in text and "refused: scene a: " in text
    assert "mask.gpkg: the mask lies beside the scene, expected one that covers some of it" in text


def test_a_mask_that_is_a_raster_is_opened(checked, tmp_path):
    masks = {}
    for name, shift, n_bands in (("a", 0, 1), ("b", 1e6, 1), ("c", 0, 3)):
        masks[name] = str(tmp_path / f"mask_{name}.tif")
        profile = {"driver": "GTiff", "height": 20, "width": 30, "count": n_bands, "dtype": "uint8", "crs": "EPSG:3413"}
        with rasterio.open(masks[name], "w", transform=rasterio.Affine(100, 0, X + shift, 0, -100, Y), **profile) as dataset:
            dataset.write(np.ones((n_bands, 20, 30), np.uint8))
    n, text = checked({"a": {}, "b": {"date": "2017-06-25"}, "c": {"date": "2018-06-25"}}, masks=masks)
    assert n == 2 and "mask_a.tif" not in text
    assert "mask_b.tif: the mask lies beside the scene" in text and "mask_c.tif: 3 bands, expected a mask of 1 band" in text
