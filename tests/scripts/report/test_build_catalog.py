"""The STAC catalogue: valid, relative, and in the right place on Earth."""

import json
from pathlib import Path

import pyproj
import pystac
import pytest
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


@pytest.fixture
def built(tmp_path):
    files.write_json(tmp_path / "scenes" / "20160625.json", SCENE)
    (tmp_path / "scenes" / "20160625.tif").write_bytes(b"scene")
    for name in ("varionet/20160625_class.tif", "structure/20160625_orientation.tif", "disagreement/20160625.tif"):
        (tmp_path / "maps" / name).parent.mkdir(parents=True)
        (tmp_path / "maps" / name).write_bytes(b"map")
    folder = tmp_path / "models" / "block" / "varionet"
    lags = [[[3 * k, 0] for k in range(1, 6)]] * 4
    card = {"model": "varionet", "id": "varionet-0123", "classes": CLASSES, "vario": {"lags": lags}}
    files.write_json(folder / "model.json", card | {"tile": {"height_px": 201, "width_px": 268}})
    (folder / "weights.safetensors").write_bytes(b"weights")
    output = tmp_path / "catalog" / "catalog.json"
    for _ in range(2):  # the second replaces the first
        build_catalog([str(tmp_path / "scenes" / "20160625.json")], {"varionet": str(folder)}, str(tmp_path), {}, str(output))
    return output


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
    assert set(items) == {"20160625", "model-varionet"}
    for item in items.values():
        content = item.to_dict()
        core = content | {"stac_extensions": []}
        pystac.validation.validate_dict(core)
        for asset in item.assets.values():
            assert not asset.href.startswith("/")
            assert Path(asset.get_absolute_href()).is_file()
    assert {"orientation", "disagreement"} < set(items["20160625"].assets)
    named = items["20160625"].assets["varionet_class"].extra_fields["classification:classes"]
    assert named[0] | {"value": 1, "title": "Sea Ice", "color_hint": "2B5C9E"} == named[0]
    assert items["model-varionet"].properties["mlm:architecture"] == "VarioNet"
    assert items["20160625"].properties["geoclass:inputs_sha256"]["scene"] == files.fingerprint(
        built.parents[1] / "scenes/20160625.tif"
    )


def test_no_entry_names_this_machine(built):
    for path in built.parent.rglob("*.json"):
        assert str(built.parents[1]) not in path.read_text()
        json.loads(path.read_text())
