# A glacier of known truth, where no scenes are at hand: made for the scenes whose path lies in results/simulated/.
rule simulate_series:
    output:
        scenes=SIMULATED,
        sidecars=[f"{path[:-4]}.xml" for path in SIMULATED],
        truth=sorted({f"results/simulated/truth_{Path(path).name[5:13]}.tif" for path in SIMULATED}),
        clouds=[mask for mask in SCENES["mask"] if mask.startswith(SIMULATED_FOLDER)],
        labels="results/simulated/labels.gpkg",
        roi="results/simulated/roi.gpkg",
        centre_line="results/simulated/centre_line.gpkg",
    log:
        "<results>/logs/simulate_series.log",
    benchmark:
        "<results>/benchmarks/simulate_series.tsv"
    conda:
        "../../envs/simulate_series.yaml"
    threads: 2
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings_of(
            "simulate_series",
            ids=list(SCENES.index[SCENES["path"].isin(SIMULATED)]),
            labelled=LABELLED,
            **config["simulate_series"],
        ),
    message:
        f"Simulate a surging glacier at {len(SIMULATED)} dates."
    script:
        "../scripts/simulation/simulate_series.py"
