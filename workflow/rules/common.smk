# What all rules share: the checked configuration, and the scenes, labels and models that it names. No rule.
import logging
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.settings.types import DeploymentMethod

WORKFLOW = Path(str(workflow.current_basedir)).parent  # right also where another workflow uses this one as a module
if not WORKFLOW.is_dir():  # Snakemake fetches single files from a host, but not the library that the scripts import
    raise WorkflowError(
        f"{WORKFLOW}: not a folder of this file system, expected a clone; clone geoclass-workflow and give the path of its workflow/Snakefile"
    )
SCRIPTS = WORKFLOW / "scripts"
ENVS = WORKFLOW.parent / "envs"
sys.path.append(str(SCRIPTS))
os.environ |= {"PYTHONPATH": os.pathsep.join(filter(None, [str(SCRIPTS), os.environ.get("PYTHONPATH")]))}  # for the scripts

from geoclass.active_learning import round_state
from geoclass.core import code_memory, files, given_files, label_store, locks, records, scene_table, settings, surface_classes
from geoclass.report import plan
from geoclass.scenes import sidecar

SIMULATED_FOLDER = "results/simulated/"
try:
    for path in workflow.configfiles:
        settings.check_text(path)
    SCHEMA = settings.complete(config, WORKFLOW / "schemas" / "config.schema.yaml")
    SCENES = scene_table.read_scenes(config["scenes"], SIMULATED_FOLDER)
    GIVEN_CLASSES = config["classes"]
    config["classes"] = surface_classes.in_force(GIVEN_CLASSES, config["label"]["store"])
    CLASSES = surface_classes.read(config["classes"])
    settings.check_inputs(config, SCENES, SIMULATED_FOLDER, CLASSES)
    SERIES, SERIES_SCHEMA = config["summarize_series"], SCHEMA["properties"]["summarize_series"]["properties"]
    surface_classes.check_crevassed(
        SERIES["crevassed"], SERIES_SCHEMA["crevassed"]["default"], CLASSES, along_line=SERIES["centre_line"] is not None
    )
    IMAGE_SETS = settings.image_sets(config["collect_labels"]["sources"], SCENES)
    IMAGES = settings.image_folder(config["classify_images"]["folder"], [*SCENES.index, *IMAGE_SETS])
    SOURCES, NO_STORE = label_store.sources(config)
    DRAWN = settings.tiles_by_scene(config["draw_vario"]["tiles"], [*SCENES.index, *IMAGE_SETS])
    RESULTS = settings.results_folder(config)
    surface_classes.check_bound(CLASSES, f"{RESULTS}/labels/report.tsv")
    TEACHER, STUDENT = config["accept_predictions"]["teacher"], config["judge_round"]["student"]
    ROUND, BASE = round_state.state(f"{RESULTS}/rounds", TEACHER, STUDENT)  # of learning: the next, and the one that it builds on
except (ValueError, FileNotFoundError) as error:
    raise WorkflowError(str(error))

if workflow.is_main_process and "--unlock" not in sys.argv and (LOCK := locks.left_behind()):
    print(LOCK, file=sys.stderr)

IMAGE = "geoclass.sif"  # in the folder of the run
if DeploymentMethod.APPTAINER in workflow.deployment_settings.deployment_method and not Path(IMAGE).exists():
    raise WorkflowError(
        f"{IMAGE}: no such image in {Path.cwd()}, expected one with --sdm apptainer; "
        f"build it: apptainer build {IMAGE} {os.path.relpath(ENVS)}/container.def"
    )

PLAN = plan.Plan(
    jobs=lambda: ((str(job), tuple(job.wildcards)) for job in workflow.dag.needrun_jobs(exclude_finished=False)),
    dry=lambda: workflow.dryrun,
    folder=f"{RESULTS}/benchmarks",
)
if workflow.is_main_process and Path(workflow.basedir) in (WORKFLOW, WORKFLOW.parent):  # in another workflow, that decides
    logging.getLogger("snakemake.logging").addFilter(PLAN)

COPIED = (
    records.lacking([f"{RESULTS}/tiles/{name}.parquet" for name in [*SCENES.index, *IMAGE_SETS, *IMAGES]])
    if workflow.is_main_process
    else []
)
if COPIED and not workflow.touch:
    print(records.sentence(COPIED), file=sys.stderr)
SUMMARY = Path(RESULTS) / "summary.md"
SUMMARISED = SUMMARY.stat().st_mtime if SUMMARY.exists() else None  # when, before this run
SIMULATED = [path for path in SCENES["path"] if path.startswith(SIMULATED_FOLDER)]
LABELLED = [*SCENES.index[SCENES["labelled"]], *IMAGE_SETS]  # training reads these alone, so that a new image never retrains
EVERYWHERE = [*SCENES.index, *IMAGE_SETS]
NETWORKS = ("variomlp", "resnet18", "varionet")
MODELS = config["classify_scene"]["models"]
BEST = max(MODELS, key=NETWORKS.index)  # whose classes tell where crevasses are
# Classes with crevasses; none: structure of all tiles is mapped.
CREVASSED = sorted(set(SERIES["crevassed"]) & set(CLASSES["class_name"]))
MAPPED = MODELS if len(SCENES) else []  # without a scene, from class folders alone, models are trained and scored
FINISHED = config["classify_scene"]["finished"]  # models of other runs, by kind
CLASSIFYING = {key: config["classify_scene"][key] for key in ("engine", "pixel_size_ratio")}  # how a scene is classified
TRAINED = [model for model in MODELS if model not in FINISHED]  # none needs no labels either
COMPARED = SCENES.index if {"variomlp", "resnet18"} <= set(MODELS) else []  # where the two networks can disagree
SCHEME = config["split_labels"]["scheme"]
SCHEMES = list(dict.fromkeys([SCHEME, *config["evaluate_models"]["schemes"]]))  # that are trained and scored
SMALL_BYTES = 100_000_000  # of the tile table of a small scene, whose jobs take longer to start than to compute
IMAGENET = "resources/resnet18_imagenet.safetensors"  # fetched where start_weights asks for it
START = {"imagenet": IMAGENET, None: []}.get(config["train_resnet18"]["start_weights"], config["train_resnet18"]["start_weights"])
MADE = (SIMULATED_FOLDER, IMAGENET)  # how paths begin that stand where files of users do, but are made by rules
N_FOLDS = 0 if config["split_labels"]["shares"] else config["split_labels"]["folds"]
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
    scheme=f"auto|block|random|scene|group|given|{ROUND}",  # earlier rounds are not made again
    fold=r"\d+",
