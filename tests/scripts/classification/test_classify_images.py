"""Classes of a folder of images: table, contact sheet and class folders."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from classification.classify_images import classify_images
from PIL import Image
from scenes.tile_folder import tile_folder

from geoclass.classification import class_table
from geoclass.core import tables, text_tables

CLASSES = [(2, "Snow", "#ffffff"), (5, "Chaos", "#e41a1c")]


@pytest.fixture
def classified(tmp_path):
    """Return a folder with images, their tiles, and probabilities by how bright a tile is."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for number in range(12):
        level = 40 if number % 3 else 200
        Image.fromarray(np.random.default_rng(number).integers(level, level + 30, (24, 32), np.uint8)).save(
            folder / f"{number:02d}.png"
        )
    half = np.random.default_rng(99).integers(40, 70, (24, 64), np.uint8)
    half[:, 32:] += 160
    Image.fromarray(half).save(folder / "half.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n")
    way = {"minimum_valid_share": 0.8, "method": "none", "low": 0, "high": 1}
    tile_folder("mine", str(folder), 24, 32, **way, tiles=tmp_path / "tiles.parquet", table=tmp_path / "mine.tsv")
    tiles = tables.read(tmp_path / "tiles.parquet", ["tile_id", "row_px", "column_px", "pixels"])
    bright = np.array([np.frombuffer(one, np.uint8).mean() / 255 for one in tiles["pixels"]])
    shares = np.stack([bright, 1 - bright], 1).astype(np.float32)
    frame = tiles[["tile_id", "row_px", "column_px"]].assign(
        class_id=np.where(bright > 0.5, 2, 5),
        **{"confidence": shares.max(1), "entropy": 0.5, "margin": 0.5, "dissimilarity": 0.1, "applicable": True},
        probabilities=list(shares),
    )
    known = [dict(zip(("class_id", "class_name", "colour"), entry, strict=True)) for entry in CLASSES]
    metadata = {"model": {"model": "resnet18", "id": "resnet18-0", "classes": known}}
    tables.write(tmp_path / "classes.parquet", class_table.CLASSES, frame, metadata, classes=pa.list_(pa.float32(), 2))
    return tmp_path


@pytest.mark.parametrize("class_folders", [True, False])
def test_every_image_has_a_class_or_a_reason(classified, class_folders):
    output = classified / "images"
    classify_images(classified / "classes.parquet", classified / "mine.tsv", classified / "mine", "mine", class_folders, output)
    table = text_tables.read(output / "images.tsv").set_index("image")
    assert len(table) == 14 and table["class_name"]["00.png"] == "Snow" and table["class_name"]["01.png"] == "Chaos"
    assert table["problem"]["broken.png"].startswith("not a readable raster") and table["class_id"]["broken.png"] == ""
    assert table["n_tiles"]["half.png"] == "2"
    assert abs(float(table["confidence"]["half.png"]) - 0.5) < 0.1  # the mean of a bright and a dark tile
    order = pd.to_numeric(table["class_id"][:-1]).tolist()
    assert order == sorted(order) and table.index[-1] == "broken.png"
    found = {path.relative_to(output / "classes").as_posix() for path in output.glob("classes/*/*.png")}
    expected = {f"{row.class_name}/{image}" for image, row in table.iterrows() if row.class_id}
    assert found == (expected if class_folders else set())
    with Image.open(output / "contact_sheet.png") as sheet:
        pixels = np.asarray(sheet)
    assert (pixels == (228, 26, 28)).all(-1).sum() > 100  # the swatch of Chaos
