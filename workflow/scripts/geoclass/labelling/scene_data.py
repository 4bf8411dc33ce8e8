"""What the labelling page shows: the scenes of a series, their tiles, and what models and vario functions say of these."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import shapely

from geoclass.core import files, pixel_axes, tables

STRUCTURE = ("orientation_true_deg", "orientation_grid_deg", "spacing_m", "anisotropy")
KEPT = 4  # scenes whose tiles are kept in memory


@dataclass(frozen=True)
class Tiles:
    """The N tiles of a scene.

    Attributes
    ----------
    frame
        Columns tile_id, row_px, column_px, x_m, y_m, valid_share and geometry (footprint, WKB).
    position
        Position of every tile in the frame and the tables of the scene, by tile_id.
    metadata
        Of the tile table: scene and tiles.
    """

    frame: pd.DataFrame
    position: dict[str, int]
    metadata: dict

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of a tile, in pixels."""
        return self.metadata["tiles"]["height_px"], self.metadata["tiles"]["width_px"]


class Scenes:
    """The scenes of a series in the folder of results; every table is read when it is asked for, and again when it has changed.

    Parameters
    ----------
    results
        Folder of results.
    names
        Scenes of the series.
    """

    def __init__(self, results: str | Path, names: list[str]):
        self.results, self.names = Path(results), list(names)

    def facts(self, scene: str) -> dict:
        """Return the metadata of a scene.

        Raises
        ------
        LookupError
            The series has no scene of that name, or it has not been brought into the common form.
        """
        if scene not in self.names:
            raise LookupError(f"scene {scene}: not in the series, expected one of {', '.join(self.names)}; reload the page")
        return _once(files.read_json, self._existing(f"scenes/{scene}.json"))

    def image(self, scene: str) -> Path:
        """Return the path of a scene's image."""
        self.facts(scene)
        return self._existing(f"scenes/{scene}.tif")

    def tiles(self, scene: str) -> Tiles:
        """Return the tiles of a scene."""
        self.facts(scene)
        return _once(_read_tiles, self._existing(f"tiles/{scene}.parquet"))

    def tile(self, tile_id: str) -> tuple[str, int]:
        """Return the scene of a tile and its position there.

        Raises
        ------
        LookupError
            There is no such tile.
        """
        named = re.fullmatch(r"(.+)_r\d+_c\d+", tile_id)
        if named and named[1] in self.names:
            position = self.tiles(named[1]).position.get(tile_id)
            if position is not None:
                return named[1], position
        raise LookupError(f"tile {tile_id}: no tile of the series, expected a name such as {self._example()}; reload the page")

    def models(self, scene: str) -> list[str]:
        """Return the models that have classified a scene."""
        return sorted(path.parent.name for path in self.results.glob(f"classes/*/{scene}.parquet"))

    def predictions(self, scene: str, model: str) -> tuple[pd.DataFrame, dict]:
        """Return what a model says of the tiles of a scene: class_id, confidence, dissimilarity, applicable; and which model it is.

        A tile that the model has not seen has no class.

        Raises
        ------
        LookupError
            The model has not classified the scene.
        """
        if model not in self.models(scene):
            raise LookupError(f"model {model}: no predictions for scene {scene}, expected some; classify the scene first")
        path = self.results / "classes" / model / f"{scene}.parquet"
        frame, metadata = _once(_read_predictions, path)
        return frame.reindex(self.tiles(scene).frame["tile_id"]), metadata["model"]

    def probabilities(self, scene: str, model: str) -> tuple[np.ndarray, list[int]]:
        """Return the class probabilities of the tiles of a scene, (N, classes), NaN where unseen, and the ids of these classes."""
        self.predictions(scene, model)
        path = self.results / "classes" / model / f"{scene}.parquet"
        table = tables.open_table(path).read(columns=["tile_id", "probabilities"])
        where = pd.Index(table["tile_id"].to_pandas()).get_indexer(self.tiles(scene).frame["tile_id"])
        values = tables.vectors(table["probabilities"])[where]
        values[where < 0] = np.nan
        return values, [entry["class_id"] for entry in tables.read_metadata(path)["model"]["classes"]]

    def disagreement(self, scene: str, one: str, other: str) -> np.ndarray:
        r"""Return how far two models are apart on each tile, :math:`\frac12 \sum_i |p_i - q_i|`: 0 (alike) to 1; NaN where unseen.

        Raises
        ------
        ValueError
            The models know different classes.
        """
        (p, p_classes), (q, q_classes) = self.probabilities(scene, one), self.probabilities(scene, other)
        if p_classes != q_classes:
            raise ValueError(f"scene {scene}: {one} and {other} know different classes, expected the same; train both again")
        return 0.5 * np.abs(p - q).sum(axis=1)

    def structure(self, scene: str) -> pd.DataFrame:
        """Return crevasse orientation, spacing, anisotropy and structure_status of the tiles of a scene."""
        frame = _once(_read_structure, self._existing(f"vario/{scene}.parquet"))
        return frame.reindex(self.tiles(scene).frame["tile_id"])

    def vario(self, scene: str, position: int) -> dict:
        """Return the vario functions of a tile and the lags: direction by direction, degrees from true north, and distance in m."""
        path = self._existing(f"vario/{scene}.parquet")
        made = tables.read_metadata(path)["vario"]
        lags = np.array(made["lags"])
        found = read_row(path, self.tiles(scene).frame["tile_id"].iloc[position], ["v"])
        values = np.full(lags.shape[:2], np.nan) if found is None else np.asarray(found["v"]).reshape(lags.shape[:2])
        facts, place = self.facts(scene), self.tiles(scene).frame.iloc[position]
        azimuths = np.rint(pixel_axes.lags_deg(pixel_axes.at(facts, place["x_m"], place["y_m"]), lags)).astype(int) % 180
        return {"azimuths_deg": azimuths.tolist(), "distances_m": made["lag_distances_m"], "values": values}

    def footprints(self, scene: str, positions: list[int], crs_wkt: str | None) -> list[bytes | None]:
        """Return footprints of tiles, WKB, in a coordinate system; None for all where there is none."""
        own = self.facts(scene).get("crs_wkt")
        if not own or not crs_wkt:
            return [None] * len(positions)
        shapes = self.tiles(scene).frame["geometry"].to_numpy()[positions]
        source, target = pyproj.CRS.from_wkt(own), pyproj.CRS.from_wkt(crs_wkt)
        if source.equals(target, ignore_axis_order=True):
            return list(shapes)
        project = pyproj.Transformer.from_crs(source, target, always_xy=True).transform
        return list(shapely.to_wkb(shapely.transform(shapely.from_wkb(shapes), project, interleaved=False)))

    def inside(self, scene: str, polygon: np.ndarray) -> list[str]:
        """Return the tiles whose centre lies in a polygon, (V, 2) columns and rows of the scene, by the even-odd rule.

        Row by row, since repairing an outline that crosses itself many times can take minutes.
        """
        tiles = self.tiles(scene)
        height, width = tiles.size
        rows, columns = tiles.frame["row_px"].to_numpy() + height / 2, tiles.frame["column_px"].to_numpy() + width / 2
        (x, y), (next_x, next_y) = polygon.T, np.roll(polygon, -1, axis=0).T
        found = np.zeros(len(rows), bool)
        for row in np.unique(rows):
            cut = (y <= row) != (next_y <= row)
            crossings = x[cut] + (row - y[cut]) / (next_y[cut] - y[cut]) * (next_x[cut] - x[cut])
            of_row = rows == row
            found[of_row] = np.searchsorted(np.sort(crossings), columns[of_row]) % 2 == 1
        return tiles.frame["tile_id"][found].tolist()

    def same_place(self, scene: str, other: str) -> np.ndarray:
        """Return for each tile of a scene the position of the tile of another scene that its centre lies in, -1 for none."""
        here, there = self.tiles(scene), self.tiles(other)
        x, y = here.frame["x_m"].to_numpy(), here.frame["y_m"].to_numpy()
        crs = [self.facts(name).get("crs_wkt") for name in (scene, other)]
        if crs[0] != crs[1]:
            x, y = pyproj.Transformer.from_crs(*crs, always_xy=True).transform(x, y)
        found = np.full(len(x), -1)
        point, tile = shapely.STRtree(shapely.from_wkb(there.frame["geometry"].to_numpy())).query(
            shapely.points(x, y), "intersects"
        )
        apart = np.hypot(there.frame["x_m"].to_numpy()[tile] - x[point], there.frame["y_m"].to_numpy()[tile] - y[point])
        for index in np.argsort(-apart, kind="stable"):  # of tiles that overlap, the one with the nearest centre
            found[point[index]] = tile[index]
        return found

    def outline(self, scene: str) -> list[list[list[float]]]:
        """Return the rings of the region of interest, as columns and rows of the scene; none where there is no region."""
        facts = self.facts(scene)
        if not facts.get("roi"):
            return []
        a, b, c, d, e, f = facts["transform"]
        to_pixels = np.linalg.inv(np.array([[a, b, c], [d, e, f], [0, 0, 1]]))
        rings = []
        for polygon in shapely.get_parts(shapely.from_wkt(facts["roi"])):
            for ring in [polygon.exterior, *polygon.interiors]:
                places = np.c_[shapely.get_coordinates(ring), np.ones(len(ring.coords))]
                rings.append(np.round((places @ to_pixels.T)[:, :2], 1).tolist())
        return rings

    def _existing(self, name: str) -> Path:
        path = self.results / name
        if not path.is_file():
            raise LookupError(f"{path}: no such file, expected it from an earlier rule; run snakemake label again")
        return path

    def _example(self) -> str:
        return next((str(self.tiles(name).frame["tile_id"].iloc[0]) for name in self.names), "scene_r000000_c000000")


