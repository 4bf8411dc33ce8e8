"""Simulate a surging glacier at the dates that the names of the scenes tell, with everything that is known of it."""

import os
from pathlib import Path

import pandas as pd
import rasterio
from rasterio.windows import Window

from geoclass.core import files, log, streams
from geoclass.simulation import delivery, ground_truth, simulated_scene

# GeoPackages carry the time of their last change: a fixed one, so that the same series has the same bytes
os.environ["OGR_CURRENT_DATE"] = "2000-01-01T00:00:00.000Z"


def simulate_series(
    scenes: dict[str, str],
    labelled: list[str],
    truth: list[str],
    clouds: list[str],
    labels: str,
    roi: str,
    centre_line: str,
    height_px: int,
    width_px: int,
    spacing_m: float,
    seed: int,
    variety: float = 0.0,
    threads: int = 1,
) -> None:
    """Write scenes with their side-cars and what is known of them.

    Parameters
    ----------
    scenes
        Paths of the GeoTIFFs to write, by scene id; their names give satellite and time. The side-car lies beside each.
    labelled
        Ids of the scenes that labels are drawn for.
    truth
        Paths `truth_<date>.tif` of the class rasters to write.
    clouds
        Paths `cloud_<date>.gpkg` of cloud outlines to write; the scenes of these dates have clouds.
    labels, roi, centre_line
        Paths of the GeoPackages to write.
    height_px, width_px
        Size of a scene.
    spacing_m
        Mean spacing of parallel crevasses.
    seed
        Seed of everything that is random.
    variety
        How much glaciers, seasons and sensors of different seeds differ, 0 to 1.
    threads
        Threads to compute with.

    Raises
    ------
    ValueError
        A file name that tells no date, two scenes of a day, clouds on a day without a scene.
    """
    truth_of, clouds_of = _by_date(truth), _by_date(clouds)
    plans = {
        scene_id: simulated_scene.plan(path, height_px, width_px, spacing_m, list(clouds_of), seed, variety)
        for scene_id, path in scenes.items()
    }
    dates = [scene.date for scene in plans.values()]
    for date in dates:
        if dates.count(date) > 1:
            raise ValueError(
                f"simulate_series: {dates.count(date)} scenes of {date}, expected one a day; correct the table of scenes"
            )
    for date in set(clouds_of) - set(dates):
        raise ValueError(
            f"{clouds_of[date]}: no simulated scene of that day, expected {', '.join(dates)}; correct the table of scenes"
        )

    first = next(iter(plans.values()))
    region = ground_truth.region(first)  # the same at every date, as the centre line is
    ground = region.geometry[0]
    line = ground_truth.centre_line(first, ground)
    for scene_id, scene in plans.items():
        front_m = ground_truth.front_m(scene, line.geometry[0])
        _write_scene(scene, scenes[scene_id], truth_of[scene.date], front_m, threads)
        log.logger.info("scene %s: %d x %d px, surge front at %.0f m", scene_id, height_px, width_px, front_m)
    drawn = [ground_truth.labels(scene, scene_id, ground) for scene_id, scene in plans.items() if scene_id in labelled]
    polygons = pd.concat(drawn or [ground_truth.labels(first, "", ground).iloc[:0]], ignore_index=True)
    layers = {roi: region, centre_line: line, labels: polygons}
    layers |= {clouds_of[scene.date]: ground_truth.clouds(scene) for scene in plans.values() if scene.date in clouds_of}
    for path, layer in layers.items():
        with files.replacing(path) as temporary:
            layer.to_file(temporary, layer=Path(path).stem, driver="GPKG")
    log.logger.info(
        "%d synthetic scenes, %d label polygons of %d classes", len(plans), len(polygons), polygons["class_id"].nunique()
    )


def _by_date(paths: list[str]) -> dict[str, str]:
    """Return paths `<name>_<date>.<suffix>` by date."""
    return {Path(path).stem.rpartition("_")[2]: path for path in paths}


def _write_scene(scene: simulated_scene.Scene, path: str, truth_path: str, front_m: float, threads: int) -> None:
    """Write counts, side-car and truth of a scene, strip by strip."""
    grid = {"driver": "GTiff", "height": scene.height_px, "width": scene.width_px, "count": 1, "transform": scene.transform}
    grid |= {"crs": f"EPSG:{simulated_scene.EPSG}", "tiled": True, "blockxsize": 256, "blockysize": 256, "BIGTIFF": "IF_SAFER"}
    about = {"SYNTHETIC": delivery.SYNTHETIC}
    with files.replacing(Path(path).with_suffix(".xml")) as temporary:
        temporary.write_bytes(delivery.xml(scene, Path(path).stem))
    with (
        files.replacing(path) as counts_file,
        files.replacing(truth_path) as truth_file,
        rasterio.Env(GDAL_CACHEMAX=64_000_000),
        rasterio.open(counts_file, "w", dtype="uint16", compress="lzw", **grid) as counts,
        rasterio.open(truth_file, "w", dtype="uint8", compress="lzw", **grid) as truth,
        streams.walking(simulated_scene.strips(scene, threads)) as strips,
    ):
        counts.update_tags(**about, TIFFTAG_IMAGEDESCRIPTION=f"SYNTHETIC: {delivery.SYNTHETIC}")
        truth.update_tags(**about, FRONT_M=f"{front_m:.1f}")
        n_strips = -(-scene.height_px // simulated_scene.strip_height(scene))
        for row, image, classes in log.progress(strips, n_strips, "strips made"):
            window = Window(0, row, scene.width_px, len(image))
            counts.write(image, 1, window=window)
            truth.write(classes, 1, window=window)


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        simulate_series(
            scenes=dict(zip(snakemake.params.settings["ids"], snakemake.output.scenes, strict=True)),
            labelled=snakemake.params.settings["labelled"],
            truth=snakemake.output.truth,
            clouds=snakemake.output.clouds,
            labels=snakemake.output.labels,
            roi=snakemake.output.roi,
            centre_line=snakemake.output.centre_line,
            height_px=snakemake.params.settings["height_px"],
            width_px=snakemake.params.settings["width_px"],
            spacing_m=snakemake.params.settings["spacing_m"],
            seed=snakemake.params.settings["seed"],
            variety=snakemake.params.settings["variety"],
            threads=snakemake.threads,
        )
