#!/usr/bin/env bash
# pyresample 1.35.0, BucketResampler: shares of classes in coarse cells, from a map of classes in which some pixels are unknown (NaN).
# Guess: shares are of the pixels that have a class, as get_average of the same resampler is the mean of those that have a value; they add up to 1.
# Seen:  unknown pixels count in the denominator, and not as a class: a cell half seen, all of it crevassed, is crevassed to 0.5, and the shares
#        add up to 0.5. Clouds become ground without crevasses.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q pyresample==1.35.0 dask==2026.8.0 xarray==2026.9.0 numpy==2.4.6
env/bin/python -W ignore - <<'P'
import dask.array as da
import numpy as np
from pyresample import AreaDefinition
from pyresample.bucket import BucketResampler

SIDE, FINE = 1000.0, 10  # metres of a coarse cell, fine pixels along it
area = AreaDefinition("a", "", "", "EPSG:32633", 2, 1, (500_000, 8_000_000, 500_000 + 2 * SIDE, 8_000_000 + SIDE))
fine = AreaDefinition("b", "", "", "EPSG:32633", 2 * FINE, FINE, area.area_extent)
longitude, latitude = fine.get_lonlats()
CREVASSED, SMOOTH = 1, 2
classes = np.full((FINE, 2 * FINE), float(CREVASSED))
classes[:, :5] = np.nan  # half of the cell in the west lies under clouds
classes[:5, FINE:] = SMOOTH  # half of the cell in the east is smooth
buckets = BucketResampler(area, da.from_array(longitude), da.from_array(latitude))
shares = buckets.get_fractions(da.from_array(classes), categories=[CREVASSED, SMOOTH])
shares = {name: np.asarray(shares[key]).ravel().round(3).tolist() for name, key in (("crevassed", CREVASSED), ("smooth", SMOOTH))}
mean = np.asarray(buckets.get_average(da.from_array(classes))).ravel().tolist()
print("west (half unknown, else crevassed), east (half crevassed, half smooth):", shares, "mean of get_average:", mean)
if shares != {"crevassed": [0.5, 0.5], "smooth": [0.0, 0.5]} or mean != [1.0, 1.5]:
    raise SystemExit("changed")
P
