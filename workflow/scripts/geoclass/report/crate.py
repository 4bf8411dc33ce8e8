"""A finished run as an RO-Crate: what was made, from what, with which software and settings."""

import mimetypes
from datetime import UTC, datetime
from pathlib import Path

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from geoclass.core import files, provenance
from geoclass.core.model_names import NAMES

PARTS = ("catalog", "classes", "evaluation", "labels", "maps", "models", "run", "scenes", "series", "splits")
TYPES = {".parquet": "application/vnd.apache.parquet", ".nc": "application/netcdf", ".tif": "image/tiff", ".md": "text/markdown"}
TYPES |= {".tsv": "text/tab-separated-values", ".qml": "application/xml", ".sld": "application/vnd.ogc.sld+xml"}
RO_CRATE = "1.1"


def describe(results: str | Path, scenes: list[dict], models: dict[str, dict], settings: dict, credits: str) -> dict:
    """Return the content of ro-crate-metadata.json of a finished run; the folder of its results is the crate.

    Parameters
    ----------
    results
        Folder of all outputs.
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
    found = (
        [path for part in PARTS for path in (results / part).rglob("*")]
        + list(results.glob("*.md"))
        + list(results.glob("*.pdf"))
    )
    earlier = {(part, model) for part in ("classes", "maps", "series") for model in NAMES.keys() - models.keys()}

    def of_this_run(path: Path) -> bool:
        relative = path.relative_to(results)
        return path.is_file() and not _hidden(relative) and relative.parts[:2] not in earlier

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
    if credits:
        crate.root_dataset["creditText"] = credits
    software = []
    for name, version in provenance.software().items():
        about = {"@type": "SoftwareApplication", "name": name, "softwareVersion": version, "version": version}
        software.append(crate.add(ContextEntity(crate, f"#{name}", about)))
    workflow, *packages = software
    workflow["softwareRequirements"] = packages
    entities = {}
    for path in found:
        name = path.relative_to(results).as_posix()
        about = {"name": name, "contentSize": str(path.stat().st_size), "sha256": files.fingerprint(path)}
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        entities[name] = crate.add_file(path, dest_path=name, properties={**about, "encodingFormat": kind})
    sources = []
    for scene in scenes:
        about = {"@type": "CreativeWork", "name": Path(scene["source"]).name, "dateCreated": scene["date"]}
        sources.append(crate.add(ContextEntity(crate, f"#scene-{scene['scene']}", {**about, "sha256": scene["source_sha256"]})))
    told = f"configuration {provenance.settings_sha256(settings)}, models {', '.join(card['id'] for card in models.values())}"
    about = {"@type": "CreateAction", "name": "Run of the workflow", "description": told, "endTime": made.isoformat()}
    action = crate.add(ContextEntity(crate, "#run", about))
    action["instrument"], action["object"], action["result"] = workflow, sources, list(entities.values())
    crate.root_dataset["mentions"] = action
    return crate.metadata.generate()


def _hidden(path: Path) -> bool:
    """Tell whether a file, or a folder around it, is none of the products: hidden, or kept for an interrupted training."""
    return any(part.startswith(".") or part.endswith((".resume", ".tensorboard", ".parts")) for part in path.parts)
