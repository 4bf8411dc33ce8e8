"""Scenes that labels name by id, by file or by path."""

import pandas as pd
import pytest

from geoclass.labels import scene_names

IMAGES = {"g2016": "data/2016/ortho.tif", "g2017": "data/2017/ortho.tif", "wv": "/img/WV02_a.tif"}


def scenes(*names, images=IMAGES):
    return scene_names.scenes_of(pd.DataFrame({"scene": names}), images, "s")


@pytest.mark.parametrize(
    ("name", "scene"),
    [
        ("g2016", "g2016"),
        ("WV02_a", "wv"),
        ("WV02_a.tif", "wv"),
        ("elsewhere/WV02_a.tif", "wv"),
        ("2017/ortho.tif", "g2017"),
        ("/home/a/data/2016/ortho", "g2016"),
        ("D:\\data\\2017\\ortho.tif", "g2017"),
    ],
)
def test_a_scene_is_named_by_id_file_or_the_end_of_its_path(name, scene):
    assert scenes(name, "wv") == [scene, "wv"]


def test_a_lone_scene_need_not_be_named():
    assert scenes("", images={"a": "a.tif"}) == ["a"]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("wv", ""), "s: row 2: no scene, expected one of g2016, g2017, wv; fill in the column scene"),
        (
            ("wv", "Etna"),
            "s: row 2: scene Etna, expected one of the labelled scenes, g2016, g2017, wv; correct it, or mark the scene",
        ),
        (("WV02_aa",), r"did you mean WV02_a\?"),
        (
            ("ortho.tif",),
            r"s: row 1: scene ortho.tif, the file of g2016 \(data/2016/ortho.tif\) and of g2017 \(data/2017/ortho.tif\), expected one",
        ),
        (("2018/ortho.tif",), "the file of g2016 .* and of g2017"),
        (
            ("2016/WV02_a.tif", "2017/WV02_a.tif"),
            r"s: 2016/WV02_a.tif and 2017/WV02_a.tif would both be scene wv \(/img/WV02_a.tif\)",
        ),
    ],
)
def test_a_name_without_a_scene_of_its_own_is_one_sentence(names, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        scenes(*names)
    assert "\n" not in str(caught.value)
