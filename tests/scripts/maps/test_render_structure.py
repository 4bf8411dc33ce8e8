"""Structure maps as files, and figures of vario functions. GDAL's scripts run in processes of their own."""

from pathlib import Path
from xml.etree import ElementTree

import classified
import numpy as np
import pytest
import rasterio
from PIL import Image
from vario.draw_vario import draw_vario
from vario.extract_vario import extract_vario

from geoclass.core import settings, tables
from geoclass.maps import structure_maps, structure_sheet
from geoclass.scenes import tile_table

NAMES = ("orientation", "spacing", "anisotropy")
SETTINGS = {"scheme": "3-4-5", "maximum_lag_share": 0.5, "step_px": 1, "minimum_pairs": 16, "threads": 1}


def striped(folder, stride=None, **options):
    """Write a scene whose pixels are overwritten by crevasses of 60°, 8 m apart, its tiles and its vario functions."""
    scene = classified.scene(folder, size=(60, 80), shape=(480, 640), border=0, stride=stride, **options)
    with rasterio.open(scene.tif, "r+") as dataset:
        height, width = dataset.shape
        south, east = np.meshgrid(0.51 * np.arange(height), 0.487 * np.arange(width), indexing="ij")
        across = np.cos(np.radians(60)) * east + np.sin(np.radians(60)) * south
        counts = 900 + 300 * np.cos(2 * np.pi * across / 8) + np.random.default_rng(0).normal(0, 30, dataset.shape)
        counts[:, :80] = 900 + np.random.default_rng(1).normal(0, 200, (height, 80))
        dataset.write(counts.clip(1, 2047).astype(np.uint16), 1)
    table = tables.open_table(scene.tiles).read()
    metadata = tables.read_metadata(scene.tiles)
    pixels = []
    with rasterio.open(scene.tif) as dataset:
        for row, column in zip(table["row_px"].to_pylist(), table["column_px"].to_pylist(), strict=True):
            window = rasterio.windows.Window(column, row, 80, 60)
            pixels.append(dataset.read(1, window=window))
    columns = {name: table[name].combine_chunks() for name in table.column_names} | {
        "pixels": tile_table.pixel_column(np.stack(pixels))
    }
    with tables.writer(scene.tiles, tile_table.table_schema(metadata["scene"], metadata["tiles"])) as writer:
        writer.write(columns)
    extract_vario(scene.tiles, **SETTINGS, output=scene.vario)
    return scene


