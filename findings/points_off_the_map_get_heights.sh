#!/usr/bin/env bash
# xvec 0.5.2 and rasterio 1.4.4: a DEM, or a map of classes, at points of which some lie beside it (a flight line that leaves the scene).
# Guess: beside the map there is no value: NaN, nodata or masked, so that statistics leave these points out.
# Seen:  xvec takes the nearest cell, however far away: 50 km beside the DEM the height is that of its edge, and the differences to laser
#        heights go off by hundreds of metres. rasterio's sample gives 0 where the file has no nodata, as maps have in which every cell is
#        known: sea level, or the first class. sample takes masked=True; xvec's tolerance ends in an error: drop points beside the bounds
#        before.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile xvec==0.5.2 rasterio==1.4.4 rioxarray==0.19.0 xarray==2026.9.0 geopandas==1.1.4 shapely==2.2.0 numpy==2.4.6
env/bin/python -W ignore - <<'P'
import geopandas
import numpy as np
import rasterio
import rioxarray
import xvec  # noqa: F401

CELL, SIZE = 100.0, 200
row, column = np.indices((SIZE, SIZE))
heights = (400 + 0.01 * CELL * column).astype("float32")  # rises to the east
with rasterio.open("dem.tif", "w", driver="GTiff", width=SIZE, height=SIZE, count=1, dtype="float32", crs=32633,
                   transform=rasterio.transform.from_origin(500_000, 8_700_000, CELL, CELL)) as target:
    target.write(heights, 1)
x = 500_000 + np.arange(-10_000, 70_000, 1_000) + 50.0  # a flight line that comes in from the west and goes on for 50 km
on = (x > 500_000) & (x < 520_000)
laser = 400 + 0.01 * (x - 500_050)
points = geopandas.GeoSeries.from_xy(x, np.full(x.size, 8_690_050.0), crs=32633)
dem = rioxarray.open_rasterio("dem.tif", masked=True).squeeze("band", drop=True)
found = {
    "xvec": dem.xvec.extract_points(points, "x", "y").to_numpy(),
}
with rasterio.open("dem.tif") as source:
    at = list(zip(x, points.y))
    found["rasterio"] = np.array([value[0] for value in source.sample(at)])
    found["rasterio, masked"] = np.array([value.filled(np.nan)[0] for value in source.sample(at, masked=True)])
for way, values in found.items():
    print(f"{way}: {np.isfinite(values[on]).sum()} of {on.sum()} points on the DEM have a height, {np.isfinite(values[~on]).sum()} of "
          f"{(~on).sum()} beside it, {np.unique(values[~on]).tolist()}; mean difference to the laser {np.nanmean(values - laser):.1f} m, "
          f"on the DEM {np.nanmean((values - laser)[on]):.1f} m")
beside = {way: values[~on] for way, values in found.items()}
if not (set(beside["xvec"]) == {heights.min(), heights.max()} and (beside["rasterio"] == 0).all()
        and np.isnan(beside["rasterio, masked"]).all()
        and all(np.abs((values - laser)[on]).max() < 1e-3 for values in found.values())):
    raise SystemExit("changed")
P
