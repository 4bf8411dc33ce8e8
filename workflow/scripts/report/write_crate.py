"""Describe a finished run as an RO-Crate."""

import shutil
from pathlib import Path

from geoclass.core import files, log
from geoclass.report import crate

SNAKEFILE = Path(crate.__file__).parents[3] / "Snakefile"


def write_crate(
    metadata: list[str],
    models: dict[str, str],
    results: str,
    settings: dict,
    credits: str,
    configuration: str,
    workflow: str,
    output: str,
) -> None:
    """Write what a run has made, from what and with which software, so that the folder of its results is an RO-Crate.

    Parameters
    ----------
    metadata
        JSON files of the scenes.
    models
        model.json of each model that maps were made with, by model.
    results
        Folder of all outputs.
    settings
        The configuration of the run.
    credits
        Line about the rights in the imagery.
    configuration
        JSON to write: the settings, which belong into the crate.
    workflow
        Copy of the Snakefile to write, the main entity of the crate.
    output
        ro-crate-metadata.json in `results`.

    Raises
    ------
    ValueError
        There is no scene.
    """
    if not metadata:
        raise ValueError("the table of scenes: no scene, expected at least one whose maps a crate could hold; add a row")
    files.write_json(configuration, settings)
    with files.replacing(workflow) as temporary:
        shutil.copyfile(SNAKEFILE, temporary)
    scenes = [files.read_json(path) for path in metadata]
    cards = {model: files.read_json(path) for model, path in models.items()}
    content = crate.describe(results, workflow, scenes, cards, settings, credits)
    files.write_json(output, content)
    n_files = sum(entity.get("@type") == "File" for entity in content["@graph"])
    log.logger.info("%d files of %d scenes and %d models", n_files, len(scenes), len(cards))


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        write_crate(
            metadata=snakemake.input.metadata,
            models=dict(zip(snakemake.params.settings["models"], snakemake.input.models, strict=True)),
            results=str(Path(snakemake.output.crate).parent),
            settings=snakemake.params.settings["configuration"],
            credits=snakemake.params.settings["credits"],
            configuration=snakemake.output.configuration,
            workflow=snakemake.output.workflow,
            output=snakemake.output.crate,
        )
