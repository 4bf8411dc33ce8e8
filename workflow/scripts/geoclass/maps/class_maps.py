"""From the table of a classified scene to the cells of its maps."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from geoclass.confidence.certainty import certainty
from geoclass.core import tables
from geoclass.core.grid import NODATA, Grid
from geoclass.maps.lattice import blend, lattice
from geoclass.maps.map_styles import Layer, named, percentages

CERTAINTY = ("#00224e", "#434e6c", "#7d7c78", "#bcae6c", "#fee838")  # of matplotlib's cividis: uncertain to certain
DISAGREEMENT = ("#fff5f0", "#fcbba1", "#fb6a4a", "#cb181d", "#67000d")  # of ColorBrewer's Reds: alike to contrary
APPLICABILITY = pd.DataFrame(
    {"class_id": [0, 1], "class_name": ["outside, unlike the training tiles", "inside"], "colour": ["#d95f02", "#1b9e77"]}
)


@dataclass(frozen=True)
class Classified:
    """A classified scene, cell by cell.

    `probabilities` are (height, width, C) in the order of `class_ids`, NaN where no tile is; `applicable` is the share of the
    tiles over a cell that lie within the model's area of applicability, (height, width), NaN where it is not known. `metadata` is
    the table's.
    """

    grid: Grid
    probabilities: np.ndarray
    applicable: np.ndarray
    class_ids: list[int]
    metadata: dict

    @property
    def order(self) -> tuple[str, str]:
        """Date and id, by which later maps lie above others of one day, whatever the order of rows in the table of scenes."""
        return self.metadata["scene"]["date"] or "", self.metadata["scene"]["scene"]

    @property
    def classes(self) -> np.ndarray:
        """Ids of the most probable classes as bytes, `NODATA` where no tile is."""
        ids = np.array(self.class_ids, np.uint8)[certainty(self.probabilities).best]
        return np.where(np.isnan(self.probabilities[..., 0]), NODATA, ids).astype(np.uint8)

    @property
    def unlike(self) -> float | None:
        """Share of the cells that lie outside the model's area of applicability, as the map of it shows; None where it is not known."""
        known = self.applicable[~np.isnan(self.applicable)]
        return float((known < 0.5).mean()) if len(known) else None

    @property
    def confidence(self) -> np.ndarray:
        """Probability of that class in percent as bytes, `NODATA` where no tile is."""
        return percent(certainty(self.probabilities).confidence)


def read_classified(path: str | Path, classes: pd.DataFrame) -> Classified:
    """Read the table of a classified scene into map cells; where tiles overlap, their probabilities are averaged.

    A scene without any tile that has a class is a map of nothing.

    Parameters
    ----------
    path
        Table written by classify_scene.
    classes
        Class list, whose names and colours the maps carry.

    Raises
    ------
    ValueError
        No tile, a tile that appears twice, a class of the model that the class list lacks, or whose name it gives to another class.
    """
    tables.check_tiles(path)
    metadata = tables.read_metadata(path)
    names = dict(zip(classes["class_id"], classes["class_name"], strict=True))
    for known in metadata["model"]["classes"]:
        found = names.get(known["class_id"], "no such class")
        if found == "no such class" or (found != known["class_name"] and known["class_name"] in names.values()):
            raise ValueError(
                f"{path}: class {known['class_id']} of the model is {known['class_name']}, but {found} in the class list; "
                "give the class list that the model was trained with (config key classes)"
            )
    table = tables.open_table(path).read(columns=["row_px", "column_px", "class_id", "applicable", "probabilities"])
    tiles = lattice(metadata, table["row_px"].to_numpy(), table["column_px"].to_numpy())
    known = table["class_id"].is_valid().to_numpy()  # tiles without vario functions have no class
    tiles, table = replace(tiles, rows=tiles.rows[known], columns=tiles.columns[known]), table.filter(known)
    applicable = table["applicable"].cast("float32").to_numpy()[:, None]
    return Classified(
        tiles.grid,
        blend(tiles, tables.vectors(table["probabilities"])),
        blend(tiles, applicable)[..., 0],
        [known["class_id"] for known in metadata["model"]["classes"]],
        metadata,
    )


def percent(shares: np.ndarray) -> np.ndarray:
    """Return shares, 0 to 1, in whole percent as bytes, `NODATA` for NaN."""
    return np.where(np.isnan(shares), NODATA, np.rint(100 * np.nan_to_num(shares))).astype(np.uint8)


def disagreement(one: Classified, other: Classified) -> tuple[np.ndarray, Layer]:
    r"""Return how far the class probabilities of two models are apart: cells in percent as bytes, and what they mean.

    The total variation distance :math:`\frac12 \sum_i |p_i - q_i|`: 0 where both say the same, 100 % where each is certain of
    another class.

    Raises
    ------
    ValueError
        The two are not of one scene and one class list.
    """
    for key, a, b in (("grids", one.grid, other.grid), ("class lists", one.class_ids, other.class_ids)):
        if a != b:
            raise ValueError(
                f"scene {one.metadata['scene']['scene']}: {key} of {one.metadata['model']['model']} and "
                f"{other.metadata['model']['model']} differ, expected the same; run classify_scene for both models again"
            )
    cells = percent(0.5 * np.abs(one.probabilities - other.probabilities).sum(-1))
    names = " and ".join(content.metadata["model"]["model"] for content in (one, other))
    return cells, percentages(f"distance between the class probabilities of {names}", DISAGREEMENT)


def layers(content: Classified, classes: pd.DataFrame) -> dict[str, tuple[np.ndarray, Layer]]:
    """Return all maps of a classified scene: cells as bytes and what they mean, by the map's name."""
    entropy = percent(certainty(content.probabilities).entropy)
    cells = content.classes
    inside = np.where(np.isnan(content.applicable), NODATA, content.applicable >= 0.5).astype(np.uint8)
    return {
        "class": (cells, named("ice-surface class", _counted(classes, cells))),
        "confidence": (content.confidence, percentages("calibrated probability of the class", CERTAINTY)),
        "entropy": (entropy, percentages("entropy of the class probabilities over its maximum", CERTAINTY[::-1])),
        "applicability": (inside, named("area of applicability of the model", _counted(APPLICABILITY, inside))),
    }


def _counted(values: pd.DataFrame, cells: np.ndarray) -> pd.DataFrame:
    """Return a list of named values with the number of cells of each."""
    return values.assign(cells=np.bincount(cells.ravel(), minlength=256)[values["class_id"].to_numpy()])
