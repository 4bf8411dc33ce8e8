#!/usr/bin/env bash
# rio-stac 0.12.0: statistics of a map's item (with_raster=True), where the map has no nodata since every cell has a value, or has one that
# no cell has.
# Guess: valid_percent, the percentage of valid pixels by the raster extension of STAC, is 100 in both.
# Seen:  without nodata it is 100 over the number of cells: 0.01 % of 100 x 100, 0.0001 % of a large map. Whoever keeps maps that are valid
#        in half of their cells throws the full ones away. The histogram says 11 for its 10 buckets, where the extension wants their number.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile rio-stac==0.12.0 rasterio==1.4.4 pystac==1.15.2 numpy==2.4.6
env/bin/python -W ignore - <<'P'
import datetime

import numpy as np
import rasterio
from rio_stac import create_stac_item

values = np.random.default_rng(0).integers(1, 5, (100, 100)).astype(np.uint8)
holed = values.copy()
holed[:60] = 255
about = dict(width=100, height=100, count=1, dtype="uint8", crs=32633, transform=rasterio.Affine(30, 0, 500_000, 0, -30, 8_000_000))
found = {}
for name, cells, nodata in (
    ("no nodata", values, None),
    ("nodata that no cell has", values, 255),
    ("60 % of the cells are nodata", holed, 255),
):
    with rasterio.open("map.tif", "w", driver="GTiff", nodata=nodata, **about) as out:
        out.write(cells, 1)
    band = create_stac_item("map.tif", datetime.datetime(2024, 7, 1), with_raster=True).to_dict()["assets"]["asset"]
    band = (band.get("raster:bands") or band["bands"])[0]
    statistics = band.get("statistics") or band["raster:statistics"]
    histogram = band.get("histogram") or band["raster:histogram"]
    found[name] = round(statistics["valid_percent"], 6), histogram["count"], len(histogram["buckets"])
    print(f"{name}: valid_percent {found[name][0]}, histogram of {found[name][1]} by its count, {found[name][2]} buckets")
if list(found.values()) != [(0.01, 11, 10), (100, 11, 10), (40, 11, 10)]:
    raise SystemExit("changed")
P
