"""QGIS itself, offscreen: a map that is opened shows its classes by name and colour at once."""

import json
import os

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from consumers import MODEL, ROOT, install, run
from PIL import Image

CLASSES = pd.read_csv(ROOT / "config" / "classes.tsv", sep="\t")
BACKGROUND = (0x12, 0x34, 0x56)


@pytest.fixture(scope="module")
def seen(results, scenes, tmp_path_factory):
    """Return what QGIS says of the maps of the last scene, the maps, and the folder of its pictures of them."""
    install("/usr/lib/python3/dist-packages/qgis/core", "python3-qgis")
    folder = tmp_path_factory.mktemp("qgis")
    maps = [results / "maps" / MODEL / f"{scenes[-1]}_{name}.tif" for name in ("class", "confidence", "applicability")]
    maps.append(results / "maps" / "disagreement" / f"{scenes[-1]}.tif")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
    text = run("/usr/bin/python3", ROOT / "tests" / "clients" / "qgis_view.py", folder, *maps, env=environment)
    return json.loads(text.splitlines()[-1]), maps, folder


def test_classes_have_their_names_and_colours(seen):
    about = seen[0][0]
    assert about["renderer"] == "paletted" and about["crs"] == "EPSG:3413" and about["nodata"] == 255
    expected = CLASSES[["class_id", "class_name", "colour"]]
    assert [tuple(entry) for entry in about["classes"]] == list(expected.itertuples(index=False, name=None))
    assert [name for _, name, _ in seen[0][2]["classes"]] == ["outside, unlike the training tiles", "inside"]


@pytest.mark.parametrize("index", [1, 3])
def test_percentages_are_a_ramp(seen, index):
    about = seen[0][index]
    assert about["renderer"] == "singlebandpseudocolor"
    assert [(value, label) for value, label, _ in about["items"]] == [(v, f"{v} %") for v in (0, 25, 50, 75, 100)]


def test_the_map_lies_where_it_should(seen):
    with rasterio.open(seen[1][0]) as dataset:
        expected = shapely.box(*dataset.bounds)
    assert shapely.from_wkt(seen[0][0]["extent"]).symmetric_difference(expected).area < 1e-3 * expected.area


def test_the_picture_shows_every_cell_in_the_colour_of_its_class(seen):
    with rasterio.open(seen[1][0]) as dataset:
        cells = dataset.read(1)
        x, y = dataset.transform @ np.array(np.meshgrid(np.arange(cells.shape[1]) + 0.5, np.arange(cells.shape[0]) + 0.5))
    left, top, unit = seen[0][0]["shown"]
    picture = np.array(Image.open(seen[2] / f"{seen[1][0].stem}.png").convert("RGB"))
    found = picture[((top - y) / unit).astype(int), ((x - left) / unit).astype(int)]
    colours = {row.class_id: tuple(bytes.fromhex(row.colour[1:])) for row in CLASSES.itertuples()} | {255: BACKGROUND}
    expected = np.array([[colours[value] for value in row] for row in cells.tolist()])
    assert (found == expected).all()
