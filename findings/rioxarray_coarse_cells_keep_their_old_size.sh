#!/usr/bin/env bash
# rioxarray 0.19.0 with xarray 2026.9.0: a map read with open_rasterio and averaged over 4 x 4 cells by coarsen.
# Guess: resolution() of the coarse map is that of its coordinates, 120 m where cells were 30 m, so that cells times area is the glacier's area.
# Seen:  still 30 m, from the transform that was read with the file: an area from it is 16 times too small. What to_raster writes is right;
#        resolution(recalc=True) is, too.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q rioxarray==0.19.0 xarray==2026.9.0 rasterio==1.4.4 numpy==2.4.6
env/bin/python -W ignore - <<'P'
import numpy as np
import rasterio
import rioxarray

with rasterio.open("a.tif", "w", driver="GTiff", width=40, height=40, count=1, dtype="float32", crs=32633,
                   transform=rasterio.Affine(30, 0, 500_000, 0, -30, 8_000_000)) as out:
    out.write(np.ones((40, 40), np.float32), 1)
ice = rioxarray.open_rasterio("a.tif")
coarse = ice.coarsen(x=4, y=4).mean()
spacing = float(coarse.x[1] - coarse.x[0])
coarse.rio.to_raster("b.tif")
with rasterio.open("b.tif") as written:
    sides = written.res
area_km2 = [round(float(part.sum() * abs(np.prod(part.rio.resolution())) / 1e6), 3) for part in (ice, coarse)]
print("by its coordinates", spacing, "m, resolution()", coarse.rio.resolution(), "m, written", sides, "m, area before and after", area_km2, "km2")
if (spacing, coarse.rio.resolution(), sides, area_km2) != (120, (30, -30), (120, 120), [1.44, 0.09]):
    raise SystemExit("changed")
P
