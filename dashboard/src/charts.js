// Line charts in SVG: one per task and metric, one line per run, one colour per label.

const WIDTH = 420, HEIGHT = 230, LEFT = 52, RIGHT = 18, TOP = 10, BOTTOM = 34;

function niceTicks(low, high, count) {
  const span = high - low || Math.abs(high) || 1;
  const raw = span / count;
  const power = Math.pow(10, Math.floor(Math.log10(raw)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step) {
    ticks.push(Math.abs(tick) < step * 1e-9 ? 0 : tick);
  }
  return ticks;
}

function rangeOf(chart) {
  const range = { x0: Infinity, x1: -Infinity, y0: Infinity, y1: -Infinity };
  for (const series of chart.series) {
    series.steps.forEach((step, i) => {
      if (series.values[i] === null) return;
      range.x0 = Math.min(range.x0, step);
      range.x1 = Math.max(range.x1, step);
      range.y0 = Math.min(range.y0, series.values[i]);
      range.y1 = Math.max(range.y1, series.values[i]);
    });
  }
  if (range.x0 === range.x1) { range.x0 -= 1; range.x1 += 1; }
  const margin = (range.y1 - range.y0) * 0.05 || Math.abs(range.y1) * 0.1 || 1;
  return { x0: range.x0, x1: range.x1, y0: range.y0 - margin, y1: range.y1 + margin };
}

// Pieces of a line: a missing value leaves a gap.
function pathOf(series, x, y) {
  let path = "", isDown = false;
  series.steps.forEach((step, i) => {
    const value = series.values[i];
    if (value === null) { isDown = false; return; }
    path += (isDown ? "L" : "M") + x(step).toFixed(1) + " " + y(value).toFixed(1);
    if (!isDown && (i + 1 === series.values.length || series.values[i + 1] === null)) path += "h0.1";
    isDown = true;
  });
  return path;
}

function lastValue(series) {
  for (let i = series.values.length - 1; i >= 0; --i) if (series.values[i] !== null) return series.values[i];
  return null;
}

function chartFigure(study, chart, labels) {
  const title = chart.task + " " + chart.metric + " (" + chart.split + ")" + (chart.unit ? " [" + chart.unit + "]" : "");
  const caption = make("figcaption", {}, title + " " + arrow(chart.direction),
    make("span", { class: "unit" }, directionWords(chart.direction)));
  const range = rangeOf(chart);
  if (!Number.isFinite(range.y0)) {
    return make("figure", { class: "chart" }, caption, make("p", { class: "quiet" }, "No finite values."));
  }
  const x = (step) => LEFT + (WIDTH - LEFT - RIGHT) * (step - range.x0) / (range.x1 - range.x0);
  const y = (value) => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - range.y0) / (range.y1 - range.y0);
  const svg = draw("svg", { viewBox: "0 0 " + WIDTH + " " + HEIGHT, role: "img", "aria-label": title + ", " + chart.series.length + " runs" });
  for (const tick of niceTicks(range.y0, range.y1, 5)) {
    svg.append(draw("line", { class: "axis", x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick) }),
      draw("text", { x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end" }, number(tick)));
  }
  for (const tick of niceTicks(range.x0, range.x1, 5)) {
    svg.append(draw("text", { x: x(tick), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle" }, number(tick, 6)));
  }
  svg.append(draw("text", { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, "step"));
  for (const series of chart.series) {
    const run = study.runs[series.run];
    const style = styleOf(labels, run.label);
    svg.append(draw("path", { class: "series", d: pathOf(series, x, y), stroke: style.colour, "stroke-dasharray": style.dash, "data-label": run.label },
      draw("title", {}, run.label + ", seed " + run.seed)));
  }
  const reading = make("p", { class: "reading", "aria-live": "polite" });
  addCursor(svg, study, chart, labels, range, x, reading);
  return make("figure", { class: "chart" }, caption, svg, reading, valuesTable(study, chart));
}

// A cursor that pointer and arrow keys move; the values at its step are read out below the chart.
function addCursor(svg, study, chart, labels, range, x, reading) {
  const steps = [...new Set(chart.series.flatMap((series) => series.steps))].sort((a, b) => a - b);
  const cursor = draw("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
  svg.append(cursor);
  svg.setAttribute("tabindex", "0");
  let at = steps.length - 1;
  function show() {
    const step = steps[at];
    cursor.setAttribute("x1", x(step));
    cursor.setAttribute("x2", x(step));
    cursor.setAttribute("visibility", "visible");
    const byLabel = new Map();
    for (const series of chart.series) {
      const index = series.steps.indexOf(step);
      if (index < 0 || series.values[index] === null) continue;
      const label = study.runs[series.run].label;
      byLabel.set(label, [...(byLabel.get(label) || []), series.values[index]]);
    }
    const parts = [...byLabel].map(([label, values]) => label + " " + number(values.reduce((a, b) => a + b, 0) / values.length));
    reading.textContent = "Step " + step + ", mean over seeds: " + (parts.join("; ") || "no values") + ".";
  }
  function hide() {
    cursor.setAttribute("visibility", "hidden");
    reading.textContent = "";
  }
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const position = (event.clientX - box.left) / box.width * WIDTH;
    const step = range.x0 + (position - LEFT) / (WIDTH - LEFT - RIGHT) * (range.x1 - range.x0);
    at = steps.reduce((best, candidate, i) => Math.abs(candidate - step) < Math.abs(steps[best] - step) ? i : best, 0);
    show();
  });
  svg.addEventListener("pointerleave", hide);
  svg.addEventListener("blur", hide);
  svg.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -steps.length, End: steps.length }[event.key];
    if (move === undefined) return;
    event.preventDefault();
    at = Math.max(0, Math.min(steps.length - 1, at + move));
    show();
  });
}

function valuesTable(study, chart) {
  const rows = chart.series.map((series) => {
    const run = study.runs[series.run];
    const values = series.values.filter((value) => value !== null);
    return { label: run.label, seed: run.seed, last: lastValue(series), least: Math.min(...values), greatest: Math.max(...values), count: values.length };
  });
  const details = make("details", {}, make("summary", {}, "As a table"));
  details.addEventListener("toggle", () => {
    if (!details.open || details.querySelector("table")) return;
    details.append(sortableTable("Last, least and greatest value per run", [
      { head: "run", cell: (row) => row.label + ", seed " + row.seed, key: (row) => row.label },
      { head: "last", number: true, cell: (row) => number(row.last), key: (row) => row.last },
      { head: "least", number: true, cell: (row) => row.count ? number(row.least) : "\u2013", key: (row) => row.least },
      { head: "greatest", number: true, cell: (row) => row.count ? number(row.greatest) : "\u2013", key: (row) => row.greatest },
    ], rows));
  });
  return details;
}

// A metric that every run measured once has no curve; its values stand in the tables.
function hasCurve(chart) {
  return chart.series.some((series) => series.values.filter((value) => value !== null).length > 1);
}

function curvesSection(study, labels) {
  const charts = study.charts.filter(hasCurve);
  const figures = charts.map((chart) => chartFigure(study, chart, labels));
  const drawn = new Set(charts.flatMap((chart) => chart.series.map((series) => study.runs[series.run].label)));
  const shown = labels.filter((label) => drawn.has(label));
  const legend = make("ul", { class: "legend" }, shown.map((label) =>
    make("li", { "data-label": label }, swatch(labels, label), label)));
  return section("curves", "Learning curves",
    "One line per run, one colour per label. Move the pointer or the arrow keys over a chart to read values.",
    figures.length ? [legend, make("div", { class: "grid" }, figures)] : [make("p", {}, "No metric was stored more than once per run.")]);
}
