# Class and confidence of every tile.
# in:  <results>/tiles, <results>/vario, models (trained here or finished ones that the config names)
# out: <results>/classes/{model}/{scene}.parquet


rule classify_scene:
    input:
        tiles="<results>/tiles/{scene}.parquet",
        vario="<results>/vario/{scene}.parquet",
        model=model_of,
        applicability=applicability_of,
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
        mem_mb=growing(8000),
        runtime=growing(240),
        gpu=1,
    params:
        settings=settings_of("classify_scene", engine=config["classify_scene"]["engine"]),
        device=uncompared(config["device"]),
    message:
        "Classify scene {wildcards.scene} with {wildcards.model}."
    script:
        "../scripts/classification/classify_scene.py"
