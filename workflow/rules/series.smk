# The series as a whole.
# in:  metadata of all scenes
# out: <results>/series/


rule list_scenes:
    input:
        metadata=expand("<results>/scenes/{scene}.json", scene=SCENES.index),
        code=library("list_scenes"),
    output:
        series="<results>/series/scenes.tsv",
    log:
        "<results>/logs/list_scenes.log",
    benchmark:
        "<results>/benchmarks/list_scenes.tsv"
    conda:
        "../../envs/list_scenes.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    message:
        "List the scenes of the series by date."
    script:
        "../scripts/list_scenes.py"
