#!/usr/bin/env bash
# rio-tiler 9.4.12 and rio-stac 0.12.0: statistics of a map of 4096 x 4096 cells in which every eighth column is a crevasse (2), the rest
# snow (1), and one lake (9).
# Guess: Reader.statistics() and the statistics of a STAC item are of the map: an eighth of crevasses, a maximum of 9; where a map is too
#        large, an estimate.
# Seen:  both read every fourth row and column only (max_size=1024), and the result does not say so: crevasses that repeat with the grid
#        are none of the map or half of it, depending on the column they start in, what is small is not there at all, and the counts, of a
#        sixteenth of the cells, give a sixteenth of the area. Maps up to 1024 cells are right, so that a test does not show it. Give
#        max_size=None, raster_max_size in rio-stac.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile rio-tiler==9.4.12 rio-stac==0.12.0 rasterio==1.4.4 numpy==2.4.6
env/bin/python -W ignore - <<'P'
import numpy as np
import rasterio
from rio_stac import create_stac_item
from rio_tiler.io import Reader

SIZE = 4096
found = {}
for start in (0, 2):
    classes = np.ones((SIZE, SIZE), "uint8")
    classes[:, start::8] = 2
    classes[1003:1005, 2003:2005] = 9
    with rasterio.open("map.tif", "w", driver="GTiff", width=SIZE, height=SIZE, count=1, dtype="uint8", crs=32633, nodata=0, tiled=True,
                       transform=rasterio.transform.from_origin(500_000, 8_700_000, 1, 1)) as target:
        target.write(classes, 1)
    with Reader("map.tif") as source:
        for way, options in (("rio-tiler", {}), ("rio-tiler, max_size=None", {"max_size": None})):
            counts, values = source.statistics(categorical=True, **options)["b1"].histogram
            counts = dict(zip((int(value) for value in values), counts))
            found[way, start] = counts.get(2, 0) / sum(counts.values()), max(counts), sum(counts.values())
    band = create_stac_item("map.tif", with_raster=True).assets["asset"].to_dict()["raster:bands"][0]
    found["rio-stac", start] = band["statistics"]["mean"] - 1, band["statistics"]["maximum"], sum(band["histogram"]["buckets"])
    for way in ("rio-tiler", "rio-stac", "rio-tiler, max_size=None"):
        share, largest, cells = found[way, start]
        print(f"crevasses in columns {start}, {start + 8}, ...: {way}: share of crevasses {share:.3f} (is 0.125), largest class {largest:.0f} "
              f"(is 9), cells {cells} (are {SIZE ** 2})")
every = [found["rio-tiler, max_size=None", start] for start in (0, 2)]
if not (all(abs(share - 0.125) < 1e-4 and largest == 9 and cells == SIZE ** 2 for share, largest, cells in every)
        and all(abs(found[way, start][0] - 0.125) > 0.1 and found[way, start][1] < 9 and found[way, start][2] == 1024 ** 2
                for way in ("rio-tiler", "rio-stac") for start in (0, 2))):
    raise SystemExit("changed")
P
