#!/usr/bin/env bash
# sharp 0.35.5: pixels of a 16-bit grey PNG (a satellite scene) as 16-bit numbers, raw({depth: "ushort"}), and as a smaller PNG.
# Guess: raw() gives the counts of the file, one channel of up to 65535; a resized PNG has 16 bits, as the metadata say of the first.
# Seen:  three channels of 0 to 255, in numbers of 16 bits: 4000 is 15. Dark ice is left with a few values, and
#        its texture is one of steps. The PNG has 8 bits. stats() sees all 16, so that its maximum is none of the pixels'. With
#        toColourspace("grey16") both are as in the file.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm install --silent --no-audit --no-fund --prefix . sharp@0.35.5
cat > see.mjs <<'J'
import sharp from "sharp";

const counts = Uint16Array.from({ length: 64 }, (_, k) => 4000 + 100 * k);
const scene = await sharp(counts, { raw: { width: 8, height: 8, channels: 1 } }).toColourspace("grey16").png().toBuffer();
const read = async (pixels) => {
  const { data, info } = await pixels.raw({ depth: "ushort" }).toBuffer({ resolveWithObject: true });
  const values = new Uint16Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
  return { channels: info.channels, depth: info.depth, values: Array.from(values).filter((_, k) => k % info.channels === 0) };
};
const { depth } = await sharp(scene).metadata();
const { max } = (await sharp(scene).stats()).channels[0];
console.log(`written: ${counts[0]} to ${counts[63]}, 64 values; metadata: ${depth}; maximum of stats(): ${max}`);
const seen = {};
for (const [name, pixels] of [["plain", sharp(scene)], ["grey16", sharp(scene).toColourspace("grey16")]]) {
  const { channels, depth: type, values } = await read(pixels);
  seen[name] = [channels, type, values[0], values[63], new Set(values).size].join();
  console.log(`${name}: ${channels} channel(s) of ${type}, ${values[0]} to ${values[63]}, ${new Set(values).size} values`);
}
const smaller = await sharp(await sharp(scene).resize(4, 4).png().toBuffer()).metadata();
console.log(`PNG after resize(): ${smaller.depth}`);
if (depth !== "ushort" || max !== 10300 || smaller.depth !== "uchar" || seen.grey16 !== "1,ushort,4000,10300,64" ||
    !/^3,ushort,15,40,2\d$/.test(seen.plain)) throw new Error("changed");
J
node see.mjs
