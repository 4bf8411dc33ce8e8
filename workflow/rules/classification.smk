# Class and confidence of every tile.
# in:  <results>/tiles, <results>/vario, models (trained here or finished ones that the config names)
# out: <results>/classes/{model}/{scene}.parquet


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
        code=code("classify_scene"),
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
        "../scripts/classification/classify_scene.py"
