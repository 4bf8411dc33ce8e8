# Labels: which tile has which class, and which tiles are held out together while the others are learned.
# in:  config collect_labels/sources, <results>/tiles/
# out: <results>/labels/, <results>/splits/, <results>/dataset/

EXPORTED = LABELLED if config["export_labels"]["content"] == "labels" else EVERYWHERE
SHARED = config["ingest_scene"]["roi"], *SOURCES


rule check:
    input:
        scenes=list(SCENES["path"]),
        masks=[mask for mask in SCENES["mask"] if mask],
        roi=config["ingest_scene"]["roi"] or [],
        sources=SOURCES,
        beside=beside(*SCENES["path"], *SCENES["mask"], *SHARED),
        classes=config["classes"],
    output:
        page="<results>/check.md",
    log:
        "<results>/logs/check.log",
    benchmark:
        "<results>/benchmarks/check.tsv"
    conda:
        "../../envs/check.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(15),
    params:
        settings=settings_of(
            "check",
            scenes={
                row.Index: {"path": row.path, "date": row.date, "mask": row.mask, "labelled": bool(row.labelled)}
                for row in SCENES.itertuples()
            },
            settings={key: config[key] for key in ("ingest_scene", "tile_scene", "collect_labels")}
            | {"block_m": config["split_labels"]["block_m"], "trained": bool(TRAINED), "no_store": NO_STORE},
            given=given(*SCENES["path"], *SCENES["mask"], *SHARED, config["classes"]),
        ),
    message:
        "Check settings, scenes and labels before any work."
    script:
        "../scripts/labels/check.py"


rule collect_labels:
    input:
        sources=dateless(label_sources),
        beside=beside(*SOURCES),
        tiles=each("<results>/tiles/{scene}.parquet", LABELLED),
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
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings_of(
            "collect_labels",
            grid=config["ingest_scene"]["grid"],
            given=given(*SOURCES),
            class_ids=sorted(map(int, CLASSES["class_id"])),
            **config["collect_labels"],
        ),
        classes=uncompared(config["classes"]),  # names, colours and the table may change without new labels, ids may not
    message:
        "Assign labels to split-images."
    script:
        "../scripts/labels/collect_labels.py"


rule split_labels:
    input:
        labels="<results>/labels/labels.parquet",
        tiles=each("<results>/tiles/{scene}.parquet", LABELLED),
        given=branch(evaluate("{scheme} == 'given'"), then=dateless(config["split_labels"]["file"])),
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
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=settings_of(
            "split_labels",
            seed=config["seed"],
            given=given(by("scheme", {"given": config["split_labels"]["file"]})),
            **{key: config["split_labels"][key] for key in ("shares", "folds", "block_m")},
        ),
    message:
        "Split the labels into folds, or into training, validation and test ({wildcards.scheme})."
    script:
        "../scripts/labels/split_labels.py"


rule export_labels:
    input:
        labels="<results>/labels/labels.parquet",
        classified=(
            []
            if config["export_labels"]["content"] == "labels"
            else each("<results>/classes/{model}/{scene}.parquet", model=config["export_labels"]["model"])
        ),
        tiles=each("<results>/tiles/{scene}.parquet", EXPORTED),
        classes=config["classes"],
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
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings_of(
            "export_labels", export=config["export_labels"], credits=config["credits"], given=given(config["classes"])
        ),
    message:
        "Write a data set of {params.settings[export][content]}."
    script:
        "../scripts/labels/export_labels.py"
