"""What is known of a raster before any work: size, grid, bands, date, and why it would be refused."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import shapely

from geoclass.core.scene_table import LONGEST_ID, TAKEN
from geoclass.scenes import bands, raster, reprojection, sidecar

SUFFIXES = (".tif", ".tiff", ".jp2", ".vrt", ".img", ".nc")
BESIDE = re.compile(
    r"(?:_SCL(?:_\d\dm)?|_QA_\w+|_SR_\w*QA\w*|_udm2?(?:_clip)?|_browse|_quicklook|_TCI(?:_\d\dm)?)$", re.IGNORECASE
)


@dataclass
class Found:
    """A raster as it lies there; `problems` are the sentences that would refuse it, `frame` is in `crs_wkt`."""

    path: str
    height_px: int = 0
    width_px: int = 0
    n_bands: int = 0
    dtype: str = ""
    epsg: int | None = None
    crs_wkt: str | None = None
    transform: list[float] | None = None
    pixel_m: tuple[float, float] | None = None
    date: str = ""
    frame: shapely.Polygon | None = None
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        pixel = "pixels unknown" if self.pixel_m is None else f"{self.pixel_m[0]:.3g} x {self.pixel_m[1]:.3g} m"
        place = f"EPSG:{self.epsg}" if self.epsg else "a coordinate system without a code" if self.crs_wkt else "no place"
        size = f"{self.height_px} x {self.width_px} px of {pixel}"
        return f"{size}, {self.dtype}, {self.n_bands} bands, {place}, {self.date[:10] or 'no date'}"


def look(path: str | Path, settings: dict, date: str | None = None) -> Found:
    """Look at a raster's header and side-car as `ingest_scene` will; no pixel is read.

    Parameters
    ----------
    path
        The raster.
    settings
        Section ingest_scene: band, grid and the target of a reprojection.
    date
        Date in the table of scenes, if there is one.
    """
    found = Found(str(path))
    try:
        with raster.environment(), raster.opened(path) as dataset:
            found.height_px, found.width_px, found.n_bands = dataset.height, dataset.width, dataset.count
            found.dtype = dataset.dtypes[0]
            tags, imagery = dataset.tags(), dataset.tags(ns="IMAGERY")
            for step in (_number, _grid):
                try:
                    step(found, dataset, settings)
                except (ValueError, OSError) as error:
                    found.problems.append(str(error))
        found.date = sidecar.describe(path, sidecar.find(path), tags, date, imagery)["date"]
    except (ValueError, OSError) as error:
        found.problems.append(str(error))
    return found


def _number(found: Found, dataset: raster.DatasetReader, settings: dict) -> None:
    found.dtype = dataset.dtypes[bands.choose(found.path, dataset, settings["band"]) - 1]


def _grid(found: Found, dataset: raster.DatasetReader, settings: dict) -> None:
    if settings["grid"] == "reproject":
        grid = reprojection.target_grid(found.path, dataset, settings["grid_epsg"], settings["grid_pixel_m"])
    else:
        grid = raster.grid_of(found.path, dataset)
    facts = grid.metadata()
    found.height_px, found.width_px = grid.height, grid.width
    found.epsg, found.crs_wkt, found.transform = facts["epsg"], facts["crs_wkt"], facts["transform"]
    found.pixel_m, found.frame = (facts["pixel_height_m"], facts["pixel_width_m"]), grid.frame


def rasters(folder: str | Path) -> list[Path]:
    """Return the rasters in a folder and those below it that may be scenes, sorted; masks and previews of products are none."""
    shown = (path for path in Path(folder).rglob("*") if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    return sorted(path for path in shown if path.suffix.lower() in SUFFIXES and path.is_file() and not BESIDE.search(path.stem))


def names(found: list[Found]) -> list[str]:
    """Return an id for each scene: its day where no other scene has it, else its file's name, in letters that an id may have."""
    days = [one.date[:10].replace("-", "") for one in found]
    taken = {TAKEN}
    ids = []
    for one, day in zip(found, days, strict=True):
        stem = re.sub(r"[^A-Za-z0-9_.-]+", "_", Path(one.path).stem).strip("_.-")[: LONGEST_ID - 4] or "scene"
        name = day if day and days.count(day) == 1 else stem
        number = 2
        while name.lower() in taken:
            name, number = f"{stem}_{number}", number + 1
        taken.add(name.lower())
        ids.append(name)
    return ids
