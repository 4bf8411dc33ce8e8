#!/usr/bin/env bash
# rasterio 1.4.4 (its wheel holds GDAL 3.10): shares of crevassed ground in coarse cells, from a map of 0 and 1 (uint8) read at a quarter
# of its rows and columns with resampling=average and out_dtype="float32".
# Guess: averages come as asked, in float32, as reproject and WarpedVRT give them for the same map, method and type: a cell with 5 of 16
#        crevassed has 0.31.
# Seen:  they are taken in the type of the file, rounded to 0 or 1, and only then turned into floats: of ground that is crevassed to 10 %
#        nothing is left, of 30 % 8 %, and 50 % become 60 %. Nothing in the dtype shows it. Read all and average in NumPy, or reproject
#        into float32. gdal_translate -ot Float32 -r average of GDAL 3.6.2 does it, too, gdalwarp does not.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile rasterio==1.4.4 numpy==2.4.6
env/bin/python - <<'P'
import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import from_origin
from rasterio.vrt import WarpedVRT
from rasterio.warp import reproject

SIZE, FACTOR = 400, 4
rng = np.random.default_rng(0)
fine, coarse = (from_origin(500_000, 8_700_000, cell, cell) for cell in (10, 10 * FACTOR))
side = SIZE // FACTOR
found = {}
for share in (0.1, 0.3, 0.5):
    crevassed = (rng.random((SIZE, SIZE)) < share).astype("uint8")
    about = dict(width=SIZE, height=SIZE, count=1, dtype="uint8", crs=32633, transform=fine)
    with rasterio.open("map.tif", "w", driver="GTiff", **about) as target:
        target.write(crevassed, 1)
    due = crevassed.reshape(side, FACTOR, side, FACTOR).mean(axis=(1, 3))
    warped = np.zeros((side, side), "float32")
    with rasterio.open("map.tif") as source:
        read = source.read(1, out_shape=(side, side), resampling=Resampling.average, out_dtype="float32")
        reproject(rasterio.band(source, 1), warped, dst_transform=coarse, dst_crs=source.crs, resampling=Resampling.average)
        with WarpedVRT(source, transform=coarse, width=side, height=side, resampling=Resampling.average, dtype="float32") as virtual:
            through = virtual.read(1)
    found[share] = read
    print(f"{share:.0%} crevassed: reproject and WarpedVRT {warped.mean():.1%} and {through.mean():.1%},",
          f"read {read.mean():.1%} as {read.dtype}, its values {np.unique(read).tolist()} where {len(np.unique(due))} are due")
    if not (np.allclose(warped, due, atol=0.01) and np.allclose(through, due, atol=0.01)):
        raise SystemExit("changed")
means = [float(values.mean()) for values in found.values()]
if not (means[0] < 0.01 and means[1] < 0.1 and means[2] > 0.58 and all(set(np.unique(values)) <= {0, 1} for values in found.values())):
    raise SystemExit("changed")
P
