"""Settings as the user writes them: the configuration and the tables of scenes, checked once, with one sentence for a mistake."""

import copy
import difflib
import math
import re
from pathlib import Path

import jsonschema
import pandas as pd
import yaml

from geoclass.core import files, formats
from geoclass.core.scene_table import ID_LETTERS, SCENE_ID

# Each job of a cluster reads the schema twice: by the compiled parser, where there is one.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
KINDS = {"array": "a list", "boolean": "true or false", "integer": "a whole number", "null": "null"}  # in words
KINDS |= {"number": "a finite number", "object": "keys with values", "string": "text"}


# Keys of earlier versions: what they are called now, or why they are gone.
RENAMED = {
    "ingest_scene/grid_pixel_height_m": "ingest_scene/grid_pixel_m",
    "ingest_scene/grid_pixel_width_m": "ingest_scene/grid_pixel_m",
    "accept_predictions/threshold": "accept_predictions/minimum_confidence",
    "export_labels/threshold": "export_labels/minimum_confidence",
    "extract_vario/threshold": "extract_vario/maximum_lag_share",
    "judge_round/learner": "judge_round/student",
    "train_resnet18/pooling_px": "train_resnet18/downsampling",
    "train_varionet/variomlp_weight": "train_varionet/weights",
    "render_map/credits": "credits",
    "split_labels/seed": "seed",
    "evaluate_models/seed": "seed",
    "classify_scene/device": "device",
    **{f"train_{model}/{key}": key for model in ("variomlp", "resnet18", "varionet") for key in ("seed", "device")},
}
GONE = {
    "extract_vario/step_px": "lags of scheme unit are one pixel apart",
    "extract_vario/minimum_pairs": "a value of fewer than 16 pixel pairs is missing",
    "classify_scene/batch_size": "it follows from the device",
    "train_varionet/blocks": "the fusion has one block, as the paper's",
    "train_varionet/scale": "the block has the width of the paper's",
    "train_varionet/fusion": "logits are fused, since probabilities were worse",
    "evaluate_models/resamples": "the bootstrap takes 1,000",
    **{
        f"{section}/optimizer": "it is AdamW, which with weight_decay 0 is Adam"
        for section in ("training", "train_variomlp", "train_resnet18", "train_varionet")
    },
}
GONE_VALUES = {  # by key of any section
    "augmentation": {"turn": "is called rotate", "light": "is called brightness"},
    "weights": {"discrete": "is the number itself now, the weight of VarioMLP (0, 0.1 ... 1)"},
}


def complete(config: dict, schema_path: str | Path) -> dict:
    """Fill `config` with the schema's defaults, in place, put its keys into the schema's order, check it, and return the schema.

    Snakemake compares settings as text: in one order, they are the same however a user has written them. A section with `overrides`
    takes all keys of section training too: the user's own for it, else the user's for all networks, else its default, else theirs.

    Raises
    ------
    ValueError
        A key that the schema does not know or that has another name now, a value of another type or out of range, or no number; the
        sentence names the closest known key.
    """
    schema = yaml.load(Path(schema_path).read_text(encoding="utf-8"), LOADER)
    _refuse_old_keys(config)
    _expand(schema, config)
    _fill(config, schema)
    places = {error: list(map(str, error.absolute_path)) for error in Validator(schema).iter_errors(config)}
    for error in sorted(places, key=lambda e: (places[e][:1] != ["training"], places[e])):  # the networks take over what it says
        raise ValueError(_sentence(error))
    return schema


