// The directional vario functions of a tile as an SVG: squared counts against the lag distance in metres.

const SVG = "http://www.w3.org/2000/svg";
const INKS = ["#ffd84d", "#56b4e9", "#ff8c61", "#b9e769"];
const DASHES = ["", "6 3", "2 2", "8 3 2 3"];
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [340, 176, 44, 8, 22, 30];

function shape(tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Return round numbers from 0 to a maximum, three to six of them. */
export function ticks(maximum) {
  const rough = maximum / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  return Array.from({ length: Math.floor(maximum / step + 1e-9) + 1 }, (_, number) => number * step);
}

function short(value) {
  if (value >= 10000) return `${value / 1000}k`;
  const rounded = Number(value.toPrecision(3));
  return value && value < 0.001 ? rounded.toExponential() : String(rounded); // 2e-5 fits beside the axis, 0.00002 does not
}

/** Draw curves: `vario` has azimuths_deg, distances_m and values, direction by direction. */
export function draw(svg, vario, spacing) {
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  const known = vario?.values.flat().filter((value) => value !== null) ?? [];
  if (!known.length) {
    svg.append(shape("text", { x: WIDTH / 2, y: HEIGHT / 2, class: "faint", "text-anchor": "middle" }, "no vario function"));
    return;
  }
  const farthest = Math.max(...vario.distances_m.flat());
  const highest = Math.max(...known) * 1.05 || 1;
  const x = (distance) => LEFT + ((WIDTH - LEFT - RIGHT) * distance) / farthest;
  const y = (value) => HEIGHT - BOTTOM - ((HEIGHT - TOP - BOTTOM) * value) / highest;
  for (const value of ticks(highest)) {
    svg.append(shape("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value), class: "rule" }));
    svg.append(shape("text", { x: LEFT - 5, y: y(value) + 3.5, "text-anchor": "end" }, short(value)));
  }
  for (const distance of ticks(farthest)) {
    svg.append(shape("text", { x: x(distance), y: HEIGHT - BOTTOM + 13, "text-anchor": "middle" }, short(distance)));
  }
  svg.append(shape("text", { x: WIDTH - RIGHT, y: HEIGHT - 3, "text-anchor": "end", class: "faint" }, "lag [m]"));
  svg.append(shape("text", { x: 2, y: HEIGHT - 3, class: "faint" }, "v [counts²]"));
  if (spacing !== null && spacing <= farthest) {
    svg.append(shape("line", { x1: x(spacing), x2: x(spacing), y1: TOP, y2: HEIGHT - BOTTOM, class: "spacing" }));
  }
  vario.values.forEach((curve, direction) => {
    const ink = { stroke: INKS[direction % 4], "stroke-dasharray": DASHES[direction % 4], class: "curve" };
    let path = "";
    curve.forEach((value, lag) => {
      const gap = value === null || lag === 0 || curve[lag - 1] === null;
      if (value !== null) path += `${gap ? "M" : "L"}${x(vario.distances_m[direction][lag]).toFixed(1)} ${y(value).toFixed(1)}`;
    });
    svg.append(shape("path", { d: path, ...ink }));
    const left = LEFT + direction * 74;
    svg.append(shape("line", { x1: left, x2: left + 22, y1: 10, y2: 10, ...ink }));
    svg.append(shape("text", { x: left + 27, y: 13.5 }, `${vario.azimuths_deg[direction]}°`));
  });
}

/** Draw the direction of the crevasses over the image of a tile, right and up, and N where true north is, if it is known. */
export function compass(svg, lines, north) {
  svg.replaceChildren();
  svg.setAttribute("viewBox", "0 0 40 40");
  if (lines === null) return;
  svg.append(shape("circle", { cx: 20, cy: 20, r: 17, class: "dial" }));
  if (north !== null) {
    const turn = (Math.atan2(...north) * 180) / Math.PI;
    svg.append(shape("text", { x: 20, y: 9, "text-anchor": "middle", transform: `rotate(${turn} 20 20)` }, "N"));
  }
  const [right, up] = lines.map((part) => part * 14);
  svg.append(shape("line", { x1: 20 - right, y1: 20 + up, x2: 20 + right, y2: 20 - up, class: "needle" }));
}
