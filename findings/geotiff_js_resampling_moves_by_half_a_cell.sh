#!/usr/bin/env bash
# geotiff.js 3.0.5: reading a map finer or coarser than it is (readRasters with width, height and resampleMethod), as web maps do.
# Guess: new cells lie where the box of the map puts them: four to each old one, or what is bilinear between the middles.
# Seen:  old cells are counted from the corner in the place of their middle: a finer map moves by nearly half an old cell to the north
#        west, and its last row and column are wider. At half the size "bilinear" takes every other cell as it is, half a cell off, too.
#        A border of classes in cells of 30 m is drawn 15 m off on finer imagery.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm install --silent --no-audit --no-fund --prefix . geotiff@3.0.5
cat > see.mjs <<'J'
import { fromArrayBuffer, writeArrayBuffer } from "geotiff";

const size = 10;
const eastings = Float32Array.from({ length: size * size }, (_, k) => k % size); // each cell holds its column
const file = await writeArrayBuffer(eastings, {
  width: size, height: size, BitsPerSample: [32], SampleFormat: [3], SamplesPerPixel: 1, PhotometricInterpretation: 1,
  StripByteCounts: [size * size * 4], ModelPixelScale: [30, 30, 0], ModelTiepoint: [0, 0, 0, 5e5, 8e6, 0],
});
const image = await (await fromArrayBuffer(file)).getImage();
let changed = false;
for (const [resampleMethod, width] of [["nearest", 40], ["bilinear", 40], ["bilinear", 5]]) {
  const [band] = await image.readRasters({ width, height: width, resampleMethod });
  const row = Array.from(band.slice(0, width));
  const ratio = size / width;
  const due = row.map((_, k) => {
    const place = (k + 0.5) * ratio - 0.5; // the middle of the new cell, in old columns
    return Math.min(Math.max(resampleMethod === "nearest" ? Math.floor(place + 0.5) : place, 0), size - 1);
  });
  const inside = row.map((value, k) => value - due[k]).slice(ratio < 1 ? 4 : 0, ratio < 1 ? -4 : undefined);
  const off = inside.reduce((sum, value) => sum + value) / inside.length;
  console.log(`${resampleMethod}, ${size} columns as ${width}: ${off.toFixed(3)} old columns too high in the mean`);
  console.log("  found", row.slice(0, 9).join(" "), "...", row.slice(-5).join(" "));
  console.log("  due  ", due.slice(0, 9).join(" "), "...", due.slice(-5).join(" "));
  changed ||= Math.abs(off - { nearest: 0.5, bilinear: ratio < 1 ? 0.375 : -0.5 }[resampleMethod]) > 0.01;
}
if (changed) throw new Error("changed");
J
node see.mjs
