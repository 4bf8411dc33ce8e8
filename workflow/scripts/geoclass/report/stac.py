"""Scenes, maps and models as entries of a STAC catalogue."""

import os
from datetime import datetime
from pathlib import Path

import pandas as pd
import pystac
import shapely
from pystac.extensions.classification import Classification, ClassificationExtension
from pystac.extensions.mlm import (
    InputStructure,
    MLMExtension,
    ModelInput,
    ModelOutput,
    ProcessingExpression,
    ResultStructure,
    TaskType,
)
from pystac.extensions.projection import ProjectionExtension
from pystac.extensions.raster import DataType

from geoclass.core import compatibility, files, geodesy, grid, model_names
from geoclass.core.identifiers import identifiers
from geoclass.report import geotiff_header

COG, PARQUET = pystac.MediaType.COG, "application/vnd.apache.parquet"
PROCESSING = "https://stac-extensions.github.io/processing/v1.1.0/schema.json"
ATTRIBUTION = "https://stac-extensions.github.io/attribution/v0.1.0/schema.json"


def footprint(scene: dict) -> dict:
    """Return the frame of a scene as GeoJSON in longitude and latitude, its sides followed by points; cut at 180 degrees (RFC 7946)."""
    place = geodesy.cut_at_180(geodesy.project([grid.scene_grid(scene).frame], scene["crs_wkt"], "EPSG:4326")[0])
    return shapely.geometry.mapping(place.normalize())


def ground(footprints: list[dict]) -> dict:
    """Return what footprints cover together."""
    return shapely.geometry.mapping(shapely.union_all([shapely.geometry.shape(one) for one in footprints]).normalize())


def bounds(geometry: dict) -> list[float]:
    """Return west, south, east and north of a footprint; west is greater than east where it lies across 180 degrees (RFC 7946, 5.2)."""
    west, south, east, north = geodesy.unwrapped(shapely.geometry.shape(geometry)).bounds
    if east - west >= 360:
        return [-180.0, south, 180.0, north]
    return [(west + 180) % 360 - 180, south, east if -180 <= east <= 180 else (east + 180) % 360 - 180, north]


def scene_item(scene: dict, classes: dict[str, list[dict]], assets: list[tuple[str, str, str, str]], credits: str) -> pystac.Item:
    """Return the entry of a scene with its maps.

    Parameters
    ----------
    scene
        Metadata of the scene.
    classes
        Classes on the maps of each model: class_id, class_name, colour and, optionally, description.
    assets
        Key, path, media type and title of every file; class maps have the key `<model>_class`.
    credits
        Line about the rights in the imagery; may be empty.
    """
    geometry = footprint(scene)
    about = {"platform": scene["sensor"], "geoclass:synthetic": scene["synthetic"], "gsd": scene["gsd_m"]}
    about = {key: value for key, value in about.items() if value is not None}
    item = pystac.Item(scene["scene"], geometry, bounds(geometry), datetime.fromisoformat(scene["date"]), about)
    ProjectionExtension.ext(item, add_if_missing=True).apply(
        code=f"EPSG:{scene['epsg']}" if scene["epsg"] else None, wkt2=None if scene["epsg"] else scene["crs_wkt"]
    )
    if credits:
        item.stac_extensions.append(ATTRIBUTION)
        item.properties["attribution"] = credits
    own = {"proj:shape": [scene["height_px"], scene["width_px"]], "proj:transform": list(scene["transform"])}
    for key, path, media_type, title in assets:
        asset = pystac.Asset(os.path.abspath(path), title, media_type=media_type, roles=["data"])
        if media_type in (pystac.MediaType.JPEG, pystac.MediaType.PNG):
            asset.roles = ["thumbnail" if key == "thumbnail" else "overview"]
        elif key == "scene":
            asset.extra_fields |= own | {"data_type": scene["dtype"]}
        elif media_type == COG:
            asset.extra_fields |= geotiff_header.describe(path)
        item.add_asset(key, asset)
        model, _, content = key.partition("_")
        if content == "class":
            ClassificationExtension.ext(asset, add_if_missing=True).classes = _classes(classes[model])
    return item


