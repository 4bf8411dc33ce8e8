# Vario functions, crevasse orientation and spacing of every tile.
# in:  <results>/tiles/
# out: <results>/vario/


rule extract_vario:
    input:
        tiles="<results>/tiles/{scene}.parquet",
        code=library("extract_vario"),
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
        "../scripts/extract_vario.py"
