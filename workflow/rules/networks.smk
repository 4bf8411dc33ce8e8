# Training: two networks apart, without each fold of the labelled tiles and with all of them, then their fusion.
# in:  <results>/labels/, <results>/splits/, <results>/tiles/ and <results>/vario/ of the labelled scenes and image sets
# out: <results>/folds/{scheme}/{model}/, <results>/models/{scheme}/{model}/, <results>/sweeps/{scheme}/

# Networks of other runs that are fused here count by what tells their weights: a folder may be replaced by one of an older date.
FUSED = [fingerprint_of(model) for model in ("variomlp", "resnet18") if model in FINISHED]
OF_FINISHED = {"finished": FUSED} if FUSED else {}


# Nodes of a cluster often reach no other machine.
rule fetch_weights:
    output:
        weights=IMAGENET,
    log:
        "<results>/logs/fetch_weights.log",
    benchmark:
        "<results>/benchmarks/fetch_weights.tsv"
    localrule: True
    conda:
        "../../envs/fetch_weights.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=settings_of("fetch_weights"),
    message:
        "Fetch the weights of ResNet-18 that torchvision publishes."
    script:
        "../scripts/networks/fetch_weights.py"


rule cross_fit_variomlp:
    input:
        labels=LABELS,
        split="<results>/splits/{scheme}.parquet",
        tiles=TILES,
        vario=VARIO,
    output:
        held_out="<results>/folds/{scheme}/variomlp/{fold}.parquet",
    log:
        "<results>/logs/cross_fit_variomlp/{scheme}/{fold}.log",
    benchmark:
        "<results>/benchmarks/cross_fit_variomlp/{scheme}/{fold}.tsv"
    priority: 3
    conda:
        "../../envs/cross_fit_variomlp.yaml"
    threads: 1
    resources:
        mem_mb=growing(16000),
        runtime=growing(720),
        gpu=1,
    params:
        settings=settings_of("cross_fit_variomlp", training=training_settings("variomlp")),
        device=uncompared(config["device"]),
    message:
        "Train VarioMLP without fold {wildcards.fold} (split {wildcards.scheme})."
    script:
        "../scripts/networks/cross_fit_variomlp.py"


rule cross_fit_resnet18:
    input:
        labels=LABELS,
        split="<results>/splits/{scheme}.parquet",
        tiles=TILES,
        start=START,
    output:
        held_out="<results>/folds/{scheme}/resnet18/{fold}.parquet",
    log:
        "<results>/logs/cross_fit_resnet18/{scheme}/{fold}.log",
    benchmark:
        "<results>/benchmarks/cross_fit_resnet18/{scheme}/{fold}.tsv"
    priority: 4  # the longest first
    conda:
        "../../envs/cross_fit_resnet18.yaml"
    threads: 1  # folds beside each other: threads of one training that wait for another's cost twice the time
    resources:
        mem_mb=growing(16000),
        runtime=growing(720),
        gpu=1,
    params:
        settings=settings_of("cross_fit_resnet18", training=training_settings("resnet18"), given=given(START)),
        device=uncompared(config["device"]),
    message:
        "Train ResNet-18 without fold {wildcards.fold} (split {wildcards.scheme})."
    script:
        "../scripts/networks/cross_fit_resnet18.py"


rule train_variomlp:
    input:
        labels=LABELS,
        split="<results>/splits/{scheme}.parquet",
        tiles=TILES,
        vario=VARIO,
        folds=folds_of("variomlp"),
    output:
        model="<results>/models/{scheme}/variomlp/model.json",
        weights=multiext("<results>/models/{scheme}/variomlp/", "weights.safetensors", "last.safetensors"),
        curves="<results>/models/{scheme}/variomlp/curves.tsv",
        held_out="<results>/models/{scheme}/variomlp/held_out.parquet",
    log:
        "<results>/logs/train_variomlp/{scheme}.log",
    benchmark:
        "<results>/benchmarks/train_variomlp/{scheme}.tsv"
    priority: 3
    conda:
        "../../envs/train_variomlp.yaml"
    threads: 1
    resources:
        mem_mb=growing(16000),
        runtime=growing(720),
        gpu=1,
    params:
        settings=settings_of("train_variomlp", training=training_settings("variomlp")),
        device=uncompared(config["device"]),
    message:
        "Train VarioMLP (split {wildcards.scheme})."
    script:
        "../scripts/networks/train_variomlp.py"


rule train_resnet18:
    input:
        labels=LABELS,
        split="<results>/splits/{scheme}.parquet",
        tiles=TILES,
        start=START,
        folds=folds_of("resnet18"),
    output:
        model="<results>/models/{scheme}/resnet18/model.json",
        weights=multiext("<results>/models/{scheme}/resnet18/", "weights.safetensors", "last.safetensors"),
        curves="<results>/models/{scheme}/resnet18/curves.tsv",
        held_out="<results>/models/{scheme}/resnet18/held_out.parquet",
    log:
        "<results>/logs/train_resnet18/{scheme}.log",
    benchmark:
        "<results>/benchmarks/train_resnet18/{scheme}.tsv"
    priority: 4
    conda:
        "../../envs/train_resnet18.yaml"
    threads: 2
    resources:
        mem_mb=growing(16000),
        runtime=growing(720),
        gpu=1,
    params:
        settings=settings_of("train_resnet18", training=training_settings("resnet18"), given=given(START)),
        device=uncompared(config["device"]),
    message:
        "Train ResNet-18 (split {wildcards.scheme})."
    script:
        "../scripts/networks/train_resnet18.py"


