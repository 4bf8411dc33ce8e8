"""Compute the vario functions, vario parameters and crevasse structure of every tile of a scene, row group by row group."""

import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from geoclass.core import geodesy, log, pixel_axes, streams, tables
from geoclass.scenes import tile_table
from geoclass.vario import structure, vario_functions, vario_parameters, vario_table


def extract_vario(
    tiles: str, scheme: str, maximum_lag_share: float, threads: int, output: str, step_px: int = 1, minimum_pairs: int = 16
) -> None:
    """Write the table of vario functions of a scene.

    Row groups are read one ahead and computed in as many threads as there are; memory depends on the size of a tile, not on their
    number.

    Parameters
    ----------
    tiles
        Tile table.
    scheme, maximum_lag_share, step_px
        Lag vectors, see `vario.lag_vectors`.
    minimum_pairs
        Fewest pixel pairs of a value.
    threads
        Row groups computed at a time.
    output
        Table to write, `tables.VARIO`.

    Raises
    ------
    ValueError
        A tile that appears twice.
    """
    tables.check_tiles(tiles)
    metadata = tables.read_metadata(tiles)
    scene, size = metadata["scene"], metadata["tiles"]
    lags = vario_functions.lag_vectors(size["height_px"], size["width_px"], scheme, maximum_lag_share, step_px)
    pixel_m = (scene.get("pixel_height_m") or 1.0, scene.get("pixel_width_m") or 1.0)
    placed = scene["crs_wkt"] is not None
    distances = vario_functions.lag_distances_m(lags, pixel_axes.at(scene, *(geodesy.centre(scene) if placed else (0.0, 0.0))))
    metadata["vario"] = {
        "scheme": scheme,
        "maximum_lag_share": maximum_lag_share,
        "step_px": step_px,
        "minimum_pairs": minimum_pairs,
        "lags": lags.tolist(),
        "lag_distances_m": distances.tolist(),
    }
    n_directions, n_lags = lags.shape[:2]
    even = vario_functions.regular(lags)
    curve = pa.list_(pa.float32(), n_directions * n_lags)
    counts, parameters = pa.list_(pa.int32(), n_directions * n_lags), pa.list_(pa.float32(), n_directions)
    schema = tables.schema(vario_table.VARIO, metadata, lags=curve, counts=counts, directions=parameters)

    # One thread for linear algebra and one for the kernels: each core has a row group of its own.
    with tables.open_table(tiles) as parquet, tables.writer(output, schema) as table, threadpool_limits(1, "blas"):

        def read(index: int) -> tuple:
            group = parquet.read_row_group(index, ["tile_id", "x_m", "y_m", "mask", "pixels"], use_threads=False)
            places = [group[name].to_numpy().astype(float) for name in ("x_m", "y_m")]
            pixels, valid = tile_table.pixels(group["pixels"], metadata), tile_table.masks(group["mask"], metadata)
            return group["tile_id"], places, pixels, valid

        def compute(group: tuple) -> dict:
            identity, places, pixels, valid = group
            curves = vario_functions.vario_functions(pixels, lags, valid, minimum_pairs)
            residual = curves.residual[:, :, even]
            known, north = (), np.full(len(pixels), np.nan)
            if placed:
                ground, grid = geodesy.jacobian(scene["crs_wkt"], *places), pixel_axes.of_grid(scene)
                known, north = (ground @ grid, grid), geodesy.north_deg(ground)
            found = structure.structure(pixels, residual, lags[:, even], *pixel_m, valid, *known)
            return _columns(identity, north, curves, vario_parameters.vario_parameters(residual, distances[:, even]), found)

        groups = streams.ahead(compute, streams.ahead(read, range(parquet.num_row_groups)), threads)
        with streams.walking(log.progress(groups, parquet.num_row_groups, "row groups")) as work:
            for columns in work:
                table.write(columns)
    log.logger.info("%s: %d tiles, %d directions, %d lags", scene["scene"], table.n_rows, n_directions, n_lags)


def _columns(
    identity: pa.ChunkedArray,
    north: np.ndarray,
    curves: vario_functions.VarioFunctions,
    parameters: dict[str, np.ndarray],
    found: structure.Structure,
) -> dict:
    """Return the columns of the table for the tiles of one row group."""

    def rows(values: np.ndarray, dtype: type = np.float32) -> pa.Array:
        return pa.FixedSizeListArray.from_arrays(values.astype(dtype).ravel(), values[0].size)

    in_metres = {"mindist": "mindist_m", "hdiff": "hdiff_m"}
    return {
        "tile_id": identity.combine_chunks(),
        "v": rows(curves.v),
        "residual": rows(curves.residual),
        "n_pairs": rows(curves.n_pairs, np.int32),
        **{in_metres.get(name, name): rows(values) for name, values in parameters.items()},
        "orientation_true_deg": np.where(np.isnan(north), np.nan, found.orientation_deg),
        "orientation_grid_deg": found.orientation_grid_deg,
        "grid_north_deg": north,
        "orientation_se_deg": found.orientation_se_deg,
        "spacing_m": found.spacing_m,
        "spacing_se_m": found.spacing_se_m,
        "anisotropy": found.anisotropy,
        "fit_quality": found.fit_quality,
        "structure_status": found.status.astype(object),
    }


if "snakemake" in globals():
    with log.job(snakemake.log[0], snakemake.resources.get("attempt", 1)):
        tables.check_scene(snakemake.input.tiles, snakemake.wildcards.scene)
        extract_vario(
            tiles=snakemake.input.tiles,
            scheme=snakemake.params.settings["scheme"],
            maximum_lag_share=snakemake.params.settings["maximum_lag_share"],
            threads=snakemake.threads,
            output=snakemake.output.vario,
        )
