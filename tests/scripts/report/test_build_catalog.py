"""The STAC catalogue: valid, relative, and in the right place on Earth."""

import json
import re
from pathlib import Path

import numpy as np
import pyproj
import pystac
import pytest
import rasterio
import shapely
import stac_schemas
from pystac.validation import stac_validator
from report.build_catalog import build_catalog

from geoclass.core import files
from geoclass.report import stac

SCENE = {
    "scene": "20160625", "date": "2016-06-25T17:03:09Z", "sensor": "WV02", "epsg": 3413, "crs_wkt": pyproj.CRS.from_epsg(3413).to_wkt(),
    "height_px": 48563, "width_px": 42641, "transform": [0.509891794959, 0, 1099538.681, 0, -0.486724332972, -531178.809],
    "dtype": "uint16", "gsd_m": 0.514, "synthetic": False,
}  # fmt: skip
CLASSES = [
    {"class_id": 1, "class_name": "Sea Ice", "colour": "#2b5c9e"},
    {"class_id": 2, "class_name": "Chaos", "colour": "#54278f"},
]
HOSTILE = [
    {"class_id": n, "class_name": name, "colour": "#54278f"}
    for n, name in enumerate(["Cisaillement, foncé", "Multi directional", "Multi-directional", "<b>", "雪"], 1)
]
CREDITS = "Imagery © <Maxar> & others. " * 72
MAP = (130.0, 0.0, 1099538.5, 0.0, -97.5, -531178.75)


@pytest.fixture
def built(tmp_path):
    files.write_json(tmp_path / "scenes" / "20160625.json", SCENE)
    (tmp_path / "scenes" / "20160625.tif").write_bytes(b"scene")
    (tmp_path / "scenes" / "20160625.jpg").write_bytes(b"quicklook")
    for name in ("varionet/20160625_class.tif", "structure/20160625_orientation.tif", "disagreement/20160625.tif"):
        write_map(tmp_path / "maps" / name)
    models = {"varionet": CLASSES, "variomlp": HOSTILE, "resnet18": CLASSES}
    for model, classes in models.items():
        write_map(tmp_path / "maps" / model / "20160625_class.tif")
        folder = tmp_path / "models" / "block" / model
        card = {
            "model": model, "id": f"{model}-0123", "classes": classes, "tile": {"height_px": 201, "width_px": 268},
            "vario": {"scheme": "3-4-5", "lags": [[[3 * k, 0] for k in range(1, 6)]] * 4}, "directions": 4, "normalisation": "log",
            "standardisation": {"mean": [0.0] * 20, "deviation": [1.0] * 20}, "temperature": 1.25, "versions": {"torch": "2.13.0+cpu"},
            "radiometry": {"method": "percentiles", "low_percent": 0.5, "high_percent": 99.5},
        }  # fmt: skip
        files.write_json(folder / "model.json", card)
        for name in ("weights.safetensors", "model.onnx"):
            (folder / name).write_bytes(b"weights")
    output = tmp_path / "catalog" / "catalog.json"
    for _ in range(2):  # the second replaces the first
        build_catalog(
            [str(tmp_path / "scenes" / "20160625.json")],
            {model: str(tmp_path / "models" / "block" / model) for model in models},
            class_list(tmp_path, {8: ("Cloud", "#ffffff"), 9: ("Land", "#000000")}),
            str(tmp_path),
            {},
            CREDITS,
            str(output),
        )
    return output


def class_list(folder, classes):
    """Write a table of classes; return its path."""
    rows = [f"{class_id}\t{name}\t{colour}\tblocks of ice" for class_id, (name, colour) in classes.items()]
    (folder / "classes.tsv").write_text("\n".join(["class_id\tclass_name\tcolour\tdescription", *rows]) + "\n")
    return str(folder / "classes.tsv")


def write_map(path):
    """Write a map of 3 x 4 cells."""
    profile = {"driver": "GTiff", "height": 3, "width": 4, "count": 1, "dtype": "uint8", "nodata": 255, "crs": "EPSG:3413"}
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(path, "w", transform=rasterio.Affine(*MAP), **profile) as dataset:
        dataset.write(np.ones((1, 3, 4), np.uint8))


