"""Class folders of images, each of which is a tile: ``<folder>/<class>/<image>``."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geoclass.core import files, formats, log, surface_classes
from geoclass.labels import groups
from geoclass.scenes import tiling


def read(folder: Path, classes: pd.DataFrame, pattern: re.Pattern | None) -> gpd.GeoDataFrame:
    """Return an item an image of a set of class folders, see `label_sources.read`; `pattern` takes the place out of its name."""
    rows = []
    found = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    images = {path: formats.images(path) for path in found}
    class_ids = _classes_of_folders(images, classes)
    _check_twice(images)
    for class_folder, class_id in class_ids.items():
        for file in images[class_folder]:
            tile_id = tiling.image_tile_id(folder.name, str(file.relative_to(folder)))
            rows.append((class_id, folder.name, tile_id, "", "human"))
    if not rows:
        raise ValueError(f"{folder}: no file in class folders, expected <folder>/<class>/<image>; add images")
    items = pd.DataFrame(rows, columns=["class_id", "scene", "tile_id", "group", "origin"]).assign(
        kind="image", confidence=np.nan
    )
    if pattern:
        all_files = [file for class_folder in class_ids for file in images[class_folder]]
        items["group"] = groups.places([file.name for file in all_files], pattern, [str(file) for file in all_files])
    return gpd.GeoDataFrame(items, geometry=[None] * len(items))


def _classes_of_folders(images: dict[Path, list[Path]], classes: pd.DataFrame) -> dict[Path, int]:
    """Return the class of every class folder, given the images in it.

    The original software numbers its classes from 0 and names its images ``<class><tile><scene>``, in digits alone. Since our class
    ids begin at 1, a folder 0 tells its numbering; without one, folders with such images could mean either.
    """
    names = [folder.name for folder in images]
    if "0" in names and all(name.isdigit() and int(name) < len(classes) for name in names):
        found = {folder: int(classes["class_id"].iloc[int(folder.name)]) for folder in images}
        for folder, class_id in found.items():
            log.logger.info(
                "%s: numbered from 0, class %s", folder, classes["class_name"][classes["class_id"] == class_id].iloc[0]
            )
        return found
    stems = [(folder.name, image.stem) for folder, files in images.items() for image in files]
    if stems and all(name.isdigit() and re.fullmatch(rf"{name}\d{{2,}}", stem) for name, stem in stems):
        raise ValueError(
            f"{next(iter(images)).parent}: numbered folders with images named as the original software does, whose classes count from "
            "0 and not by class_id, expected folders that tell; rename them to the names of their classes"
        )
    return {folder: surface_classes.identify(folder.name, classes, str(folder)) for folder in images}


def _check_twice(images: dict[Path, list[Path]]) -> None:
    """Refuse an image that lies in two class folders: it would be learned as both classes.

    Only files of equal size are compared, by their content.
    """
    of_size: dict[int, list[Path]] = {}
    for path in (image for paths in images.values() for image in paths):
        of_size.setdefault(path.stat().st_size, []).append(path)
    folder_of = {image: folder for folder, paths in images.items() for image in paths}
    for size, alike in of_size.items():
        if size == 0 or len({folder_of[path] for path in alike}) < 2:  # an empty file is refused where images are read
            continue
        seen: dict[str, Path] = {}
        for path in alike:
            first = seen.setdefault(files.fingerprint(path), path)
            if folder_of[first] != folder_of[path]:
                raise ValueError(
                    f"{path}: the same image as {first}, expected it in one class folder; remove it from the wrong one"
                )
