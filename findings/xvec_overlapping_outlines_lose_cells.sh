#!/usr/bin/env bash
# xvec 0.5.2 with and without exactextract 0.3.0: sums and areas of a map within outlines of one glacier in 1990, 2005 and 2020, by
# zonal_stats, without a word about the method.
# Guess: each outline is measured for itself, as by rasterstats; the methods differ at the edges of the outlines only.
# Seen:  where exactextract is not installed, the default is "rasterize", which gives each cell to one outline, the last one it lies in. The
#        glacier of 1990 has only what it lost until 2005, that of 2005 what it lost until 2020: 28 and 20 cells of 100 instead of 100 and
#        72, and mean heights are those of the margins. The same line is right once exactextract is installed. The documentation warns of
#        small polygons and lines alone. Give method="iterate" or "exactextract".
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile xvec==0.5.2 rioxarray==0.19.0 xarray==2026.9.0 rasterio==1.4.4 geopandas==1.1.4 shapely==2.2.0 \
    joblib==1.6.0 numpy==2.4.6
cat > t.py <<'P'
import importlib.util

import geopandas
import numpy as np
import shapely
import xarray as xr
import xvec  # noqa: F401

CELL, SIZE = 10.0, 200
x = 500_000 + CELL * (np.arange(SIZE) + 0.5)
y = 8_700_000 - CELL * (np.arange(SIZE) + 0.5)
heights = xr.DataArray(np.tile(200 + 0.4 * (x - x[0]), (SIZE, 1)), dims=("y", "x"), coords={"y": y, "x": x})  # rises away from the front
ice = xr.ones_like(heights)
years = (1990, 2005, 2020)
fronts = (200, 480, 680)  # metres from the western edge: the glacier withdraws to the east
outlines = geopandas.GeoSeries([shapely.box(500_000 + front, 8_698_500, 501_200, 8_699_500) for front in fronts], crs=32633)
there = importlib.util.find_spec("exactextract") is not None
changed = False
for way, options in (("default", {}), ("iterate", {"method": "iterate"})):
    area = ice.xvec.zonal_stats(outlines, "x", "y", stats="sum", **options).to_numpy().ravel() * CELL**2
    mean = heights.xvec.zonal_stats(outlines, "x", "y", stats="mean", **options).to_numpy().ravel()
    due = outlines.area.to_numpy()
    print(f"{'with' if there else 'without'} exactextract, {way}: area over that of the outline "
          f"{dict(zip(years, (area / due).round(2).tolist()))}, mean height {dict(zip(years, mean.round().tolist()))}")
    parts = [0.28, 20 / 72, 1] if way == "default" and not there else [1, 1, 1]
    changed |= not np.allclose(area / due, parts, atol=0.01)
if changed:
    raise SystemExit("changed")
P
env/bin/python -W ignore t.py
env/bin/pip install -q --no-compile exactextract==0.3.0
env/bin/python -W ignore t.py
