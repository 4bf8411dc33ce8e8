"""Images in class folders."""

import os

import numpy as np
import pytest
from PIL import Image

from geoclass.scenes import images

GREY = np.random.default_rng(1).integers(0, 255, (8, 9)).astype(np.uint8)


def save(path, counts, mode=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(counts)
    (image.convert(mode) if mode else image).save(path)


def first(folder):
    (entry,) = images.read(folder, images.find(folder))
    return entry


def test_images_are_found_sorted_and_hidden_files_left(tmp_path):
    for name in ("b/2.png", "b/10.jpg", "a/deep/x.TIF", "b/.cache.png", ".git/a.png"):
        save(tmp_path / name, GREY)
    (tmp_path / "b" / "notes.txt").write_text("")
    assert images.find(tmp_path) == ["a/deep/x.TIF", "b/10.jpg", "b/2.png"]


def test_a_name_that_no_table_can_hold_is_refused(tmp_path):
    save(tmp_path / "a" / "1.png", GREY)
    (tmp_path / "a" / "1.png").rename(tmp_path / "a" / os.fsdecode(b"\xfcber.png"))
    with pytest.raises(ValueError, match=r"a/\\xfcber.png: a name that is no text of one line in UTF-8, expected one; rename"):
        images.find(tmp_path)


def test_empty_folders_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no class folder, expected <folder>/<class>/<image>"):
        images.find(tmp_path)
    save(tmp_path / "a" / "1.png", GREY)
    (tmp_path / "chaos").mkdir()
    with pytest.raises(
        ValueError, match=r"chaos: no image \(\.png, .+\), expected at least one; add images or remove the folder"
    ):
        images.find(tmp_path)


@pytest.mark.parametrize("name, mode", [("1.png", None), ("1.tif", None), ("1.png", "RGB"), ("1.png", "P")])
def test_grey_stays_grey_however_it_is_stored(tmp_path, name, mode):
    save(tmp_path / "a" / name, GREY, mode)
    path, counts, valid, coloured = first(tmp_path)
    assert path == f"a/{name}" and valid.all() and not coloured
    np.testing.assert_array_equal(counts, GREY)


def test_sixteen_bits_stay_sixteen(tmp_path):
    save(tmp_path / "a" / "1.png", GREY.astype(np.uint16) * 250)
    assert first(tmp_path)[1].dtype == np.uint16
    np.testing.assert_array_equal(first(tmp_path)[1], GREY.astype(np.uint16) * 250)


def test_colour_becomes_luminance(tmp_path):
    colours = np.random.default_rng(2).integers(0, 256, (8, 9, 3)).astype(np.uint8)
    save(tmp_path / "a" / "1.png", colours)
    _, counts, _, coloured = first(tmp_path)
    assert coloured and counts.dtype == np.uint8
    assert np.abs(counts.astype(int) - np.asarray(Image.fromarray(colours).convert("L"))).max() <= 1


def test_what_is_transparent_is_invalid(tmp_path):
    alpha = np.where(np.arange(9) < 4, 0, 255).astype(np.uint8) * np.ones((8, 1), np.uint8)
    save(tmp_path / "a" / "1.png", np.stack([GREY, GREY, GREY, alpha], axis=-1))
    *_, valid, coloured = first(tmp_path)
    assert not coloured and valid.tolist() == (alpha > 0).tolist()


def survey(folder, share=1.0):
    return images.survey(folder, "set", 8, 9, share)


def test_a_survey_gathers_the_counts_of_all_images(tmp_path):
    save(tmp_path / "a" / "1.png", GREY)
    save(tmp_path / "b" / "1.png", np.stack([GREY, GREY // 2, GREY], axis=-1))
    found = survey(tmp_path)
    assert found.paths == ["a/1.png", "b/1.png"] and found.n_coloured == 1 and found.histogram.bins.sum() == 144


def test_transparent_images_are_set_aside(tmp_path):
    save(tmp_path / "a" / "1.png", GREY)
    save(tmp_path / "a" / "2.png", np.stack([GREY] * 3 + [np.zeros_like(GREY)], axis=-1))
    found = survey(tmp_path)
    assert found.paths == ["a/1.png"] and found.n_transparent == 1
    (tmp_path / "a" / "1.png").unlink()
    with pytest.raises(ValueError, match="all 1 images are transparent"):
        survey(tmp_path)


def test_images_of_another_size_are_counted_and_refused(tmp_path):
    for name, height in (("a/1.png", 8), ("a/2.png", 7), ("b/3.png", 9)):
        save(tmp_path / name, np.zeros((height, 9), np.uint8))
    sentence = r"a/2\.png: 7 x 9 px, expected 8 x 9 px \(tile_scene/height_px, width_px\); 2 of 3 images have another size"
    with pytest.raises(ValueError, match=sentence):
        survey(tmp_path)


def test_images_of_other_types_are_refused(tmp_path):
    save(tmp_path / "a" / "1.png", GREY)
    save(tmp_path / "a" / "2.png", GREY.astype(np.uint16))
    with pytest.raises(ValueError, match=r"a/2\.png: counts of type uint16, expected uint8 as in a/1\.png"):
        survey(tmp_path)
    save(tmp_path / "b" / "a" / "1.tif", GREY.astype(np.float32))
    with pytest.raises(ValueError, match=r"a/1\.tif: counts of type float32, expected uint8 or uint16"):
        survey(tmp_path / "b")


def test_two_images_of_one_name_are_refused(tmp_path):
    save(tmp_path / "a" / "1.png", GREY)
    save(tmp_path / "a" / "1.tif", GREY)
    with pytest.raises(ValueError, match=r"a/1\.png and a/1\.tif would be one tile, expected names that differ"):
        survey(tmp_path)


def test_a_broken_image_is_refused(tmp_path):
    save(tmp_path / "a" / "1.png", np.random.default_rng(3).integers(0, 255, (80, 90)).astype(np.uint8))
    (tmp_path / "a" / "1.png").write_bytes((tmp_path / "a" / "1.png").read_bytes()[:900])
    with pytest.raises(OSError, match=r"a/1\.png: not a readable raster"):
        survey(tmp_path)
