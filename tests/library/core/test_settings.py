"""The configuration and the table of scenes, and what is said of a mistake in them."""

import json
from pathlib import Path

import pytest

from geoclass.core import scene_table, settings, surface_classes

ROOT = Path(__file__).parents[3]
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
CLASSES = surface_classes.read(ROOT / "config" / "classes.tsv")


def table(tmp_path, text):
    path = tmp_path / "scenes.tsv"
    path.write_text(text)
    return path


def test_an_empty_config_becomes_the_default():
    config = {}
    settings.complete(config, SCHEMA)
    assert config["tile_scene"]["height_px"] == 201
    assert config["tile_scene"]["stride_rows_px"] is None


def test_the_order_in_which_settings_are_written_changes_nothing():
    one = {"train_resnet18": {"epochs": 2, "augmentation": []}, "tile_scene": {"width_px": 9}}
    other = {"tile_scene": {"width_px": 9}, "train_resnet18": {"augmentation": [], "epochs": 2}}
    for config in (one, other):
        settings.complete(config, SCHEMA)
    assert repr(one) == repr(other)


@pytest.mark.parametrize(
    "config, sentence",
    [
        ({"tile_scene": {"hieght_px": 3}}, r"config: unknown key tile_scene/hieght_px; did you mean height_px\?"),
        ({"tilescene": {}}, r"config: unknown key tilescene; did you mean tile_scene\?"),
        ({"xyzzy": 1}, r"config: unknown key xyzzy; known keys: "),
        (
            {"tile_scene": {"height_px": "tall"}},
            r"config: tile_scene/height_px is 'tall', expected a whole number \(Height of a tile",
        ),
        (
            {"extract_vario": {"maximum_lag_share": 1.5}},
            r"config: extract_vario/maximum_lag_share is 1.5: 1.5 is greater than the maximum of 1, expected",
        ),
        ({"tile_scene": 3}, r"config: tile_scene is 3, expected keys with values"),
        ({"collect_labels": {"sources": "a.gpkg"}}, r"config: collect_labels/sources is 'a.gpkg', expected a list \(Files of"),
        ({"classify_scene": {"models": ["varioned"]}}, r"is 'varioned', expected one of variomlp, .*; did you mean varionet\?"),
        (
            {"train_variomlp": {"directions": 3}},
            r"is 'log_invariant', expected one of raw, variance, log \(Of 3 directions; the inv",
        ),
    ],
)
def test_a_mistake_is_one_sentence(config, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        settings.complete(config, SCHEMA)
    assert "\n" not in str(caught.value)


def test_scenes_are_read_with_empty_optional_columns(tmp_path):
    scenes = scene_table.read_scenes(table(tmp_path, "scene\tpath\na\tsimulated/a.tif\n"), "simulated/")
    assert scenes.loc["a"].to_dict() == {"path": "simulated/a.tif", "date": "", "mask": "", "labelled": True}


def test_only_scenes_marked_labelled_are_trained_on(tmp_path):
    text = "scene\tpath\tlabelled\na\tsimulated/a.tif\tyes\nb\tsimulated/b.tif\t\n"
    assert scene_table.read_scenes(table(tmp_path, text), "simulated/")["labelled"].to_list() == [True, False]


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("scene\tpath\na\tsimulated/a.tif\na\tsimulated/b.tif\n", "scene a appears in 2 rows, must be unique"),
        ("scene\tpath\na\tsimulated/a.tif\nb\tsimulated/a.tif\n", "path simulated/a.tif appears in 2 rows"),
        ("scene\tpath\na\tgone.tif\n", "path of scene a is gone.tif, which does not exist; restore it or remove the row"),
        ("scene\tpath\tmask\na\tsimulated/a.tif\tgone.gpkg\n", "mask of scene a is gone.gpkg, which does not exist"),
        ("scene\tpath\na b\tsimulated/a.tif\n", "scene id 'a b', expected letters, digits"),
        ("scene,path\na,simulated/a.tif\n", "expected scene, path and any of date, mask, labelled, separated by tabs"),
        ("scene\tpath\tcolour\na\tsimulated/a.tif\tred\n", "columns scene, path, colour, expected"),
        ("scene\tpath\tlabelled\na\tsimulated/a.tif\tperhaps\n", "labelled is 'perhaps' for scene a"),
        ("scene\tpath\n\tsimulated/a.tif\n", "scene id '', expected letters, digits"),
        ("scene\tpath\na\tsimulated/a.tif\nb\tb.tif\t\n", r"scenes\.tsv: not a table separated by tabs \(.*line 3"),
    ],
)
def test_a_wrong_table_is_one_sentence(tmp_path, text, sentence):
    with pytest.raises(ValueError, match=sentence):
        scene_table.read_scenes(table(tmp_path, text), "simulated/")


