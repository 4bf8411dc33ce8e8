#!/usr/bin/env bash
# geoutils 0.2.5: Raster.proximity, distance to the nearest cell of a class, on a map whose cells are 40 m wide and 30 m high.
# Guess: in georeferenced units, the default, it is the distance between the middles of the cells: one column 40 m, one row 30 m.
# Seen:  the other way round (width and height go to SciPy, which wants rows first): 30 m a column, 40 m a row. What lies within 240 m reaches
#        320 m to the east and 180 m to the south, without a word; only square cells are right.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile geoutils==0.2.5 rasterio==1.4.4 numpy==2.4.6
env/bin/python -W ignore::DeprecationWarning -W ignore::PendingDeprecationWarning - <<'P'
import geoutils
import numpy as np
import rasterio

classes = np.ones((12, 12), np.uint8)
classes[0, 0] = 5
raster = geoutils.Raster.from_array(classes, rasterio.Affine(40, 0, 500_000, 0, -30, 8_000_000), 32633)
found = raster.proximity(target_values=[5]).data
x, y = raster.coords(grid=True)  # of the same library
y = y if y[0, 0] > y[-1, 0] else y[::-1]
true = np.hypot(x - x[0, 0], y - y[0, 0])
print("cells (x, y):", raster.res)
for name, place in (("9 columns to the east", (0, 9)), ("9 rows to the south", (9, 0))):
    print(f"{name}: found {found[place]:.0f} m, by its coordinates {true[place]:.0f} m")
reach = [float(true[line][found[line] <= 240].max()) for line in ((0, slice(None)), (slice(None), 0))]
print("what is found within 240 m reaches", reach, "m to the east and to the south")
if not (np.allclose([found[0, 9], found[9, 0]], [270, 360]) and np.allclose([true[0, 9], true[9, 0]], [360, 270]) and reach == [320, 180]):
    raise SystemExit("changed")
P
