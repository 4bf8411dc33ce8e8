# Active learning: what to label next, label errors, rounds of learning.
# in:  <results>/labels/, <results>/tiles/, <results>/vario/, <results>/classes/
# out: <results>/labels/queue.parquet, label_errors.parquet; <results>/rounds/

BEFORE = BASE or SCHEME  # what a round builds on: the last that was kept, or the models of the labels alone
TAUGHT = each(f"<results>/{f'rounds/{BASE}/' if BASE else ''}classes/{TEACHER}/{{scene}}.parquet")


rule queue_tiles:
    input:
        classified=each("<results>/classes/{model}/{scene}.parquet", model=MODELS),
        labels="<results>/labels/labels.parquet",
        tiles=each("<results>/tiles/{scene}.parquet"),
        classes=config["classes"],
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
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        settings=settings_of("queue_tiles", model=MODELS[-1], given=given(config["classes"]), **config["queue_tiles"]),
    message:
        "Choose the tiles to label next."
    script:
        "../scripts/active_learning/queue_tiles.py"


rule find_label_errors:
    input:
        labels="<results>/labels/labels.parquet",
        split=f"<results>/splits/{SCHEME}.parquet",
        tiles=each("<results>/tiles/{scene}.parquet", LABELLED),
        vario=each("<results>/vario/{scene}.parquet", LABELLED),
    output:
        table="<results>/labels/label_errors.parquet",
        words="<results>/labels/label_errors.tsv",
    log:
        "<results>/logs/find_label_errors.log",
    benchmark:
        "<results>/benchmarks/find_label_errors.tsv"
    conda:
        "../../envs/find_label_errors.yaml"
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        settings=settings_of("find_label_errors", seed=config["seed"]),
    message:
        "List possible label errors."
    script:
        "../scripts/active_learning/find_label_errors.py"


if BASE:

    use rule classify_scene as classify_round with:
        input:
            tiles="<results>/tiles/{scene}.parquet",
            vario="<results>/vario/{scene}.parquet",
            model=[f"<results>/models/{BASE}/{TEACHER}/model.json"],
            weights=[f"<results>/models/{BASE}/{TEACHER}/weights.safetensors"],
            applicability=[f"<results>/models/{SCHEME}/applicability.safetensors"],
        output:
            classified=[f"<results>/rounds/{BASE}/classes/{TEACHER}/{{scene}}.parquet"],
        log:
            f"<results>/logs/classify_round/{BASE}/{TEACHER}/{{scene}}.log",
        benchmark:
            f"<results>/benchmarks/classify_round/{BASE}/{TEACHER}/{{scene}}.tsv"
        params:
            settings=settings_of("classify_scene", **CLASSIFYING, finished=[False]),
            device=uncompared(config["device"]),
        message:
            f"Classify scene {{wildcards.scene}} with {TEACHER} of {BASE}."


rule accept_predictions:
    input:
        labels="<results>/labels/labels.parquet",
        base=divided("a round", BEFORE),
        classified=TAUGHT if config["accept_predictions"]["minimum_confidence"] is not None else [],
        tiles=each("<results>/tiles/{scene}.parquet", EVERYWHERE),
        earlier=[f"<results>/rounds/{done['round']}/labels.parquet" for done in round_state.verdicts(f"{RESULTS}/rounds")],
    output:
        labels=f"<results>/rounds/{ROUND}/labels.parquet",
        split=f"<results>/splits/{ROUND}.parquet",
    log:
        f"<results>/logs/accept_predictions/{ROUND}.log",
    benchmark:
        f"<results>/benchmarks/accept_predictions/{ROUND}.tsv"
    conda:
        "../../envs/accept_predictions.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        settings=settings_of(
            "accept_predictions",
            name=ROUND,
            student=STUDENT,
            training={model: training_settings(model) for model in NETWORKS},
            **config["accept_predictions"],
        ),
    message:
        f"Accept confident predictions of {TEACHER} as labels of {ROUND}."
    script:
        "../scripts/active_learning/accept_predictions.py"


ruleorder: accept_predictions > split_labels


rule judge_round:
    input:
        labels=f"<results>/rounds/{ROUND}/labels.parquet",
        split=f"<results>/splits/{ROUND}.parquet",
        tiles=each("<results>/tiles/{scene}.parquet", EVERYWHERE),
        vario=each("<results>/vario/{scene}.parquet", EVERYWHERE),
        new=[f"<results>/models/{ROUND}/{STUDENT}/{name}" for name in ("model.json", "weights.safetensors")],
        old=[f"<results>/models/{BEFORE}/{STUDENT}/{name}" for name in ("model.json", "weights.safetensors")],
        teacher=f"<results>/models/{ROUND}/{TEACHER}/model.json",
    output:
        judgement=f"<results>/rounds/{ROUND}/verdict.json",
        table="<results>/rounds/rounds.tsv",
        figure="<results>/rounds/rounds.png",
    log:
        f"<results>/logs/judge_round/{ROUND}.log",
    benchmark:
        f"<results>/benchmarks/judge_round/{ROUND}.tsv"
    conda:
        "../../envs/judge_round.yaml"
    threads: 2
    resources:
        mem_mb=growing(16000),
        runtime=growing(60),
    params:
        settings=settings_of(
            "judge_round",
            about={"round": ROUND, "base": BASE, "teacher": TEACHER, "student": STUDENT},
            seed=config["seed"],
            pixel_size_ratio=config["classify_scene"]["pixel_size_ratio"],
        ),
    message:
        f"Judge {ROUND} on tiles that people have labelled."
    script:
        "../scripts/active_learning/judge_round.py"
