#!/usr/bin/env bash
# geoutils 0.2.5: Raster.reproject of a map of classes (uint8, with nodata) to smaller cells, without a word about resampling.
# Guess: classes stay classes for integers, as gdalwarp's default (nearest) has it.
# Seen:  bilinear resampling: cells between classes 1 and 9 become 2, 4, 5, 6 and 8, classes that are not there.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q geoutils==0.2.5 rasterio==1.4.4 numpy==2.4.6
env/bin/python - <<'P'
import geoutils
import numpy as np
import rasterio

classes = np.repeat(np.repeat(np.array([[1, 9], [9, 1]], np.uint8), 8, 0), 8, 1)
raster = geoutils.Raster.from_array(classes, rasterio.Affine(40, 0, 500_000, 0, -30, 8_000_000), 32633, nodata=255)
default = raster.reproject(res=10)
nearest = raster.reproject(res=10, resampling="nearest")
print("default:", np.unique(default.data.compressed()), "nearest:", np.unique(nearest.data.compressed()), default.dtype)
assert set(np.unique(nearest.data.compressed())) == {1, 9}
assert len(np.unique(default.data.compressed())) > 4
P