rule train_varionet:
    input:
        labels=LABELS,
        split="<results>/splits/{scheme}.parquet",
        tiles=TILES,
        vario=VARIO,
        variomlp=model_files("variomlp", "{scheme}"),
        resnet18=model_files("resnet18", "{scheme}"),
        variomlp_folds=folds_of("variomlp"),
        resnet18_folds=folds_of("resnet18"),
    output:
        model="<results>/models/{scheme}/varionet/model.json",
        weights=multiext("<results>/models/{scheme}/varionet/", "weights.safetensors", "last.safetensors"),
        curves="<results>/models/{scheme}/varionet/curves.tsv",
        held_out="<results>/models/{scheme}/varionet/held_out.parquet",
    log:
        "<results>/logs/train_varionet/{scheme}.log",
    benchmark:
        "<results>/benchmarks/train_varionet/{scheme}.tsv"
    priority: 3
    conda:
        "../../envs/train_varionet.yaml"
    threads: 1 if N_FOLDS and SCHEME != "given" else 2  # without folds it tunes both networks further
    resources:
        mem_mb=growing(16000),
        runtime=growing(720),
        gpu=1,
    params:
        settings=settings_of("train_varionet", training=training_settings("varionet"), **OF_FINISHED),
        device=uncompared(config["device"]),
    message:
        "Train VarioNet (split {wildcards.scheme})."
    script:
        "../scripts/networks/train_varionet.py"


rule describe_model:
    input:
        model="<results>/models/{scheme}/{model}/model.json",
        weights="<results>/models/{scheme}/{model}/weights.safetensors",
        curves="<results>/models/{scheme}/{model}/curves.tsv",
        labels=LABELS,
        split="<results>/splits/{scheme}.parquet",
        tiles=TILES,
        vario=VARIO,
    output:
        card="<results>/models/{scheme}/{model}/card.md",
        network="<results>/models/{scheme}/{model}/model.onnx",
        curves=report(
            "<results>/models/{scheme}/{model}/curves.png",
            caption="../report/curves.rst",
            category="Models",
            labels={"page": "Training curves, {model}, split {scheme}"},
        ),
    log:
        "<results>/logs/describe_model/{scheme}/{model}.log",
    benchmark:
        "<results>/benchmarks/describe_model/{scheme}/{model}.tsv"
    conda:
        "../../envs/describe_model.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(30),
    params:
        settings=settings_of("describe_model"),
    message:
        "Describe {wildcards.model} (split {wildcards.scheme}): model card, training curves, ONNX file."
    script:
        "../scripts/networks/describe_model.py"


rule quantise_model:
    input:
        model="<results>/models/{scheme}/resnet18/model.json",
        weights="<results>/models/{scheme}/resnet18/weights.safetensors",
        labels=LABELS,
        split="<results>/splits/{scheme}.parquet",
        tiles=TILES,
    output:
        network="<results>/models/{scheme}/resnet18/int8.safetensors",
    log:
        "<results>/logs/quantise_model/{scheme}.log",
    benchmark:
        "<results>/benchmarks/quantise_model/{scheme}.tsv"
    conda:
        "../../envs/quantise_model.yaml"
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=growing(30),
    params:
        settings=settings_of("quantise_model"),
    message:
        "Quantise ResNet-18 for CPUs (split {wildcards.scheme})."
    script:
        "../scripts/networks/quantise_model.py"


rule weight_sweep:
    input:
        labels="<results>/labels/labels.parquet",
        split=f"<results>/splits/{SCHEME}.parquet",
        tiles=each("<results>/tiles/{scene}.parquet", LABELLED),
        vario=each("<results>/vario/{scene}.parquet", LABELLED),
        variomlp=model_files("variomlp"),
        resnet18=model_files("resnet18"),
        variomlp_folds=folds_of("variomlp", SCHEME),
        resnet18_folds=folds_of("resnet18", SCHEME),
    output:
        table=f"<results>/sweeps/{SCHEME}/weight_sweep.tsv",
        figure=f"<results>/sweeps/{SCHEME}/weight_sweep.png",
    log:
        "<results>/logs/weight_sweep.log",
    benchmark:
        "<results>/benchmarks/weight_sweep.tsv"
    conda:
        "../../envs/weight_sweep.yaml"
    threads: 2
    resources:
        mem_mb=growing(16000),
        runtime=growing(720),
        gpu=1,
    params:
        settings=settings_of("weight_sweep", training=training_settings("varionet"), **OF_FINISHED),
        device=uncompared(config["device"]),
    message:
        "Train the fusion with weights from 0 to 1."
    script:
        "../scripts/networks/weight_sweep.py"


rule learning_rate_sweep:
    input:
        labels="<results>/labels/labels.parquet",
        split=divided("learning_rate_sweep"),
        tiles=each("<results>/tiles/{scene}.parquet", LABELLED),
        vario=each("<results>/vario/{scene}.parquet", LABELLED),
        variomlp=model_files("variomlp"),
        resnet18=model_files("resnet18"),
    output:
        table=f"<results>/sweeps/{SCHEME}/learning_rate_sweep.tsv",
        figure=f"<results>/sweeps/{SCHEME}/learning_rate_sweep.png",
    log:
        "<results>/logs/learning_rate_sweep.log",
    benchmark:
        "<results>/benchmarks/learning_rate_sweep.tsv"
    conda:
        "../../envs/learning_rate_sweep.yaml"
    threads: 2
    resources:
        mem_mb=growing(16000),
        runtime=growing(1440),
        gpu=1,
    params:
        settings=settings_of(
            "learning_rate_sweep", training=training_settings("varionet"), **config["learning_rate_sweep"], **OF_FINISHED
        ),
        device=uncompared(config["device"]),
    message:
        "Fine-tune VarioNet at several learning rates."
    script:
        "../scripts/networks/learning_rate_sweep.py"
