"""What users of the original software have: tables of split-images and labels, read without running what a pickle may hold."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = ["row_px", "column_px", "easting", "northing", "label", "confidence", "image"]
ARRAY_PARTS = {"numpy.ndarray", "numpy.dtype"}
for core in ("numpy.core", "numpy._core"):  # named so before and since NumPy 2
    ARRAY_PARTS |= {f"{core}.multiarray._reconstruct", f"{core}.multiarray.scalar", f"{core}.numeric._frombuffer"}


class _Plain(tuple):
    """What stands for a geotransform: the numbers that it was built of, and nothing that can run."""

    def __new__(cls, *parts: object) -> "_Plain":
        return super().__new__(cls, parts)

    def __setstate__(self, state: object) -> None:
        """Forget what newer versions keep beside the numbers."""


class _Unpickler(pickle.Unpickler):
    """An unpickler that builds NumPy arrays and plain containers only."""

    def find_class(self, module: str, name: str) -> object:
        if module in ("affine", "rasterio.transform") and name == "Affine":
            return _Plain
        if f"{module}.{name}" in ARRAY_PARTS and "." not in name:
            return super().find_class(module.replace("numpy.core", "numpy._core"), name)
        raise pickle.UnpicklingError(f"it holds {module}.{name}")


def read(path: str | Path) -> tuple[dict, pd.DataFrame]:
    """Read a table of split-images of the original software.

    The file is a pickled array of two things: a dictionary with `filename` (paths of the images), `winsize_pix` (height and width of
    a tile) and `class_enumeration` (names of the classes), and a table with one row a tile.

    Parameters
    ----------
    path
        The ``.npy`` file.

    Returns
    -------
    dict
        images (their paths, with /, list), height_px, width_px, classes (names, list).
    pandas.DataFrame
        row_px, column_px (upper left pixel), easting, northing, label (position in `classes`, -1 for none), confidence (1 when set
        by hand, 0 when taken from class folders, else a prediction's) and image (position in `images`; 0 in files of one image).

    Raises
    ------
    ValueError
        Not such a file, one that holds anything but arrays and plain containers, or one whose parts do not fit each other.
    """
    try:
        info, table = _load(path)
        found = _description(info)
        table = np.asarray(table, float)
        if table.ndim == 2 and table.shape[1] == 6:  # as long as a file held one image
            table = np.column_stack([table, np.zeros(len(table))])
        if table.ndim != 2 or table.shape[1] != 7 or not np.isfinite(table[:, [0, 1, 4, 5, 6]]).all():
            raise ValueError(f"a table of shape {table.shape}, expected 7 columns of numbers")
        for column, lowest, n in ((4, -1, len(found["classes"])), (6, 0, len(found["images"]))):
            wrong = table[(table[:, column] < lowest) | (table[:, column] >= n), column]
            if len(wrong):
                raise ValueError(f"{COLUMNS[column]} {wrong[0]:g}, expected {lowest} to {n - 1}")
    except (ValueError, TypeError, KeyError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else error
        raise ValueError(
            f"{path}: not a table of split-images of the original software ({reason}), expected its .npy file of labels; "
            "save it again there or give the labels as polygons"
        ) from None
    whole = ["row_px", "column_px", "label", "image"]
    return found, pd.DataFrame(table, columns=COLUMNS).astype(dict.fromkeys(whole, int))


def _load(path: str | Path) -> tuple[dict, np.ndarray]:
    """Return the two things that the file holds."""
    with open(path, "rb") as stream:
        version = np.lib.format.read_magic(stream)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(stream)
        if dtype.kind != "O" or shape != (2,):
            raise ValueError(f"an array of shape {shape} and type {dtype}")
        try:
            content = _Unpickler(stream, encoding="latin1").load()
        except Exception as error:  # bytes of a stranger: whatever they do to the machine of opcodes, the file is no good
            raise ValueError(str(error) or type(error).__name__) from None
    if not isinstance(content, np.ndarray) or content.shape != (2,) or not isinstance(content[0], dict):
        raise ValueError("something else than a description and a table")
    return content[0], content[1]


def _description(info: dict) -> dict:
    """Put the description of a file into one form; files of one image name it without a list."""
    images = [info["filename"]] if isinstance(info["filename"], str) else info["filename"]
    height, width = (int(size) for size in info["winsize_pix"])
    return {
        "images": [str(image).replace("\\", "/") for image in images],
        "height_px": height,
        "width_px": width,
        "classes": [str(name) for name in info["class_enumeration"]],
    }
