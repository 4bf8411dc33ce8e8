# Training: two networks apart, then their fusion, all on one and the same split of the labelled tiles.
# in:  <results>/labels/, <results>/splits/, <results>/tiles/ and <results>/vario/ of the labelled scenes and image sets
# out: <results>/models/{scheme}/{model}/, <results>/sweeps/{scheme}/


rule train_variomlp:
    input:
        labels=LABELS,
        split="<results>/splits/{scheme}.parquet",
        tiles=TILES,
        vario=VARIO,
        code=code("train_variomlp"),
    output:
        model="<results>/models/{scheme}/variomlp/model.json",
        weights=multiext("<results>/models/{scheme}/variomlp/", "weights.safetensors", "last.safetensors"),
        exchange="<results>/models/{scheme}/variomlp/model.onnx",
        card="<results>/models/{scheme}/variomlp/card.md",
        curves="<results>/models/{scheme}/variomlp/curves.tsv",
        curves_figure=report(
            "<results>/models/{scheme}/variomlp/curves.png",
            caption="../report/curves.rst",
            category="Models",
            labels={"page": "Training curves, variomlp, split {scheme}"},
        ),
    log:
        "<results>/logs/train_variomlp/{scheme}.log",
    benchmark:
        "<results>/benchmarks/train_variomlp/{scheme}.tsv"
    conda:
        "../../envs/train_variomlp.yaml"
    threads: 2
    resources:
        mem_mb=3000,
        runtime=120,
        gpu=1,
    params:
        settings=lookup(within=config, dpath="train_variomlp"),
    message:
        "Train VarioMLP (split {wildcards.scheme})."
    script:
        "../scripts/networks/train_variomlp.py"


rule train_resnet18:
    input:
        labels=LABELS,
        split="<results>/splits/{scheme}.parquet",
        tiles=TILES,
        start=config["train_resnet18"]["start_weights"] or [],
        code=code("train_resnet18"),
    output:
        model="<results>/models/{scheme}/resnet18/model.json",
        weights=multiext("<results>/models/{scheme}/resnet18/", "weights.safetensors", "last.safetensors"),
        exchange="<results>/models/{scheme}/resnet18/model.onnx",
        card="<results>/models/{scheme}/resnet18/card.md",
        curves="<results>/models/{scheme}/resnet18/curves.tsv",
        curves_figure=report(
            "<results>/models/{scheme}/resnet18/curves.png",
            caption="../report/curves.rst",
            category="Models",
            labels={"page": "Training curves, resnet18, split {scheme}"},
        ),
    log:
        "<results>/logs/train_resnet18/{scheme}.log",
    benchmark:
        "<results>/benchmarks/train_resnet18/{scheme}.tsv"
    conda:
        "../../envs/train_resnet18.yaml"
    threads: 2
    resources:
        mem_mb=6000,
        runtime=720,
        gpu=1,
    params:
        settings=lookup(within=config, dpath="train_resnet18"),
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
        code=code("train_varionet"),
    output:
        model="<results>/models/{scheme}/varionet/model.json",
        weights=multiext("<results>/models/{scheme}/varionet/", "weights.safetensors", "last.safetensors"),
        exchange="<results>/models/{scheme}/varionet/model.onnx",
        card="<results>/models/{scheme}/varionet/card.md",
        curves="<results>/models/{scheme}/varionet/curves.tsv",
        curves_figure=report(
            "<results>/models/{scheme}/varionet/curves.png",
            caption="../report/curves.rst",
            category="Models",
            labels={"page": "Training curves, varionet, split {scheme}"},
        ),
    log:
        "<results>/logs/train_varionet/{scheme}.log",
    benchmark:
        "<results>/benchmarks/train_varionet/{scheme}.tsv"
    conda:
        "../../envs/train_varionet.yaml"
    threads: 2
    resources:
        mem_mb=6000,
        runtime=480,
        gpu=1,
    params:
        settings=lookup(within=config, dpath="train_varionet"),
    message:
        "Train VarioNet (split {wildcards.scheme})."
    script:
        "../scripts/networks/train_varionet.py"


rule weight_sweep:
    input:
        labels="<results>/labels/labels.parquet",
        split=f"<results>/splits/{SCHEME}.parquet",
        tiles=expand("<results>/tiles/{scene}.parquet", scene=LABELLED),
        vario=expand("<results>/vario/{scene}.parquet", scene=LABELLED),
        variomlp=model_files("variomlp"),
        resnet18=model_files("resnet18"),
        code=code("weight_sweep"),
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
        mem_mb=6000,
        runtime=240,
        gpu=1,
    params:
        settings=lookup(within=config, dpath="train_varionet"),
    message:
        "Train the fusion with weights from 0 to 1."
    script:
        "../scripts/networks/weight_sweep.py"


rule learning_rate_sweep:
    input:
        labels="<results>/labels/labels.parquet",
        split=f"<results>/splits/{SCHEME}.parquet",
        tiles=expand("<results>/tiles/{scene}.parquet", scene=LABELLED),
        vario=expand("<results>/vario/{scene}.parquet", scene=LABELLED),
        variomlp=model_files("variomlp"),
        resnet18=model_files("resnet18"),
        code=code("learning_rate_sweep"),
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
        mem_mb=6000,
        runtime=1440,
        gpu=1,
    params:
        settings=lookup(within=config, dpath="train_varionet"),
        learning_rates=lookup(within=config, dpath="learning_rate_sweep/learning_rates"),
    message:
        "Fine-tune VarioNet at several learning rates."
    script:
        "../scripts/networks/learning_rate_sweep.py"
