#!/usr/bin/env bash
# rasterio 1.4.4: merge of two maps whose grids are 0.4 of a cell apart, as maps of two dates are.
# Guess: the second is resampled onto the grid of the first (nearest), so that each cell keeps its place to within half a cell.
# Seen:  its cells are copied onto whole cells of the result: moved by 0.4 of a cell, all in one direction, without a warning; and by 0.6 of a
#        cell where they are 0.6 apart, more than half a cell.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q rasterio==1.4.4 numpy==2.4.6
env/bin/python - <<'P'
import warnings

import numpy as np
import rasterio
from rasterio.io import MemoryFile
from rasterio.merge import merge

warnings.simplefilter("error", UserWarning)
STEP = 40.0
cells = np.arange(1, 101, dtype=np.uint8).reshape(10, 10)


def written(shift):
    file = MemoryFile()
    place = rasterio.Affine(STEP, 0, 500_000 + shift * STEP, 0, -STEP, 8_000_000)
    with file.open(driver="GTiff", width=10, height=10, count=1, dtype="uint8", crs=32633, transform=place, nodata=0) as out:
        out.write(cells, 1)
    return file


for shift in (0.4, 0.6):
    with written(0).open() as first, written(shift).open() as second:
        merged, grid = merge([second], bounds=first.bounds, res=(STEP, STEP))
    columns = [int(np.argmax(merged[0, 0] == value)) for value in (3, 5, 7)]
    moved = [(grid.c + column * STEP - (500_000 + (shift + place) * STEP)) / STEP for column, place in zip(columns, (2, 4, 6))]
    print(f"{shift} of a cell apart: moved by", [round(float(part), 2) for part in moved], "of a cell")
    assert all(abs(part) >= 0.39 for part in moved)
P
