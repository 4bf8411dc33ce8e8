"""What scenes and images may be: the types of their pixels, the names of their files."""

import os
from pathlib import Path

DTYPES = ("uint8", "uint16", "int16", "float32", "float64")  # whose vario functions are exact
IMAGE_SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp", ".webp")  # in class folders


def refuse_virtual(path: str | Path) -> None:
    """Refuse a file of polygons, points or lines that only names other sources: GDAL would fetch them from wherever they are.

    Raises
    ------
    ValueError
        A virtual layer or a description of a service, whatever its name.
    """
    if Path(path).is_file():
        with open(path, "rb") as stream:
            begin = stream.read(4096)
        if any(mark in begin for mark in (b"<OGR", b"<VRTDataset", b"<GDAL_")):
            raise ValueError(
                f"{path}: it only names other sources, expected the features themselves; save them as GeoPackage (ogr2ogr a.gpkg {path})"
            )


def is_image_folder(path: str | Path) -> bool:
    """Return whether a source of labels is a folder of class folders; a file geodatabase is a folder, too, but one of polygons."""
    return Path(path).is_dir() and Path(path).suffix.lower() != ".gdb"


def beside(*paths: str | None) -> list[str]:
    """Return the files that hold a part of files of polygons, points or lines, and change while those stay as they are.

    What QGIS has saved while it has a GeoPackage open stands in a journal beside it; attributes of a shapefile in its ``.dbf``, of a
    file geodatabase in the files of its folder.
    """
    found: list[str] = []
    for path in filter(None, paths):
        stem, suffix = os.path.splitext(path)
        if suffix.lower() in (".gpkg", ".sqlite"):
            found.append(f"{path}-wal")
        elif suffix.lower() == ".shp":
            found += [stem + end for end in (".dbf", ".prj", ".cpg", ".DBF", ".PRJ", ".CPG")]
        elif suffix.lower() == ".gdb":
            found += sorted(map(str, Path(path).glob("*.gdbtable")))
    return [part for part in found if os.path.isfile(part) and os.path.getsize(part) > 0]
