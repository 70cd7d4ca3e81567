// Making elements. Everything that comes from the data becomes a text node or an attribute value.

function make(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function draw(name, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

// Numbers as people read them: four significant digits, no exponent where it can be avoided.
function number(value, digits) {
  if (value === null || value === undefined) return "\u2013";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(2);
  return Number(value.toPrecision(digits || 4)).toLocaleString("en", { maximumFractionDigits: 8, useGrouping: false });
}

function signed(value, digits) {
  if (value === null || value === undefined) return "\u2013";
  return (value > 0 ? "+" : value < 0 ? "\u2212" : "\u00b1") + number(Math.abs(value), digits || 3);
}

// Decimals that show the spread with two digits: 0.5123 +- 0.0041.
function meanAndSpread(mean, sd) {
  if (mean === null) return "\u2013";
  if (sd === null) return number(mean);
  if (sd === 0) return number(mean) + " \u00b1 0";
  const decimals = Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(sd))));
  return mean.toFixed(decimals) + " \u00b1 " + sd.toFixed(decimals);
}

function arrow(direction) {
  return direction === "higher" ? "\u2191" : direction === "lower" ? "\u2193" : "";
}

function directionWords(direction) {
  return direction === "higher" ? "higher is better" : direction === "lower" ? "lower is better" : "";
}

function metricTitle(row) {
  const name = row.metric === "delta_m" ? "\u0394m" : row.metric;
  return (row.task === "all" ? "" : row.task + " ") + name;
}

const ROLES = { variant: "variant", single_task: "single-task baseline", multi_task: "multi-task baseline" };

// Colours and dashes by label, in the order in which labels appear.
const DASHES = ["", "6 3", "2 2", "8 3 2 3"];
function styleOf(labels, label) {
  const index = Math.max(0, labels.indexOf(label));
  return { colour: "var(--s" + (index % 8) + ")", dash: DASHES[Math.floor(index / 8) % DASHES.length] };
}

function swatch(labels, label) {
  const style = styleOf(labels, label);
  return draw("svg", { class: "swatch", viewBox: "0 0 26 12", "aria-hidden": "true" },
    draw("line", { x1: 0, y1: 6, x2: 26, y2: 6, stroke: style.colour, "stroke-width": 4, "stroke-dasharray": style.dash }));
}
