# Vario functions, crevasse orientation and spacing of every tile, and their figures.
# in:  <results>/tiles/
# out: <results>/vario/, <results>/figures/vario/


rule extract_vario:
    input:
        tiles="<results>/tiles/{scene}.parquet",
        code=code("extract_vario"),
    output:
        vario="<results>/vario/{scene}.parquet",
    log:
        "<results>/logs/extract_vario/{scene}.log",
    benchmark:
        "<results>/benchmarks/extract_vario/{scene}.tsv"
    conda:
        "../../envs/extract_vario.yaml"
    threads: 2
    resources:
        mem_mb=500,
        runtime=60,
    params:
        scheme=lookup(within=config, dpath="extract_vario/scheme"),
        threshold=lookup(within=config, dpath="extract_vario/threshold"),
        step_px=lookup(within=config, dpath="extract_vario/step_px"),
        minimum_pairs=lookup(within=config, dpath="extract_vario/minimum_pairs"),
    message:
        "Compute the vario functions of scene {wildcards.scene}."
    script:
        "../scripts/vario/extract_vario.py"


rule draw_vario:
    input:
        tiles="<results>/tiles/{scene}.parquet",
        vario="<results>/vario/{scene}.parquet",
        code=code("draw_vario"),
    output:
        figures=multiext("<results>/figures/vario/{scene}", ".png", ".pdf"),
    log:
        "<results>/logs/draw_vario/{scene}.log",
    benchmark:
        "<results>/benchmarks/draw_vario/{scene}.tsv"
    conda:
        "../../envs/draw_vario.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        wanted=lookup(within=DRAWN, dpath="{scene}", default=[]),
        credits=lookup(within=config, dpath="render_map/credits"),
    message:
        "Draw tiles of scene {wildcards.scene} beside their vario functions."
    script:
        "../scripts/vario/draw_vario.py"