def test_a_missing_table_is_one_sentence(tmp_path):
    with pytest.raises(ValueError, match="no such file, expected the table of scenes"):
        scene_table.read_scenes(tmp_path / "scenes.tsv", "simulated/")


def test_folders_among_the_label_sources_are_image_sets(tmp_path):
    (tmp_path / "negri").mkdir()
    scenes = scene_table.read_scenes(table(tmp_path, "scene\tpath\na\tsimulated/a.tif\n"), "simulated/")
    assert settings.image_sets(["labels.gpkg", str(tmp_path / "negri")], scenes) == {"negri": str(tmp_path / "negri")}
    with pytest.raises(ValueError, match="the name negri stands for two sets"):
        settings.image_sets([str(tmp_path / "negri")] * 2, scenes)


@pytest.mark.parametrize("name", ["my images", "bücher", "_images", "a,b"])
def test_a_folder_whose_name_cannot_name_tiles_is_one_sentence(tmp_path, name):
    (tmp_path / name).mkdir()
    scenes = scene_table.read_scenes(table(tmp_path, "scene\tpath\n"), "simulated/")
    sentence = f"collect_labels/sources: folder {tmp_path / name}, named '{name}', expected letters, .*; rename the folder"
    with pytest.raises(ValueError, match=sentence):
        settings.image_sets([str(tmp_path / name)], scenes)


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"ingest_scene": {"roi": "gone.gpkg"}}, "config: ingest_scene/roi is gone.gpkg, which does not exist"),
        ({"collect_labels": {"sources": ["gone.gpkg"]}}, "config: collect_labels/sources/0 is gone.gpkg, which does not exist"),
        ({"classify_scene": {"finished": {"varionet": "gone"}}}, "config: classify_scene/finished/varionet is gone, which"),
        (
            {"classify_scene": {"finished": {"varionet": "."}}},
            "config: classify_scene/finished/varionet is ., a folder without model.json",
        ),
        ({"compare_runs": {"previous": "gone"}}, "config: compare_runs/previous is gone, which does not exist"),
    ],
)
def test_a_file_that_is_not_there_is_one_sentence(tmp_path, change, sentence):
    scenes = scene_table.read_scenes(table(tmp_path, "scene\tpath\na\tresults/simulated/a.tif\n"), "results/simulated/")
    settings.complete(change, SCHEMA)
    with pytest.raises(ValueError, match=sentence):
        settings.check_inputs(change, scenes, "results/simulated/", CLASSES)


def test_a_finished_model_of_other_classes_is_refused(tmp_path):
    (tmp_path / "a.tif").touch()
    scenes = scene_table.read_scenes(table(tmp_path, f"scene\tpath\na\t{tmp_path}/a.tif\n"), "results/simulated/")
    own = CLASSES.iloc[0]
    config = {"classify_scene": {"finished": {"varionet": str(tmp_path)}}, "ingest_scene": {"roi": None}}
    config |= {"summarize_series": {"centre_line": None}, "collect_labels": {"sources": []}}
    settings.complete(config, SCHEMA)
    for name, refused in ((own.class_name, False), ("Debris", True)):
        card = {"model": "varionet", "classes": [{"class_id": int(own.class_id), "class_name": name}]}
        (tmp_path / "model.json").write_text(json.dumps(card))
        if refused:
            with pytest.raises(ValueError, match=f"whose class {own.class_id} is Debris, but {own.class_name} in config/classes"):
                settings.check_inputs(config, scenes, "results/simulated/", CLASSES)
        else:
            settings.check_inputs(config, scenes, "results/simulated/", CLASSES)


def test_a_model_of_another_kind_and_a_run_compared_with_itself_are_refused(tmp_path):
    scenes = scene_table.read_scenes(table(tmp_path, "scene\tpath\na\tresults/simulated/a.tif\n"), "results/simulated/")
    (tmp_path / "model.json").write_text('{"model": "resnet18"}')
    for change, sentence in (
        (
            {"classify_scene": {"finished": {"varionet": str(tmp_path)}}},
            "a model of kind resnet18, expected varionet; name another",
        ),
        (
            {"compare_runs": {"previous": str(tmp_path)}, "pathvars": {"results": str(tmp_path)}},
            "the results of this very run, expected a copy",
        ),
    ):
        settings.complete(change, SCHEMA)
        with pytest.raises(ValueError, match=sentence):
            settings.check_inputs(change, scenes, "results/simulated/", CLASSES)


