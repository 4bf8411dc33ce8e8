#!/usr/bin/env bash
# GDAL 3.10.3 (in rasterio 1.4.4): a map of classes copied to a Cloud Optimized GeoTIFF.
# Guess: overviews hold classes of the map, as those of gdaladdo and of GeoTIFF do, whose default is the nearest neighbour.
# Seen:  the COG driver resamples with cubic convolution where a map has no colour table: zoomed out, there are classes that the map does not
#        have. With a colour table it takes the nearest neighbour; else OVERVIEW_RESAMPLING has to be given.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q rasterio==1.4.4 numpy==2.4.6
env/bin/python - <<'P'
import numpy as np
import rasterio
from rasterio.shutil import copy
from rasterio.transform import from_origin

classes = np.kron(np.random.default_rng(0).choice([1, 9], (64, 64)), np.ones((16, 16))).astype(np.uint8)
about = dict(width=1024, height=1024, count=1, dtype="uint8", crs="EPSG:3413", transform=from_origin(0, 0, 30, 30), nodata=0)
seen = {}
for name, colours, options in (
    ("without colours", None, {}),
    ("with colours", {1: (155, 211, 245), 9: (58, 23, 130)}, {}),
    ("without colours, OVERVIEW_RESAMPLING=NEAREST", None, {"OVERVIEW_RESAMPLING": "NEAREST"}),
):
    with rasterio.open("map.tif", "w", driver="GTiff", **about) as target:
        target.write(classes, 1)
        if colours:
            target.write_colormap(1, colours)
    copy("map.tif", "cog.tif", driver="COG", **options)
    with rasterio.open("cog.tif", overview_level=0) as overview:
        seen[name] = np.unique(overview.read(1)).tolist()
    print(name, "- classes in the overview:", seen[name])
one, *others = seen.values()
if one == [1, 9] or any(other != [1, 9] for other in others):
    raise SystemExit("changed")
P
