"""From a class table to the cells of its maps."""

import classified
import numpy as np
import pytest

from geoclass.core import surface_classes
from geoclass.maps import class_maps


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    return classified.scene(tmp_path_factory.mktemp("scene"))


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    return surface_classes.read(classified.class_list(tmp_path_factory.mktemp("classes") / "classes.tsv"))


def one_hot(scene, pattern):
    return np.eye(3)[np.resize(pattern, scene.n_tiles)]


def test_cells_have_the_ids_of_the_classes_and_nodata_elsewhere(scene, classes, tmp_path):
    probabilities = one_hot(scene, [0, 1, 2, 2])
    content = class_maps.read_classified(
        classified.write_class_table(tmp_path / "a.parquet", scene, probabilities=probabilities), classes
    )
    cells = content.classes
    assert cells.dtype == np.uint8 and cells.shape == (8, 8)
    assert set(np.unique(cells)) == {2, 5, 9, 255}
    assert (cells != 255).sum() == scene.n_tiles
    assert (cells[:, 0] == 255).all()  # the invalid border
    assert (content.confidence[cells != 255] == 100).all()


def test_tiles_without_a_class_leave_a_hole(scene, classes, tmp_path):
    probabilities = one_hot(scene, [1])
    probabilities[3] = np.nan
    content = class_maps.read_classified(
        classified.write_class_table(tmp_path / "a.parquet", scene, probabilities=probabilities), classes
    )
    assert (content.classes != 255).sum() == scene.n_tiles - 1


def test_the_layers_and_what_they_mean(scene, classes, tmp_path):
    probabilities = np.tile([0.2, 0.5, 0.3], (scene.n_tiles, 1))
    inside = [True] * (scene.n_tiles - 4) + [False] * 4
    table = classified.write_class_table(tmp_path / "a.parquet", scene, probabilities=probabilities, applicable=inside)
    layers = class_maps.layers(class_maps.read_classified(table, classes), classes)
    assert list(layers) == ["class", "confidence", "entropy", "applicability"]
    values = {name: np.unique(cells[cells != 255]).tolist() for name, (cells, _) in layers.items()}
    assert values == {"class": [5], "confidence": [50], "entropy": [94], "applicability": [0, 1]}
    assert layers["class"][1].table["cells"].tolist() == [0, scene.n_tiles, 0]
    assert layers["applicability"][1].table["cells"].tolist() == [4, scene.n_tiles - 4]


def test_applicability_is_unknown_where_it_was_not_measured(scene, classes, tmp_path):
    layers = class_maps.layers(
        class_maps.read_classified(classified.write_class_table(tmp_path / "a.parquet", scene), classes), classes
    )
    assert (layers["applicability"][0] == 255).all()


def test_disagreement_is_the_distance_of_the_probabilities(scene, classes, tmp_path):
    one = classified.write_class_table(tmp_path / "1.parquet", scene, "variomlp", one_hot(scene, [0, 1]))
    other = classified.write_class_table(tmp_path / "2.parquet", scene, "resnet18", np.tile([0.6, 0.4, 0.0], (scene.n_tiles, 1)))
    contents = [class_maps.read_classified(path, classes) for path in (one, other)]
    cells, layer = class_maps.disagreement(*contents)
    assert set(np.unique(cells)) == {40, 60, 255}
    assert "variomlp and resnet18" in layer.meaning
    assert (class_maps.disagreement(contents[0], contents[0])[0][cells != 255] == 0).all()


def test_models_of_different_class_lists_do_not_compare(scene, classes, tmp_path):
    two = classified.CLASSES[:2]
    probabilities = np.tile([0.6, 0.4], (scene.n_tiles, 1))
    one = classified.write_class_table(tmp_path / "1.parquet", scene, "variomlp")
    other = classified.write_class_table(tmp_path / "2.parquet", scene, "resnet18", probabilities, two)
    with pytest.raises(ValueError, match="class lists of variomlp and resnet18 differ, expected the same; run classify_scene"):
        class_maps.disagreement(*(class_maps.read_classified(path, classes) for path in (one, other)))


def test_a_class_may_be_renamed(scene, tmp_path):
    changed = [classified.CLASSES[0], classified.CLASSES[1] | {"class_name": "rock"}, classified.CLASSES[2]]
    classes = surface_classes.read(classified.class_list(tmp_path / "classes.tsv", changed))
    class_maps.read_classified(classified.write_class_table(tmp_path / "a.parquet", scene), classes)


@pytest.mark.parametrize(
    "change, found", [([{}, {"class_id": 7}], "no such class"), ([{"class_name": "ice, firn"}, {"class_name": "snow"}], "snow")]
)
def test_a_class_list_without_a_class_of_the_model_or_with_its_name_elsewhere_is_refused(scene, tmp_path, change, found):
    changed = [known | new for known, new in zip(classified.CLASSES, [*change, {}], strict=True)]
    classes = surface_classes.read(classified.class_list(tmp_path / "classes.tsv", changed))
    table = classified.write_class_table(tmp_path / "a.parquet", scene)
    with pytest.raises(
        ValueError, match=f"class . of the model is .*, but ({found}|ice, firn) in the class list; give the class list"
    ):
        class_maps.read_classified(table, classes)


def test_colours_and_further_classes_may_change_after_training(scene, tmp_path):
    changed = [each | {"colour": f"#00000{index}"} for index, each in enumerate(classified.CLASSES)]
    more = [{"class_id": 12, "class_name": "sea ice", "colour": "#00bcd4"}]
    classes = surface_classes.read(classified.class_list(tmp_path / "classes.tsv", changed, more))
    layers = class_maps.layers(
        class_maps.read_classified(classified.write_class_table(tmp_path / "a.parquet", scene), classes), classes
    )
    assert layers["class"][1].table["colour"].tolist() == ["#000000", "#000001", "#000002", "#00bcd4"]