def test_the_frame_of_a_real_scene_lies_where_its_metadata_says():
    """Corners of WV02 scene 2016-06-25 as its producer gives them, in degrees; the image is turned a little inside its frame."""
    points = stac.footprint(SCENE)["coordinates"][0]
    for corner in (
        (18.51742961, 78.69525688),
        (19.36984658, 78.69932552),
        (19.35748349, 78.55486792),
        (18.52181015, 78.54942827),
    ):
        assert min(abs(x - corner[0]) + abs(y - corner[1]) for x, y in points) < 0.1


def test_entries_are_valid_and_links_and_files_relative(built):
    root = pystac.Catalog.from_file(str(built))
    items = {item.id: item for item in root.get_items(recursive=True)}
    assert set(items) == {"20160625", "model-varionet", "model-variomlp", "model-resnet18"}
    for item in items.values():
        assert len(stac_schemas.validate(item)) == 1 + len(item.stac_extensions)
        assert len(item.stac_extensions) >= 2
        for asset in item.assets.values():
            assert not asset.href.startswith("/")
            assert Path(asset.get_absolute_href()).is_file()
    assert {"orientation", "disagreement"} < set(items["20160625"].assets)
    assert items["20160625"].assets["thumbnail"].roles == ["thumbnail"]
    named = items["20160625"].assets["varionet_class"].extra_fields["classification:classes"]
    assert named[0] | {"value": 1, "title": "Sea Ice", "color_hint": "2B5C9E"} == named[0]
    assert items["model-varionet"].properties["mlm:architecture"] == "VarioNet"
    assert items["20160625"].properties["attribution"] == CREDITS
    assert items["20160625"].properties["geoclass:inputs_sha256"]["scene"] == files.fingerprint(
        built.parents[1] / "scenes/20160625.tif"
    )


def test_what_models_of_an_earlier_run_have_left_is_no_asset(built):
    folder = built.parents[1]
    left = [str(folder / "scenes" / "20160625.json")], {"varionet": str(folder / "models" / "block" / "varionet")}
    build_catalog(*left, str(folder / "classes.tsv"), str(folder), {}, CREDITS, str(built))
    (item,) = [item for item in pystac.Catalog.from_file(str(built)).get_items() if item.id == "20160625"]
    assert not [key for key in item.assets if key.startswith(("variomlp", "resnet18", "disagreement"))]


def test_every_raster_tells_its_own_grid_and_type(built):
    """What odc-stac and others lay a cube out by: cells of the map, not pixels of the scene."""
    (item,) = [item for item in pystac.Catalog.from_file(str(built)).get_items() if item.id == "20160625"]
    assert item.properties["proj:code"] == "EPSG:3413" and not {"proj:shape", "proj:transform"} & set(item.properties)
    fields = item.assets["varionet_class"].extra_fields
    assert (fields["proj:shape"], fields["proj:transform"], fields["data_type"], fields["nodata"]) == (
        [3, 4],
        list(MAP),
        "uint8",
        255,
    )
    assert item.assets["scene"].extra_fields["proj:shape"] == [48563, 42641]


def test_each_model_has_its_own_classes_under_valid_names(built):
    items = {item.id: item for item in pystac.Catalog.from_file(str(built)).get_items()}
    for model, classes in (("varionet", CLASSES), ("variomlp", HOSTILE)):
        (output,) = items[f"model-{model}"].properties["mlm:output"]
        for named in (
            items["20160625"].assets[f"{model}_class"].extra_fields["classification:classes"],
            output["classification:classes"],
        ):
            assert [each["title"] for each in named] == [each["class_name"] for each in classes]
            assert len({each["name"] for each in named}) == len(classes) and all(each["description"] for each in named)
            assert all(
                re.fullmatch("[0-9A-Za-z_-]+", each["name"]) and re.fullmatch("[0-9A-F]{6}", each["color_hint"]) for each in named
            )


