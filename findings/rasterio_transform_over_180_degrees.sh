#!/usr/bin/env bash
# rasterio 1.4.4 (its wheel holds GDAL 3.10): calculate_default_transform from UTM zone 60 to longitude and latitude, across 180 degrees.
# Guess: a grid of about as many rows and columns as the scene has, or an error.
# Seen:  no error, and a grid of 1415 columns and no row over the whole globe in longitude.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q rasterio==1.4.4 numpy==2.4.6
env/bin/python - <<'P'
from rasterio.crs import CRS
from rasterio.warp import calculate_default_transform, transform

x, y = transform(CRS.from_epsg(4326), CRS.from_epsg(32660), [180.0], [70.0])  # the scene lies on both sides of this place
side = 5000.0
bounds = (x[0] - side / 2, y[0] - side / 2, x[0] + side / 2, y[0] + side / 2)
grid, width, height = calculate_default_transform(CRS.from_epsg(32660), CRS.from_epsg(4326), 1000, 1000, *bounds)
print(f"scene of 1000 x 1000 px, {side:.0f} m: {width} columns x {height} rows over {grid.a * width:.1f} degrees of longitude")
assert grid.a * width > 300 and height == 0
P
