# Vario functions, crevasse orientation and spacing of every tile, and their figures.
# in:  <results>/tiles/
# out: <results>/vario/, <results>/figures/vario/


rule extract_vario:
    input:
        tiles="<results>/tiles/{scene}.parquet",
    output:
        vario="<results>/vario/{scene}.parquet",
    log:
        "<results>/logs/extract_vario/{scene}.log",
    benchmark:
        "<results>/benchmarks/extract_vario/{scene}.tsv"
    conda:
        "../../envs/extract_vario.yaml"
    threads: threads_of_scene
    resources:
        mem_mb=growing(1000),
        runtime=growing(120),
    params:
        settings=settings_of("extract_vario", **config["extract_vario"]),
    message:
        "Compute the vario functions of scene {wildcards.scene}."
    script:
        "../scripts/vario/extract_vario.py"


rule draw_vario:
    input:
        tiles="<results>/tiles/{scene}.parquet",
        vario="<results>/vario/{scene}.parquet",
    output:
        figure="<results>/figures/vario/{scene}.png",  # and as PDF beside it
    log:
        "<results>/logs/draw_vario/{scene}.log",
    benchmark:
        "<results>/benchmarks/draw_vario/{scene}.tsv"
    conda:
        "../../envs/draw_vario.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(15),
    params:
        settings=settings_of("draw_vario", wanted=by("scene", DRAWN, []), credits=config["credits"]),
    message:
        "Draw tiles of scene {wildcards.scene} beside their vario functions."
    script:
        "../scripts/vario/draw_vario.py"
