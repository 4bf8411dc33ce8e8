"""Put the scenes of the series into one table, in the order of their dates."""

from itertools import combinations

import pandas as pd
import pyarrow.parquet as pq
import shapely

from geoclass.core import files, geodesy, grid, log, pixel_grid

FACTS = ["scene", "date", "sensor", "epsg", "height_px", "width_px", "pixel_height_m", "pixel_width_m", "dtype", "valid_share"]
FACTS += ["sun_azimuth_deg", "sun_elevation_deg", "off_nadir_deg", "synthetic", "n_tiles", "source"]


def list_scenes(metadata: list[str], tiles: list[str], common: bool, series: str) -> None:
    """Write the table of the series.

    Parameters
    ----------
    metadata, tiles
        JSON files and tile tables of the scenes.
    common
        Whether the scenes are to share one grid of pixels.
    series
        TSV to write: one row a scene with its date, sensor, grid, valid share, sun, number of tiles and source.

    Raises
    ------
    ValueError
        There is no scene, or two scenes show the same place at the same time: more than half of the smaller one's frame lies in the other;
        they are to share a grid of pixels and do not.
    """
    if not metadata:
        raise ValueError("the table of scenes: no scene, expected at least one to list; add a row")
    n_tiles = [{"n_tiles": pq.read_metadata(path).num_rows} for path in tiles]
    described = (files.read_json(path) | count for path, count in zip(metadata, n_tiles, strict=True))
    scenes = sorted(described, key=lambda scene: (scene["date"], scene["scene"]))
    frames = {scene["scene"]: _frame(scene) for scene in scenes}
    for one, other in combinations(scenes, 2):
        if one["date"] == other["date"] and geodesy.same_place(*frames[one["scene"]], *frames[other["scene"]]):
            raise ValueError(
                f"scenes {one['scene']} and {other['scene']}: both of {one['date']} and of the same place, "
                "expected one scene of a place and time; remove one from the table of scenes or correct its date"
            )
    if common:
        pixel_grid.check(scenes)
    table = pd.DataFrame(scenes)[FACTS]
    with files.replacing(series) as temporary:
        table.to_csv(temporary, sep="\t", index=False)
    log.logger.info("%d scenes from %s to %s", len(table), table["date"].iloc[0], table["date"].iloc[-1])


def _frame(scene: dict) -> tuple[shapely.Polygon, str]:
    """Return the frame of a scene and the coordinate system that it is in."""
    return grid.scene_grid(scene).frame, scene["crs_wkt"]


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        list_scenes(
            metadata=snakemake.input.metadata,
            tiles=snakemake.input.tiles,
            common=snakemake.params.settings["common"],
            series=snakemake.output.series,
        )
