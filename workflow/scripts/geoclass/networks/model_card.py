"""The model card: what a person should know before using a model, in Markdown."""

from pathlib import Path

from geoclass.core import compatibility, files
from geoclass.core.model_names import NAMES

WORDS = {
    "variomlp": "a perceptron on the vario functions of a tile (physically driven)",
    "resnet18": "a ResNet-18 on the pixels of a tile (data driven)",
    "varionet": "the fusion of a VarioMLP and a ResNet-18",
}
# Read by Hugging Face (Model Cards, "Model card metadata"); the rights in the labels decide on the licence, which is theirs to say.
FRONT_MATTER = (
    "---",
    "license: unknown",
    "library_name: pytorch",
    "pipeline_tag: image-classification",
    "tags:",
    *(f"- {tag}" for tag in ("remote-sensing", "glaciology", "variogram", "onnx", "safetensors")),
    "---",
    "",
)


SUBSETS = {"out-of-fold": "out-of-fold", "train": "training", "validation": "validation", "test": "test"}  # in words
JUDGED = {
    "validation": (
        "They stopped the training and set the temperature of the confidence, so these numbers are optimistic; test scores are those of",
        "rule `evaluate_models`.",
    ),
    "out-of-fold": (
        "Each tile was classified by a model trained in the same way on the other folds; this model was trained on all of them. Intervals,",
        "and scores by class, are those of rule `evaluate_models`.",
    ),
}


def write(card: dict, path: str | Path) -> None:
    """Write the model card that says in words what `card`, the content of model.json, says in values."""
    split, scores, tile = card["split"], card["scores"], card["tile"]
    subsets = [name for name in SUBSETS if name in next(iter(split["counts"].values()))]
    rows = []
    for entry in card["classes"]:
        n = split["counts"][entry["class_name"]]  # by name: model.json is sorted by key, the class list is not
        rows.append(f"| {entry['class_id']} | {entry['class_name']} | {' | '.join(str(n[name]) for name in subsets)} |")
    method, low, high = compatibility.scheme(card["radiometry"]).values()
    radiometry = f"{method} {low:g} to {high:g}"
    lags = (
        card["vario"] and f"{card['vario']['scheme']}, {len(card['vario']['lags'][0])} in each of {card['directions']} directions"
    )
    found = card["settings"]
    if card["model"] == "varionet":  # the weights, where training was to find them
        fusion = card["architecture"]["fusion"]
        found = found | {"weights": fusion["variomlp_weight"] if fusion["weights"] == "discrete" else fusion["weights"]}
    lines = [
        *FRONT_MATTER,
        f"# {NAMES[card['model']]} {card['id']}",
        "",
        f"{NAMES[card['model']]}, {WORDS[card['model']]}, which tells {len(card['classes'])} classes of ice surface apart in panchromatic",
        "satellite images. Method: Twickler, Herzfeld and Trantow (2025), doi:10.3389/feart.2025.1572982.",
        "",
        "## Intended use",
        f"Tiles of {tile['height_px']} x {tile['width_px']} px, radiometry {radiometry}" + (f", lags {lags}." if lags else "."),
        "Scenes of other sensors, pixel sizes, seasons or regions than those of the labels may be outside its area of applicability: check",
        "the columns `confidence` and `applicable` of its classifications. It does not replace field work.",
        "",
        "## Training data",
        f"Labels with SHA-256 {card['data']['labels'][:12]}, {_divided(split)}:",
        "",
        f"| id | class | {' | '.join(f'{SUBSETS[name]} tiles' for name in subsets)} |",
        "|---|---|" + "---|" * len(subsets),
        *rows,
        "",
        f"## Scores on {scores['subset']} tiles",
        *JUDGED[scores["subset"]],
        "",
        "| accuracy | macro-F1 | loss | calibration error before | after |",
        "|---|---|---|---|---|",
        "| " + " | ".join(f"{scores[k]:.3f}" for k in ("accuracy", "macro_f1", "loss", "ece_before", "ece_after")) + " |",
        "",
        "## Training",
        f"{_training(card)} Settings: " + ", ".join(f"{key} {_plain(value)}" for key, value in found.items()) + ".",
        "Software: " + ", ".join(f"{key} {value}" for key, value in card["versions"].items()) + ".",
        "",
        "## Files",
        "`model.json` holds all of this for programs; `weights.safetensors` are the weights of the best epoch, `last.safetensors` those of",
        "the last; `model.onnx` is the network for other software; `curves.tsv` and `curves.png` show the training.",
    ]
    with files.replacing(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _training(card: dict) -> str:
    """Say how the weights came about."""
    scores = card["scores"]
    if not card["split"].get("folds"):
        return f"Best of {scores['epochs']} epochs: {scores['best_epoch']['epoch']} of stage {scores['best_epoch']['stage']}."
    if card["model"] == "varionet":
        return f"Fusion learned from tiles held out: {scores['best_epoch']['stage']}."
    return f"{scores['epochs']} epochs, the weights averaged over the last of them."


def _divided(split: dict) -> str:
    """Say how the labels were divided."""
    if split.get("folds"):
        return f"all of them; for the scores {split['folds']} folds held each {split['unit']} out once".replace("random", "tile")
    return f"split by {split['scheme']}"


def _plain(value: object) -> str:
    """Write a setting as in the config."""
    if isinstance(value, list):
        return "[" + ", ".join(map(str, value)) + "]"
    return "null" if value is None else f"{value}"