def check_text(path: str | Path) -> None:
    """Refuse what a file of settings says but a reader of YAML would silently take otherwise: a key given twice, a number like 036.

    Raises
    ------
    ValueError
        The file is no YAML, or has such a place; the sentence names the line.
    """

    def walk(node: yaml.Node) -> None:
        seen: dict[str, int] = {}
        for key, value in node.value if isinstance(node, yaml.MappingNode) else [(None, part) for part in node.value]:
            if key is not None:
                line = key.start_mark.line + 1
                if key.value in seen:
                    raise ValueError(
                        f"{path}: line {line}: {key.value} is given a second time, first in line {seen[key.value]}; remove one of them"
                    )
                seen[str(key.value)] = line
            if isinstance(value, yaml.ScalarNode):
                if value.style is None and re.fullmatch(r"[+-]?0\d+", value.value):
                    raise ValueError(
                        f"{path}: line {value.start_mark.line + 1}: {value.value}, which YAML takes for an octal number, expected a "
                        "number without a leading 0; correct it"
                    )
            else:
                walk(value)

    try:
        root = yaml.compose(Path(path).read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not valid YAML ({' '.join(str(error).split())}); correct it") from None
    if root is not None and not isinstance(root, yaml.MappingNode):
        raise ValueError(f"{path}: a list or a text, expected settings as keys with values; see config/README.md")
    if root is not None:
        walk(root)


def _refuse_old_keys(config: dict) -> None:
    """Tell what the keys and values of an earlier version are called now, all in one sentence."""
    told = []
    for old, new in RENAMED.items():
        section, _, key = old.partition("/")
        if isinstance(config.get(section), dict) and key in config[section]:
            told.append(f"{old} is called {new}")
    for old, reason in GONE.items():
        section, _, key = old.partition("/")
        if isinstance(config.get(section), dict) and key in config[section]:
            told.append(f"{old} is no setting any more ({reason})")
    for name, section in config.items():
        for key, values in GONE_VALUES.items():
            given = section.get(key) if isinstance(section, dict) else None
            for value in given if isinstance(given, list) else [given]:
                if isinstance(value, str) and value in values:
                    told.append(f"{value} in {name}/{key} {values[value]}")
    if told:
        raise ValueError(
            f"config: settings of an earlier version, expected those of config/README.md: {', '.join(told)}; change them"
        )


def _expand(schema: dict, config: dict) -> None:
    """Give each section with `overrides` the keys of section training, with the defaults that hold for it."""
    shared = schema["properties"].get("training", {}).get("properties", {})
    common = config.get("training")
    for section in schema["properties"].values():
        if "overrides" in section:
            for key, rule in shared.items():
                default = section["overrides"].get(key, rule["default"])
                if isinstance(common, dict) and key in common:
                    default = common[key]
                section["properties"][key] = rule | {"default": default}


def _is_whole(_: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)  # 36.0 would be a number of pixels, but no index


def _is_number(_: object, value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": _is_whole, "number": _is_number}),
)


def _fill(section: dict, schema: dict) -> None:
    """Set what is missing to its default, section by section."""
    for key, rule in schema["properties"].items():
        if rule.get("type") == "object" and "default" not in rule:
            if key != "pathvars" and section.setdefault(key, {}) is None:
                section[key] = {}
            if isinstance(section.get(key), dict):
                _fill(section[key], rule)
        elif "default" in rule:
            section.setdefault(key, copy.deepcopy(rule["default"]))
        if key in section:
            section[key] = section.pop(key)


def _sentence(error: jsonschema.ValidationError) -> str:
    """Put a validation error as where, found, expected, what to do."""
    where = "/".join(map(str, error.absolute_path))
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        unknown = next(key for key in error.instance if key not in known)
        close = difflib.get_close_matches(str(unknown), known, n=1)
        advice = f"did you mean {close[0]}?" if close else f"known keys: {', '.join(known)}"
        return f"config: unknown key {f'{where}/{unknown}'.lstrip('/')}; {advice}"
    meaning = f" ({error.schema['description']})" if "description" in error.schema else ""
    if error.validator == "type":
        kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
        wanted = " or ".join(KINDS[kind] for kind in kinds)
        return f"config: {where} is {error.instance!r}, expected {wanted}{meaning}; see config/README.md"
    if error.validator == "minLength":
        return f"config: {where} is empty, expected text{meaning}; give it or remove the key"
    if error.validator == "enum":
        allowed = [str(value) for value in error.validator_value]
        close = difflib.get_close_matches(error.instance, allowed, n=1) if isinstance(error.instance, str) else []
        advice = f"did you mean {close[0]}?" if close else "see config/README.md"
        return f"config: {where} is {error.instance!r}, expected one of {', '.join(allowed)}{meaning}; {advice}"
    return (
        f"config: {where} is {error.instance!r}: {error.message}, expected what config/README.md says of it{meaning}; correct it"
    )


def results_folder(config: dict) -> str:
    """Return the folder of all outputs; the config names it only where it is another than `results`.

    Raises
    ------
    ValueError
        It, or what it should lie in, is a file.
    """
    folder = config.get("pathvars", {}).get("results", "results")
    for place in (Path(folder), *Path(folder).parents):
        if place.exists() and not place.is_dir():
            raise ValueError(
                f"{place}: a file, expected the folder of the results; rename it or set pathvars/results to another folder"
            )
    return folder


def check_inputs(config: dict, scenes: pd.DataFrame, simulated: str, classes: pd.DataFrame) -> None:
    """Check that every file that the configuration names is there, or is made by the simulation.

    Raises
    ------
    ValueError
        No scene and no folder of images, a file or folder that does not exist, or one of the simulated series where no scene
        is simulated, a finished model that is none, of another kind or of other classes, a run that is to be compared with itself.
    """
    class_folders = any(formats.is_image_folder(source) for source in config["collect_labels"]["sources"])
    if scenes.empty and not class_folders and not config["classify_images"]["folder"]:
        raise ValueError(
            f"{config['scenes']}: no scene, expected one row a scene, class folders in collect_labels/sources, or a folder of images in "
            "classify_images/folder"
        )
    named = {"ingest_scene/roi": config["ingest_scene"]["roi"], "split_labels/file": config["split_labels"]["file"]}
    named |= {f"collect_labels/sources/{i}": source for i, source in enumerate(config["collect_labels"]["sources"])}
    named |= {f"classify_scene/finished/{model}": folder for model, folder in config["classify_scene"]["finished"].items()}
    named["summarize_series/centre_line"] = config["summarize_series"]["centre_line"]
    if config["train_resnet18"]["start_weights"] != "imagenet":
        named["train_resnet18/start_weights"] = config["train_resnet18"]["start_weights"]
    named["compare_runs/previous"] = config["compare_runs"]["previous"]
    for key, file in named.items():
        if file and file.startswith(simulated):
            if not scenes["path"].str.startswith(simulated).any():
                raise ValueError(f"config: {key} is {file}, of the simulated glacier, but no scene is simulated; name your own")
        elif file and not Path(file).exists() and file != config["label"]["store"]:  # made when the labelling page first starts
            raise ValueError(f"config: {key} is {file}, which does not exist; correct the name or restore it")
    for model, folder in config["classify_scene"]["finished"].items():
        key, description = f"classify_scene/finished/{model} is {folder}", Path(folder) / "model.json"
        if not description.is_file():
            raise ValueError(
                f"config: {key}, a folder without model.json, expected a model folder; name one like {folder}/{model}"
            )
        card = files.read_json(description)
        kind = card.get("model")
        if kind != model:
            raise ValueError(f"config: {key}, a model of kind {kind}, expected {model}; name another folder")
        names = dict(zip(classes["class_id"], classes["class_name"], strict=True))
        for known in card.get("classes", []):
            found = names.get(known["class_id"], "no such class")
            if found != known["class_name"]:
                raise ValueError(
                    f"config: {key}, whose class {known['class_id']} is {known['class_name']}, but {found} in {config['classes']}; "
                    "give the class list that the model was trained with (config key classes)"
                )
    previous = config["compare_runs"]["previous"]
    if previous and Path(previous).resolve() == Path(results_folder(config)).resolve():
        raise ValueError(
            f"config: compare_runs/previous is {previous}, the results of this very run, expected a copy of those before; "
            "copy the folder before you change anything"
        )


def image_sets(sources: list[str], scenes: pd.DataFrame) -> dict[str, str]:
    """Return the label sources that are class folders of images, by the name of the folder.

    Raises
    ------
    ValueError
        A folder whose name cannot name tiles; two folders, or a folder and a scene, of the same name.
    """
    sets: dict[str, str] = {}
    for source in sources:
        if formats.is_image_folder(source):
            name = Path(source).name
            if not re.fullmatch(SCENE_ID, name):
                raise ValueError(
                    f"collect_labels/sources: folder {source}, named {name!r}, expected {ID_LETTERS}; rename the folder"
                )
            if name in sets or name in scenes.index:
                raise ValueError(
                    f"collect_labels/sources: the name {name} stands for two sets of tiles; rename the folder {source}"
                )
            sets[name] = source
    return sets


def image_folder(folder: str | None, taken: list[str]) -> dict[str, str]:
    """Return the folder of images to classify by its name; none where none is named.

    Raises
    ------
    ValueError
        No such folder, or a name that cannot name tiles or is that of a scene or of class folders.
    """
    if not folder:
        return {}
    if not Path(folder).is_dir():
        raise ValueError(f"classify_images/folder: {folder}, no such folder, expected one with images in it; correct the path")
    name = Path(folder).resolve().name
    if not re.fullmatch(SCENE_ID, name) or name in taken:
        wrong = "the name of a scene or of class folders" if name in taken else f"expected {ID_LETTERS}"
        raise ValueError(f"classify_images/folder: {folder}, named {name!r}, {wrong}; rename the folder")
    return {name: folder}


def tiles_by_scene(tile_ids: list[str], scenes: list[str]) -> dict[str, list[str]]:
    """Return the tiles to draw by scene or image set; without any, all scenes with no tile of choice.

    Raises
    ------
    ValueError
        A tile of no known scene.
    """
    found: dict[str, list[str]] = {} if tile_ids else {scene: [] for scene in scenes}
    for tile_id in tile_ids:
        homes = [scene for scene in scenes if tile_id.startswith(f"{scene}_")]
        if not homes:
            raise ValueError(
                f"config: draw_vario/tiles has {tile_id}, expected ids that begin with a scene ({', '.join(scenes[:3])}, ...) "
                "and _; take them from the column tile_id of the tables"
            )
        found.setdefault(max(homes, key=len), []).append(tile_id)
    return found
