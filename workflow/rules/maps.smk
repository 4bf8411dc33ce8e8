# Maps of classes and of crevasse structure.
# in:  <results>/classes, <results>/vario, <results>/scenes
# out: <results>/maps/


rule render_maps:
    input:
        classified=expand("<results>/classes/{model}/{{scene}}.parquet", model=MODELS),
        classes=config["classes"],
        vario="<results>/vario/{scene}.parquet",
        tiles="<results>/tiles/{scene}.parquet",
        scene="<results>/scenes/{scene}.tif",
    output:
        # beside each class map lie the other maps of the model, their styles, and the sheet as PDF and JPEG
        class_maps=expand("<results>/maps/{model}/{{scene}}_class.tif", model=MODELS),
        sheets=expand("<results>/maps/{model}/{{scene}}.png", model=MODELS),
        # the report shows one model's, and all models side by side (render_panels)
        picture=report(
            f"<results>/maps/{BEST}/{{scene}}.jpg",
            caption="../report/map.rst",
            category="Maps",
            subcategory="By date",
            labels=dated(model=BEST),
        ),
        disagreement=["<results>/maps/disagreement/{scene}.tif"] * bool(len(COMPARED)),
        structure="<results>/maps/structure/{scene}.png",  # beside it the three maps, their styles, and the sheet as PDF
        structure_picture=report(
            "<results>/maps/structure/{scene}.jpg",
            caption="../report/structure.rst",
            category="Maps",
            subcategory="Crevasse structure",
            labels=dated(),
        ),
    log:
        "<results>/logs/render_maps/{scene}.log",
    benchmark:
        "<results>/benchmarks/render_maps/{scene}.tsv"
    conda:
        "../../envs/render_maps.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        settings=settings_of(
            "render_maps",
            models=MODELS,
            best=BEST,
            crevassed=CREVASSED,
            credits=config["credits"],
            given=given(config["classes"]),
        ),
    message:
        "Draw the maps of scene {wildcards.scene}."
    script:
        "../scripts/maps/render_maps.py"


rule render_panels:
    input:
        **{model: each("<results>/classes/{model}/{scene}.parquet", model=model) for model in MODELS},
        classes=config["classes"],
        scenes=each("<results>/scenes/{scene}.tif"),
    output:
        **{model: [f"<results>/maps/{model}/panels.{ending}" for ending in ("png", "pdf", "jpg")] for model in MODELS},
        all=[
            "<results>/maps/panels.png",
            "<results>/maps/panels.pdf",
            report(
                "<results>/maps/panels.jpg",
                caption="../report/panels.rst",
                category="Maps",
                subcategory="Side by side",
                labels={"date": "all", "model": "all"},
            ),
        ],
    log:
        "<results>/logs/render_panels.log",
    benchmark:
        "<results>/benchmarks/render_panels.tsv"
    conda:
        "../../envs/render_panels.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings_of(
            "render_panels", models=MODELS, scenes=list(SCENES.index), credits=config["credits"], given=given(config["classes"])
        ),
    message:
        "Draw all dates and models side by side."
    script:
        "../scripts/maps/render_panels.py"