def test_the_simulated_region_is_refused_for_real_scenes(tmp_path):
    (tmp_path / "a.tif").touch()
    scenes = scene_table.read_scenes(table(tmp_path, f"scene\tpath\na\t{tmp_path}/a.tif\n"), "results/simulated/")
    config = {"ingest_scene": {"roi": "results/simulated/roi.gpkg"}}
    settings.complete(config, SCHEMA)
    with pytest.raises(
        ValueError, match=r"ingest_scene/roi is results/simulated/roi\.gpkg, of the simulated glacier, but no scene"
    ):
        settings.check_inputs(config, scenes, "results/simulated/", CLASSES)


def test_no_scene_is_enough_only_beside_folders_of_images(tmp_path):
    scenes = scene_table.read_scenes(table(tmp_path, "scene\tpath\n"), "results/simulated/")
    config = {"collect_labels": {"sources": []}, "ingest_scene": {"roi": None}, "summarize_series": {"centre_line": None}}
    settings.complete(config, SCHEMA)
    with pytest.raises(ValueError, match="no scene, expected one row a scene, class folders"):
        settings.check_inputs(config, scenes, "results/simulated/", CLASSES)
    for section, key, value in (("collect_labels", "sources", [str(tmp_path)]), ("classify_images", "folder", str(tmp_path))):
        given = config | {section: config[section] | {key: value}}
        settings.check_inputs(given, scenes, "results/simulated/", CLASSES)


def test_the_store_of_labels_may_be_named_before_the_page_makes_it(tmp_path):
    scenes = scene_table.read_scenes(table(tmp_path, "scene\tpath\na\tresults/simulated/a.tif\n"), "results/simulated/")
    config = {"label": {"store": "mine.gpkg"}, "collect_labels": {"sources": ["mine.gpkg"]}}
    settings.complete(config, SCHEMA)
    settings.check_inputs(config, scenes, "results/simulated/", CLASSES)


def test_all_keys_of_an_earlier_version_are_told_at_once():
    config = {"train_variomlp": {"seed": 2, "augmentation": ["mirror", "turn"]}, "render_map": {"credits": "x"}}
    config |= {"extract_vario": {"step_px": 2}, "train_resnet18": {"pooling_px": 2, "optimizer": "adamw"}}
    config |= {"training": {"optimizer": "adam"}, "evaluate_models": {"resamples": 100}}
    config |= {"train_varionet": {"fusion": "logits", "weights": "discrete", "variomlp_weight": 0.3}}
    config |= {"ingest_scene": {"grid_pixel_height_m": 0.5, "grid_pixel_width_m": 0.5}}
    with pytest.raises(ValueError, match="earlier version") as error:
        settings.complete(config, SCHEMA)
    for part in (
        "train_variomlp/seed is called seed",
        "render_map/credits is called credits",
        "extract_vario/step_px is no setting any more (lags",
        "training/optimizer is no setting any more (it is AdamW, which with weight_decay 0 is Adam)",
        "train_resnet18/optimizer is no setting any more",
        "train_varionet/fusion is no setting any more (logits are fused",
        "train_varionet/variomlp_weight is called train_varionet/weights",
        "discrete in train_varionet/weights is the number itself now, the weight of VarioMLP (0, 0.1 ... 1)",
        "ingest_scene/grid_pixel_height_m is called ingest_scene/grid_pixel_m",
        "ingest_scene/grid_pixel_width_m is called ingest_scene/grid_pixel_m",
        "evaluate_models/resamples is no setting any more (the bootstrap takes 1,000)",
        "train_resnet18/pooling_px is called train_resnet18/downsampling",
        "turn in train_variomlp/augmentation is called rotate",
    ):
        assert part in str(error.value)


