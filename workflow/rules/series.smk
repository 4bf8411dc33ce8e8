# The series as a whole.
# in:  metadata and tiles of all scenes, <results>/classes, <results>/vario, predictions of held-out tiles
# out: <results>/series/, <results>/catalog/

PREVIOUS = config["compare_runs"]["previous"]
OF_PREVIOUS = (  # what is read of it
    [
        f"{PREVIOUS}/evaluation/{SCHEME}/scores.tsv",
        *(f"{PREVIOUS}/classes/{model}/{scene}.parquet" for model in MAPPED for scene in SCENES.index),
    ]
    if PREVIOUS
    else []
)


rule list_scenes:
    input:
        metadata=each("<results>/scenes/{scene}.json"),
        tiles=each("<results>/tiles/{scene}.parquet"),
    output:
        series="<results>/series/scenes.tsv",
    log:
        "<results>/logs/list_scenes.log",
    benchmark:
        "<results>/benchmarks/list_scenes.tsv"
    conda:
        "../../envs/list_scenes.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(15),
    params:
        settings=settings_of("list_scenes", common=config["ingest_scene"]["grid"] == "common"),
    message:
        "List the scenes of the series by date."
    script:
        "../scripts/series/list_scenes.py"


rule summarize_series:
    input:
        classified=each("<results>/classes/{model}/{scene}.parquet"),
        vario=each("<results>/vario/{scene}.parquet"),
        classes=config["classes"],
        predictions=predictions_of,
        centre_line=dateless(config["summarize_series"]["centre_line"]),
        beside=beside(config["summarize_series"]["centre_line"]),
    output:
        areas="<results>/series/{model}/areas.tsv",
        coverage="<results>/series/{model}/coverage.tsv",
        transitions="<results>/series/{model}/transitions.tsv",
        structure="<results>/series/{model}/structure.tsv",
        front="<results>/series/{model}/front.tsv",
        netcdf="<results>/series/{model}/series.nc",
        areas_figure=report(
            "<results>/series/{model}/areas.png",
            caption="../report/series_areas.rst",
            category="Series",
            subcategory="{model}",
            labels={"content": "class areas with intervals", "model": "{model}"},
        ),
        change_figure=report(
            "<results>/series/{model}/change.png",
            caption="../report/series_change.rst",
            category="Series",
            subcategory="{model}",
            labels={"content": "change of the classes", "model": "{model}"},
        ),
        transitions_figure=report(
            "<results>/series/{model}/transitions.png",
            caption="../report/series_transitions.rst",
            category="Series",
            subcategory="{model}",
            labels={"content": "transitions between the classes", "model": "{model}"},
        ),
        structure_figure=report(
            "<results>/series/{model}/structure.png",
            caption="../report/series_structure.rst",
            category="Series",
            subcategory="{model}",
            labels={"content": "crevasse orientation and spacing", "model": "{model}"},
        ),
        front_figure=report(
            "<results>/series/{model}/front.png",
            caption="../report/series_front.rst",
            category="Series",
            subcategory="{model}",
            labels={"content": "surge front", "model": "{model}"},
        ),
    log:
        "<results>/logs/summarize_series/{model}.log",
    benchmark:
        "<results>/benchmarks/summarize_series/{model}.tsv"
    conda:
        "../../envs/summarize_series.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings_of(
            "summarize_series",
            given=given(config["summarize_series"]["centre_line"], config["classes"]),
            **{key: config["summarize_series"][key] for key in ("crevassed", "minimum_confidence")},
            credits=config["credits"],
        ),
    message:
        "Summarise the series of {wildcards.model} maps."
    script:
        "../scripts/series/summarize_series.py"


rule render_changes:
    input:
        dates="<results>/series/{model}/series.nc",
        classes=config["classes"],
    output:
        folder=directory("<results>/series/{model}/change"),
    log:
        "<results>/logs/render_changes/{model}.log",
    benchmark:
        "<results>/benchmarks/render_changes/{model}.tsv"
    conda:
        "../../envs/render_changes.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=settings_of("render_changes", given=given(config["classes"])),
    message:
        "Write the maps of change of the {wildcards.model} series."
    script:
        "../scripts/series/render_changes.py"


rule compare_runs:
    input:
        classified=each("<results>/classes/{model}/{scene}.parquet"),
        classes=config["classes"],
        scores=scores_of,
    output:
        areas="<results>/drift/{model}/areas.tsv",
        scores="<results>/drift/{model}/scores.tsv",
        figure="<results>/drift/{model}/change.png",
        page="<results>/drift/{model}/drift.md",
    log:
        "<results>/logs/compare_runs/{model}.log",
    benchmark:
        "<results>/benchmarks/compare_runs/{model}.tsv"
    conda:
        "../../envs/compare_runs.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings_of("compare_runs", previous=PREVIOUS, scheme=SCHEME, given=given(config["classes"], *OF_PREVIOUS)),
    message:
        "Compare the maps by {wildcards.model} with those of a previous run."
    script:
        "../scripts/series/compare_runs.py"