def test_maps_have_the_names_and_colours_of_the_class_list_and_models_those_that_they_learned(built):
    """As the files of the maps have, of a class that was renamed or recoloured since."""
    folder = built.parents[1]
    classes = class_list(folder, {1: ("Open water", "#2b5c9e"), 2: ("Chaos", "#00ff00"), 9: ("Land", "#000000")})
    models = {"varionet": str(folder / "models" / "block" / "varionet")}
    build_catalog([str(folder / "scenes" / "20160625.json")], models, classes, str(folder), {}, CREDITS, str(built))
    items = {item.id: item for item in pystac.Catalog.from_file(str(built)).get_items()}
    found = items["20160625"].assets["varionet_class"].extra_fields["classification:classes"]
    assert [(each["value"], each["title"], each["color_hint"]) for each in found] == [
        (1, "Open water", "2B5C9E"),
        (2, "Chaos", "00FF00"),
    ]
    assert found[0]["description"] == "blocks of ice" and stac_schemas.validate(items["20160625"])
    (output,) = items["model-varionet"].properties["mlm:output"]
    assert [each["title"] for each in output["classification:classes"]] == ["Sea Ice", "Chaos"]


def test_a_model_tells_what_its_network_reads_and_gives(built):
    (item,) = [item for item in pystac.Catalog.from_file(str(built)).get_items() if item.id == "model-varionet"]
    inputs = {each["name"]: each["input"]["shape"] for each in item.properties["mlm:input"]}
    assert inputs == {"features": [-1, 20], "pixels": [-1, 201, 268]}
    assert item.properties["mlm:output"][0]["post_processing_function"]["expression"].endswith("softmax(logits / 1.25)")
    network = item.assets["model_onnx"]
    assert network.roles == ["mlm:model", "mlm:weights"] and network.extra_fields["mlm:artifact_type"] == "onnx"


def test_a_frame_across_180_degrees_is_cut_there():
    wkt = pyproj.CRS.from_epsg(3413).to_wkt()
    x, y = pyproj.Transformer.from_crs(4326, 3413, always_xy=True).transform(180, 80)
    scene = SCENE | {"transform": [10, 0, x - 5000, 0, -10, y + 5000], "height_px": 1000, "width_px": 1000, "crs_wkt": wkt}
    geometry = stac.footprint(scene)
    west, south, east, north = stac.bounds(geometry)
    assert geometry["type"] == "MultiPolygon" and 179 < west <= 180 and -180 <= east < -179 and 79 < south < north < 81
    assert shapely.geometry.shape(geometry).area < 1


def test_no_entry_names_this_machine(built):
    for path in built.parent.rglob("*.json"):
        assert str(built.parents[1]) not in path.read_text()
        json.loads(path.read_text())


def test_what_the_schemas_forbid_is_found(built):
    """The pinned schemas are not only there: each extension refuses something."""
    items = {item.id: item.to_dict() for item in pystac.Catalog.from_file(str(built)).get_items()}
    spoiled = [json.loads(json.dumps(items[name])) for name in ("model-varionet", "20160625", "20160625", "20160625", "20160625")]
    del spoiled[0]["properties"]["mlm:output"][0]["classification:classes"][0]["description"]
    spoiled[1]["assets"]["varionet_class"]["classification:classes"][0]["name"] = "Sea Ice"
    spoiled[2]["properties"]["proj:code"] = 3413
    spoiled[3]["properties"]["attribution"] = ""
    spoiled[4]["properties"]["processing:software"] = ["geoclass-workflow"]
    for content in spoiled:
        with pytest.raises(pystac.errors.STACValidationError):
            stac_schemas.validate(pystac.Item.from_dict(content))
    items["20160625"]["stac_extensions"].append("https://stac-extensions.github.io/nothing/v1.0.0/schema.json")
    with pytest.raises((AssertionError, stac_validator.GetSchemaError)):
        stac_schemas.validate(pystac.Item.from_dict(items["20160625"]))
