# The loop that grows the labels: data sets for other software, what to label next, labels to doubt, rounds of learning.
# in:  <results>/labels/, <results>/tiles/, <results>/vario/, <results>/classes/
# out: <results>/labels/queue.parquet, suspects.parquet; <results>/dataset/

EXPORTED = LABELLED if config["export_labels"]["content"] == "labels" else [*SCENES.index, *IMAGE_SETS]


rule export_labels:
    input:
        labels="<results>/labels/labels.parquet",
        classified=(
            []
            if config["export_labels"]["content"] == "labels"
            else expand("<results>/classes/{model}/{scene}.parquet", model=config["export_labels"]["model"], scene=SCENES.index)
        ),
        tiles=expand("<results>/tiles/{scene}.parquet", scene=EXPORTED),
        classes=lookup(within=config, dpath="classes"),
        code=library("export_labels"),
    output:
        folder=directory("<results>/dataset"),
    log:
        "<results>/logs/export_labels.log",
    benchmark:
        "<results>/benchmarks/export_labels.tsv"
    conda:
        "../../envs/export_labels.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=lookup(within=config, dpath="export_labels"),
    message:
        "Write a data set of {params.settings[content]}."
    script:
        "../scripts/export_labels.py"


rule queue_tiles:
    input:
        classified=expand("<results>/classes/{model}/{scene}.parquet", model=MODELS, scene=SCENES.index),
        labels="<results>/labels/labels.parquet",
        tiles=expand("<results>/tiles/{scene}.parquet", scene=SCENES.index),
        classes=lookup(within=config, dpath="classes"),
        code=library("queue_tiles"),
    output:
        queue="<results>/labels/queue.parquet",
        layer="<results>/labels/queue.gpkg",
    log:
        "<results>/logs/queue_tiles.log",
    benchmark:
        "<results>/benchmarks/queue_tiles.tsv"
    conda:
        "../../envs/queue_tiles.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        model=MODELS[-1],
        size=lookup(within=config, dpath="queue_tiles/size"),
        distance_m=lookup(within=config, dpath="queue_tiles/distance_m"),
    message:
        "Choose the tiles to label next."
    script:
        "../scripts/queue_tiles.py"


rule find_suspects:
    input:
        labels="<results>/labels/labels.parquet",
        split=f"<results>/splits/{SCHEME}.parquet",
        tiles=expand("<results>/tiles/{scene}.parquet", scene=LABELLED),
        vario=expand("<results>/vario/{scene}.parquet", scene=LABELLED),
        code=library("find_suspects"),
    output:
        table="<results>/labels/suspects.parquet",
        words="<results>/labels/suspects.tsv",
    log:
        "<results>/logs/find_suspects.log",
    benchmark:
        "<results>/benchmarks/find_suspects.tsv"
    conda:
        "../../envs/find_suspects.yaml"
    threads: 2
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        seed=lookup(within=config, dpath="split_labels/seed"),
    message:
        "List the labels that other tiles speak against."
    script:
        "../scripts/find_suspects.py"
