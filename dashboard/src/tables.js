// A native table whose columns sort. A column: {head, unit, number, cell(row), key(row)}.

function sortableTable(caption, columns, rows) {
  const body = make("tbody", {});
  const heads = columns.map((column) => {
    const button = make("button", { type: "button" }, column.head);
    const unit = column.unit ? make("span", { class: "unit" }, column.unit) : null;
    const head = make("th", { scope: "col", class: column.number ? "number" : null, title: column.title }, column.key ? button : column.head, unit);
    if (column.key) button.addEventListener("click", () => sortBy(column, head));
    return head;
  });

  function show(sorted) {
    body.replaceChildren(...sorted.map((row) => make("tr", { "data-label": row.label },
      columns.map((column, index) => make(index === 0 ? "th" : "td",
        { scope: index === 0 ? "row" : null, class: column.number ? "number" : null }, column.cell(row))))));
    document.dispatchEvent(new Event("triptych-rows"));
  }

  function sortBy(column, head) {
    const isDown = head.getAttribute("aria-sort") === "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
    const sorted = rows.map((row, index) => [column.key(row), index, row]);
    sorted.sort((a, b) => {
      const isMissing = (a[0] === null) - (b[0] === null);  // what is missing stands last
      if (isMissing !== 0 || a[0] === null) return isMissing || a[1] - b[1];
      const order = typeof a[0] === "number" ? a[0] - b[0] : String(a[0]).localeCompare(String(b[0]), "en");
      return (isDown ? -order : order) || a[1] - b[1];
    });
    show(sorted.map((entry) => entry[2]));
  }

  const table = make("table", {}, make("caption", {}, caption), make("thead", {}, make("tr", {}, heads)), body);
  show(rows);
  return make("div", { class: "wide", tabindex: 0, role: "region", "aria-label": caption }, table);
}

const GLYPHS = { better: "\u25b2 ", worse: "\u25bc ", same: "= ", cannot_tell: "\u25cb " };

function verdictCell(row) {
  if (!row.baseline) return make("span", { class: "quiet" }, row.why || "");
  const words = row.verdict.replace("_", " ");
  return make("span", { class: row.verdict }, GLYPHS[row.verdict] + words,
    row.why ? make("span", { class: "why" }, row.why) : null);
}

// The interval on a scale that all rows of one metric share, zero in the middle.
function intervalBar(row, reach) {
  if (row.difference === null || !reach) return null;
  const at = (value) => 60 + 56 * Math.max(-1, Math.min(1, value / reach));
  const parts = [draw("line", { class: "zero", x1: 60, x2: 60, y1: 0, y2: 14 })];
  if (row.low !== null) parts.push(draw("line", { x1: at(row.low), x2: at(row.high), y1: 7, y2: 7 }));
  parts.push(draw("circle", { cx: at(row.difference), cy: 7, r: 3.5 }));
  return draw("svg", { class: "interval " + row.verdict, width: 120, height: 14, viewBox: "0 0 120 14", "aria-hidden": "true" }, parts);
}
