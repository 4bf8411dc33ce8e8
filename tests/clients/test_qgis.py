"""QGIS itself, offscreen: what is opened shows its classes by name and colour at once."""

import json
import os

import hostile
import numpy as np
import pytest
import rasterio
import shapely
from consumers import ROOT, install, run
from PIL import Image

BACKGROUND = (0x12, 0x34, 0x56)


@pytest.fixture(scope="module")
def seen(results, class_map, store, tmp_path_factory):
    """Return what QGIS says of every layer by its name, and the folder of its pictures of them."""
    install("/usr/lib/python3/dist-packages/qgis/core", "python3-qgis")
    folder = tmp_path_factory.mktemp("qgis")
    maps = class_map.parent
    paths = [class_map, *(maps / f"{hostile.DATES[-1]}_{name}.tif" for name in ("confidence", "applicability"))]
    paths += [maps.parent / "structure" / f"{hostile.DATES[-1]}_{name}.tif" for name in ("orientation", "spacing")]
    series = results / "series" / hostile.MODEL
    paths += [next((series / "change").glob("*.tif")), series / "series.qlr", results / "dataset" / "labels.gpkg", store]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
    text = run("/usr/bin/python3", ROOT / "tests" / "clients" / "qgis_view.py", folder, *paths, env=environment)
    return json.loads(text.splitlines()[-1]), folder


def layer(seen, path):
    """Return what QGIS says of the layers of a file."""
    return [about for about in seen[0] if about["path"].endswith(path)]


@pytest.mark.reads("QGIS", "class map")
def test_classes_have_their_names_and_colours(seen, classes, class_map):
    (about,) = layer(seen, class_map.name)
    assert about["renderer"] == "paletted" and about["crs"] == "EPSG:3413" and about["nodata"] == 255
    expected = classes[["class_id", "class_name", "colour"]]
    assert [tuple(entry) for entry in about["classes"]] == list(expected.itertuples(index=False, name=None))


@pytest.mark.reads("QGIS", "class map")
def test_the_map_lies_where_it_should(seen, class_map):
    with rasterio.open(class_map) as dataset:
        expected = shapely.box(*dataset.bounds)
    found = shapely.from_wkt(layer(seen, class_map.name)[0]["extent"])
    assert found.symmetric_difference(expected).area < 1e-3 * expected.area


@pytest.mark.reads("QGIS", "class map")
def test_the_picture_shows_every_cell_in_the_colour_of_its_class(seen, classes, class_map):
    with rasterio.open(class_map) as dataset:
        cells = dataset.read(1)
        x, y = dataset.transform @ np.array(np.meshgrid(np.arange(cells.shape[1]) + 0.5, np.arange(cells.shape[0]) + 0.5))
    left, top, unit = layer(seen, class_map.name)[0]["shown"]
    picture = np.array(Image.open(seen[1] / f"{class_map.stem}.png").convert("RGB"))
    found = picture[((top - y) / unit).astype(int), ((x - left) / unit).astype(int)]
    colours = {row.class_id: tuple(bytes.fromhex(row.colour[1:])) for row in classes.itertuples()} | {255: BACKGROUND}
    assert (found == np.array([[colours[value] for value in row] for row in cells.tolist()])).all()


@pytest.mark.reads("QGIS", "other maps")
def test_other_maps_open_with_their_scales(seen, classes):
    (about,) = layer(seen, "_confidence.tif")
    assert [(value, label) for value, label, _ in about["items"]] == [(v, f"{v} %") for v in (0, 25, 50, 75, 100)]
    assert [name for _, name, _ in layer(seen, "_applicability.tif")[0]["classes"]] == [
        "outside, unlike the training tiles",
        "inside",
    ]
    orientation = layer(seen, "_orientation.tif")[0]["items"]
    assert orientation[0][0] == 0 and orientation[-1][0] == 180 and orientation[0][2] == orientation[-1][2]  # cyclic
    assert layer(seen, "_spacing.tif")[0]["items"][-1][1].endswith(" m")
    names = [name for _, name, _ in next(about for about in seen[0] if "/change/" in about["path"])["classes"]]
    assert f"now {hostile.NAMES[0]}" in names


@pytest.mark.reads("QGIS", "series")
def test_every_date_of_the_series_is_a_layer_in_the_colours_of_the_classes(seen, results, classes):
    layers = [about for about in seen[0] if "series.nc" in about["path"]]
    dates = [f"{date[:4]}-{date[4:6]}-{date[6:]}" for date in hostile.DATES]
    assert [about["name"] for about in layers] == dates[::-1]
    assert [about["band"] for about in layers] == [3, 2, 1] and [about["checked"] for about in layers] == [True, False, False]
    for about in layers:
        assert about["renderer"] == "paletted" and about["crs"] == "EPSG:3413"
        assert [name for _, name, _ in about["classes"]] == list(hostile.NAMES)


@pytest.mark.reads("QGIS", "GeoPackages")
@pytest.mark.parametrize("name", ["dataset/labels.gpkg", "store.gpkg"])
def test_labels_open_in_the_colours_of_the_classes(seen, classes, name):
    (about,) = layer(seen, f"{name}|layername=labels")
    assert about["renderer"] == "categorizedSymbol" and about["crs"] == "EPSG:3413" and about["features"] > 0
    assert [(label, colour) for label, colour in about["categories"]] == list(
        zip(classes["class_name"], classes["colour"], strict=True)
    )
    assert about["drawn"] > 1000  # pixels that are no background