def read_row(path: Path, tile_id: str, columns: list[str]) -> dict | None:
    """Return some columns of a tile out of a table, reading one row group; None where the table does not have the tile."""
    found = _once(_read_ids, path).get(tile_id)
    if found is None:
        return None
    with tables.open_table(path) as parquet:
        return parquet.read_row_group(found[0], columns=columns).slice(found[1], 1).to_pylist()[0]


def _once(read, path: Path):
    """Read a file, or return what was read before if it has not changed since."""
    return _kept(read, path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=8 * KEPT)
def _kept(read, path: Path, _changed: int):
    return read(path)


def _read_ids(path: Path) -> dict[str, tuple[int, int]]:
    """Return row group and row in it of every tile of a table."""
    with tables.open_table(path) as parquet:
        groups = [
            parquet.read_row_group(index, columns=["tile_id"])["tile_id"].to_pylist() for index in range(parquet.num_row_groups)
        ]
    return {tile_id: (group, row) for group, names in enumerate(groups) for row, tile_id in enumerate(names)}


def _read_tiles(path: Path) -> Tiles:
    frame = tables.read(path, ["tile_id", "row_px", "column_px", "x_m", "y_m", "valid_share", "geometry"])
    return Tiles(frame, {tile_id: row for row, tile_id in enumerate(frame["tile_id"])}, tables.read_metadata(path))


def _read_predictions(path: Path) -> tuple[pd.DataFrame, dict]:
    frame = tables.read(path, ["tile_id", "class_id", "confidence", "dissimilarity", "applicable"])
    return frame.set_index("tile_id"), tables.read_metadata(path)


def _read_structure(path: Path) -> pd.DataFrame:
    frame = tables.read(path, ["tile_id", *STRUCTURE, "grid_north_deg", "structure_status"])
    return frame.set_index("tile_id")
