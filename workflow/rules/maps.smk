# Maps of classes and of crevasse structure.
# in:  <results>/classes, <results>/vario, <results>/scenes
# out: <results>/maps/


rule render_map:
    input:
        classified="<results>/classes/{model}/{scene}.parquet",
        classes=lookup(within=config, dpath="classes"),
        scene="<results>/scenes/{scene}.tif",
        code=code("render_map"),
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
        "../scripts/maps/render_map.py"


rule render_structure:
    input:
        vario="<results>/vario/{scene}.parquet",
        tiles="<results>/tiles/{scene}.parquet",
        scene="<results>/scenes/{scene}.tif",
        code=code("render_structure"),
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
        "../scripts/maps/render_structure.py"


rule render_panels:
    input:
        **{model: expand("<results>/classes/{model}/{scene}.parquet", model=model, scene=SCENES.index) for model in MODELS},
        classes=lookup(within=config, dpath="classes"),
        scenes=expand("<results>/scenes/{scene}.tif", scene=SCENES.index),
        code=code("render_panels"),
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
        "../scripts/maps/render_panels.py"


rule render_disagreement:
    input:
        one="<results>/classes/variomlp/{scene}.parquet",
        other="<results>/classes/resnet18/{scene}.parquet",
        classes=lookup(within=config, dpath="classes"),
        code=code("render_disagreement"),
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
        "../scripts/maps/render_disagreement.py"
