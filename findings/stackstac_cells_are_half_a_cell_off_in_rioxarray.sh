#!/usr/bin/env bash
# stackstac 0.5.1 and rioxarray 0.19.0: a map of an item is loaded by stackstac and written, or set against other files, by rioxarray.
# Guess: x and y are the middles of the cells, as in rioxarray, odc-stac and NetCDF files: what is written lies where the item lies.
# Seen:  they are upper left corners by default, which rioxarray takes for middles: the file lies half a cell to the west and north, other than
#        stackstac's own attribute transform says, and less the same map read by rioxarray nothing is left. xy_coords="center" is right.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env
env/bin/pip install -q --no-compile stackstac==0.5.1 rioxarray==0.19.0 rasterio==1.4.4 xarray==2026.9.0 dask==2026.8.0 numpy==2.4.6
env/bin/python - <<'P'
import numpy as np
import rasterio
import rioxarray
import stackstac

SIZE, CELL, WEST, NORTH = 10, 30.0, 499_980.0, 8_700_000.0
bounds = [WEST, NORTH - SIZE * CELL, WEST + SIZE * CELL, NORTH]
where = rasterio.transform.from_origin(WEST, NORTH, CELL, CELL)
with rasterio.open("map.tif", "w", driver="GTiff", width=SIZE, height=SIZE, count=1, dtype="float32", crs="EPSG:32633", transform=where) as target:
    target.write(np.arange(SIZE * SIZE, dtype="float32").reshape(SIZE, SIZE), 1)
west, south, east, north = rasterio.warp.transform_bounds(32633, 4326, *bounds)
item = {
    "type": "Feature", "stac_version": "1.0.0", "id": "map", "bbox": [west, south, east, north], "links": [],
    "geometry": {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]},
    "properties": {"datetime": "2024-07-01T00:00:00Z", "proj:epsg": 32633, "proj:shape": [SIZE, SIZE], "proj:transform": list(where)},
    "assets": {"map": {"href": "map.tif", "type": "image/tiff; application=geotiff"}},
}
original = rioxarray.open_rasterio("map.tif").load().squeeze(drop=True)
west_edges, common = [], []
for options in ({}, {"xy_coords": "center"}):
    loaded = stackstac.stack([item], assets=["map"], epsg=32633, resolution=CELL, bounds=bounds, **options).squeeze(drop=True).compute()
    assert np.array_equal(loaded, original) and loaded.attrs["transform"] == where
    loaded.drop_attrs().rio.write_crs(32633).rio.to_raster("out.tif")
    with rasterio.open("out.tif") as written:
        west_edges.append(written.bounds.left)
        print(f"{options or 'default'}: western edge {WEST:.0f}, written {written.bounds.left:.0f}; northern {NORTH:.0f}, {written.bounds.top:.0f}")
    common.append((loaded - original).size)
    print(f"  cells in common with the same map in rioxarray: {common[-1]} of {original.size}")
if west_edges != [WEST - CELL / 2, WEST] or common != [0, original.size]:
    raise SystemExit("changed")
P
