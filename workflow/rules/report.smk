# What was made, what it rests on and what it took: a one-page summary, a data card, and pages for `snakemake --report`.
# in:  all products
# out: <results>/summary.md and .pdf, <results>/data_card.md, <results>/pages/
SCORED = SCHEMES if TRAINED else []
# Every page of the report: name, source, title, caption, category.
PAGES = [
    ("summary", "<results>/summary.md", "Summary", "summary_page", "Summary"),
    *([("data_card", "<results>/data_card.md", "Data card", "data_card", "Scenes")] if TRAINED and MAPPED else []),
    *((f"card_{m}", f"<results>/models/{SCHEME}/{m}/card.md", f"Model card, {m}", "card", "Models") for m in TRAINED),
    *([("scores", "<results>/evaluation/summary.md", "Scores of all splits", "summary", "Scores")] if TRAINED else []),
    *((f"scores_{s}", f"<results>/evaluation/{s}/scores.tsv", f"Scores, split {s}", "scores", "Scores") for s in SCORED),
    *(
        (f"classes_{s}", f"<results>/evaluation/{s}/per_class.tsv", f"Scores by class, split {s}", "per_class", "Scores")
        for s in SCORED
    ),
    *((f"areas_{m}", f"<results>/series/{m}/areas.tsv", f"Areas by date and class, {m}", "areas", "Series") for m in MAPPED),
    *(
        (f"transitions_{m}", f"<results>/series/{m}/transitions.tsv", f"Transitions, {m}", "transitions", "Series")
        for m in MAPPED
    ),
    *((f"front_{m}", f"<results>/series/{m}/front.tsv", f"Surge front, {m}", "front", "Series") for m in MAPPED),
    ("run_times", "<results>/run/times.tsv", "Run time and memory by rule", "times", "Run"),
]


rule describe_data:
    input:
        series="<results>/series/scenes.tsv",
        classes=config["classes"],
        labels="<results>/labels/labels.parquet",
        split=f"<results>/splits/{SCHEME}.parquet",
    output:
        card="<results>/data_card.md",
    log:
        "<results>/logs/describe_data.log",
    benchmark:
        "<results>/benchmarks/describe_data.tsv"
    conda:
        "../../envs/describe_data.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(15),
    params:
        settings=settings_of(
            "describe_data",
            sources=config["collect_labels"]["sources"],
            credits=config["credits"],
            given=given(config["classes"]),
        ),
    message:
        "Describe scenes and labels."
    script:
        "../scripts/report/describe_data.py"


rule summarize_run:
    input:
        products=products,
    output:
        page="<results>/summary.md",
        document="<results>/summary.pdf",  # the report has it as a page
        times="<results>/run/times.tsv",
        times_figure=report(
            "<results>/run/times.png",
            caption="../report/times.rst",
            category="Run",
            labels={"page": "Run time and memory, figure"},
        ),
    log:
        "<results>/logs/summarize_run.log",
    benchmark:
        "<results>/benchmarks/summarize_run.tsv"
    conda:
        "../../envs/summarize_run.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(15),
    params:
        settings=settings_of("summarize_run", scheme=SCHEME, models=MODELS),
    message:
        "Summarise the run."
    script:
        "../scripts/report/summarize_run.py"


rule write_pages:
    input:
        sources=[source for _, source, *_ in PAGES],
    output:
        [
            report(
                f"<results>/pages/{name}.html",
                caption=f"../report/{caption}.rst",
                category=category,
                subcategory="Tables" if category in ("Scores", "Series") else None,  # beside the figures of splits and models
                labels={"page": title},
            )
            for name, _, title, caption, category in PAGES
        ],
    log:
        "<results>/logs/write_pages.log",
    benchmark:
        "<results>/benchmarks/write_pages.tsv"
    conda:
        "../../envs/write_pages.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(15),
    params:
        settings=settings_of("write_pages", titles=[title for _, _, title, *_ in PAGES]),
    message:
        "Write tables and cards as pages."
    script:
        "../scripts/report/write_pages.py"


rule write_crate:
    input:
        products=products,
        summary="<results>/summary.md",
        metadata=each("<results>/scenes/{scene}.json"),
        models=[model_files(model)[0] for model in MODELS],
    output:
        crate="<results>/ro-crate-metadata.json",
        configuration="<results>/run/configuration.json",
        workflow="<results>/run/Snakefile",
    log:
        "<results>/logs/write_crate.log",
    benchmark:
        "<results>/benchmarks/write_crate.tsv"
    conda:
        "../../envs/write_crate.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(60),
    params:
        settings=settings_of("write_crate", models=MODELS, configuration=config, credits=config["credits"]),
    message:
        "Describe the run as an RO-Crate."
    script:
        "../scripts/report/write_crate.py"


rule build_catalog:
    input:
        # of what a job makes of a scene one file: each counts for every scene
        metadata=each("<results>/scenes/{scene}.json"),
        maps=each("<results>/maps/{model}/{scene}.png", model=BEST),
        structure=each("<results>/maps/structure/{scene}.png"),
        models=[model_files(model)[0] for model in MODELS],
        weights=[model_files(model)[1] for model in MODELS],
        networks=expand(f"<results>/models/{SCHEME}/{{model}}/model.onnx", model=TRAINED),
        classes=config["classes"],
    output:
        catalog="<results>/catalog/catalog.json",
    log:
        "<results>/logs/build_catalog.log",
    benchmark:
        "<results>/benchmarks/build_catalog.tsv"
    conda:
        "../../envs/build_catalog.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=settings_of(
            "build_catalog", models=MODELS, configuration=config, credits=config["credits"], given=given(config["classes"])
        ),
    message:
        "Build the STAC catalogue of scenes, maps and models."
    script:
        "../scripts/report/build_catalog.py"
