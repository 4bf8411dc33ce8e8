# What all rules share: the checked configuration, the scenes, and where models come from. No rule.
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

SCRIPTS = Path(workflow.basedir) / "workflow" / "scripts"
sys.path.append(str(SCRIPTS))
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(SCRIPTS), os.environ.get("PYTHONPATH")])
)  # where scripts find geoclass

from geoclass.active_learning import round_state
from geoclass.core import library, scene_table, settings, surface_classes

SIMULATED_FOLDER = "results/simulated/"
try:
    settings.complete(config, Path(workflow.basedir) / "workflow" / "schemas" / "config.schema.yaml")
    SCENES = scene_table.read_scenes(config["scenes"], SIMULATED_FOLDER)
    settings.check_inputs(config, SCENES, SIMULATED_FOLDER)
    surface_classes.read(config["classes"])
    IMAGE_SETS = settings.image_sets(config["collect_labels"]["sources"], SCENES)
    DRAWN = settings.tiles_by_scene(config["draw_vario"]["tiles"], [*SCENES.index, *IMAGE_SETS])
    RESULTS = settings.results_folder(config)
    TEACHER, LEARNER = config["accept_predictions"]["teacher"], config["judge_round"]["learner"]
    ROUND, BASE = round_state.state(f"{RESULTS}/rounds", TEACHER, LEARNER)  # of learning: the next, and the one that it builds on
except (ValueError, FileNotFoundError) as error:
    raise WorkflowError(str(error))

SUMMARY = Path(RESULTS) / "summary.md"
SUMMARISED = SUMMARY.stat().st_mtime if SUMMARY.exists() else None  # when, before this run
SIMULATED = [path for path in SCENES["path"] if path.startswith(SIMULATED_FOLDER)]
LABELLED = [*SCENES.index[SCENES["labelled"]], *IMAGE_SETS]  # training reads these alone, so that a new image never retrains
EVERYWHERE = [*SCENES.index, *IMAGE_SETS]
MODELS = config["classify_scene"]["models"]
MAPPED = MODELS if len(SCENES) else []  # without a scene, from class folders alone, models are trained and scored
TRAINED = [model for model in MODELS if model not in config["classify_scene"]["finished"]]  # none needs no labels either
COMPARED = SCENES.index if {"variomlp", "resnet18"} <= set(MODELS) else []  # where the two networks can disagree
DISAGREEMENT = expand("<results>/maps/disagreement/{scene}.tif", scene=COMPARED)
SCHEME = config["split_labels"]["scheme"]
# What is learned from, by scheme: a round is a scheme of its own, and learns from tiles of all scenes.
LABELS = branch(
    evaluate("{scheme}"), cases={ROUND: f"<results>/rounds/{ROUND}/labels.parquet"}, otherwise="<results>/labels/labels.parquet"
)
TILES, VARIO = (
    branch(
        evaluate("{scheme}"),
        cases={ROUND: expand("<results>/{kind}/{scene}.parquet", kind=kind, scene=[*SCENES.index, *IMAGE_SETS])},
        otherwise=expand("<results>/{kind}/{scene}.parquet", kind=kind, scene=LABELLED),
    )
    for kind in ("tiles", "vario")
)


wildcard_constraints:
    scene=scene_table.SCENE_ID,
    model="variomlp|resnet18|varionet",
    scheme=f"block|random|scene|group|given|{ROUND}",  # earlier rounds are not made again


def code(script):
    """Return the library modules that a script stands on: a change in one of them reruns the rule."""
    return library.modules_of(next(SCRIPTS.glob(f"*/{script}.py")))


def model_files(model, scheme=SCHEME):
    """Return description and weights of a model: of the finished folder that the config names, else of the one trained here."""
    folder = config["classify_scene"]["finished"].get(model, f"<results>/models/{scheme}/{model}")
    return [f"{folder}/model.json", f"{folder}/weights.safetensors"]


def predictions_of(wildcards):
    """Return what a model that is trained here says of held-out tiles; a finished model has been scored where it was trained."""
    if wildcards.model in config["classify_scene"]["finished"]:
        return []
    return f"<results>/evaluation/{SCHEME}/predictions.parquet"


def scores_of(wildcards):
    """Return the scores of a model that is trained here."""
    return [] if wildcards.model in config["classify_scene"]["finished"] else f"<results>/evaluation/{SCHEME}/scores.tsv"
