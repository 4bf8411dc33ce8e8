#!/usr/bin/env bash
# GLAFT 1.0.0, a test kit for glacier velocities from feature tracking: strain rates of a velocity field, and their spread as a quality (metric 2).
# Guess: calculate_strain_rate gives change of velocity per length, as it says: in a field that gains 0.01 m/d a metre along x, exx is 0.01 per day.
# Seen:  0.08. SciPy's Sobel filter sums up 8 differences of one cell and is not divided by 8: all strain rates, and the spread
#        that rates a velocity map, are eight times too large. Divide by 8 before they are compared with other tools or with a flow law.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile glaft==1.0.0 rasterio==1.4.4 geopandas==1.1.4 scipy==1.17.1 scikit-learn==1.9.1 numpy==2.4.6
MPLBACKEND=Agg env/bin/python - <<'P'
import geopandas
import glaft
import numpy as np
import rasterio
import shapely

CELL, SIZE = 40.0, 60
about = dict(width=SIZE, height=SIZE, count=1, dtype="float32", nodata=-9999, crs="EPSG:32633",
             transform=rasterio.transform.from_origin(500_000, 8_700_000, CELL, CELL))
y, x = np.indices((SIZE, SIZE)) * CELL
y = y[::-1]  # the first row is the northernmost
due = {"exx": 0.01, "eyy": -0.004, "exy": 0.5 * (0.002 + 0.006)}
for name, velocity in (("vx", 100 + due["exx"] * x + 0.002 * y), ("vy", 300 + 0.006 * x + due["eyy"] * y)):
    with rasterio.open(f"{name}.tif", "w", driver="GTiff", **about) as target:
        target.write(velocity.astype("float32"), 1)
geopandas.GeoSeries([shapely.box(*rasterio.open("vx.tif").bounds)], crs=32633).to_file("ice.shp")
field = glaft.Velocity(vxfile="vx.tif", vyfile="vy.tif", on_ice_area="ice.shp")
field.clip_on_ice_area()
field.get_grid_spacing()
field.calculate_flow_theta()
field.calculate_strain_rate()
differences = {"exx": np.gradient(field.vx, CELL, axis=1), "eyy": -np.gradient(field.vy, CELL, axis=0)}
changed = False
for name, value in due.items():
    found = float(np.nanmedian(getattr(field, name)))
    plain = f", by NumPy's gradient {np.median(differences[name]):.4f}" if name in differences else ""
    print(f"{name}: true {value:.4f} per day{plain}, GLAFT {found:.4f}, {found / value:.2f} times")
    changed |= abs(found / value - 8) > 0.01
if changed:
    raise SystemExit("changed")
P
