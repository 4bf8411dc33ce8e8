"""A finished run as an RO-Crate: what was made, from what, with which software and settings."""

import mimetypes
from datetime import UTC, datetime
from pathlib import Path

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from geoclass.core import files, provenance, surroundings
from geoclass.core.model_names import NAMES

APART = ("benchmarks", "logs")  # what is about the run, not made by it
OF_MODELS = ("classes", "drift", "images", "maps", "series")  # folders with a folder a model in them
# Folders in which names of files begin with that of a scene.
OF_SCENES = ("classes", "figures", "maps", "scenes", "tiles", "vario")
TYPES = {".parquet": "application/vnd.apache.parquet", ".nc": "application/netcdf", ".tif": "image/tiff", ".md": "text/markdown"}
TYPES |= {".tsv": "text/tab-separated-values", ".qml": "application/xml", ".sld": "application/vnd.ogc.sld+xml"}
TYPES |= {".geojson": "application/geo+json", ".gpkg": "application/geopackage+sqlite3", ".onnx": "application/octet-stream"}
RO_CRATE, METADATA = "1.1", "ro-crate-metadata.json"
PROFILES = {  # Workflow Run RO-Crate 0.5 and the two that it builds on
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
TERMS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256", "creditText": "http://schema.org/creditText"}
WORKFLOW_LICENCE = "https://spdx.org/licenses/MIT"


def describe(
    results: str | Path, workflow: str | Path, scenes: list[dict], models: dict[str, dict], settings: dict, credits: str
) -> dict:
    """Return the content of ro-crate-metadata.json of a finished run; the folder of its results is the crate.

    Parameters
    ----------
    results
        Folder of all outputs; all files in it belong to the crate, but for logs, run times, and what scenes and models of earlier
        runs have left.
    workflow
        Snakefile in it.
    scenes
        Metadata of all scenes.
    models
        Descriptions (model.json) by model.
    settings
        Configuration of the run.
    credits
        Line about the rights in the imagery; may be empty.

    Returns
    -------
    dict
        JSON-LD. Dates are those of the products, so that the same results give the same bytes.
    """
    results = Path(results)
    found = results.rglob("*")
    earlier = {(part, model) for part in OF_MODELS for model in NAMES.keys() - models.keys()}
    earlier |= set() if {"variomlp", "resnet18"} <= models.keys() else {("maps", "disagreement")}
    present = {scene["scene"] for scene in scenes}
    known = present | {path.stem for path in (results / "scenes").glob("*.json")}

    def of_this_run(path: Path) -> bool:
        relative = path.relative_to(results)
        apart = relative.parts[0] in APART or relative.name == METADATA
        if not path.is_file() or apart or _hidden(relative) or relative.parts[:2] in earlier:
            return False
        return relative.parts[0] not in OF_SCENES or _scene(relative.name, known) in present | {""}

    found = sorted(filter(of_this_run, found))
    made = [
        path.stat().st_mtime for path in found if path.relative_to(results).parts[0] != "run"
    ]  # that is written with the crate
    made = datetime.fromtimestamp(int(max(made)), UTC)
    crate = ROCrate(version=RO_CRATE)
    dates = sorted(scene["date"][:10] for scene in scenes)
    synthetic = (
        "synthetic (simulated) scenes, not an observation" if any(scene["synthetic"] for scene in scenes) else "satellite scenes"
    )
    crate.name = f"Ice-surface classes, {dates[0]} to {dates[-1]}"
    crate.description = f"{len(scenes)} {synthetic}, their maps, series, scores and models, made by geoclass-workflow"
    crate.datePublished = made
    rights = credits or "The owners of the imagery decide on the rights in what is derived from it."
    about = {"@type": "CreativeWork", "name": "Rights in the imagery", "description": rights}
    crate.license = crate.add(ContextEntity(crate, "#rights", about))
    if credits:
        crate.root_dataset["creditText"] = credits
    crate.metadata.extra_terms.update(TERMS)
    for url, (name, number) in PROFILES.items():
        crate.root_dataset.append_to("conformsTo", crate.add(_profile(crate, url, name, number)))
    versions = dict(surroundings.software())
    version = versions.pop("geoclass-workflow")
    packages = [
        crate.add(ContextEntity(crate, f"#{name}", {"@type": "SoftwareApplication", "name": name, "softwareVersion": number}))
        for name, number in versions.items()
    ]
    entities = {}
    for path in found:
        name = path.relative_to(results).as_posix()
        about = {"name": name, "contentSize": str(path.stat().st_size), "sha256": files.fingerprint(path)}
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        about["encodingFormat"] = kind
        if path == Path(workflow):
            crate.add_workflow(path, name, main=True, lang="snakemake", properties={**about, "name": "geoclass-workflow"})
        else:
            entities[name] = crate.add_file(path, dest_path=name, properties=about)
    crate.add(ContextEntity(crate, WORKFLOW_LICENCE, {"@type": "CreativeWork", "name": "MIT License"}))
    main = crate.mainEntity
    main["version"], main["softwareRequirements"], main["license"] = version, packages, {"@id": WORKFLOW_LICENCE}
    sources = []
    for scene in scenes:
        about = {"@type": "CreativeWork", "name": Path(scene["source"]).name, "dateCreated": scene["date"]}
        sources.append(crate.add(ContextEntity(crate, f"#scene-{scene['scene']}", {**about, "sha256": scene["source_sha256"]})))
    told = f"configuration {provenance.settings_sha256(settings)}, models {', '.join(card['id'] for card in models.values())}"
    about = {"@type": "CreateAction", "name": "Run of the workflow", "description": told, "endTime": made.isoformat()}
    action = crate.add(ContextEntity(crate, "#run", about))
    action["agent"] = crate.add(ContextEntity(crate, "#operator", {"@type": "Person", "name": "Operator of the workflow"}))
    action["instrument"], action["object"] = main, sources
    action["result"] = list(entities.values())
    crate.root_dataset["mentions"] = action
    return crate.metadata.generate()


def _profile(crate: ROCrate, url: str, name: str, version: str) -> ContextEntity:
    """Return a profile that the crate follows."""
    return ContextEntity(crate, url, {"@type": "CreativeWork", "name": name, "version": version})


def _scene(name: str, known: set[str]) -> str:
    """Return the scene that a file is of, by its name; empty where it is of none or of several."""
    return max((scene for scene in known if name.startswith((f"{scene}.", f"{scene}_"))), key=len, default="")


def _hidden(path: Path) -> bool:
    """Tell whether a file, or a folder around it, is none of the products: hidden, or kept for an interrupted training."""
    return any(part.startswith(".") or part.endswith((".resume", ".parts")) for part in path.parts)
