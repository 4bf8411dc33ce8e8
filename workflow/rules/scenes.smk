# Scenes in the common form, cut into split-images.
import re

from geoclass.scenes import sidecar

# What a scene has beside it, by scene; [] = nothing. The side-car of a simulated scene does not exist before it is made.
SIDECARS = {
    scene: f"{path[:-4]}.xml" if path in SIMULATED else sidecar.find(path) or [] for scene, path in SCENES["path"].items()
}
MASKS = {scene: mask or [] for scene, mask in SCENES["mask"].items()}
CLASS_FOLDERS = {name: sorted(map(str, Path(folder).glob("[!.]*/"))) for name, folder in IMAGE_SETS.items()}


rule ingest_scene:
    input:
        scene=lookup(within=dict(SCENES["path"]), dpath="{scene}"),
        side_car=lookup(within=SIDECARS, dpath="{scene}"),
        mask=lookup(within=MASKS, dpath="{scene}"),
        roi=config["ingest_scene"]["roi"] or [],
        reference=next(iter(SCENES["path"]), []) if config["ingest_scene"]["grid"] == "common" else [],
        code=code("ingest_scene"),
    output:
        scene="<results>/scenes/{scene}.tif",
        metadata="<results>/scenes/{scene}.json",
        quicklook=report(
            "<results>/scenes/{scene}.png",
            caption="../report/quicklook.rst",
            category="Scenes",
            labels={"page": "Scene {scene}"},
        ),
    log:
        "<results>/logs/ingest_scene/{scene}.log",
    benchmark:
        "<results>/benchmarks/ingest_scene/{scene}.tsv"
    conda:
        "../../envs/ingest_scene.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        date=lookup(within=dict(SCENES["date"]), dpath="{scene}"),
        settings=lookup(within=config, dpath="ingest_scene"),
    message:
        "Bring scene {wildcards.scene} into the common form."
    script:
        "../scripts/scenes/ingest_scene.py"


rule tile_scene:
    input:
        scene="<results>/scenes/{scene}.tif",
        metadata="<results>/scenes/{scene}.json",
        code=code("tile_scene"),
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
        mem_mb=1000,
        runtime=60,
    params:
        height_px=lookup(within=config, dpath="tile_scene/height_px"),
        width_px=lookup(within=config, dpath="tile_scene/width_px"),
        stride_rows_px=lookup(within=config, dpath="tile_scene/stride_rows_px"),
        stride_columns_px=lookup(within=config, dpath="tile_scene/stride_columns_px"),
        minimum_valid_share=lookup(within=config, dpath="tile_scene/minimum_valid_share"),
        minimum_roi_share=lookup(within=config, dpath="tile_scene/minimum_roi_share"),
    message:
        "Cut scene {wildcards.scene} into split-images."
    script:
        "../scripts/scenes/tile_scene.py"


rule tile_images:
    input:
        class_folders=lookup(within=CLASS_FOLDERS, dpath="{image_set}"),
        code=code("tile_images"),
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
        mem_mb=1000,
        runtime=60,
    params:
        folder=lookup(within=IMAGE_SETS, dpath="{image_set}"),
        height_px=lookup(within=config, dpath="tile_scene/height_px"),
        width_px=lookup(within=config, dpath="tile_scene/width_px"),
        minimum_valid_share=lookup(within=config, dpath="tile_scene/minimum_valid_share"),
        method=lookup(within=config, dpath="ingest_scene/radiometry"),
        low=lookup(within=config, dpath="ingest_scene/low"),
        high=lookup(within=config, dpath="ingest_scene/high"),
    message:
        "Make tiles of the images {wildcards.image_set}."
    script:
        "../scripts/scenes/tile_images.py"


ruleorder: tile_images > tile_scene
