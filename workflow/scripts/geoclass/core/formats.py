"""What scenes and images may be: the types of their pixels, the names of their files."""

from pathlib import Path

DTYPES = ("uint8", "uint16", "int16", "float32", "float64")  # whose vario functions are exact
IMAGE_SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp", ".webp")  # in class folders


def is_image_folder(path: str | Path) -> bool:
    """Return whether a source of labels is a folder of class folders; a file geodatabase is a folder, too, but one of polygons."""
    return Path(path).is_dir() and Path(path).suffix.lower() != ".gdb"
