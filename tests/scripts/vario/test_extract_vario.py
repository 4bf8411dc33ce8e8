"""The table of vario functions of a scene: what the library computes, tile by tile, in memory that does not grow."""

import hashlib
import logging
import subprocess
import sys

import classified
import crevasses
import numpy as np
import pyproj
import pytest
import tile_tables
from vario.extract_vario import extract_vario

from geoclass.core import pixel_axes, tables
from geoclass.vario import structure, vario_functions, vario_parameters, vario_table

SIZE = (60, 80)
SETTINGS = {"scheme": "3-4-5", "maximum_lag_share": 0.5, "step_px": 1, "minimum_pairs": 16, "threads": 2}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return pixels, masks and the table of 150 tiles, more than two row groups."""
    folder = tmp_path_factory.mktemp("vario")
    pixels = np.concatenate([crevasses.tiles(30, 1, (6, 16), size=SIZE)[0]] * 5)
    pixels[3] = 900
    valid = np.ones(pixels.shape, bool)
    valid[10:20, :20, 30:] = False
    valid[20, 4:] = False
    extract_vario(tile_tables.of_pixels(folder / "t.parquet", pixels, valid), **SETTINGS, output=str(folder / "v.parquet"))
    return pixels, valid, folder / "v.parquet"


def test_the_table_holds_what_the_library_computes(made):
    pixels, valid, path = made
    lags = vario_functions.lag_vectors(*SIZE)
    curves = vario_functions.vario_functions(pixels, lags, valid, 16)
    distances = vario_functions.lag_distances_m(lags, pixel_axes.of_image(0.5, 0.4))
    table, metadata = tables.open_table(path).read(), tables.read_metadata(path)
    for name in ("v", "residual", "n_pairs"):
        expected = getattr(curves, name).reshape(len(pixels), -1)
        np.testing.assert_allclose(tables.vectors(table[name]), expected, rtol=1e-6)
    for name, values in vario_parameters.vario_parameters(curves.residual, distances).items():
        column = f"{name}_m" if name in ("mindist", "hdiff") else name
        np.testing.assert_allclose(tables.vectors(table[column]), values, rtol=1e-5)
    found = structure.structure(pixels, curves.residual, lags, 0.5, 0.4, valid)
    assert table["structure_status"].to_pylist() == found.status.tolist()
    assert {"resolved", "constant", "no pairs"} <= set(found.status)
    assert table["orientation_true_deg"].to_pandas().isna().all() and table["grid_north_deg"].to_pandas().isna().all()  # no place
    for name in ("orientation_grid_deg", "orientation_se_deg", "spacing_m", "spacing_se_m", "anisotropy", "fit_quality"):
        np.testing.assert_allclose(table[name].to_numpy(), getattr(found, name), rtol=1e-3, err_msg=name)
    assert metadata["vario"]["lags"] == lags.tolist() and metadata["vario"]["minimum_pairs"] == 16
    np.testing.assert_allclose(metadata["vario"]["lag_distances_m"], distances)


@pytest.mark.parametrize(
    ("epsg", "longitude", "latitude"),
    [
        *((3413, 18.7, 78.6), (3413, -45.0, 70.0), (3995, -150.0, 80.0), (3031, 165.0, -78.0), (3031, -179.99, -83.5)),
        *((5041, 18.7, 86.0), (32633, 18.7, 78.6), (32601, 179.9, 71.0), (3857, 18.7, 78.6), (2193, 170.1, -43.5)),
        *(
            (3571, -141.0, 60.2),
            (6931, -45.0, 65.0),
            (3035, -18.0, 64.2),
            (3408, 45.0, 70.0),
            (4087, 18.7, 78.6),
        ),  # not conformal
    ],
)
def test_crevasses_drawn_on_the_ground_have_that_direction_from_true_north_in_every_grid(tmp_path, epsg, longitude, latitude):
    """The lines are drawn along a geodesic of 20, 75 and 150 degrees, which the grid shows in another direction."""
    crs = pyproj.CRS.from_epsg(epsg)
    to_grid = pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)
    x, y = to_grid.transform(longitude, latitude)
    true = np.array([20.0, 75.0, 150.0])
    ends = [crs.get_geod().fwd(longitude, latitude, azimuth, 50.0)[:2] for azimuth in true]
    grid = np.array(
        [np.degrees(np.arctan2(end_x - x, end_y - y)) % 180 for end_x, end_y in (to_grid.transform(*end) for end in ends)]
    )
    rng = np.random.default_rng(epsg)
    pixels = np.stack([crevasses.tile(rng, angle, 9.0, size=SIZE, bend=0) for angle in grid])
    path = tile_tables.of_pixels(tmp_path / "t.parquet", pixels, pixel=(1.0, 1.0), crs=crs.to_wkt(), centre=(x, y))
    extract_vario(path, **SETTINGS, output=str(tmp_path / "v.parquet"))
    found = tables.read(tmp_path / "v.parquet")
    for name, expected in (("orientation_true_deg", true), ("orientation_grid_deg", grid)):
        apart = (found[name] - expected + 90) % 180 - 90
        assert (abs(apart) < 1).all(), (name, found[name].tolist(), expected.tolist())
    next_line = x + 9 * np.cos(np.radians(grid)), y - 9 * np.sin(np.radians(grid))
    azimuth, _, apart_m = crs.get_geod().inv([longitude] * 3, [latitude] * 3, *to_grid.transform(*next_line, direction="INVERSE"))
    np.testing.assert_allclose(found["spacing_m"], abs(apart_m * np.sin(np.radians(azimuth - true))), rtol=0.01)


def test_columns_are_those_declared(made):
    parquet = tables.open_table(made[2])
    assert parquet.schema_arrow.names == [column.name for column in vario_table.VARIO]
    assert parquet.num_row_groups == 3 and parquet.metadata.row_group(0).num_rows == tables.ROW_GROUP


def test_the_same_tiles_make_the_same_bytes(made, tmp_path):
    pixels, valid, _ = made
    path = tile_tables.of_pixels(tmp_path / "t.parquet", pixels, valid)
    digests = []
    for threads in (1, 2):
        extract_vario(path, **SETTINGS | {"threads": threads}, output=str(tmp_path / "v.parquet"))
        digests.append(hashlib.sha256((tmp_path / "v.parquet").read_bytes()).digest())
    assert digests[0] == digests[1]


@pytest.mark.parametrize("dtype", vario_functions.DTYPES)
def test_every_type_of_pixels(tmp_path, dtype):
    pixels = (crevasses.tiles(3, 4, (6, 16), size=SIZE)[0] // 9).astype(dtype)
    extract_vario(tile_tables.of_pixels(tmp_path / "t.parquet", pixels), **SETTINGS, output=str(tmp_path / "v.parquet"))
    expected = vario_functions.vario_functions(pixels, vario_functions.lag_vectors(*SIZE)).v.reshape(3, -1)
    np.testing.assert_allclose(tables.vectors(tables.open_table(tmp_path / "v.parquet").read()["v"]), expected, rtol=1e-6)


def test_8_x_8_images_without_georeference(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (5, 8, 8)).astype(np.uint8)
    path = tile_tables.of_pixels(tmp_path / "t.parquet", pixels, pixel=None)
    extract_vario(path, **SETTINGS | {"scheme": "unit"}, output=str(tmp_path / "v.parquet"))
    assert tables.read(tmp_path / "v.parquet")["structure_status"].notna().all()
    assert tables.read_metadata(tmp_path / "v.parquet")["vario"]["lag_distances_m"][0] == [1, 2, 3, 4]


def test_short_lags_change_neither_structure_nor_parameters(tmp_path):
    pixels = (crevasses.tiles(3, 4, (12, 30))[0] // 9).astype(np.uint16)
    path, found = tile_tables.of_pixels(tmp_path / "t.parquet", pixels), {}
    for scheme in ("3-4-5", "auto"):
        extract_vario(path, **SETTINGS | {"scheme": scheme}, output=str(tmp_path / "v.parquet"))
        found[scheme] = tables.read(tmp_path / "v.parquet")
    assert len(found["auto"]["v"][0]) == len(found["3-4-5"]["v"][0]) + 8
    assert (found["auto"]["structure_status"] == "resolved").any()
    for name in ("spacing_m", "orientation_grid_deg", "anisotropy"):
        np.testing.assert_array_equal(found["auto"][name], found["3-4-5"][name], err_msg=name)
    np.testing.assert_array_equal(np.stack(found["auto"]["nugget"]), np.stack(found["3-4-5"]["nugget"]))


def test_an_empty_tile_table_makes_an_empty_table(tmp_path):
    path = tile_tables.of_pixels(tmp_path / "t.parquet", np.zeros((0, *SIZE), np.uint8))
    extract_vario(path, **SETTINGS, output=str(tmp_path / "v.parquet"))
    assert len(tables.read(tmp_path / "v.parquet")) == 0


def test_a_lag_that_the_tiles_do_not_have_is_refused_and_nothing_is_left(tmp_path):
    path = tile_tables.of_pixels(tmp_path / "t.parquet", np.zeros((2, 8, 8), np.uint8))
    with pytest.raises(ValueError, match=r"lag vectors: tiles of 8 x 8 px have no lag up to 0\.2"):
        extract_vario(path, **SETTINGS | {"maximum_lag_share": 0.2}, output=str(tmp_path / "v.parquet"))
    assert [file.name for file in tmp_path.iterdir()] == ["t.parquet"]


def test_nan_pixels_are_refused_and_nothing_is_left(tmp_path):
    pixels = np.ones((2, *SIZE), np.float32)
    pixels[1, 3, 4] = np.nan
    path = tile_tables.of_pixels(tmp_path / "t.parquet", pixels)
    with pytest.raises(ValueError, match="tile 1 has 1 valid pixels that are no finite number"):
        extract_vario(path, **SETTINGS, output=str(tmp_path / "v.parquet"))
    assert [file.name for file in tmp_path.iterdir()] == ["t.parquet"]


def test_a_model_refuses_other_lags(tmp_path):
    from geoclass.networks import checkpoints

    classified.model(tmp_path / "m", "variomlp", SIZE)
    path = tile_tables.of_pixels(tmp_path / "t.parquet", np.ones((1, *SIZE), np.uint8))
    extract_vario(path, **SETTINGS | {"maximum_lag_share": 0.3}, output=str(tmp_path / "v.parquet"))
    with pytest.raises(ValueError, match="lag"):
        checkpoints.load(tmp_path / "m").check(tables.read_metadata(tmp_path / "v.parquet"), str(tmp_path / "v.parquet"))


def test_memory_does_not_grow_with_the_number_of_tiles(tmp_path):
    """Sixteen times the tiles (2 MB against 32 MB of pixels) may cost a few megabytes more, not the size of the table."""
    rng = np.random.default_rng(0)
    code = "import sys; from vario.extract_vario import extract_vario; extract_vario(sys.argv[1], '3-4-5', 0.2, 1, sys.argv[2])\n"
    code += "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    peaks = []
    for n in (2, 32):
        pixels = rng.integers(0, 2047, (n * tables.ROW_GROUP, 64, 128)).astype(np.uint16)
        path = tile_tables.of_pixels(tmp_path / f"{n}.parquet", pixels)
        run = subprocess.run(
            [sys.executable, "-c", code, path, f"{path}.v"], cwd=classified.SCRIPTS, text=True, capture_output=True, check=True
        )
        peaks.append(int(run.stdout.split()[-1]) / 1024)
    logging.info("peak memory: %.0f and %.0f MB", *peaks)
    assert peaks[1] - peaks[0] < 16 and peaks[1] < 500
