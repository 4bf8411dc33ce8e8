# From trained models to maps.
# in:  <results>/tiles, <results>/vario, models (trained here or finished ones that the config names)
# out: <results>/classes/{model}/{scene}.parquet, <results>/maps/


rule classify_scene:
    input:
        tiles="<results>/tiles/{scene}.parquet",
        vario="<results>/vario/{scene}.parquet",
        model=branch(evaluate("{model}"), cases={model: model_files(model) for model in ("variomlp", "resnet18", "varionet")}),
        applicability=branch(
            evaluate("{model}"),
            cases=dict.fromkeys(config["classify_scene"]["finished"], []),
            otherwise=[f"<results>/models/{SCHEME}/applicability.safetensors"],
        ),
        code=library("classify_scene"),
    output:
        classified="<results>/classes/{model}/{scene}.parquet",
    log:
        "<results>/logs/classify_scene/{model}/{scene}.log",
    benchmark:
        "<results>/benchmarks/classify_scene/{model}/{scene}.tsv"
    conda:
        "../../envs/classify_scene.yaml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=240,
        gpu=1,
    params:
        batch_size=lookup(within=config, dpath="classify_scene/batch_size"),
        engine=lookup(within=config, dpath="classify_scene/engine"),
        device=lookup(within=config, dpath="classify_scene/device"),
    message:
        "Classify scene {wildcards.scene} with {wildcards.model}."
    script:
        "../scripts/classify_scene.py"


rule render_map:
    input:
        classified="<results>/classes/{model}/{scene}.parquet",
        classes=lookup(within=config, dpath="classes"),
        scene="<results>/scenes/{scene}.tif",
        code=library("render_map"),
    output:
        class_map=multiext("<results>/maps/{model}/{scene}_class", ".tif", ".tif.aux.xml", ".qml", ".sld"),
        confidence_map=multiext("<results>/maps/{model}/{scene}_confidence", ".tif", ".qml", ".sld"),
        entropy_map=multiext("<results>/maps/{model}/{scene}_entropy", ".tif", ".qml", ".sld"),
        applicability_map=multiext("<results>/maps/{model}/{scene}_applicability", ".tif", ".tif.aux.xml", ".qml", ".sld"),
        sheets=multiext("<results>/maps/{model}/{scene}", ".png", ".pdf"),
        picture=report(
            "<results>/maps/{model}/{scene}.jpg",
            caption="../report/map.rst",
            category="Maps",
            subcategory="By date and model",
            labels={"scene": "{scene}", "model": "{model}"},
        ),
    log:
        "<results>/logs/render_map/{model}/{scene}.log",
    benchmark:
        "<results>/benchmarks/render_map/{model}/{scene}.tsv"
    conda:
        "../../envs/render_map.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        credits=lookup(within=config, dpath="render_map/credits"),
    message:
        "Draw the maps of scene {wildcards.scene} by {wildcards.model}."
    script:
        "../scripts/render_map.py"


rule render_structure:
    input:
        vario="<results>/vario/{scene}.parquet",
        tiles="<results>/tiles/{scene}.parquet",
        scene="<results>/scenes/{scene}.tif",
        code=library("render_structure"),
    output:
        orientation_map=multiext("<results>/maps/structure/{scene}_orientation", ".tif", ".qml", ".sld"),
        spacing_map=multiext("<results>/maps/structure/{scene}_spacing", ".tif", ".qml", ".sld"),
        anisotropy_map=multiext("<results>/maps/structure/{scene}_anisotropy", ".tif", ".qml", ".sld"),
        sheets=multiext("<results>/maps/structure/{scene}", ".png", ".pdf"),
        picture=report(
            "<results>/maps/structure/{scene}.jpg",
            caption="../report/structure.rst",
            category="Maps",
            subcategory="Crevasse structure",
            labels={"scene": "{scene}"},
        ),
    log:
        "<results>/logs/render_structure/{scene}.log",
    benchmark:
        "<results>/benchmarks/render_structure/{scene}.tsv"
    conda:
        "../../envs/render_structure.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=15,
    params:
        credits=lookup(within=config, dpath="render_map/credits"),
    message:
        "Draw the crevasse structure of scene {wildcards.scene}."
    script:
        "../scripts/render_structure.py"


rule render_panels:
    input:
        **{model: expand("<results>/classes/{model}/{scene}.parquet", model=model, scene=SCENES.index) for model in MODELS},
        classes=lookup(within=config, dpath="classes"),
        scenes=expand("<results>/scenes/{scene}.tif", scene=SCENES.index),
        code=library("render_panels"),
    output:
        **{
            model: [
                f"<results>/maps/{model}/panels.png",
                f"<results>/maps/{model}/panels.pdf",
                report(
                    f"<results>/maps/{model}/panels.jpg",
                    caption="../report/panels.rst",
                    category="Maps",
                    subcategory="Side by side",
                    labels={"scene": "all", "model": model},
                ),
            ]
            for model in MODELS
        },
        all=[
            "<results>/maps/panels.png",
            "<results>/maps/panels.pdf",
            report(
                "<results>/maps/panels.jpg",
                caption="../report/panels.rst",
                category="Maps",
                subcategory="Side by side",
                labels={"scene": "all", "model": "all"},
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
        mem_mb=1500,
        runtime=15,
    params:
        models=MODELS,
        scenes=list(SCENES.index),
        credits=lookup(within=config, dpath="render_map/credits"),
    message:
        "Draw all dates and models side by side."
    script:
        "../scripts/render_panels.py"


rule render_disagreement:
    input:
        one="<results>/classes/variomlp/{scene}.parquet",
        other="<results>/classes/resnet18/{scene}.parquet",
        classes=lookup(within=config, dpath="classes"),
        code=library("render_disagreement"),
    output:
        raster=multiext("<results>/maps/disagreement/{scene}", ".tif", ".qml", ".sld"),
    log:
        "<results>/logs/render_disagreement/{scene}.log",
    benchmark:
        "<results>/benchmarks/render_disagreement/{scene}.tsv"
    conda:
        "../../envs/render_disagreement.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        credits=lookup(within=config, dpath="render_map/credits"),
    message:
        "Draw where VarioMLP and ResNet-18 disagree about scene {wildcards.scene}."
    script:
        "../scripts/render_disagreement.py"
