# Labels: which tile has which class, and what the networks learn from, stop by and are tested on.
# in:  config collect_labels/sources, <results>/tiles/
# out: <results>/labels/, <results>/splits/, <results>/dataset/

EXPORTED = LABELLED if config["export_labels"]["content"] == "labels" else EVERYWHERE


rule collect_labels:
    input:
        sources=lookup(within=config, dpath="collect_labels/sources"),
        tiles=expand("<results>/tiles/{scene}.parquet", scene=LABELLED),
        classes=lookup(within=config, dpath="classes"),
        code=code("collect_labels"),
    output:
        labels="<results>/labels/labels.parquet",
        report="<results>/labels/report.tsv",
    log:
        "<results>/logs/collect_labels.log",
    benchmark:
        "<results>/benchmarks/collect_labels.tsv"
    conda:
        "../../envs/collect_labels.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        sources=lookup(within=config, dpath="collect_labels/sources"),
        minimum_inside_share=lookup(within=config, dpath="collect_labels/minimum_inside_share"),
        group_field=lookup(within=config, dpath="collect_labels/group_field"),
        group_pattern=lookup(within=config, dpath="collect_labels/group_pattern"),
        grid=lookup(within=config, dpath="ingest_scene/grid"),
    message:
        "Bind labels to split-images."
    script:
        "../scripts/labels/collect_labels.py"


rule split_labels:
    input:
        labels="<results>/labels/labels.parquet",
        tiles=expand("<results>/tiles/{scene}.parquet", scene=LABELLED),
        given=branch(evaluate("{scheme} == 'given'"), then=lookup(within=config, dpath="split_labels/file") or []),
        code=code("split_labels"),
    output:
        split="<results>/splits/{scheme}.parquet",
    log:
        "<results>/logs/split_labels/{scheme}.log",
    benchmark:
        "<results>/benchmarks/split_labels/{scheme}.tsv"
    conda:
        "../../envs/split_labels.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        shares=lookup(within=config, dpath="split_labels/shares"),
        block_m=lookup(within=config, dpath="split_labels/block_m"),
        seed=lookup(within=config, dpath="split_labels/seed"),
    message:
        "Divide the labels into training, validation and test ({wildcards.scheme})."
    script:
        "../scripts/labels/split_labels.py"


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
        code=code("export_labels"),
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
        "../scripts/labels/export_labels.py"
