#!/usr/bin/env bash
# geoblaze 2.8.0: the mode of a class map within a glacier's outline, in the browser.
# Guess: a class that the most cells have; where two have as many, one of them, both, or none.
# Seen:  the mean of both: where smooth ice (1) and crevasses (3) have as many cells, melange (2) is the most frequent class, without a
#        cell of it; of 1 and 2 it is 1.5. Small outlines often have two such classes. stats() has "modes", all of them.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm install --silent --no-audit --no-fund --prefix . geoblaze@2.8.0 georaster@1.6.0
cat > see.mjs <<'J'
import geoblaze from "geoblaze";
import georaster from "georaster";

const about = { noDataValue: 0, projection: 32633, xmin: 5e5, ymax: 8e6, pixelWidth: 30, pixelHeight: 30 };
const outline = [[[5e5, 8e6 - 60], [5e5 + 120, 8e6 - 60], [5e5 + 120, 8e6], [5e5, 8e6], [5e5, 8e6 - 60]]];
const found = [];
for (const row of [[1, 1, 3, 3], [1, 1, 2, 2], [1, 3, 3, 3]]) {
  const map = await georaster([[row, row]], about);
  const [mode] = await geoblaze.mode(map, outline);
  const [{ modes }] = await geoblaze.stats(map, outline);
  console.log(`two rows of ${row}: mode ${mode}, modes ${modes}`);
  found.push(mode);
}
if (found.join() !== "2,1.5,3") throw new Error("changed");
J
node see.mjs
