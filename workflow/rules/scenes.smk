# Scenes in the common form, cut into split-images.
import re

# What a scene has beside it, by scene; [] = nothing.
MASKS = {scene: mask or [] for scene, mask in SCENES["mask"].items()}
OF_SCENE = by("scene", dict(SCENES["path"])), by("scene", MASKS), config["ingest_scene"]["roi"]


rule ingest_scene:
    input:
        scene=dateless(by("scene", dict(SCENES["path"]))),
        side_car=dateless(side_car),
        mask=dateless(by("scene", MASKS)),
        roi=dateless(config["ingest_scene"]["roi"]),
        beside=beside(*OF_SCENE),
    output:
        scene="<results>/scenes/{scene}.tif",
        metadata="<results>/scenes/{scene}.json",
        quicklook=report(
            "<results>/scenes/{scene}.jpg",
            caption="../report/quicklook.rst",
            category="Scenes",
            labels=dated(),
        ),
    log:
        "<results>/logs/ingest_scene/{scene}.log",
    benchmark:
        "<results>/benchmarks/ingest_scene/{scene}.tsv"
    conda:
        "../../envs/ingest_scene.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        settings=settings_of(
            "ingest_scene",
            date=by("scene", dict(SCENES["date"])),
            ingestion=config["ingest_scene"],
            given=given(*OF_SCENE, side_car),
        ),
    message:
        "Bring scene {wildcards.scene} into the common form."
    script:
        "../scripts/scenes/ingest_scene.py"


rule tile_scene:
    input:
        scene="<results>/scenes/{scene}.tif",
        metadata="<results>/scenes/{scene}.json",
    output:
        tiles="<results>/tiles/{scene}.parquet",
    log:
        "<results>/logs/tile_scene/{scene}.log",
    benchmark:
        "<results>/benchmarks/tile_scene/{scene}.tsv"
    conda:
        "../../envs/tile_scene.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        settings=settings_of("tile_scene", **config["tile_scene"]),
    message:
        "Cut scene {wildcards.scene} into split-images."
    script:
        "../scripts/scenes/tile_scene.py"


rule tile_images:
    input:
        folder=dateless(by("image_set", IMAGE_SETS)),
    output:
        tiles="<results>/tiles/{image_set}.parquet",
    log:
        "<results>/logs/tile_images/{image_set}.log",
    benchmark:
        "<results>/benchmarks/tile_images/{image_set}.tsv"
    wildcard_constraints:
        image_set="|".join(map(re.escape, IMAGE_SETS)) or "(?!)",
    conda:
        "../../envs/tile_images.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings_of(
            "tile_images",
            folder=by("image_set", IMAGE_SETS),
            given=given(by("image_set", IMAGE_SETS)),
            **{key: config["tile_scene"][key] for key in ("height_px", "width_px", "minimum_valid_share")},
            **{key: config["ingest_scene"][key] for key in ("radiometry", "low", "high")},
        ),
    message:
        "Make tiles of the images {wildcards.image_set}."
    script:
        "../scripts/scenes/tile_images.py"


rule tile_folder:
    input:
        folder=dateless(by("image_set", IMAGES)),
    output:
        tiles="<results>/tiles/{image_set}.parquet",
        table="<results>/images/{image_set}.tsv",
    log:
        "<results>/logs/tile_folder/{image_set}.log",
    benchmark:
        "<results>/benchmarks/tile_folder/{image_set}.tsv"
    wildcard_constraints:
        image_set="|".join(map(re.escape, IMAGES)) or "(?!)",
    conda:
        "../../envs/tile_folder.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        settings=settings_of(
            "tile_folder",
            given=given(by("image_set", IMAGES)),
            **{key: config["tile_scene"][key] for key in ("height_px", "width_px", "minimum_valid_share")},
            **{key: config["ingest_scene"][key] for key in ("radiometry", "low", "high")},
        ),
    message:
        "Make tiles of the images {wildcards.image_set}."
    script:
        "../scripts/scenes/tile_folder.py"


ruleorder: tile_folder > tile_images > tile_scene
