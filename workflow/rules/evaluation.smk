# Scores: accuracy, calibration and area of applicability of the models.
# in:  <results>/models/{scheme}/, <results>/labels/, <results>/splits/, <results>/tiles/ and <results>/vario/ of labelled scenes
# out: <results>/evaluation/, <results>/models/{scheme}/applicability.safetensors


rule fit_applicability:
    input:
        labels="<results>/labels/labels.parquet",
        split="<results>/splits/{scheme}.parquet",
        vario=each("<results>/vario/{scene}.parquet", LABELLED),
    output:
        applicability="<results>/models/{scheme}/applicability.safetensors",
    log:
        "<results>/logs/fit_applicability/{scheme}.log",
    benchmark:
        "<results>/benchmarks/fit_applicability/{scheme}.tsv"
    priority: 2
    conda:
        "../../envs/fit_applicability.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings_of("fit_applicability", seed=config["seed"]),
    message:
        "Compute the area of applicability (split {wildcards.scheme})."
    script:
        "../scripts/evaluation/fit_applicability.py"


rule evaluate_models:
    input:
        models=expand("<results>/models/{{scheme}}/{model}/model.json", model=TRAINED),
        held_out=expand("<results>/models/{{scheme}}/{model}/held_out.parquet", model=TRAINED),
        applicability="<results>/models/{scheme}/applicability.safetensors",
        labels="<results>/labels/labels.parquet",
        split="<results>/splits/{scheme}.parquet",
        tiles=each("<results>/tiles/{scene}.parquet", LABELLED),
        vario=each("<results>/vario/{scene}.parquet", LABELLED),
    output:
        scores="<results>/evaluation/{scheme}/scores.tsv",
        per_class="<results>/evaluation/{scheme}/per_class.tsv",
        tables=multiext("<results>/evaluation/{scheme}/", "differences.tsv", "conformal.tsv", "applicability.tsv"),
        predictions="<results>/evaluation/{scheme}/predictions.parquet",
        confusions=expand(
            "<results>/evaluation/{{scheme}}/confusion_{model}.tsv",
            model=[*TRAINED, "random_forest", "perceptron", "position", "majority"],
        ),
        confusion_figures=[
            report(
                f"<results>/evaluation/{{scheme}}/confusion_{model}.png",
                caption="../report/confusion.rst",
                category="Scores",
                subcategory="{scheme} split",
                labels={"content": "confusion", "model": model},
            )
            for model in TRAINED
        ],
        per_class_figure=report(
            "<results>/evaluation/{scheme}/per_class.png",
            caption="../report/per_class_figure.rst",
            category="Scores",
            subcategory="{scheme} split",
            labels={"content": "accuracy by class", "model": "networks"},
        ),
        reliability=report(
            "<results>/evaluation/{scheme}/reliability.png",
            caption="../report/reliability.rst",
            category="Scores",
            subcategory="{scheme} split",
            labels={"content": "reliability", "model": "networks"},
        ),
        weights=[
            report(
                f"<results>/evaluation/{{scheme}}/weights_{model}.png",
                caption="../report/weights.rst",
                category="Scores",
                subcategory="{scheme} split",
                labels={"content": "weight of ResNet-18 against confidence", "model": model},
            )
            for model in TRAINED
            if model == "varionet"
        ],
    log:
        "<results>/logs/evaluate_models/{scheme}.log",
    benchmark:
        "<results>/benchmarks/evaluate_models/{scheme}.tsv"
    priority: 2  # the series waits for it
    conda:
        "../../envs/evaluate_models.yaml"
    threads: 1
    resources:
        mem_mb=growing(8000),
        runtime=growing(120),
    params:
        settings=settings_of("evaluate_models", seed=config["seed"]),
    message:
        "Score the models on tiles held out of training (split {wildcards.scheme})."
    script:
        "../scripts/evaluation/evaluate_models.py"


rule compare_splits:
    input:
        **{
            table: expand(f"<results>/evaluation/{{scheme}}/{table}.tsv", scheme=SCHEMES)
            for table in ("scores", "differences", "conformal", "applicability")
        },
    output:
        summary="<results>/evaluation/summary.tsv",
        figure=report(
            "<results>/evaluation/summary.png",
            caption="../report/summary_figure.rst",
            category="Scores",
            subcategory="All splits",
            labels={"content": "all splits side by side", "model": "all"},
        ),
        page="<results>/evaluation/summary.md",
    log:
        "<results>/logs/compare_splits.log",
    benchmark:
        "<results>/benchmarks/compare_splits.tsv"
    conda:
        "../../envs/compare_splits.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        settings=settings_of("compare_splits"),
    message:
        "Compare the scores of all splits."
    script:
        "../scripts/evaluation/compare_splits.py"