def model_item(folder: str | Path, place: dict, date: datetime) -> pystac.Item:
    """Return the entry of a trained model.

    Parameters
    ----------
    folder
        Model folder.
    place
        GeoJSON geometry of the scenes that it maps.
    date
        Date of the latest of them; a model folder holds no time of its own, so that it is the same when made again.
    """
    folder = Path(folder)
    card = files.read_json(folder / "model.json")
    item = pystac.Item(f"model-{card['model']}", place, bounds(place), date, {"geoclass:model_id": card["id"]})
    shape = [-1, len(card["classes"])]
    probabilities = ProcessingExpression.create("text", f"probabilities = softmax(logits / {card['temperature']!r})")
    result = ResultStructure.create(shape, ["batch", "class"], DataType.FLOAT32)
    output = ModelOutput.create(
        "logits", [TaskType.CLASSIFICATION], result, classes=_classes(card["classes"]), post_processing_function=probabilities
    )
    MLMExtension.ext(item, add_if_missing=True).apply(
        name=card["model"],
        architecture=model_names.NAMES[card["model"]],
        tasks=[TaskType.CLASSIFICATION],
        framework="PyTorch",
        framework_version=card["versions"]["torch"],
        input=_inputs(card),
        output=[output],
    )
    for name, media_type, artifact in (
        ("weights.safetensors", "application/octet-stream; application=safetensors", "safetensors"),
        ("model.onnx", "application/octet-stream; application=onnx", "onnx"),
        ("model.json", pystac.MediaType.JSON, None),
        ("card.md", "text/markdown", None),
    ):
        if (folder / name).is_file():
            asset = pystac.Asset(os.path.abspath(folder / name), name, media_type=media_type, roles=["metadata"])
            if artifact:
                asset.roles = ["mlm:model", "mlm:weights"]
                asset.extra_fields["mlm:artifact_type"] = artifact
            item.add_asset(name.replace(".", "_"), asset)
    return item


def _inputs(card: dict) -> list[ModelInput]:
    """Return what a model reads, as model.onnx calls it, and how it is made from a tile."""
    inputs, tile = [], card["tile"]
    radiometry = compatibility.scheme(card["radiometry"])
    if card["model"] != "resnet18":
        recipe = {key: card[key] for key in ("normalisation", "directions")} | {"lags": card["vario"]["scheme"]}
        inputs.append(("features", ["batch", "feature"], [-1, len(card["standardisation"]["mean"])],
                       "standardised vario functions of a tile, direction after direction, lag after lag", recipe))  # fmt: skip
    if card["model"] != "variomlp":
        inputs.append(("pixels", ["batch", "height", "width"], [-1, tile["height_px"], tile["width_px"]],
                       "panchromatic pixels of a tile, scaled by the radiometry", {}))  # fmt: skip
    return [
        ModelInput.create(
            name,
            [],
            InputStructure.create(shape, order, DataType.FLOAT32),
            description,
            pre_processing_function=ProcessingExpression.create(
                "geoclass-workflow", {"tile": tile, "radiometry": radiometry, **recipe, "values": "model_json"}
            ),
        )
        for name, order, shape, description, recipe in inputs
    ]


def with_processing(item: pystac.Item, software: dict[str, str], lineage: str, inputs: dict[str, str]) -> pystac.Item:
    """Say how the files of an entry were made.

    Parameters
    ----------
    item
        Entry to complete.
    software
        Version by name.
    lineage
        One sentence.
    inputs
        SHA-256 of what went in, by name.
    """
    item.stac_extensions.append(PROCESSING)
    item.properties |= {"processing:software": software, "processing:lineage": lineage, "geoclass:inputs_sha256": inputs}
    return item


def save(folder: str | Path, title: str, description: str, items: list[pystac.Item]) -> None:
    """Write a catalogue of entries with relative links, one folder an entry.

    Parameters
    ----------
    folder
        Where catalog.json goes.
    title, description
        Of the catalogue.
    items
        Its entries; the paths of their assets become relative.
    """
    catalog = pystac.Catalog("geoclass", description, title=title)
    catalog.add_items(items)
    catalog.normalize_hrefs(str(Path(folder).absolute()))
    catalog.make_all_asset_hrefs_relative()
    catalog.save(pystac.CatalogType.SELF_CONTAINED)


def _classes(classes: list[dict]) -> list[Classification]:
    """Return a class list as entries of the classification extension; MLM wants a description of each."""
    return [
        Classification.create(
            c["class_id"],
            description=c.get("description") or c["class_name"],
            name=name,
            title=c["class_name"],
            color_hint=c["colour"][1:].upper(),
        )
        for c, name in zip(classes, identifiers(pd.DataFrame(classes)), strict=True)
    ]
