"""Scenes, maps and models as entries of a STAC catalogue."""

import os
from datetime import datetime
from pathlib import Path

import pandas as pd
import pystac
import shapely
from pystac.extensions.classification import Classification, ClassificationExtension
from pystac.extensions.mlm import InputStructure, MLMExtension, ModelInput, ModelOutput, ResultStructure, TaskType
from pystac.extensions.projection import ProjectionExtension
from pystac.extensions.raster import RasterExtension

from geoclass.core import files, geodesy, grid, model_names
from geoclass.core.identifiers import identifiers

COG, PARQUET = pystac.MediaType.COG, "application/vnd.apache.parquet"
PROCESSING = "https://stac-extensions.github.io/processing/v1.2.0/schema.json"


def footprint(scene: dict) -> dict:
    """Return the frame of a scene as GeoJSON in longitude and latitude, its sides followed by points; cut at 180 degrees (RFC 7946)."""
    height, width = scene["height_px"], scene["width_px"]
    frame = shapely.Polygon(zip(*grid.scene_grid(scene).coordinates([0, height, height, 0], [0, 0, width, width]), strict=True))
    place = geodesy.cut_at_180(geodesy.project([frame], scene["crs_wkt"], "EPSG:4326")[0])
    return shapely.geometry.mapping(place.normalize())


def scene_item(scene: dict, classes: list[dict], assets: list[tuple[str, str, str, str]]) -> pystac.Item:
    """Return the entry of a scene with its maps.

    Parameters
    ----------
    scene
        Metadata of the scene.
    classes
        The model's class list: class_id, class_name, colour.
    assets
        Key, path, media type and title of every file; class maps have keys that end in `_class`.
    """
    geometry = footprint(scene)
    item = pystac.Item(
        scene["scene"],
        geometry,
        list(shapely.geometry.shape(geometry).bounds),
        datetime.fromisoformat(scene["date"]),
        {"platform": scene["sensor"], "geoclass:synthetic": scene["synthetic"], "gsd": scene["gsd_m"]},
    )
    item.properties = {key: value for key, value in item.properties.items() if value is not None}
    for key, path, media_type, title in assets:
        roles = ["overview"] if media_type == pystac.MediaType.PNG else ["data"]
        item.add_asset(key, pystac.Asset(os.path.abspath(path), title, media_type=media_type, roles=roles))
        if key.endswith("_class"):
            named = ClassificationExtension.ext(item.assets[key], add_if_missing=True)
            named.classes = _classes(classes)
    projection = ProjectionExtension.ext(item, add_if_missing=True)
    projection.apply(
        code=f"EPSG:{scene['epsg']}" if scene["epsg"] else None,
        wkt2=None if scene["epsg"] else scene["crs_wkt"],
        shape=[scene["height_px"], scene["width_px"]],
        transform=scene["transform"],
    )
    raster = RasterExtension.ext(item.assets["scene"], add_if_missing=True)
    raster.bands = [pystac.extensions.raster.RasterBand.create(data_type=pystac.extensions.raster.DataType(scene["dtype"]))]
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
    item = pystac.Item(f"model-{card['model']}", place, list(shapely.geometry.shape(place).bounds), date, {})
    item.properties["geoclass:model_id"] = card["id"]
    structures = []
    if card["model"] != "resnet18":
        lags = card["vario"]["lags"]
        structures.append(("vario functions", [-1, len(lags), len(lags[0])], ["batch", "direction", "lag"]))
    if card["model"] != "variomlp":
        structures.append(("pixels", [-1, card["tile"]["height_px"], card["tile"]["width_px"]], ["batch", "height", "width"]))
    data_type = pystac.extensions.raster.DataType.FLOAT32
    mlm = MLMExtension.ext(item, add_if_missing=True)
    mlm.apply(
        name=card["model"],
        architecture=model_names.NAMES[card["model"]],
        tasks=[TaskType.CLASSIFICATION],
        framework="pytorch",
        input=[ModelInput.create(name, [], InputStructure.create(shape, order, data_type)) for name, shape, order in structures],
        output=[
            ModelOutput.create(
                "classes",
                [TaskType.CLASSIFICATION],
                ResultStructure.create([-1, len(card["classes"])], ["batch", "class"], data_type),
                classes=_classes(card["classes"]),
            )
        ],
    )
    for name, media_type, roles in (
        ("weights.safetensors", "application/octet-stream", ["mlm:model"]),
        ("model.json", pystac.MediaType.JSON, ["metadata"]),
        ("card.md", "text/markdown", ["metadata"]),
    ):
        if (folder / name).is_file():
            asset = pystac.Asset(os.path.abspath(folder / name), name, media_type=media_type, roles=roles)
            if roles == ["mlm:model"]:
                asset.extra_fields["mlm:artifact_type"] = "safetensors"
            item.add_asset(name.split(".")[0], asset)
    return item


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
