"""The labelling page, as far as it ends before it is served."""

import pytest
from labelling.label import label


def test_no_scene_is_one_sentence_and_makes_no_store(tmp_path):
    with pytest.raises(ValueError, match="the table of scenes: no scene, expected at least one to label tiles of; add a row"):
        label(str(tmp_path), [], ["images"], "classes.tsv", "classes.tsv", str(tmp_path / "labels.gpkg"), 0, "")
    assert not list(tmp_path.iterdir())
