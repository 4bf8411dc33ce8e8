"""What every product says of its making: software, settings, inputs."""

import hashlib
import json

from geoclass.core import surroundings


def settings_sha256(settings: dict) -> str:
    """Return the SHA-256 of settings, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def facts(metadata: dict) -> dict[str, str | None]:
    """Return the provenance of a product of one scene as text, for the tags of a file.

    Parameters
    ----------
    metadata
        Metadata of the class table: scene, tiles, model, applicability, and the software that made it; or of a table of vario
        functions, which has no model.

    Returns
    -------
    dict
        workflow, software, model_id; source_sha256 of the scene as it was delivered; configuration_sha256 of the settings that have
        a part in the product (tiles, vario functions, radiometry, region, model, applicability), so that another setting makes
        nothing anew.
    """
    scene = metadata["scene"]
    settings = {key: metadata.get(key) for key in ("tiles", "vario", "model", "applicability")} | {"region": scene.get("roi")}
    radiometry = scene.get("radiometry") or {}
    settings["radiometry"] = [radiometry.get(key) for key in ("method", "low_percent", "high_percent")]
    packages = {**metadata.get("software", {}), **surroundings.software()}
    return {
        "workflow": f"geoclass-workflow {packages.pop('geoclass-workflow')}",
        "software": ", ".join(f"{name} {number}" for name, number in packages.items()),
        "model_id": metadata.get("model", {}).get("id"),
        "source_sha256": scene.get("source_sha256", "unknown"),
        "configuration_sha256": settings_sha256(settings),
    }


def of_series(metadata: list[dict]) -> dict[str, str]:
    """Return the provenance of a product of many scenes and one model as text, from the metadata of their class tables."""
    scenes = [facts(one) for one in metadata]
    both = {key: str(scenes[0][key]) for key in ("workflow", "software", "model_id")}
    synthetic = any(one["scene"]["synthetic"] for one in metadata)
    both["source"] = "synthetic (simulated) scenes, not an observation" if synthetic else "satellite scenes"
    both["history"] = f"{both['workflow']}, rule summarize_series, model {both['model_id']}"
    both["references"] = "doi:10.3389/feart.2025.1572982"
    return both | {
        key: " ".join(sorted({str(scene[key]) for scene in scenes})) for key in ("source_sha256", "configuration_sha256")
    }