def render(folder, scene, **options):
    return classified.run_apart(
        "render_maps",
        "render_structure",
        vario=scene.vario,
        tiles=scene.tiles,
        scene=scene.tif,
        rasters={name: f"{folder}/a_{name}.tif" for name in NAMES},
        sheets=[f"{folder}/a.png", f"{folder}/a.pdf", f"{folder}/a.jpg"],
        credits="Imagery: nobody.",
        **options,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("structure")
    scene = striped(folder)
    error = render(folder, scene)
    assert not error, error
    return folder, scene


def test_the_maps_hold_the_structure_of_the_tiles(made):
    folder, scene = made
    frame = tables.read(scene.vario)
    cells = {}
    for name in NAMES:
        with rasterio.open(folder / f"a_{name}.tif") as dataset:
            cells[name] = dataset.read(1)
            assert dataset.dtypes == ("float32",) and np.isnan(dataset.nodata) and dataset.shape == (8, 8)
            assert dataset.crs.to_epsg() == 3413 and dataset.tags()["scene"] == "a" and "model" not in dataset.tags()
            assert dataset.units == ({"orientation": "°", "spacing": "m", "anisotropy": None}[name],)
    np.testing.assert_allclose(cells["orientation"].ravel(), frame["orientation_true_deg"], atol=1e-3)
    np.testing.assert_allclose(cells["spacing"].ravel(), frame["spacing_m"], rtol=1e-6)
    turn = frame["grid_north_deg"].mean()
    assert 20 < abs(turn) < 160
    np.testing.assert_allclose(cells["orientation"][:, 1:], (60 + turn) % 180, atol=1.5)
    np.testing.assert_allclose(cells["spacing"][:, 1:], 8, rtol=0.03)
    assert np.isnan(cells["orientation"][:, 0]).all() and (cells["anisotropy"][:, 0] < 0.3).all()


def test_tiles_of_a_class_without_crevasses_have_no_orientation(made, tmp_path):
    """Every other row of tiles is of crevasses; the rest is snow, or ice of a name that the class list has changed since."""
    _, scene = made
    rows = tables.read(scene.tiles, ["row_px"])["row_px"].to_numpy() // 60
    probabilities = np.eye(3)[np.where(rows % 2, 2, rows // 2 % 2)]
    table = classified.write_class_table(tmp_path / "a.parquet", scene, probabilities=probabilities)
    classes = [classified.CLASSES[0], classified.CLASSES[1] | {"class_name": "firn"}, classified.CLASSES[2]]
    listed = classified.class_list(tmp_path / "classes.tsv", classes[::-1])
    error = render(tmp_path, scene, classified=table, classes=listed, crevassed=["crevasses"])
    assert not error, error
    for name in NAMES:
        with rasterio.open(tmp_path / f"a_{name}.tif") as dataset:
            known = np.isfinite(dataset.read(1)[:, 1:])
            assert known[1::2].all() and (known[::2].all() if name == "anisotropy" else not known[::2].any())
            assert dataset.tags()["crevassed_classes"] == "crevasses, by model varionet-0123456789ab"
    content = structure_maps.read(scene.vario, scene.tiles, table, {9: "crevasses"})
    assert content.status["resolved"] == content.status[structure_maps.OTHER_CLASS] == 28


def test_styles_and_sheets(made):
    folder, _ = made
    for name in NAMES:
        labels = [item.get("label") for item in ElementTree.parse(folder / f"a_{name}.qml").iter("item")]
        assert labels[0].startswith("0") and len(labels) >= 5
        ElementTree.parse(folder / f"a_{name}.sld")
    first, last = [item.get("color") for item in ElementTree.parse(folder / "a_orientation.qml").iter("item")][::8]
    assert first == last  # the colours of 0° and 180° are the same
    assert Image.open(folder / "a.png").size == (2338, 1654)
    expected = {f"a_{name}{suffix}" for name in NAMES for suffix in (".tif", ".qml", ".sld")} | {"a.png", "a.pdf", "a.jpg"}
    assert {path.name for path in folder.iterdir()} - {"a.tif", "a_tiles.parquet", "a_vario.parquet"} == expected


def test_overlapping_tiles_are_averaged_around_the_circle(tmp_path):
    scene = striped(tmp_path, stride=(30, 40))
    frame = tables.read(scene.vario)
    content = structure_maps.read(scene.vario, scene.tiles)
    assert content.grid.height == 16 and content.status.total() == len(frame)
    np.testing.assert_allclose(content.orientation_grid_deg[:, 5:], 60, atol=1.5)
    np.testing.assert_allclose(content.orientation_true_deg[:, 5:], (60 + frame["grid_north_deg"].mean()) % 180, atol=1.5)


def test_the_mean_of_179_and_1_degree_is_0():
    bytes_ = structure_sheet.orientation_bytes(np.array([179.6, 0.2, 90.4, np.nan]))
    assert bytes_.tolist() == [0, 0, 90, 255]


def test_tables_of_other_tiles_are_refused(tmp_path):
    scene, other = striped(tmp_path / "a"), classified.scene(tmp_path / "b", name="b", size=(60, 80), shape=(480, 640))
    with pytest.raises(ValueError, match=r"other tiles than in .* run extract_vario again"):
        structure_maps.read(scene.vario, other.tiles)
    with pytest.raises(ValueError, match=r"other tiles than in .* run extract_vario again"):
        draw_vario(other.tiles, scene.vario, [], [str(tmp_path / "f.png")], "")


def test_figures_of_named_tiles_and_of_a_choice(made, tmp_path):
    _, scene = made
    ids = tables.read(scene.vario)["tile_id"]
    heights = []
    for index, wanted in enumerate(([ids[9], ids[0]], [])):
        paths = [str(tmp_path / f"{index}.{suffix}") for suffix in ("png", "pdf")]
        draw_vario(scene.tiles, scene.vario, wanted, paths, "Imagery: nobody.")
        heights.append(Image.open(paths[0]).size[1])
        assert Path(paths[1]).read_bytes().startswith(b"%PDF")
    assert heights[1] > 2.5 * heights[0]
    with pytest.raises(ValueError, match="no tile a_r1_c1, expected one of its 64 tiles; correct draw_vario/tiles"):
        draw_vario(scene.tiles, scene.vario, ["a_r1_c1"], [str(tmp_path / "x.png")], "")
    assert not (tmp_path / "x.png").exists()


def test_tiles_are_told_apart_by_scene():
    assert settings.tiles_by_scene([], ["a", "a_b"]) == {"a": [], "a_b": []}
    assert settings.tiles_by_scene(["a_b_r0_c0", "a_r0_c0"], ["a", "a_b"]) == {"a_b": ["a_b_r0_c0"], "a": ["a_r0_c0"]}
    with pytest.raises(ValueError, match="draw_vario/tiles has c_r0_c0, expected ids that begin with a scene"):
        settings.tiles_by_scene(["c_r0_c0"], ["a"])
