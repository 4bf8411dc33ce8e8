"""The catalogue, the crate and the data set: pystac, odc-stac, roc-validator, pycocotools, Label Studio."""

import importlib.util
import json
from pathlib import Path

import hostile
import numpy as np
import pystac
import pytest
import rasterio
import stac_schemas
from consumers import CLIENTS, python, run


@pytest.mark.reads("pystac", "STAC")
def test_pystac_reads_the_catalogue_and_every_file_that_it_names(results, classes):
    catalog = pystac.Catalog.from_file(str(results / "catalog" / "catalog.json"))
    items = list(catalog.get_items(recursive=True))
    assert len(items) == len(hostile.DATES) + 1
    for item in items:
        assert len(stac_schemas.validate(item)) == 1 + len(item.stac_extensions)
        for asset in item.assets.values():
            assert Path(asset.get_absolute_href()).exists(), asset.href
    scene = next(item for item in items if item.id == hostile.DATES[-1])
    assert scene.properties["attribution"] == hostile.CREDITS
    described = scene.assets[f"{hostile.MODEL}_class"].extra_fields["classification:classes"]
    assert [entry["title"] for entry in described] == list(hostile.NAMES)
    assert len({entry["name"] for entry in described}) == len(hostile.NAMES)


ODC = """
import sys, numpy, odc.stac, pystac
items = [item for item in pystac.Catalog.from_file(sys.argv[1]).get_items(recursive=True) if item.id in sys.argv[3:]]
cube = odc.stac.load(items, bands=[sys.argv[2]])[sys.argv[2]]
print(cube.dtype, cube.odc.nodata, *cube.shape)
print(*numpy.bincount(cube.isel(time=-1).values.ravel(), minlength=256))
"""


@pytest.mark.reads("odc-stac", "STAC", "class map")
def test_odc_stac_loads_a_cube_of_bytes_on_the_grid_of_the_maps(results, class_map):
    catalog = results / "catalog" / "catalog.json"
    first, second = run(python(), "-c", ODC, catalog, f"{hostile.MODEL}_class", *hostile.DATES).splitlines()
    kind, nodata, n_dates, height, width = first.split()
    with rasterio.open(class_map) as dataset:
        cells = dataset.read(1)
    assert (kind, float(nodata), int(n_dates)) == ("uint8", 255, len(hostile.DATES))
    assert abs(int(height) - cells.shape[0]) <= 2 and abs(int(width) - cells.shape[1]) <= 2
    counts = np.array(second.split(), int)
    classes = counts[:255].nonzero()[0]
    assert set(classes) == set(np.unique(cells)) - {255}


@pytest.mark.reads("roc-validator", "RO-Crate")
def test_the_crate_passes_its_profiles(results):
    found = importlib.util.find_spec("rocrate").submodule_search_locations[0]
    profiles = ("ro-crate-1.1", "process-run-crate-0.5", "workflow-run-crate-0.5")
    text = run(python(), CLIENTS / "validate_crate.py", results, Path(found) / "data" / "ro-crate.jsonld", *profiles)
    assert text.count("passed") == len(profiles)


COCO = """
import sys
from pycocotools.coco import COCO
coco = COCO(sys.argv[1])
for category in coco.loadCats(coco.getCatIds()):
    print("class", category["name"], len(coco.getAnnIds(catIds=[category["id"]])), sep="\\t")
assert all(coco.annToMask(entry).all() for entry in coco.loadAnns(coco.getAnnIds()))
"""


@pytest.mark.reads("pycocotools", "COCO")
def test_pycocotools_counts_the_classes(results, classes):
    path = results / "dataset" / "coco.json"
    lines = [line.split("\t") for line in run(python(), "-c", COCO, path).splitlines() if line.startswith("class")]
    content = json.loads(path.read_text())
    ids = [entry["category_id"] for entry in content["annotations"]]
    assert [(name, int(n)) for _, name, n in lines] == [(row.class_name, ids.count(row.class_id)) for row in classes.itertuples()]
    assert content["licenses"][0]["name"] == "CC BY 4.0" and content["info"]["contributor"] == hostile.CREDITS
    assert all((path.parent / image["file_name"]).is_file() for image in content["images"])


LABEL_STUDIO = """
import json, sys
from label_studio_sdk.label_interface import LabelInterface
view = LabelInterface(open(sys.argv[1], encoding="utf-8").read())
view.validate()
print(json.dumps(list(view.get_control("class").labels)))
for task in json.load(open(sys.argv[2], encoding="utf-8")):
    assert view.validate_task({"data": task["data"]})
    assert all(map(view.validate_annotation, task["annotations"])) and all(map(view.validate_prediction, task["predictions"]))
"""


@pytest.mark.reads("label-studio-sdk", "Label Studio")
def test_label_studio_takes_interface_tasks_annotations_and_predictions(results, classes):
    folder = results / "dataset"
    names = json.loads(run(python(), "-c", LABEL_STUDIO, folder / "label_studio.xml", folder / "label_studio.json"))
    assert names == list(classes["class_name"])
