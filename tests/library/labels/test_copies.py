"""Images that are there twice, or show a tile that is labelled in its scene."""

import pandas as pd
import pytest
import tile_tables

from geoclass.labels import copies


def claims(*rows):
    return pd.DataFrame(rows, columns=["tile_id", "scene", "enough"])


@pytest.fixture
def sets(tmp_path):
    """Two sets, whose second images are copies of each other, and a scene."""
    return [
        tile_tables.grid(tmp_path / "a.parquet", "a"),
        tile_tables.images(tmp_path / "one.parquet", "one", ["x/1.png", "x/2.png"]),
        tile_tables.images(tmp_path / "two.parquet", "two", ["x/8.png", "y/2.png", "x/a_r000000_c000000.png"]),
    ]


def test_copies_of_an_image_are_one_tile(sets, caplog):
    found = copies.once(claims(("one_x_2", "one", True), ("two_y_2", "two", True), ("a_r000000_c000000", "a", True)), sets)
    assert found[["tile_id", "scene"]].to_numpy().tolist() == [["one_x_2", "one"]] * 2 + [["a_r000000_c000000", "a"]]
    assert "1 images are copies of others (two_y_2 of one_x_2) and count once" in caplog.text


def test_an_image_without_a_copy_that_is_labelled_stays_as_it_is(sets, caplog):
    only = claims(("two_y_2", "two", True), ("two_x_8", "two", True))
    pd.testing.assert_frame_equal(copies.once(only, sets), only)
    assert not caplog.text


def test_an_image_of_a_tile_that_is_labelled_in_its_scene_is_left_out(sets, caplog):
    image = ("two_x_a_r000000_c000000", "two", True)
    assert list(copies.once(claims(image, ("a_r000000_c000010", "a", True)), sets)["tile_id"]) == [image[0], "a_r000000_c000010"]
    assert list(copies.once(claims(image, ("a_r000000_c000000", "a", True)), sets)["tile_id"]) == ["a_r000000_c000000"]
    assert "1 images (two_x_a_r000000_c000000) show tiles that are labelled in their scene, too, and are left out" in caplog.text
