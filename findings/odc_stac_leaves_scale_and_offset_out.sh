#!/usr/bin/env bash
# odc-stac 0.5.3 (odc-loader 0.6.5) beside stackstac 0.5.1: green and short-wave infrared of an item whose STAC entry and files state scale and
# offset (0.0001 and -0.1, as Sentinel-2 has them since 2022).
# Guess: both load reflectance, since STAC says how to get it; or at least leave scale and offset with the bands.
# Seen:  stackstac gives reflectance. odc-stac gives the stored counts and drops scale and offset from the attributes. The scale would cancel
#        in an index, the offset does not: NDSI is 0.33 (no snow) in the place of 0.60 (snow).
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q odc-stac==0.5.3 odc-loader==0.6.5 stackstac==0.5.1 rio-stac==0.12.0 rasterio==1.4.4 pystac==1.15.2 \
    numpy==2.4.6 pandas==2.3.3 xarray==2026.9.0 dask==2026.8.0
env/bin/python -W ignore - <<'P'
import datetime
import pathlib

import numpy as np
import odc.stac
import rasterio
import stackstac
from rio_stac import create_stac_item

LEFT, TOP, SIDE = 499_980, 7_999_980, 960
COUNTS = {"green": 3000, "swir16": 1500}
for name, count in COUNTS.items():
    place = rasterio.Affine(30, 0, LEFT, 0, -30, TOP)
    with rasterio.open(f"{name}.tif", "w", driver="GTiff", width=32, height=32, count=1, dtype="uint16", crs=32633, transform=place, nodata=0) as out:
        out.write(np.full((32, 32), count, np.uint16), 1)
        out.scales, out.offsets = (1e-4,), (-0.1,)


def item_of(name):
    path = str(pathlib.Path(f"{name}.tif").resolve())
    return create_stac_item(path, datetime.datetime(2024, 7, 1), id="scene", asset_name=name, asset_href=path, with_proj=True, with_raster=True)


item = item_of("green")
item.assets["swir16"] = item_of("swir16").assets["swir16"]
stated = {name: item.assets[name].to_dict()["raster:bands"][0] for name in COUNTS}
print("the item states:", {name: (band["scale"], band["offset"]) for name, band in stated.items()})
loaded = odc.stac.load([item], bands=list(COUNTS))
stacked = stackstac.stack([item.to_dict()], assets=list(COUNTS), epsg=32633, resolution=30, bounds=(LEFT, TOP - SIDE, LEFT + SIDE, TOP)).compute()
bands = {
    "odc-stac": [loaded[name].values.astype(float) for name in COUNTS],
    "stackstac": [stacked.sel(band=name).values for name in COUNTS],
}
ndsi = {}
for name, (green, swir) in bands.items():
    ndsi[name] = round(float(np.mean((green - swir) / (green + swir))), 3)
    print(f"{name}: green {green.max():.4g}, short-wave infrared {swir.max():.4g}, NDSI {ndsi[name]}")
print("attributes of odc-stac's green:", loaded["green"].attrs)
if ndsi != {"odc-stac": 0.333, "stackstac": 0.6} or {"scale", "offset", "scale_factor", "add_offset"} & set(loaded["green"].attrs):
    raise SystemExit("changed")
P
