"""A flat folder of images as users have them: many sizes and types, and files that are broken."""

import os

import numpy as np
import pytest
from PIL import Image

from geoclass.scenes import image_folder

SIZE = (24, 32)
WAY = {"minimum_valid_share": 0.8, "method": "percentiles", "low": 0.5, "high": 99.5}


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(1)
    Image.fromarray(rng.integers(0, 255, SIZE, np.uint8)).save(tmp_path / "grey.png")
    Image.fromarray(rng.integers(0, 255, (55, 70), np.uint8)).save(tmp_path / "large.png")
    Image.fromarray(rng.integers(0, 255, (20, 70), np.uint8)).save(tmp_path / "low.png")
    Image.fromarray(rng.integers(0, 2000, SIZE, np.uint16)).save(tmp_path / "sixteen.tif")
    colours = rng.integers(0, 255, (*SIZE, 4), np.uint8)
    colours[..., 3] = 255
    colours[:2, :, 3] = 0
    Image.fromarray(colours, "RGBA").save(tmp_path / "colour.png")
    Image.fromarray(np.zeros((*SIZE, 4), np.uint8), "RGBA").save(tmp_path / "clear.png")
    (tmp_path / "broken.png").write_bytes((tmp_path / "grey.png").read_bytes()[:200])
    Image.fromarray(rng.random(SIZE).astype(np.float32)).save(tmp_path / "real.tif")
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "inner").mkdir()
    return tmp_path


def test_what_can_be_used_is_used_and_the_rest_is_listed(folder):
    found = image_folder.survey(folder, SIZE, **WAY)
    table = found.table.set_index("image")
    assert table["n_tiles"].to_dict() == {
        **{"broken.png": 0, "clear.png": 0, "colour.png": 1, "grey.png": 1},
        **{"large.png": 4, "low.png": 0, "real.tif": 0, "sixteen.tif": 1},
    }
    assert "not a readable raster" in table["problem"]["broken.png"]
    assert table["problem"]["clear.png"].startswith("transparent")
    assert table["problem"]["low.png"] == (
        "20 x 70 px, expected at least 24 x 32 px, a tile (tile_scene/height_px and width_px, as in the model's model.json)"
    )
    assert "float32, expected uint8 or uint16" in table["problem"]["real.tif"]
    assert found.dtype == "uint8" and set(found.scaling) == {"uint8", "uint16"}


@pytest.mark.parametrize("name, shown", [(b"\xfcber.png", r"\xfcber.png"), (b"a\nb.png", r"a\x0ab.png")])
def test_a_name_that_no_table_can_hold_is_listed(folder, name, shown):
    """As in archives of another system: names are bytes, and no text in UTF-8."""
    (folder / "grey.png").rename(folder / os.fsdecode(name))
    table = image_folder.survey(folder, SIZE, **WAY).table.set_index("image")
    assert table["problem"][shown] == "a name that is no text of one line in UTF-8, expected one" and table["n_tiles"][shown] == 0
    assert table["n_tiles"].sum() == 6 and table.to_csv().encode()


def test_tiles_are_whole_in_the_middle_and_of_one_type(folder):
    found = image_folder.survey(folder, SIZE, **WAY)
    tiles = list(image_folder.tiles(folder, found, SIZE, WAY["minimum_valid_share"]))
    assert len(tiles) == found.table["n_tiles"].sum() == 7
    assert {tile["counts"].shape for tile in tiles} == {SIZE} and {tile["counts"].dtype.name for tile in tiles} == {"uint8"}
    large = [(tile["row_px"], tile["column_px"]) for tile in tiles if tile["image"] == "large.png"]
    assert large == [(3, 3), (3, 35), (27, 3), (27, 35)]
    (sixteen,) = (tile["counts"] for tile in tiles if tile["image"] == "sixteen.tif")
    with Image.open(folder / "sixteen.tif") as image:
        counts = np.asarray(image).astype(float)
    own, common = found.scaling["uint16"], found.scaling["uint8"]
    expected = common["low"] + (counts - own["low"]) / (own["high"] - own["low"]) * (common["high"] - common["low"])
    np.testing.assert_allclose(sixteen, np.clip(expected, 0, 255), atol=0.51)
    (colour,) = (tile for tile in tiles if tile["image"] == "colour.png")
    assert not colour["valid"][:2].any() and colour["valid"][2:].all()


@pytest.mark.parametrize("kept, problem", [((), "no image (.png"), (("low.png", "broken.png"), "none of 2 images can be used")])
def test_a_folder_without_a_usable_image_is_one_sentence(folder, kept, problem):
    for path in folder.iterdir():
        if path.is_file() and path.name not in kept:
            path.unlink()
    with pytest.raises(ValueError) as error:
        image_folder.survey(folder, SIZE, **WAY)
    assert problem in str(error.value)
