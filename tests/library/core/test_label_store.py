"""A store of labels among the sources, before and after the labelling page has made it."""

from geoclass.core import label_store


def test_a_store_that_is_none_yet_is_left_out_with_a_sentence(tmp_path):
    store = str(tmp_path / "mine.gpkg")
    config = {"label": {"store": store}, "collect_labels": {"sources": ["polygons.gpkg", store]}}
    sources, sentence = label_store.sources(config)
    assert sources == ["polygons.gpkg"]
    assert sentence.startswith(
        f"config: collect_labels/sources has {store}, which holds no labels yet (label/store), expected labels"
    )
    (tmp_path / "mine.gpkg").touch()
    assert label_store.sources(config) == (["polygons.gpkg", store], "")
