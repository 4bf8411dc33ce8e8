# What all rules share: the checked configuration, the scenes, and where models come from. No rule.
import functools
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
from geoclass.core import files, given_files, label_store, library, locks, scene_table, settings, surface_classes
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

RECORDS = Path(".snakemake/metadata")  # of what was made of what
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


def settings_of(rule, **values):
    """Return the settings of a rule as one dict, with the fingerprint of its code; its result depends on these and its inputs alone.

    Snakemake compares the parameters of a rule as a set, without their names; in one dict, names count too. A value that is a function
    is called with the wildcards. Only the main process compares, so the fingerprint is found there alone.
    """
    code = library.fingerprint(next(SCRIPTS.glob(f"*/{rule}.py")), ENVS / f"{rule}.yaml") if workflow.is_main_process else None

    def of_job(wildcards):
        return {"code": code} | {name: value(wildcards) if callable(value) else value for name, value in values.items()}

    return of_job if any(map(callable, values.values())) else of_job(None)


def each(pattern, scenes=SCENES.index, **values):
    """Return a function that lists a file of each scene. Only jobs that read them make the list: every job of a cluster reads all rules."""
    return lambda wildcards: expand(pattern, **({"scene": scenes} | values | dict(wildcards.items())))


def by(wildcard, values, default=None):
    """Return what a dict holds of a job's scene or image set."""
    return lambda wildcards: values.get(wildcards[wildcard], default)


def of_users(read, *paths):
    """Return a function of a job that reads files of the user's; those that are the same for all jobs are read once a plan."""
    by_job = [path for path in paths if callable(path)]
    of_all = functools.cache(lambda: read([path for path in paths if path and not callable(path)]))
    return lambda wildcards: (of_all(), read([found for path in by_job if (found := path(wildcards))]))


def beside(*paths):
    """Return a function that lists what lies beside files of the user's and holds a part of them; a path may depend on the wildcards.

    Side-cars in which programs note statistics come and go as rasters are shown, and are no inputs; `given` compares what else they tell.
    """
    found = of_users(lambda own: [part for part in given_files.beside(*own) if not given_files.is_pam(part)], *paths)
    return dateless(lambda wildcards: list(dict.fromkeys(sum(found(wildcards), []))))


def given(*paths):
    """Return a parameter for files of the user's, which changes where what they hold does, also by an older file; see `dateless`.

    What rules make is none of them, since its time changes between the plan and the next one.
    """

    def state(found):
        own = [str(path) for path in found if not str(path).startswith(MADE)]
        return given_files.state(*own, *given_files.beside(*own))

    found = of_users(state, *paths)
    return lambda wildcards: list(found(wildcards)) if workflow.is_main_process else None


def dateless(value):
    """Return files of the user's as inputs that `given` compares, whatever their date: programs that show them change it, too.

    Without records of a run, as where results were copied without them, dates are all that tells a change.
    """

    def flagged(found):
        if not isinstance(found, str):
            return list(map(flagged, found or []))
        return ancient(found) if RECORDS.is_dir() and not found.startswith(MADE) else found

    return (lambda wildcards: flagged(value(wildcards))) if callable(value) else flagged(value)


def uncompared(value):
    """Return a parameter that cannot change a result, such as a device: Snakemake compares none that depends on threads."""
    return lambda wildcards, threads: value


def growing(amount):
    """Return a resource that grows with each attempt at a job."""
    return lambda wildcards, attempt: amount * attempt


def threads_of_scene(wildcards, input):
    """Return the threads of a job of a scene: one for a small scene, so that scenes are computed beside each other."""
    tiles = Path(input.tiles)
    return 1 if tiles.is_file() and tiles.stat().st_size < SMALL_BYTES else 2


def dated(**more):
    """Return a function for the labels of a scene in the report: its date, known once its metadata are there, and its id."""

    def labels(wildcards):
        metadata = Path(RESULTS, "scenes", f"{wildcards.scene}.json")
        date = files.read_json(metadata)["date"][:10] if metadata.exists() else ""
        return {"date": date, "scene": "{scene}", **more}

    return labels


def side_car(wildcards):
    """Return the side-car of a scene, if it has one; that of a simulated scene does not exist before it is made."""
    path = SCENES["path"][wildcards.scene]
    return f"{path[:-4]}.xml" if path in SIMULATED else sidecar.find(path) or []


