"""Build the STAC catalogue of scenes, maps and models."""

import shutil
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import pystac

from geoclass.core import files, log, provenance, surface_classes, surroundings
from geoclass.report import stac

MAPS = {"class": "class map", "confidence": "confidence", "entropy": "entropy", "applicability": "area of applicability"}
STRUCTURE = {"orientation": "orientation of crevasses", "spacing": "spacing of crevasses", "anisotropy": "anisotropy"}


def build_catalog(
    metadata: list[str], model_folders: dict[str, str], classes: str, results: str, settings: dict, credits: str, output: str
) -> None:
    """Write a catalogue with relative links, valid as STAC 1.1 and readable offline.

    Parameters
    ----------
    metadata
        JSON files of the scenes.
    model_folders
        Folder of each model that maps were made with.
    classes
        Class list, whose names and colours the maps carry.
    results
        Folder of all outputs: what lies there for a scene and a model becomes an asset.
    settings
        The configuration of the run; its hash is written to every entry.
    credits
        Line about the rights in the imagery.
    output
        The catalogue's catalog.json.
    """
    scenes = sorted((files.read_json(path) for path in metadata), key=lambda scene: scene["date"])
    settings_hash = provenance.settings_sha256(settings)
    software = surroundings.software() | {"pystac": version("pystac")}
    cards = {model: files.read_json(Path(folder) / "model.json") for model, folder in model_folders.items()}
    named = surface_classes.read(classes).set_index("class_id", drop=False).to_dict("index")
    # Models may know other classes than each other, and a class by the name or colour that it had.
    mapped = {model: [named.get(known["class_id"], known) for known in card["classes"]] for model, card in cards.items()}
    items = []
    for scene in scenes:
        item = stac.scene_item(scene, mapped, _assets(Path(results), scene["scene"], model_folders), credits)
        inputs = {"configuration": settings_hash, "scene": files.fingerprint(Path(results) / "scenes" / f"{scene['scene']}.tif")}
        items.append(
            stac.with_processing(
                item, software, "Split-images classified by " + ", ".join(card["id"] for card in cards.values()) + ".", inputs
            )
        )
    place = stac.ground([stac.footprint(scene) for scene in scenes])
    for model, folder in model_folders.items():
        item = stac.model_item(folder, place, datetime.fromisoformat(scenes[-1]["date"]))
        inputs = {"configuration": settings_hash, "weights": files.fingerprint(Path(folder) / "weights.safetensors")}
        items.append(stac.with_processing(item, software, f"Trained as {model} on the labelled split-images.", inputs))
    folder = Path(output).parent
    temporary = folder.with_name(f"{folder.name}_new")  # pystac takes a folder with a dot in its name for a file
    shutil.rmtree(temporary, ignore_errors=True)
    stac.save(temporary, "Ice-surface classes", "Scenes, class maps and models of geoclass-workflow.", items)
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)
    log.logger.info("%d scenes and %d models", len(scenes), len(model_folders))


def _assets(results: Path, scene: str, models: dict[str, str]) -> list[tuple[str, str, str, str]]:
    """Return key, path, media type and title of the files that exist for a scene; those that need other models are an earlier run's."""
    maps = results / "maps"
    candidates = [
        ("scene", results / "scenes" / f"{scene}.tif", stac.COG, "scene in the common form"),
        ("thumbnail", results / "scenes" / f"{scene}.jpg", pystac.MediaType.JPEG, "quicklook"),
        ("vario", results / "vario" / f"{scene}.parquet", stac.PARQUET, "vario functions of the split-images"),
        ("structure_sheet", maps / "structure" / f"{scene}.png", pystac.MediaType.PNG, "crevasse structure: map sheet"),
    ]
    if {"variomlp", "resnet18"} <= set(models):
        title = "disagreement of VarioMLP and ResNet-18"
        candidates.append(("disagreement", maps / "disagreement" / f"{scene}.tif", stac.COG, title))
    for name, title in STRUCTURE.items():
        candidates.append((name, maps / "structure" / f"{scene}_{name}.tif", stac.COG, title))
    for model in models:
        for name, title in MAPS.items():
            candidates.append((f"{model}_{name}", maps / model / f"{scene}_{name}.tif", stac.COG, f"{model}: {title}"))
        candidates.append((f"{model}_sheet", maps / model / f"{scene}.png", pystac.MediaType.PNG, f"{model}: map sheet"))
        candidates.append((f"{model}_tiles", results / "classes" / model / f"{scene}.parquet", stac.PARQUET, f"{model}: table"))
    return [(key, str(path), media_type, title) for key, path, media_type, title in candidates if path.is_file()]


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        build_catalog(
            metadata=snakemake.input.metadata,
            model_folders={
                model: str(Path(path).parent)
                for model, path in zip(snakemake.params.settings["models"], snakemake.input.models, strict=True)
            },
            classes=snakemake.input.classes,
            results=str(Path(snakemake.output.catalog).parents[1]),
            credits=snakemake.params.settings["credits"],
            settings=snakemake.params.settings["configuration"],
            output=snakemake.output.catalog,
        )
