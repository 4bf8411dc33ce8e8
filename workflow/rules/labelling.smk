# The labelling page: scenes, tiles and vario functions in the browser, labels into one GeoPackage.
# in:  <results>/scenes/, <results>/tiles/, <results>/vario/, and <results>/classes/ as far as it is there
# out: label/store, which is nobody's output: labels are not made again


rule label:
    input:
        scenes=each("<results>/scenes/{scene}.tif"),
        tiles=each("<results>/tiles/{scene}.parquet"),
        vario=each("<results>/vario/{scene}.parquet"),
        classes=config["classes"],
    log:
        "<results>/logs/label.log",
    localrule: True
    conda:
        "../../envs/label.yaml"
    threads: 2
    resources:
        mem_mb=growing(500),
        runtime=1440,
    params:
        scenes=list(SCENES.index),
        labelled=LABELLED,
        store=config["label"]["store"],
        port=config["label"]["port"],
        given=uncompared(GIVEN_CLASSES),
    message:
        "Serve the labelling page; open the address below, end with Ctrl-C."
    script:
        "../scripts/labelling/label.py"