def test_a_network_takes_the_settings_of_training_unless_it_has_its_own():
    config = {"training": {"epochs": 7, "weight_decay": 0.3}, "train_resnet18": {"epochs": 9}}
    settings.complete(config, SCHEMA)
    assert [config[f"train_{model}"]["epochs"] for model in ("variomlp", "resnet18", "varionet")] == [7, 9, 7]
    assert config["train_resnet18"]["weight_decay"] == 0.3
    bare = {}
    settings.complete(bare, SCHEMA)
    assert bare["train_variomlp"]["batch_size"] == 64 and bare["train_resnet18"]["weight_decay"] == 0.05


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"seed": "1e3"}, "config: seed is '1e3', expected a whole number"),
        ({"tile_scene": {"height_px": 36.0}}, "config: tile_scene/height_px is 36.0, expected a whole number"),
        ({"tile_scene": {"height_px": True}}, "config: tile_scene/height_px is True, expected a whole number"),
        ({"training": {"learning_rate": float("nan")}}, "config: training/learning_rate is nan, expected a finite number"),
        ({"queue_tiles": {"distance_m": float("inf")}}, "config: queue_tiles/distance_m is inf, expected a finite number"),
        ({"ingest_scene": {"grid_pixel_m": "1"}}, "grid_pixel_m is '1', expected a finite number or a list or null"),
        ({"ingest_scene": {"grid_pixel_m": 0}}, "grid_pixel_m is 0: 0 is less than or equal to the minimum of 0, expected"),
        ({"ingest_scene": {"grid_pixel_m": [1, 0]}}, "grid_pixel_m/1 is 0: 0 is less than or equal to the minimum of 0"),
        ({"ingest_scene": {"grid_pixel_m": [1]}}, r"grid_pixel_m is \[1\]: \[1\] is too short, expected what config/README"),
        ({"pathvars": {"results": ""}}, "config: pathvars/results is empty, expected text"),
    ],
)
def test_a_number_that_is_none_is_one_sentence(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        settings.complete(change, SCHEMA)


@pytest.mark.parametrize("weights", ["best", "cnn", 0, 0.3, 1, 1.0])
def test_weights_of_the_fusion_are_a_word_or_a_number(weights):
    config = {"train_varionet": {"weights": weights}}
    settings.complete(config, SCHEMA)
    assert config["train_varionet"]["weights"] == weights


def test_no_number_is_taken_for_a_slip_of_the_pen():
    with pytest.raises(ValueError, match=r"weights is 0\.25, .*; see config/README\.md"):
        settings.complete({"train_varionet": {"weights": 0.25}}, SCHEMA)


@pytest.mark.parametrize("weights", [0.25, 1.1, -0.0001, True, "0.3", "even", None, [0.3], float("nan")])
def test_other_weights_of_the_fusion_are_one_sentence(weights):
    config = {"train_varionet": {"weights": weights}}
    sentence = r"^config: train_varionet/weights is .*, expected one of best, cnn, symmetric, 0, 0\.1, .*, 1 \(Fusion.*; [^;]*$"
    with pytest.raises(ValueError, match=sentence):
        settings.complete(config, SCHEMA)


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("tile_scene: {height_px: 036}", "line 1: 036, which YAML takes for an octal number"),
        ("seed: 1\ntile_scene: {height_px: 36}\nseed: 2", "line 3: seed is given a second time, first in line 1"),
        ("tile_scene:\n  height_px: 36\n  height_px: 48", "line 3: height_px is given a second time, first in line 2"),
        ("- a\n- b", "a list or a text, expected settings as keys"),
        ("a: [", "not valid YAML"),
    ],
)
def test_what_yaml_would_take_otherwise_is_one_sentence(tmp_path, text, sentence):
    (tmp_path / "my.yaml").write_text(text)
    with pytest.raises(ValueError, match=sentence) as error:
        settings.check_text(tmp_path / "my.yaml")
    assert "\n" not in str(error.value)


def test_a_plain_file_of_settings_passes(tmp_path):
    (tmp_path / "my.yaml").write_text("seed: 1\ncredits: '007'\ncollect_labels: {sources: [a, a]}\n")
    settings.check_text(tmp_path / "my.yaml")
    (tmp_path / "empty.yaml").write_text("# nothing yet\n")
    settings.check_text(tmp_path / "empty.yaml")


def test_a_results_folder_that_is_a_file_is_one_sentence(tmp_path):
    (tmp_path / "results").write_text("not a folder")
    for folder in (tmp_path / "results", tmp_path / "results" / "first"):
        with pytest.raises(ValueError, match=r"results: a file, expected the folder of the results; rename it or set pathvars"):
            settings.results_folder({"pathvars": {"results": str(folder)}})
    assert settings.results_folder({"pathvars": {"results": str(tmp_path / "new")}}) == str(tmp_path / "new")
