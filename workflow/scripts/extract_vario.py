"""Compute the vario functions and the crevasse structure of every tile of a scene, row group by row group."""

import numba
import numpy as np
import pyarrow as pa

from geoclass import log, structure, tables, vario


def extract_vario(tiles: str, scheme: str, threshold: float, step_px: int, threads: int, output: str) -> None:
    """Write the table of vario functions of a scene.

    Parameters
    ----------
    tiles
        Tile table.
    scheme, threshold, step_px
        Lag vectors, see `vario.lag_vectors`.
    threads
        Threads that the kernels run in.
    output
        Table to write, `tables.VARIO`.
    """
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    metadata = tables.read_metadata(tiles)
    scene, size = metadata["scene"], metadata["tiles"]
    lags = vario.lag_vectors(size["height_px"], size["width_px"], scheme, threshold, step_px)
    pixel_m = (scene.get("pixel_height_m") or 1.0, scene.get("pixel_width_m") or 1.0)
    metadata["vario"] = {
        "scheme": scheme,
        "threshold": threshold,
        "step_px": step_px,
        "minimum_pairs": 1,
        "lags": lags.tolist(),
        "lag_distances_m": vario.lag_distances_m(lags, *pixel_m).tolist(),
    }
    n_lags = lags.shape[0] * lags.shape[1]
    schema = tables.schema(tables.VARIO, metadata, lags=pa.list_(pa.float32(), n_lags), counts=pa.list_(pa.int32(), n_lags))
    with tables.writer(output, schema) as table:
        for group in tables.row_groups(tiles, ["tile_id", "mask", "pixels"]):
            pixels, valid = tables.pixels(group["pixels"], metadata), tables.masks(group["mask"], metadata)
            curves = vario.vario_functions(pixels, lags, valid)
            found = structure.structure(pixels, curves.residual, lags, *pixel_m, valid)
            table.write(
                {
                    "tile_id": group["tile_id"].combine_chunks(),
                    "v": pa.FixedSizeListArray.from_arrays(np.float32(curves.v).ravel(), n_lags),
                    "residual": pa.FixedSizeListArray.from_arrays(np.float32(curves.residual).ravel(), n_lags),
                    "n_pairs": pa.FixedSizeListArray.from_arrays(np.int32(curves.n_pairs).ravel(), n_lags),
                    "orientation_deg": found.orientation_deg,
                    "orientation_se_deg": found.orientation_se_deg,
                    "spacing_m": found.spacing_m,
                    "spacing_se_m": found.spacing_se_m,
                    "anisotropy": found.anisotropy,
                    "fit_quality": found.fit_quality,
                    "structure_status": found.status.astype(object),
                }
            )
    log.logger.info("%d tiles, %d directions, %d lags", table.n_rows, *lags.shape[:2])


if "snakemake" in globals():
    with log.job(snakemake.log[0]):
        extract_vario(
            tiles=snakemake.input.tiles,
            scheme=snakemake.params.scheme,
            threshold=snakemake.params.threshold,
            step_px=snakemake.params.step_px,
            threads=snakemake.threads,
            output=snakemake.output.vario,
        )
