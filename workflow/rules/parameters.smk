# How rules name what they read, what they depend on and what they take, and what a run makes in all. No rule.
import functools


def settings_of(rule, **values):
    """Return the settings of a rule as one dict, with the fingerprint of its code; its result depends on these and its inputs alone.

    Snakemake compares the parameters of a rule as a set, without their names; in one dict, names count too. A value that is a function
    is called with the wildcards. Only the main process compares, so the fingerprint is found there alone.
    """
    code = (
        code_memory.fingerprint(next(SCRIPTS.glob(f"*/{rule}.py")), ENVS / f"{rule}.yaml") if workflow.is_main_process else None
    )

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
        return found if COPIED or found.startswith(MADE) else ancient(found)

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
    found = f"{path[:-4]}.xml" if path in SIMULATED else sidecar.find(path)
    return str(found) if found else []


def label_sources(wildcards):
    """Return the sources of labels; what binds none, as the labelling page, runs without a store that is none yet."""
    if NO_STORE:
        raise SystemExit(NO_STORE)  # Snakemake writes any other exception of an input function with a traceback
    return SOURCES


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
