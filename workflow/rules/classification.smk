# Class and confidence of every tile, and of every image of a folder.
# in:  <results>/tiles, <results>/vario, models (trained here or finished ones that the config names)
# out: <results>/classes/{model}/{scene}.parquet, <results>/images/{model}/{image_set}/


rule classify_scene:
    input:
        tiles="<results>/tiles/{scene}.parquet",
        vario="<results>/vario/{scene}.parquet",
        model=[model_files(model)[0] for model in MODELS],
        weights=[model_files(model)[1] for model in MODELS],
        quantised=QUANTISED,
        applicability=applicability_files(),
    output:
        classified=expand("<results>/classes/{model}/{{scene}}.parquet", model=MODELS),
    log:
        "<results>/logs/classify_scene/{scene}.log",
    benchmark:
        "<results>/benchmarks/classify_scene/{scene}.tsv"
    priority: 1  # before what draws and describes
    conda:
        "../../envs/classify_scene.yaml"
    threads: threads_of_scene
    resources:
        mem_mb=growing(8000),
        runtime=growing(480),
        gpu=1,
    params:
        settings=settings_of(
            "classify_scene",
            **CLASSIFYING,
            finished=list(map(fingerprint_of, MODELS)),
            given=given(*finished_files("applicability.safetensors")),
        ),
        device=uncompared(config["device"]),
    message:
        "Classify scene {wildcards.scene}."
    script:
        "../scripts/classification/classify_scene.py"


rule classify_images:
    input:
        classified="<results>/classes/{model}/{image_set}.parquet",
        table="<results>/images/{image_set}.tsv",
        folder=dateless(by("image_set", IMAGES)),
    output:
        images=directory("<results>/images/{model}/{image_set}"),
    log:
        "<results>/logs/classify_images/{model}/{image_set}.log",
    benchmark:
        "<results>/benchmarks/classify_images/{model}/{image_set}.tsv"
    wildcard_constraints:
        image_set="|".join(map(re.escape, IMAGES)) or "(?!)",
    conda:
        "../../envs/classify_images.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        settings=settings_of("classify_images", class_folders=config["classify_images"]["class_folders"]),
    message:
        "Classify the images {wildcards.image_set} with {wildcards.model}."
    script:
        "../scripts/classification/classify_images.py"
