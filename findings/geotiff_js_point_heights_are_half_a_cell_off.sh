#!/usr/bin/env bash
# geotiff.js 3.0.5 and georaster 1.6.0, beside GDAL (rasterio 1.4.4): a file of heights that says it holds points (AREA_OR_POINT=Point), as
# the Copernicus DEM does.
# Guess: its box is where GDAL has it; the same heights written as areas have the same box.
# Seen:  the tie point, which is the middle of the first cell here, is taken for its corner: all lies half a cell to the south east, 15 m at
#        30 m, of scenes and class maps, which are areas. pixelIsArea() tells the two apart, but neither box nor origin goes by it.
#        Subtract half a cell where it is false.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv env && env/bin/pip install -q --no-compile rasterio==1.4.4 numpy==2.4.6
npm install --silent --no-audit --no-fund --prefix . geotiff@3.0.5 georaster@1.6.0
env/bin/python - <<'P'
import numpy as np
import rasterio

about = dict(driver="GTiff", width=10, height=10, count=1, dtype="float32", crs=32633, transform=rasterio.Affine(30, 0, 5e5, 0, -30, 8e6))
for kind in ("Area", "Point"):
    with rasterio.open(f"{kind}.tif", "w", **about) as out:
        out.write(np.zeros((1, 10, 10), np.float32))
        out.update_tags(AREA_OR_POINT=kind)
    with rasterio.open(f"{kind}.tif") as file:
        assert tuple(file.bounds) == (5e5, 8e6 - 300, 5e5 + 300, 8e6), file.bounds
        print(f"GDAL, {kind}: {tuple(map(int, file.bounds))}")
P
cat > see.mjs <<'J'
import fs from "fs";
import georaster from "georaster";
import { fromArrayBuffer } from "geotiff";

const boxes = {};
for (const kind of ["Area", "Point"]) {
  const bytes = fs.readFileSync(`${kind}.tif`);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const image = await (await fromArrayBuffer(buffer)).getImage();
  const { xmin, ymin, xmax, ymax } = await georaster(buffer);
  boxes[kind] = [image.getBoundingBox().join(), [xmin, ymin, xmax, ymax].join()];
  console.log(`geotiff.js, ${kind}: ${boxes[kind][0]} (pixelIsArea: ${image.pixelIsArea()}); georaster: ${boxes[kind][1]}`);
}
if (boxes.Area.some((box) => box !== "500000,7999700,500300,8000000") || boxes.Point.some((box) => box !== "500015,7999685,500315,7999985"))
  throw new Error("changed");
J
node see.mjs