def label_sources(wildcards):
    """Return the sources of labels; what binds none, as the labelling page, runs without a store that is none yet."""
    if NO_STORE:
        raise SystemExit(NO_STORE)  # Snakemake writes any other exception of an input function with a traceback
    return SOURCES


def divided(rule, scheme=SCHEME):
    """Return a function that names the split of a rule that asks for a part of the labels which nothing learns; folds leave none."""

    def split(wildcards):
        if N_FOLDS and scheme == SCHEME != "given":
            raise SystemExit(
                f"config: split_labels/shares is null, so that labels are learned by folds, expected a part that {rule} does not learn; "
                "set split_labels to {scheme: block, shares: [0.6, 0.2, 0.2]}"
            )
        return f"<results>/splits/{scheme}.parquet"

    return split


def products(wildcards):
    """List what `snakemake` makes of all scenes together, but for the summary; the catalogue stands on the maps of each."""
    return [
        *(["<results>/series/scenes.tsv", "<results>/maps/panels.png", "<results>/catalog/catalog.json"] if MAPPED else []),
        *(["<results>/evaluation/summary.md"] if TRAINED else []),
        *(["<results>/data_card.md"] if TRAINED and MAPPED else []),
        *expand("<results>/series/{model}/areas.tsv", model=MAPPED),
        *expand("<results>/series/{model}/change", model=MAPPED),
        *expand("<results>/images/{model}/{image_set}", model=MODELS, image_set=IMAGES),
        *(expand("<results>/figures/vario/{scene}.png", scene=DRAWN) if config["draw_vario"]["tiles"] else []),
    ]


def model_files(model, scheme=SCHEME):
    """Return description and weights of a model: of the finished folder that the config names, else of the one trained here."""
    folder = FINISHED.get(model, f"<results>/models/{scheme}/{model}")
    return [f"{folder}/model.json", f"{folder}/weights.safetensors"]


def folds_of(model, scheme=None):
    """Return a function of wildcards: what models trained without each fold say of it; of a finished model, or without folds, nothing."""

    def tables(wildcards):
        name = scheme or wildcards.scheme
        if model in FINISHED or name in ("given", ROUND):
            return []
        return expand(f"<results>/folds/{name}/{model}/{{fold}}.parquet", fold=range(N_FOLDS))

    return tables


def fingerprint_of(model):
    """Return what tells the weights of a finished model, whatever their date; False for one that is trained here."""
    return model in FINISHED and (files.read_json(f"{FINISHED[model]}/model.json").get("fingerprint") or True)


def finished_files(name):
    """Return the files of a name in finished folders, beside them, or in the folder of ResNet-18 there."""
    finished = [Path(FINISHED[model]) for model in MODELS if model in FINISHED]
    folders = dict.fromkeys(path for folder in finished for path in (folder, folder.parent, folder.parent / "resnet18"))
    return [str(path) for folder in folders if (path := folder / name).is_file()]


def applicability_files():
    """Return the areas of applicability: that of the models trained here first, then those of finished ones."""
    return [f"<results>/models/{SCHEME}/applicability.safetensors"] * bool(TRAINED) + finished_files("applicability.safetensors")


def quantised_of():
    """Return ResNet-18 in int8, which VarioNet shares; a finished folder may lack it, and some engines do without."""
    if config["classify_scene"]["engine"] not in ("auto", "int8"):
        return []
    pixels = {"resnet18", "varionet"} & set(TRAINED)
    return finished_files("int8.safetensors") + [f"<results>/models/{SCHEME}/resnet18/int8.safetensors"] * bool(
        pixels and "resnet18" not in FINISHED
    )


def training_settings(model):
    """Return the settings of a training; the device is none of them, since it does not change what is learned."""
    return {**config[f"train_{model}"], "seed": config["seed"]}


def predictions_of(wildcards):
    """Return what a model that is trained here says of held-out tiles; a finished model has been scored where it was trained."""
    if wildcards.model in FINISHED:
        return []
    return f"<results>/evaluation/{SCHEME}/predictions.parquet"


def scores_of(wildcards):
    """Return the scores of a model that is trained here."""
    return [] if wildcards.model in FINISHED else f"<results>/evaluation/{SCHEME}/scores.tsv"


QUANTISED = quantised_of()
