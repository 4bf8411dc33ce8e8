"""What scenes and images may be: the types of their pixels, the names of their files."""

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


def images(folder: str | Path) -> list[Path]:
    """Return the images in a folder and the folders in it, sorted; hidden ones, as `.ipynb_checkpoints` holds copies, are none."""
    found = (path for path in Path(folder).rglob("*") if not any(p.startswith(".") for p in path.relative_to(folder).parts))
    return sorted(path for path in found if path.suffix.lower() in IMAGE_SUFFIXES)
