"""Draw all dates of every model, and all models together, side by side with one legend."""

import dataclasses

from geoclass.core import log, surface_classes
from geoclass.maps import class_maps, geotiff, panels, sheet

PAGE_PX = 2400  # of the images on a page together, side by side: about the resolution of the print


def render_panels(
    classified: dict[str, list[str]], classes: str, scenes: dict[str, str], pages: dict[str, list[str]], credits: str
) -> None:
    """Write a page of maps for every model, and one for all.

    Parameters
    ----------
    classified
        Tables of classify_scene by model, of the same scenes.
    classes
        Class list.
    scenes
        The scenes in the common form, by name, for the images behind the classes.
    pages
        PNG, PDF and JPEG to write by model; under `all` those of all models.
    credits
        Line at the foot.
    """
    class_list = surface_classes.read(classes)
    rows: dict[str, list[sheet.Content]] = {}
    for model, paths in classified.items():
        contents = sorted((class_maps.read_classified(path, class_list) for path in paths), key=lambda content: content.order)
        rows[model] = [sheet.Content(content.grid, content.classes, None, content.metadata) for content in contents]
    first = next(iter(rows.values()))
    views = panels.views([content.grid for content in first], [content.classes for content in first])
    longest_px = int(PAGE_PX / len(first) ** 0.5)
    images = []
    for content, view in zip(first, views, strict=True):
        scene = content.metadata["scene"]
        images.append(geotiff.read_picture(scenes[scene["scene"]], scene, view, longest_px))
    for model, contents in rows.items():
        rows[model] = [dataclasses.replace(content, image=image) for content, image in zip(contents, images, strict=True)]
        panels.draw_panels(pages[model], [rows[model]], views, class_list, credits)
    panels.draw_panels(pages["all"], list(rows.values()), views, class_list, credits)
    log.logger.info("%d scenes of %d models side by side", len(first), len(rows))


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        models = snakemake.params.settings["models"]
        render_panels(
            classified={model: list(snakemake.input[model]) for model in models},
            classes=snakemake.input.classes,
            scenes=dict(zip(snakemake.params.settings["scenes"], snakemake.input.scenes, strict=True)),
            pages={model: list(snakemake.output[model]) for model in (*models, "all")},
            credits=snakemake.params.settings["credits"],
        )
