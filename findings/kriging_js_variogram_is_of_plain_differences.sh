#!/usr/bin/env bash
# @sakitam-gis/kriging 0.1.0, the kriging of web maps (kriging.js): variogram and variance of 400 measurements that are noise, with a
# standard deviation of 10.
# Guess: the semivariance is half the mean of squared differences, 100, and so is the kriging variance, about; values in centimetres
#        have 10 000 times the variances of the same values in metres.
# Seen:  the variogram is of plain differences, neither squared nor halved: its nugget is 11, the kriging variance 22. A noise of 10 has a
#        standard error of 4.7, one of 1000 has 47, one of 1 has 1.5: error bars depend on the unit. Predictions stay plausible, but
#        their weights are by a curve that is no variogram.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm install --silent --no-audit --no-fund --prefix . @sakitam-gis/kriging@0.1.0
cat > see.mjs <<'J'
import kriging from "@sakitam-gis/kriging";

let state = 1; // a generator of its own, so that each run sees the same
const uniform = () => (state = (state * 16807) % 2147483647) / 2147483647;
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
const places = Array.from({ length: 400 }, () => [1000 * uniform(), 1000 * uniform()]);
const noise = places.map(normal);
const mean = noise.reduce((sum, value) => sum + value) / noise.length;
const variance = noise.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (noise.length - 1);
const [x, y] = [0, 1].map((k) => places.map((place) => place[k]));
let changed = false;
for (const spread of [1, 10, 1000]) {
  const fitted = kriging.train(noise.map((value) => spread * value), x, y, "exponential", 0, 100);
  const found = { nugget: fitted.nugget, variance: kriging.variance(503.3, 496.1, fitted) };
  console.log(`variance of the values ${(variance * spread ** 2).toFixed(2)}: nugget ${found.nugget.toFixed(2)},`,
    `kriging variance ${found.variance.toFixed(2)}, standard error ${Math.sqrt(found.variance).toFixed(1)}`);
  changed ||= !Object.values(found).every((value) => value > spread && value < 2.5 * spread);
}
if (changed) throw new Error("changed");
J
node see.mjs
