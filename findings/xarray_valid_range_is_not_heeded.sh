#!/usr/bin/env bash
# xarray 2026.9.0 beside netCDF4 1.7.4: snow cover in percent (uint8) with codes above it for cloud and water, and speeds in int16 with scale
# and fill value, both with the valid range that CF has for it.
# Guess: mask_and_scale, on by default, masks by the CF conventions: values outside of valid_range, valid_min or valid_max are missing, as
#        netCDF4 reads them from the same file.
# Seen:  only _FillValue and missing_value are heeded. Cloud counts as 250 % snow, and the mean of a scene a third under cloud is above 100;
#        a flag of 30000 in speeds is 3000 m a year. Nothing is said, and after scaling the attribute still names counts, so that a test
#        against it misses: valid_max 20000 beside speeds in m a year.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile xarray==2026.9.0 netCDF4==1.7.4 numpy==2.4.6
env/bin/python -W error - <<'P'
import netCDF4
import numpy as np
import xarray as xr

rng = np.random.default_rng(0)
cover = rng.integers(30, 101, (60, 60)).astype("uint8")
cover[:20] = 250  # cloud
counts = rng.integers(500, 1500, (60, 60)).astype("int16")  # 50 to 150 m a year
counts[:6], counts[6:12] = -32767, 30000  # unknown; no match found
with netCDF4.Dataset("scene.nc", "w") as target:
    for dimension in ("y", "x"):
        target.createDimension(dimension, 60)
    snow = target.createVariable("snow", "u1", ("y", "x"))
    snow.valid_range = np.array([0, 100], "u1")
    speed = target.createVariable("speed", "i2", ("y", "x"), fill_value=-32767)
    speed.setncatts({"scale_factor": np.float32(0.1), "valid_min": np.int16(0), "valid_max": np.int16(20000)})
    for variable in (snow, speed):
        variable.set_auto_maskandscale(False)
    snow[:], speed[:] = cover, counts
with netCDF4.Dataset("scene.nc") as source:
    read = {"netCDF4": {name: source[name][:].astype(float).filled(np.nan) for name in ("snow", "speed")}}
with xr.open_dataset("scene.nc") as source:
    read["xarray"] = {name: source[name].to_numpy() for name in ("snow", "speed")}
    print("attributes in xarray:", source.snow.attrs, source.speed.attrs)
found = {}
for way, fields in read.items():
    for name, values in fields.items():
        found[way, name] = float(np.nanmean(values)), float(np.nanmax(values)), float(np.isnan(values).mean())
        print(f"{way}: {name} with mean {found[way, name][0]:.1f}, maximum {found[way, name][1]:.0f}, missing {found[way, name][2]:.0%}")
if not (found["xarray", "snow"][0] > 100 and found["xarray", "snow"][2] == 0 and found["xarray", "speed"][1] > 2999
        and found["netCDF4", "snow"][1] == 100 and found["netCDF4", "speed"][1] < 151 and abs(found["netCDF4", "speed"][2] - 0.2) < 1e-9
        and abs(found["xarray", "speed"][2] - 0.1) < 1e-9):
    raise SystemExit("changed")
P
