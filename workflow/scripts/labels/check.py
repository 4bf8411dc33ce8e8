"""Check settings and inputs before any work, on one page: what would be refused, and what to look at."""

from pathlib import Path

from geoclass.core import files, log, surface_classes
from geoclass.labels import precheck
from geoclass.scenes import survey


def check(scenes: dict[str, dict], sources: list[str], classes: str, roi: str | None, settings: dict, page: str) -> int:
    """Write the page; return how many things would be refused.

    Parameters
    ----------
    scenes
        The table of scenes: path, date, mask and labelled, by scene.
    sources
        Sources of labels.
    classes
        Table of classes.
    roi
        Region of interest, if there is one.
    settings
        Sections ingest_scene, tile_scene and collect_labels of the configuration, split_labels/block_m, trained (whether anything is
        learned from labels) and no_store (what refuses a store of labels that is none yet, or empty).
    page
        Markdown to write, in the folder of results.
    """
    ingestion, tiles = settings["ingest_scene"], settings["tile_scene"]
    found = {name: survey.look(row["path"], ingestion, row["date"] or None) for name, row in scenes.items()}
    masks = {name: row["mask"] for name, row in scenes.items() if row["mask"]}
    labelled = [name for name, row in scenes.items() if row["labelled"]]
    lines = [f"refused: scene {name}: {problem}" for name, one in found.items() for problem in one.problems]
    lines += precheck.tiles(found, tiles, settings["block_m"])
    lines += precheck.places(found, roi, masks, ingestion)
    lines += precheck.times(found)
    lines += [f"refused: {settings['no_store']}"] if settings["no_store"] and settings["trained"] else []
    lines += precheck.labels(
        sources, found, labelled, surface_classes.read(classes), settings, settings["trained"] and not settings["no_store"]
    )
    lines += precheck.disk(found, tiles, Path(page).parent)
    lines = list(dict.fromkeys(lines))
    counts = {kind: sum(line.startswith(kind) for line in lines) for kind in ("refused", "look at")}
    text = (
        f"# Before the run\n\n{len(found)} scenes: {counts['refused']} findings stop a run, {counts['look at']} to look at.\n\n"
    )
    text += "".join(f"- {line}\n" for kind in ("refused", "look at", "fine") for line in lines if line.startswith(kind))
    text += "\n## Scenes\n\n" + "".join(f"- {name}: {one}\n" for name, one in found.items())
    with files.replacing(page) as temporary:
        temporary.write_text(text, encoding="utf-8")
    log.logger.info("%s\n%s", page, text)
    return counts["refused"]


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        check(
            scenes=snakemake.params.settings["scenes"],
            sources=list(snakemake.input.sources),
            classes=snakemake.input.classes,
            roi=snakemake.input.get("roi") or None,
            settings=snakemake.params.settings["settings"],
            page=snakemake.output.page,
        )
